//! The administrator: who it is, and how a session begins and ends.

use askama::Template;
use palisade::{
    Failure, Kind, Nonce, Page,
    password::{Password, PasswordHash, PasswordHasher},
    prelude::*,
    session::SessionStore,
};

use crate::book::Book;

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
    /// Where the password differs from that of the last start, the sessions in this store end: it may
    /// have been changed because others knew the old one. They end before the new hash is kept,
    /// so that a start that fails in between is repeated whole.
    ///
    /// # Errors
    ///
    /// A password that is common or contains `admin`, a store or a database that does not answer, or the
    /// cryptographic library failed.
    pub(crate) async fn open(
        password: Password,
        passwords: &PasswordHasher,
        book: &Book,
        sessions: Option<&dyn SessionStore>,
    ) -> Result<Self, Failure> {
        let failed = |problem: Problem| Failure::new(format!("a password: {problem}"));
        let unread = |error| Failure::new(format!("the database: {error}"));
        let kept = book.password().await.map_err(unread)?;
        // A hash that cannot be read is of no password.
        let kept = kept.and_then(|text| PasswordHash::parse(&text).ok());
        let verified = passwords.verify(&password, kept.as_ref()).await;
        let is_kept = match verified {
            Ok(_) => true,
            Err(problem) if problem.kind() == Kind::InvalidGrant => false,
            Err(problem) => return Err(failed(problem)),
        };
        let password = password.for_account(&[Self::NAME]).map_err(|weak| {
            Failure::new(format!("the password of `admin` (BROWSER_ADMIN_PASSWORD): {weak}"))
        })?;
        let password = passwords.hash(&password).await.map_err(failed)?;
        if !is_kept {
            if let Some(sessions) = sessions {
                let ended = sessions.remove_subject(Self::NAME).await;
                ended.map_err(|error| Failure::new(format!("the sessions: {error}")))?;
            }
            book.keep_password(&password).await.map_err(unread)?;
        }
        Ok(Self { password })
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

/// The credentials of a log-in.
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
/// by address and account, and by account alone, since an attacker has many addresses. Only
/// failures count.
#[post("/login")]
#[public(reason = "this is where callers become known")]
#[cross_origin(none)]
#[rate_limit("60/minute", by = ip)]
#[concurrency_limit(16, by = ip)]
#[rate_limit("10/15 min", by = (ip, body("name")), count = failures, name = "guesses")]
#[rate_limit("100/hour", by = body("name"), count = failures, name = "guesses-from-anywhere")]
#[validated]
#[responds(400)]
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
