//! Identifies a caller by a key in a header.

use std::{fmt, time::Duration};

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

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
use crate::{clock::Moment, line_rate::LineRate, store_error::StoreError};

const SCHEME: &str = "ApiKey";

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Identifies callers by their API keys.
///
/// Decisions, in their order; the first that fails refuses:
///
/// 1. there is one key, in `Authorization: ApiKey <key>` or in the configured header, and it is one
///    word (400);
/// 2. it has the form of a key, a valid check, and our prefix;
/// 3. the store has its id (a store that cannot be reached, or takes five seconds, is 503);
/// 4. the digests are equal, compared in constant time, and compared for an unknown id too;
/// 5. the key was not revoked and has not expired.
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
    /// The field that may have keys besides `Authorization`.
    header: Option<HeaderName>,
    store: Box<dyn ApiKeyStore>,
    /// The digest of no existing key.
    nobody: SecretDigest,
}

impl ApiKeys {
    /// The name in `#[credentials(api_key)]`.
    pub const NAME: &'static str = "api_key";

    /// Accepts keys with this prefix from `Authorization: ApiKey <key>`.
    ///
    /// # Errors
    ///
    /// An invalid prefix.
    pub fn new(prefix: &str, store: impl ApiKeyStore + 'static) -> Result<Self, ApiKeysError> {
        if !is_prefix(prefix) {
            return Err(ApiKeysError::Prefix);
        }
        Ok(Self {
            prefix: prefix.to_owned(),
            header: None,
            store: Box::new(store),
            nobody: SecretDigest::of(b""),
        })
    }

    /// Accepts keys from this header too, such as `X-Api-Key`, for clients that cannot send the
    /// other form.
    ///
    /// HTTP clients drop `Authorization` when a redirect leads to another origin. They do send a
    /// header of another name, so that every redirect of the service to another origin discloses
    /// the key (RFC 9110 section 15.4, CWE-200). With such a header, redirect to own paths alone.
    ///
    /// # Errors
    ///
    /// An invalid name of a header, or `Authorization` itself.
    pub fn header_sent_on_redirects(mut self, name: &str) -> Result<Self, ApiKeysError> {
        match HeaderName::try_from(name) {
            Ok(name) if name != AUTHORIZATION => {
                self.header = Some(name);
                Ok(self)
            }
            Ok(_) | Err(_) => Err(ApiKeysError::Header),
        }
    }

    /// The key of the request, unparsed.
    fn presented<'a>(
        &self,
        presented: &Presented<'a>,
    ) -> Result<Option<&'a str>, CredentialsRefusal> {
        let headers = presented.headers();
        let in_scheme = one(headers, &AUTHORIZATION, |value| {
            let (scheme, rest) = value.split_at_checked(SCHEME.len()).unwrap_or((value, b""));
            let is_ours = scheme.eq_ignore_ascii_case(SCHEME.as_bytes())
                && rest.first().is_none_or(|byte| *byte == b' ');
            // Another scheme: other credentials.
            is_ours.then(|| rest.get(1..).unwrap_or_default())
        })?;
        let in_header = match &self.header {
            Some(name) => one(headers, name, Some)?,
            None => None,
        };
        let value = match (in_scheme, in_header) {
            (Some(_), Some(_)) => return Err(CredentialsRefusal::SeveralHeaders),
            (Some(value), None) | (None, Some(value)) => value,
            (None, None) => return Ok(None),
        };
        if value.is_empty() {
            return Err(CredentialsRefusal::Empty);
        }
        // A list of keys, or a key in quotes: what a proxy or a client has put together.
        if !value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return Err(CredentialsRefusal::Form);
        }
        std::str::from_utf8(value).map(Some).map_err(|_| CredentialsRefusal::Form)
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
                    // A revocation of a longer-lived key would be forgotten before the key ends:
                    // like a key without an end, it is revoked in its store.
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

/// The value of a header that may occur once, if it is for this authenticator.
fn one<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    ours: impl Fn(&'a [u8]) -> Option<&'a [u8]>,
) -> Result<Option<&'a [u8]>, CredentialsRefusal> {
    let mut values = headers.get_all(name);
    let Some(value) = values.next() else { return Ok(None) };
    let Some(value) = ours(value.as_bytes()) else { return Ok(None) };
    if values.next().is_some() { Err(CredentialsRefusal::SeveralHeaders) } else { Ok(Some(value)) }
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

    fn reloads(&self) -> bool {
        self.store.reloads()
    }

    fn reload(&self) -> Result<(), String> {
        self.store.reload().map_err(|error| error.to_string())
    }

    /// RFC 9110 requires a challenge with every 401. The scheme is not registered. It is sent if
    /// another header is accepted too: clients send this form to one origin only.
    fn challenge(&self, refusal: &Refusal) -> Option<HeaderValue> {
        let is_decided = !matches!(refusal, Refusal::Undecidable | Refusal::RevocationsUnknown);
        is_decided.then(|| HeaderValue::from_static(SCHEME))
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

/// An invalid configuration of API keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeysError {
    /// An invalid prefix.
    Prefix,
    /// An invalid name of a header, or `Authorization`, which is accepted anyway.
    Header,
}

impl fmt::Display for ApiKeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => {
                "a prefix is 1 to 24 small letters, digits and single underscores, like acme_live"
            }
            Self::Header => {
                "not a header for API keys: write a name like `X-Api-Key`; `Authorization` is taken \
                 anyway"
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

    #[test]
    fn the_right_id_with_another_secret_is_refused() {
        let keys = ApiKeys::new("acme", MemoryApiKeyStore::default()).unwrap();
        let (mine, other) = (ApiKey::generate("acme").unwrap(), ApiKey::generate("acme").unwrap());
        let request = TestRequest::default().to_http_request();
        let judge = |record: ApiKeyRecord| {
            let presented = Presented::new(&request, false, 1_795_000_000);
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
