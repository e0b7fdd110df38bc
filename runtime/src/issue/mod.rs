//! Issuing tokens, for a service with its own logins.
//!
//! 1. A [`TokenIssuer`] signs access tokens of the RFC 9068 profile with the current one of its
//!    [`SigningKeys`]. They are short-lived, and every verifier of [`auth`](crate::auth) takes
//!    them.
//! 2. Beside an access token a [`TokenResponse`] carries a [`RefreshToken`]: 384 random bits, of
//!    which the [`RefreshStore`] keeps digests alone. It is good for one use. The second use of
//!    one means that two parties hold it, so it ends the whole login (RFC 9700 section 4.14.2): the
//!    [`Family`] of its refresh tokens, and, where the issuer knows the
//!    [`revocations`](TokenIssuer::revocations), its access tokens. Both parties log in again.
//! 3. Neither kind passes for the other: a refresh token has no signature that a verifier could
//!    check, and an access token has not the form of a refresh token.
//! 4. Other services check tokens with the published keys (`/.well-known/jwks.json`) or ask
//!    (`/oauth/introspect`, RFC 7662); see [`TokenIssuer::endpoints`].
//!
//! The reason for refusing a grant is not revealed: an unknown, expired, reused or foreign refresh
//! token is the same `invalid-grant`. The log has the reason.
//!
//! ```no_run
//! use palisade::{
//!     auth::{Algorithm, SigningKey},
//!     issue::{Grant, MemoryRefreshStore, RefreshToken, SigningKeys, TokenIssuer, TokenResponse},
//!     prelude::*,
//! };
//!
//! #[derive(Deserialize, Validate, Input)]
//! #[serde(deny_unknown_fields)]
//! struct Renewal {
//!     refresh_token: RefreshToken,
//! }
//!
//! #[post("/token")]
//! #[public(reason = "whoever holds a refresh token may use it")]
//! #[rate_limit("30/minute", by = ip)]
//! #[validated]
//! async fn renew(issuer: Data<TokenIssuer>, renewal: Json<Renewal>) -> Result<TokenResponse> {
//!     issuer.refresh(&renewal.refresh_token, "web").await
//! }
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     let key = SigningKey::pem_file(Algorithm::EdDsa, "2026-11", "signing.pem")?;
//!     let issuer = TokenIssuer::new("https://id.example.org", "items", SigningKeys::new(key))?
//!         .refresh_store(MemoryRefreshStore::default());
//!     Palisade::from_env()?
//!         .auth(issuer.verifier()?)
//!         .endpoints(issuer.endpoints())
//!         .endpoints(endpoints![renew])
//!         .serve()
//!         .await
//! }
//! ```

mod ending;
mod endpoints;
mod family;
mod grant;
mod holdings;
mod issuer;
mod memory;
#[cfg(test)]
mod order_tests;
#[cfg(feature = "redis")]
mod redis;
mod refresh_token;
mod response;
mod signing_keys;
mod signing_secret;
mod store;
#[cfg(test)]
mod tests;
mod unfinished;

#[cfg(feature = "redis")]
pub use self::redis::RedisRefreshStore;
#[cfg(feature = "redis")]
pub(crate) use self::redis::{INDEX, failed};
pub(crate) use self::{
    holdings::Holdings,
    unfinished::{Ending, On, Unfinished},
};
pub use crate::store_error::StoreError;
pub use family::{Family, FamilyId};
pub use grant::Grant;
pub use issuer::{IssuerError, TokenIssuer};
pub use memory::MemoryRefreshStore;
pub use refresh_token::RefreshToken;
pub use response::TokenResponse;
pub use signing_keys::SigningKeys;
pub use signing_secret::SigningSecret;
pub use store::{RefreshStore, StoreFuture};
