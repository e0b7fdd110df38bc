//! From a key in a header to a caller.

use std::{fmt, time::Duration};

use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::{
    super::{
        authenticator::{Attempt, Authenticator, Presented},
        credentials::CredentialsRefusal,
        digest::SecretDigest,
        principal::Principal,
        refusal::Refusal,
        revocation::HORIZON,
    },
    store::{ApiKeyFound, ApiKeyLookup, ApiKeyStore},
    text::{ApiKey, is_prefix},
};
use crate::{clock::Moment, issue::StoreError, line_rate::LineRate};

const SCHEME: &str = "ApiKey";

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells callers by their API keys.
///
/// Decisions, in their order; the first that fails refuses:
///
/// 1. the header stands once and holds one word (400);
/// 2. it is a key by its form and its check, with our prefix;
/// 3. the store has its id (one that cannot be asked, or takes five seconds, is 503);
/// 4. the digests are equal, compared in constant time, and compared for an unknown id too;
/// 5. the key was not revoked and has not ended.
///
/// The [`Principal`] has the owner as its subject, the key's id as its
/// [`token_id`](Principal::token_id), and `api_key` as its issuer.
///
/// ```
/// use palisade::{Palisade, auth::{ApiKeys, MemoryApiKeyStore}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryApiKeyStore::default();
/// let builder = Palisade::builder().authenticator(ApiKeys::new("acme", store)?);
/// # let _ = builder;
/// # Ok(())
/// # }
/// ```
pub struct ApiKeys {
    prefix: String,
    place: Place,
    store: Box<dyn ApiKeyStore>,
    /// Of no key that exists.
    nobody: SecretDigest,
}

enum Place {
    Header(HeaderName),
    Authorization,
}

impl ApiKeys {
    /// The name that `#[credentials(api_key)]` means.
    pub const NAME: &'static str = "api_key";

    /// Takes keys with this prefix from the header `X-Api-Key`.
    ///
    /// # Errors
    ///
    /// A prefix that no key can have.
    pub fn new(prefix: &str, store: impl ApiKeyStore + 'static) -> Result<Self, ApiKeysError> {
        if !is_prefix(prefix) {
            return Err(ApiKeysError::Prefix);
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            place: Place::Header(HeaderName::from_static("x-api-key")),
            store: Box::new(store),
            nobody: SecretDigest::of(b""),
        })
    }

    /// Takes keys from this header instead.
    ///
    /// # Errors
    ///
    /// A name that no header has, or `Authorization`, which has a scheme in front: see
    /// [`in_authorization`](Self::in_authorization).
    pub fn header(mut self, name: &str) -> Result<Self, ApiKeysError> {
        match HeaderName::try_from(name) {
            Ok(name) if name != AUTHORIZATION => {
                self.place = Place::Header(name);
                Ok(self)
            }
            Ok(_) | Err(_) => Err(ApiKeysError::Header),
        }
    }

    /// Takes keys from `Authorization: ApiKey <key>` instead.
    #[must_use]
    pub fn in_authorization(mut self) -> Self {
        self.place = Place::Authorization;
        self
    }

    /// The text that stands in a key's place.
    fn presented<'a>(
        &self,
        presented: &Presented<'a>,
    ) -> Result<Option<&'a str>, CredentialsRefusal> {
        let name = match &self.place {
            Place::Header(name) => name,
            Place::Authorization => &AUTHORIZATION,
        };
        let mut values = presented.headers().get_all(name);
        let Some(value) = values.next() else { return Ok(None) };
        let text = match self.place {
            Place::Header(_) => value.to_str().map_err(|_| CredentialsRefusal::Form)?,
            Place::Authorization => {
                let (scheme, rest) = value
                    .as_bytes()
                    .split_at_checked(SCHEME.len())
                    .unwrap_or((value.as_bytes(), b""));
                if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes())
                    || rest.first().is_some_and(|byte| *byte != b' ')
                {
                    // Another scheme: somebody else's credentials.
                    return Ok(None);
                }
                let rest = rest.get(1..).unwrap_or_default();
                std::str::from_utf8(rest).map_err(|_| CredentialsRefusal::Form)?
            }
        };
        if values.next().is_some() {
            return Err(CredentialsRefusal::SeveralHeaders);
        }
        if text.is_empty() {
            return Err(CredentialsRefusal::Empty);
        }
        // A list of keys, or a key in quotes: what a proxy or a client has put together.
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(CredentialsRefusal::Form);
        }
        Ok(Some(text))
    }

    fn judge(
        &self,
        key: &ApiKey,
        found: ApiKeyFound,
        presented: Presented<'_>,
    ) -> Result<Option<Principal>, Refusal> {
        let record = found.map_err(|error| {
            // Each request with a key comes here while the store fails.
            static LINES: LineRate = LineRate::new(10, 1);
            if let Some(suppressed) = LINES.take(Moment::now()) {
                tracing::error!(%error, suppressed, "API keys cannot be looked up");
            }
            Refusal::Undecidable
        })?;
        let stored = record.as_ref().map_or(&self.nobody, |record| &record.digest);
        let is_equal = key.digest().is(stored);
        let refused = |why| Err(Refusal::InvalidCredentials { why });
        match record {
            Some(record) if is_equal && record.id == key.id() => {
                if record.revoked {
                    return Err(Refusal::Revoked);
                }
                let mut who = presented
                    .identify(record.owner.as_str())
                    .issuer(Self::NAME)
                    .scopes(record.scopes.iter().cloned())
                    .token_id(record.id.as_str());
                if let Some(unix) = record.created_at {
                    who = who.issued_at(unix);
                }
                match record.expires_at {
                    Some(end) if presented.now_unix() >= end => return refused("expired"),
                    // A revocation of something longer-lived would be forgotten before it: like a
                    // key without an end, it is taken back in its store.
                    Some(end) if is_short_lived(record.created_at, end) => {
                        who = who.expires_at(end);
                    }
                    Some(_) | None => {}
                }
                who.build().map(Some)
            }
            Some(_) | None => refused("no such API key"),
        }
    }
}

