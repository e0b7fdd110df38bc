//! Authentication: bearer tokens, the keys that verify them, and the identity of the caller.
//!
//! A type that identifies callers is an [`Authenticator`]; a service may have several. For
//! [`Bearer`] tokens, a request is authenticated in three steps, each with its own refusal:
//!
//! 1. [`bearer`] reads the one `Authorization` header. No bearer credentials is not an error yet:
//!    public endpoints never ask. Two headers or a token of an impossible form are `400`.
//! 2. [`Verifier::verify`] turns the token into a [`Principal`] or into a [`TokenRefusal`]. Only
//!    access tokens of RFC 9068 pass, unless the verifier has another [`TokenProfile`]. The key is
//!    chosen from the service's [`KeySet`] only, and each key is valid for one algorithm, so no
//!    content of a token can choose how it is verified (RFC 8725 sections 3.1 and 3.5). Where the
//!    keys come from and how they stay fresh is a [`KeySource`].
//! 3. The endpoint's scopes are compared with [`Principal::has_scope`].
//!
//! The client gets exactly what RFC 6750 defines ([`Refusal::status`], [`Refusal::challenge`]). The
//! reason why a token was refused goes to the log alone ([`Refusal`]'s `Display`), so that an
//! attacker learns nothing from trying.
//!
//! ```
//! use palisade::auth::{Key, KeySet, TokenSigner, Verifier};
//! use secrecy::SecretSlice;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let secret: SecretSlice<u8> = (0..32).collect::<Vec<u8>>().into();
//! let keys = KeySet::new([Key::hs256("2026-11", &secret)?])?;
//! let verifier = Verifier::new(keys, "https://id.example.org", "items")?;
//!
//! let signer = TokenSigner::hs256("2026-11", &secret, "https://id.example.org", "items")?;
//! let now = 1_795_000_000;
//! let token = signer.subject("ada").scopes(["items:read"]).sign_at(now)?;
//!
//! let who = verifier.verify(&token, now)?;
//! assert_eq!(who.subject(), "ada");
//! assert!(who.has_scope("items:read") && !who.has_scope("items:write"));
//! # Ok(())
//! # }
//! ```

mod algorithm;
mod api_key;
mod authenticator;
mod bearer;
mod cache;
mod claims;
mod compact;
mod credentials;
mod digest;
mod header;
mod json;
mod jwk;
mod key;
mod key_set;
mod key_source;
#[cfg(feature = "mutual-tls")]
mod mutual_tls;
mod principal;
mod profile;
mod public_jwk;
mod refusal;
mod revocation;
mod scopes;
mod signature;
mod signer;
mod signing_key;
#[cfg(test)]
mod tests;
mod verifier;

pub use algorithm::Algorithm;
pub use api_key::{
    ApiKey, ApiKeyError, ApiKeyFound, ApiKeyLookup, ApiKeyRecord, ApiKeyStore, ApiKeys,
    ApiKeysError, MemoryApiKeyStore,
};
pub(crate) use authenticator::is_name;
pub use authenticator::{Attempt, Authenticator, Presented};
pub use bearer::Bearer;
pub(crate) use cache::CacheCounts;
pub use cache::{DEFAULT_CACHED_TOKENS, MAX_CACHED_LENGTH};
pub use credentials::{CredentialsRefusal, bearer};
pub use digest::SecretDigest;
pub use key::{Key, KeyError};
pub use key_set::KeySet;
pub(crate) use key_source::KeyFeed;
pub(crate) use key_source::KeyWatch;
#[cfg(feature = "remote-keys")]
pub use key_source::RemoteKeys;
pub use key_source::{KeySource, KeySourceError};
#[cfg(feature = "tls")]
pub(crate) use mutual_tls::NotedCertificate;
#[cfg(feature = "mutual-tls")]
pub use mutual_tls::{
    CertificateError, CertificateHolder, ClientCertificate, MutualTls, note_client_certificate,
};
pub use principal::{ClaimsError, Principal, PrincipalBuilder};
pub use profile::TokenProfile;
pub use public_jwk::PublicJwk;
pub use refusal::{Refusal, TokenRefusal};
pub use revocation::{HORIZON, MAX_STALENESS, RevocationError, Revocations};
pub(crate) use revocation::{RevokedSessions, SESSIONS, Standing};
pub use signature::{SelfTestFailure, self_test};
pub use signer::{SignError, TokenDraft, TokenSigner};
pub use signing_key::SigningKey;
pub use verifier::{MAX_LEEWAY, MAX_TOKEN_LENGTH, Verifier, VerifierError, authenticate};
