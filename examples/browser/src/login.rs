//! The administrator: who it is, and how a session begins and ends.

use askama::Template;
use palisade::{
    Failure, Nonce, Page,
    password::{Password, PasswordHash, PasswordHasher},
    prelude::*,
};

/// What a session lets its holder do.
#[derive(Clone, Copy, Debug, Scope)]
pub(crate) enum Scope {
    /// `entries:delete`
    EntriesDelete,
}

/// The one account that there is.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    password: PasswordHash,
}

impl Admin {
    /// What the administrator logs in as.
    const NAME: &str = "admin";

    /// Keeps the hash of this password, and nothing else of it.
    ///
    /// # Errors
    ///
    /// A password that is common or contains `admin`, or the cryptographic library failed.
    pub(crate) async fn new(
        password: Password,
        passwords: &PasswordHasher,
    ) -> Result<Self, Failure> {
        let password = password.for_account(&[Self::NAME]).map_err(|weak| {
            Failure::new(format!("the password of `admin` (BROWSER_ADMIN_PASSWORD): {weak}"))
        })?;
        let hashed = passwords.hash(&password).await;
        let hashed = hashed.map_err(|problem| Failure::new(format!("a password: {problem}")))?;
        Ok(Self { password: hashed })
    }

    /// The hash of the account of this name.
    fn password_of(&self, name: &str) -> Option<&PasswordHash> {
        (name == Self::NAME).then_some(&self.password)
    }
}

/// The form.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    nonce: Nonce,
}

/// Shows the form.
#[get("/login")]
#[public]
#[cross_origin(none)]
pub(crate) async fn login_page(nonce: Nonce) -> Page<LoginPage> {
    Page(LoginPage { nonce })
}

/// What somebody logs in with.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    #[validate(length(min = 1, max = 64))]
    name: String,
    password: Password,
}

/// Begins a session, and goes on to what it is for.
///
/// A wrong name and a wrong password are answered alike, after the same work. Guesses are limited
/// by where they come from and whom they are for, and by whom they are for alone, since an attacker
/// has many addresses. Only failures count.
#[post("/login")]
#[public(reason = "this is where callers become known")]
#[cross_origin(none)]
#[rate_limit("60/minute", by = ip)]
#[concurrency_limit(16, by = ip)]
#[rate_limit("10/15 min", by = (ip, body("name")), count = failures, name = "guesses")]
#[rate_limit("100/hour", by = body("name"), count = failures, name = "guesses-from-anywhere")]
#[validated]
pub(crate) async fn log_in(
    admin: Data<Admin>,
    passwords: Data<PasswordHasher>,
    session: Session,
    login: Form<Login>,
) -> Result<SafeRedirect> {
    passwords.verify(&login.password, admin.password_of(&login.name)).await?;
    session.begin(Admin::NAME, [Scope::EntriesDelete.scope_name()]).await?;
    tracing::info!(target: "browser::audit", "the administrator logged in");
    Ok(SafeRedirect::to("/admin"))
}

/// Ends the session, if there is one.
#[post("/logout")]
#[public(reason = "ends what there is, if there is something")]
#[cross_origin(none)]
pub(crate) async fn log_out(session: Session) -> Result<SafeRedirect> {
    session.end().await?;
    Ok(SafeRedirect::to("/"))
}