fn is_short_lived(created_at: Option<u64>, end: u64) -> bool {
    created_at.is_some_and(|start| end.saturating_sub(start) <= HORIZON.as_secs())
}

impl Authenticator for ApiKeys {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let text = match self.presented(&presented) {
            Ok(Some(text)) => text,
            Ok(None) => return Attempt::Now(Ok(None)),
            Err(malformed) => return Attempt::Now(Err(malformed.into())),
        };
        let key = match ApiKey::parse(text) {
            Some(key) if key.prefix() == self.prefix => key,
            Some(_) | None => {
                let why = "not an API key of this service by its form";
                return Attempt::Now(Err(Refusal::InvalidCredentials { why }));
            }
        };
        // The id is a part of the header, which lives as long as the request.
        let start = self.prefix.len() + 1;
        let id = text.get(start..start + key.id().len()).unwrap_or_default();
        match self.store.find(id) {
            ApiKeyLookup::Now(found) => Attempt::Now(self.judge(&key, found, presented)),
            ApiKeyLookup::Later(found) => Attempt::Later(Box::pin(async move {
                // The handler's deadline has not begun yet: a store that hangs has one of its own.
                let found = tokio::time::timeout(PATIENCE, found).await;
                let found = found.unwrap_or_else(|_| Err(StoreError::new("no answer in time")));
                self.judge(&key, found, presented)
            })),
        }
    }

    /// RFC 9110 asks for a challenge with every 401. The scheme is not registered; the parameter
    /// says where a key goes.
    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        if matches!(refusal, Refusal::Undecidable | Refusal::RevocationsUnknown) {
            return None;
        }
        match &self.place {
            Place::Authorization => Some(HeaderValue::from_static(SCHEME)),
            Place::Header(name) => {
                HeaderValue::try_from(format!("{SCHEME} header=\"{name}\"")).ok()
            }
        }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys")
            .field("prefix", &self.prefix)
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

/// API keys cannot be set up like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeysError {
    /// A prefix that no key can have.
    Prefix,
    /// No header has this name, or it is `Authorization`.
    Header,
}

impl fmt::Display for ApiKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => {
                "a prefix is 1 to 24 small letters, digits and single underscores, like acme_live"
            }
            Self::Header => {
                "not a header for API keys; write its name, or `in_authorization` for the scheme"
            }
        })
    }
}

impl std::error::Error for ApiKeysError {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::test::TestRequest;

    use super::{
        super::{MemoryApiKeyStore, record::ApiKeyRecord},
        ApiKey, ApiKeys, Presented, Refusal,
    };
    use crate::client::TrustedProxies;

    #[test]
    fn the_right_id_with_another_secret_is_refused() {
        let keys = ApiKeys::new("acme", MemoryApiKeyStore::default()).unwrap();
        let (mine, other) = (ApiKey::generate("acme").unwrap(), ApiKey::generate("acme").unwrap());
        let (request, proxies) =
            (TestRequest::default().to_http_request(), TrustedProxies::default());
        let judge = |record: ApiKeyRecord| {
            let presented = Presented::new(&request, &proxies, 1_795_000_000);
            keys.judge(&mine, Ok(Some(Arc::new(record))), presented)
        };
        assert!(judge(mine.record("ada")).is_ok());
        let forged = ApiKeyRecord::new(mine.id(), other.digest(), "ada".to_owned());
        assert!(matches!(judge(forged), Err(Refusal::InvalidCredentials { .. })));
        let misplaced = ApiKeyRecord::new(other.id(), mine.digest(), "ada".to_owned());
        assert!(matches!(judge(misplaced), Err(Refusal::InvalidCredentials { .. })));
        assert!(matches!(judge(mine.record("ada").revoked()), Err(Refusal::Revoked)));
    }
}
