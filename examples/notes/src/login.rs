//! Logins: how they begin, go on and end.

use palisade::{
    auth::Revocations,
    issue::{Grant, RefreshToken, TokenIssuer, TokenResponse},
    password::PasswordHasher,
    prelude::*,
};

use crate::{
    account::Credentials,
    store::Store,
    user::{Scope, name_key},
};

/// The one client that there is: whatever people use. A refresh token is bound to it.
const CLIENT: &str = "notes";

/// Begins a login: both tokens for a name and its password.
///
/// An unknown account and a wrong password get the same answer, after the same work. Guesses are
/// limited by address and account, and by account alone, since an attacker has many addresses. Only
/// failures count, so a successful log-in locks out no user.
#[post("/login")]
#[public(reason = "this is where callers become known")]
#[rate_limit("60/minute", by = ip)]
#[concurrency_limit(16, by = ip)]
#[rate_limit("60/hour", by = ip, count = failures, name = "guesses")]
#[rate_limit("10/15 min", by = (ip, body("name")), count = failures, name = "guesses-at-one")]
#[rate_limit("100/hour", by = body("name"), count = failures, name = "guesses-from-anywhere")]
#[validated]
#[responds(400)]
pub(crate) async fn log_in(
    store: Data<Store>,
    passwords: Data<PasswordHasher>,
    issuer: Data<TokenIssuer>,
    credentials: Json<Credentials>,
) -> Result<TokenResponse> {
    let user = store.user_named(&name_key(&credentials.name)).await?;
    let stored = user.as_ref().map(|user| &user.password_hash.0);
    let verified = passwords.verify(&credentials.password, stored).await?;
    // Only now: an early return for an unknown name would reveal that it is unknown.
    let Some(user) = user else {
        return Err(Problem::internal("a password was verified for an unknown user"));
    };
    if verified.needs_rehash() {
        let hash = passwords.rehash(&verified, &credentials.password).await?;
        store.set_password_hash(user.id, &hash).await?;
    }
    tracing::info!(target: "notes::audit", user = %user.id, "logged in");
    let grant = Grant::new(user.id.to_string(), CLIENT);
    issuer.issue(grant.scopes([Scope::NotesRead, Scope::NotesWrite].map(|s| s.scope_name()))).await
}

/// What a login goes on with.
#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renewal {
    /// Good for one use.
    refresh_token: RefreshToken,
}

/// Exchanges a refresh token for a new pair of tokens. A second use of one ends the login, with its
/// access tokens.
#[post("/refresh")]
#[public(reason = "whoever holds a refresh token may use it")]
#[rate_limit("60/minute", by = ip)]
#[validated]
#[responds(400)]
pub(crate) async fn refresh(
    issuer: Data<TokenIssuer>,
    renewal: Json<Renewal>,
) -> Result<TokenResponse> {
    issuer.refresh(&renewal.refresh_token, CLIENT).await
}

/// Ends the caller's login: neither its refresh token nor any of its access tokens, those from
/// before a refresh among them, is good after it. A 503 says that Redis has not confirmed it: the
/// log-out holds at this instance, and the service completes it.
///
/// It is taken while it is not known what was revoked, too: clients forget their tokens and do not come
/// back, so one that was refused then would leave the login open.
#[post("/logout")]
#[authenticated]
#[credentials(bearer, revocation_outage = allow, reason = "a log-out takes access away, and gives none")]
#[rate_limit("60/minute", by = subject)]
pub(crate) async fn log_out(
    who: Principal,
    issuer: Data<TokenIssuer>,
    revocations: Data<Revocations>,
) -> Result<NoContent> {
    issuer.end_login(&who, &revocations).await?;
    tracing::info!(target: "notes::audit", user = who.subject(), "logged out");
    Ok(NoContent)
}
