//! Sign-up.

use palisade::{
    ToSchema,
    password::{Password, PasswordHasher},
    prelude::*,
};

use crate::{
    store::Store,
    user::{UserId, is_name, name_key},
};

/// The credentials of a sign-up or a log-in.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The name, in whatever case.
    #[validate(length(min = 1, max = 64), custom(function = "is_name"))]
    pub(crate) name: String,
    /// 8 to 128 characters of any kind: length is what makes a password good. One that is common,
    /// or that contains the name, is refused at the sign-up.
    pub(crate) password: Password,
}

/// A user as others may see one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// The id.
    #[schema(format = "uuid", max_length = 36)]
    id: String,
    /// The name, in lower case.
    #[schema(max_length = 64)]
    name: String,
}

/// Makes an account.
///
/// A sign-up reveals that a name is taken; the limit bounds how many names a caller can try. The
/// hash is made first, so that both answers take the same time.
#[post("/signup")]
#[public(reason = "people sign up before they have an account")]
#[rate_limit("60/minute", by = ip)]
#[rate_limit("500/day", by = ip, name = "day")]
#[concurrency_limit(8, by = ip)]
#[validated]
#[responds(409)]
pub(crate) async fn sign_up(
    store: Data<Store>,
    passwords: Data<PasswordHasher>,
    credentials: Json<Credentials>,
) -> Result<Created<Account>> {
    let Credentials { name, password } = credentials.into_inner();
    let hash = passwords.hash(&password.for_account(&[&name])?).await?;
    let (id, key) = (UserId::new(), name_key(&name));
    if !store.add_user(id, &name, &key, &hash).await? {
        return Err(Problem::conflict("this name is taken, or it looks like one that is"));
    }
    tracing::info!(target: "notes::audit", user = %id, "signed up");
    // Others see the name in lower case: with capitals one could look like another.
    Ok(Created(Account { id: id.to_string(), name: key }))
}
