//! Accepting, hashing and checking passwords.
//!
//! 1. A [`Password`] is an input type of 8 to 128 characters. It is wiped when it is dropped, and
//!    `Debug` does not print it.
//! 2. A [`PasswordHasher`] hashes with Argon2id (RFC 9106), at least at the cost that OWASP
//!    recommends: 19 MiB and two passes. The result is a PHC string ([`PasswordHash`]) with its own
//!    salt and cost, so the cost can be raised later: [`Verified::needs_rehash`] reports an
//!    outdated one.
//! 3. Hashing costs tens of milliseconds and 19 MiB on purpose, so it never runs on a worker thread
//!    of the server, only so many run at a time, in memory that is kept and used again, and only so
//!    many wait: the next one is answered with 503 and `Retry-After`. A flood of logins makes
//!    logins slow, nothing else.
//! 4. Where a password is set, [`Password::for_account`] refuses the most common ones and those
//!    that contain the account's name. The result, a [`NewPassword`], is the only input of
//!    [`PasswordHasher::hash`].
//! 5. A user who does not exist costs the same as a wrong password, and is answered the same
//!    ([`PasswordHasher::verify`]), so that no caller can find out who has an account (CWE-204,
//!    CWE-208).
//!
//! Set a limit on the endpoint: by address, and by account name.
//!
//! Unicode has several encodings of a password. Its bytes are hashed unchanged, so clients should
//! send passwords in the normalization form NFC (RFC 8265 section 4.2), as browsers usually do.
//!
//! ```no_run
//! use palisade::{
//!     issue::{Grant, TokenIssuer, TokenResponse},
//!     password::{Password, PasswordHash, PasswordHasher},
//!     prelude::*,
//! };
//!
//! # struct Users;
//! # struct User { id: String, password: PasswordHash }
//! # impl Users {
//! #     async fn named(&self, _: &str) -> Result<Option<User>> { Ok(None) }
//! #     async fn set_password(&self, _: &str, _: PasswordHash) -> Result<()> { Ok(()) }
//! # }
//! #[derive(Deserialize, Validate, Input)]
//! #[serde(deny_unknown_fields)]
//! struct Login {
//!     #[validate(length(max = 64))]
//!     user: String,
//!     password: Password,
//! }
//!
//! #[post("/login")]
//! #[public(reason = "this is where callers become known")]
//! #[rate_limit("10/minute", by = ip)]
//! #[validated]
//! async fn log_in(
//!     users: Data<Users>,
//!     passwords: Data<PasswordHasher>,
//!     issuer: Data<TokenIssuer>,
//!     login: Json<Login>,
//! ) -> Result<TokenResponse> {
//!     let user = users.named(&login.user).await?;
//!     let stored = user.as_ref().map(|user| &user.password);
//!     let verified = passwords.verify(&login.password, stored).await?;
//!     // Only now: an early return for an unknown user would tell that it is one.
//!     let user = user.ok_or_else(Problem::not_found)?;
//!     if verified.needs_rehash() {
//!         let renewed = passwords.rehash(&verified, &login.password).await?;
//!         users.set_password(&user.id, renewed).await?;
//!     }
//!     issuer.issue(Grant::new(user.id, "web").scopes(["items:read"])).await
//! }
//! ```

mod common;
mod cost;
mod hash;
mod hasher;
mod input;
mod memory;
mod new;

pub use cost::{PasswordCost, PasswordCostError};
pub use hash::{PasswordHash, PasswordHashError};
pub use hasher::{HashingFailure, PasswordHasher, Verified};
pub use input::Password;
pub use new::{NewPassword, WeakPassword};
