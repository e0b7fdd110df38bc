//! API keys: long-lived secrets of programs.
//!
//! 1. A key is `<prefix>_<id>_<secret><check>`, letters and digits alone: the prefix is the
//!    service's own, the id of 12 characters is public, the secret has 256 random bits, and the
//!    check of 6 characters covers all before it. Scanners find a leaked key by its form
//!    (`acme_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}`), and confirm it by its check without a request to
//!    the service.
//! 2. It is shown once, when it is made. The store has its digest ([`SecretDigest`]) under its id,
//!    with owner, scopes and expiry ([`ApiKeyRecord`]).
//! 3. A request sends it in `Authorization: ApiKey <key>` and nowhere else, unless the service
//!    names another header. A key without a valid check is refused without a lookup in the store;
//!    an unknown id costs the same as a wrong secret.
//!
//! [`SecretDigest`]: super::SecretDigest

mod authenticator;
mod record;
mod store;
mod text;

pub use authenticator::{ApiKeys, ApiKeysError};
pub use record::ApiKeyRecord;
pub use store::{ApiKeyFound, ApiKeyLookup, ApiKeyStore, MemoryApiKeyStore};
pub use text::{ApiKey, ApiKeyError};
