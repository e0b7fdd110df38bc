//! What the sessions of a service go by, and how a request's is found.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    id::SessionId,
    memory::MemorySessionStore,
    store::{SessionRecord, SessionStore},
};
use crate::{
    auth::{Attempt, Authenticator, CredentialsRefusal, Presented, Refusal, SecretDigest},
    cookie::{CookieRead, HostCookie, SameSite},
    issue::StoreError,
};

const IDLE: Duration = Duration::from_secs(30 * 60);
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// No session is longer: what was taken back is remembered for this time.
const LONGEST: Duration = crate::auth::HORIZON;

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sessions of a service: where they are kept, and when they end.
///
/// ```
/// use std::time::Duration;
/// use palisade::{Palisade, session::Sessions};
///
/// let sessions = Sessions::in_memory()
///     .idle(Duration::from_secs(15 * 60))
///     .lifetime(Duration::from_secs(8 * 3_600))
///     .login_page("/login");
/// let builder = Palisade::builder().sessions(sessions);
/// # let _ = builder;
/// ```
#[derive(Clone)]
pub struct Sessions {
    store: Arc<dyn SessionStore>,
    cookie: HostCookie,
    idle: Duration,
    lifetime: Duration,
    login_page: Option<String>,
    faults: Vec<String>,
}

impl Sessions {
    /// The name that `#[credentials(session)]` means.
    pub const NAME: &'static str = "session";

    /// Keeps sessions in the memory of this process.
    pub fn in_memory() -> Self {
        Self::kept_in(MemorySessionStore::default())
    }

    /// Keeps sessions in this store.
    pub fn kept_in(store: impl SessionStore + 'static) -> Self {
        Self {
            store: Arc::new(store),
            cookie: HostCookie::session(),
            idle: IDLE,
            lifetime: LIFETIME,
            login_page: None,
            faults: Vec::new(),
        }
    }

    /// How long a session goes on without a request; 30 minutes unless this is called.
    #[must_use]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// How long a session goes on at most; 12 hours unless this is called, and never more than 30
    /// days.
    #[must_use]
    pub fn lifetime(mut self, limit: Duration) -> Self {
        self.lifetime = limit;
        self
    }

    /// Whether links from other sites find their visitor logged in
    /// ([`Lax`](SameSite::Lax), which is the default) or not.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.cookie = self.cookie.same_site(same_site);
        self
    }

    /// Sends a browser that asks for a page without a session to this path of the service (303),
    /// in place of the 401. Only GET and HEAD, and only where `text/html` is accepted.
    #[must_use]
    pub fn login_page(mut self, path: &str) -> Self {
        if crate::respond::own_path(path).is_some() {
            self.login_page = Some(path.to_owned());
        } else {
            self.faults.push(format!("`login_page` is {path:?}: a path of this service, `/login`"));
        }
        self
    }

    /// What will not do.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = self.faults.clone();
        if self.lifetime < Duration::from_secs(1) || self.lifetime > LONGEST {
            faults.push(format!(
                "the sessions' `lifetime` is {:?}: a second to 30 days",
                self.lifetime
            ));
        }
        if self.idle < Duration::from_secs(1) || self.idle > self.lifetime {
            faults.push(format!(
                "the sessions' `idle` is {:?}: a second, up to their lifetime of {:?}",
                self.idle, self.lifetime
            ));
        }
        faults
    }

    pub(super) fn store(&self) -> &dyn SessionStore {
        self.store.as_ref()
    }

    pub(super) fn cookie(&self) -> &HostCookie {
        &self.cookie
    }

    /// A record that begins now.
    pub(super) fn record(&self, subject: String, scopes: Vec<String>, now: u64) -> SessionRecord {
        SessionRecord {
            service: String::new(),
            subject,
            scopes,
            began_at: now,
            used_at: now,
            idle: self.idle.as_secs(),
            expires_at: now.saturating_add(self.lifetime.as_secs()),
            data: None,
        }
    }

    /// The session of this id, if it has not ended. It is noted that it was used.
    pub(super) async fn find(
        &self,
        id: &SecretDigest,
        now: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let found = within(self.store.load(id)).await?;
        let Some(mut record) = found else { return Ok(None) };
        if now >= record.ends_at() {
            within(self.store.remove(id)).await?;
            return Ok(None);
        }
        // Not for every request: a twentieth of the time makes no difference to anybody.
        let due = (record.idle / 20).clamp(1, 60);
        if now.saturating_sub(record.used_at) >= due {
            record.used_at = now;
            if !within(self.store.update(id, &record)).await? {
                // It was ended meanwhile.
                return Ok(None);
            }
        }
        Ok(Some(record))
    }
}

/// The handler's deadline has not begun yet: a store that hangs has one of its own.
pub(super) async fn within<T>(
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or_else(|_| Err(StoreError::new("no answer in time")))
}

/// Which sessions there are, and where, is nobody's business.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("store", &self.store)
            .field("idle", &self.idle)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}

impl Authenticator for Sessions {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    /// A cookie of a session that is no more is no credentials: the browser cannot know.
    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        let id = match self.cookie.read(presented.headers()) {
            CookieRead::Absent => return Attempt::Now(Ok(None)),
            CookieRead::Ambiguous => {
                return Attempt::Now(Err(Refusal::Malformed(CredentialsRefusal::SeveralHeaders)));
            }
            CookieRead::Value(text) => match SessionId::parse(text) {
                Some(id) => id.digest(),
                None => return Attempt::Now(Ok(None)),
            },
        };
        Attempt::Later(Box::pin(async move {
            let found = self.find(&id, presented.now_unix()).await.map_err(|error| {
                tracing::error!(%error, "sessions cannot be looked up");
                Refusal::Undecidable
            })?;
            let Some(record) = found else { return Ok(None) };
            let who = presented
                .identify(record.subject)
                .issuer(Self::NAME)
                .scopes(record.scopes)
                .token_id(id.encoded())
                .issued_at(record.began_at)
                .expires_at(record.expires_at);
            who.build().map(Some)
        }))
    }

    fn login_page(&self) -> Option<&str> {
        self.login_page.as_deref()
    }
}
