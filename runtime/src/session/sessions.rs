//! The settings of a service's sessions, and how a request's session is found.

use std::{fmt, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use super::{
    ending::{EverywhereEnd, SessionEnd, session_name, subject_name},
    id::SessionId,
    memory::MemorySessionStore,
    store::{SessionRecord, SessionStore},
};
use crate::{
    auth::{
        Attempt, Authenticator, CredentialsRefusal, Presented, Refusal, RevokedSessions, SESSIONS,
        SecretDigest, Standing,
    },
    clock::Moment,
    cookie::{CookieRead, HostCookie, SameSite},
    issue::{Ending, On, Unfinished},
    line_rate::LineRate,
    store_error::StoreError,
};

const IDLE: Duration = Duration::from_secs(30 * 60);
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// The longest lifetime of a session: revocations are remembered for this time.
const LONGEST: Duration = crate::auth::HORIZON;

/// How long a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sessions of a service: their store, and when they end.
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
    is_in_memory: bool,
    unfinished: Unfinished,
    cookie: HostCookie,
    idle: Duration,
    lifetime: Duration,
    login_page: Option<String>,
    faults: Vec<String>,
}

fn is_memory<S: SessionStore + 'static>(store: &S) -> bool {
    let store: &dyn std::any::Any = store;
    store.is::<MemorySessionStore>()
}

impl Sessions {
    /// The name that `#[credentials(session)]` means.
    pub const NAME: &'static str = SESSIONS;

    /// Stores sessions in the memory of this process.
    pub fn in_memory() -> Self {
        Self::kept_in(MemorySessionStore::default())
    }

    /// Stores sessions in this store.
    pub fn kept_in(store: impl SessionStore + 'static) -> Self {
        Self {
            is_in_memory: is_memory(&store),
            store: Arc::new(store),
            unfinished: Unfinished::new("log-out"),
            cookie: HostCookie::session(),
            idle: IDLE,
            lifetime: LIFETIME,
            login_page: None,
            faults: Vec::new(),
        }
    }

    /// How long a session lasts without a request; 30 minutes unless this is called.
    #[must_use]
    pub fn idle(mut self, limit: Duration) -> Self {
        self.idle = limit;
        self
    }

    /// The longest duration of a session; 12 hours unless this is called, and never more than 30
    /// days.
    #[must_use]
    pub fn lifetime(mut self, limit: Duration) -> Self {
        self.lifetime = limit;
        self
    }

    /// Whether a visitor who follows a link from another site is logged in ([`Lax`](SameSite::Lax),
    /// which is the default) or not.
    #[must_use]
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.cookie = self.cookie.same_site(same_site);
        self
    }

    /// Redirects a browser that requests a page without a session to this path of the service
    /// (303), instead of 401. Only GET and HEAD, and only if `text/html` is accepted.
    #[must_use]
    pub fn login_page(mut self, path: &str) -> Self {
        if crate::public_path::own_path(path).is_some() {
            self.login_page = Some(path.to_owned());
        } else {
            self.faults.push(format!("`login_page` is {path:?}: a path of this service, `/login`"));
        }
        self
    }

    /// The errors of its settings.
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

    /// Whether other processes have no access to them.
    pub(crate) fn are_in_memory(&self) -> bool {
        self.is_in_memory
    }

    #[cfg(test)]
    pub(super) fn has_unfinished(&self) -> bool {
        self.unfinished.has_any()
    }

    /// Whether the store answers: looks up a session that does not exist.
    pub(crate) async fn try_store(&self) -> Result<(), StoreError> {
        within(self.store.load(&SecretDigest::of(b"a probe for health"))).await.map(drop)
    }

    pub(super) fn store(&self) -> &dyn SessionStore {
        self.store.as_ref()
    }

    pub(super) fn cookie(&self) -> &HostCookie {
        &self.cookie
    }

    /// A record of a session that begins now.
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
            version: 0,
        }
    }

    /// Begins a session that replaces the one of the browser. The old one ends first: if this stops
    /// in between, the browser is logged out, and not logged in with its old rights.
    pub(super) async fn begin(
        &self,
        held: Option<&SecretDigest>,
        id: &SecretDigest,
        record: &SessionRecord,
    ) -> Result<(), StoreError> {
        if let Some(held) = held {
            within(self.store.remove(held)).await?;
        }
        within(self.store.insert(id, record)).await
    }

    /// The session of this id, if it has not ended.
    pub(super) async fn find(
        &self,
        id: &SecretDigest,
        now: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let found = within(self.store.load(id)).await?;
        let Some(record) = found else { return Ok(None) };
        if now >= record.ends_at() {
            within(self.store.remove(id)).await?;
            return Ok(None);
        }
        let is_ending = self.unfinished.is_ending(&session_name(id))
            || self.unfinished.is_ending(&subject_name(record.subject()));
        Ok((!is_ending).then_some(record))
    }

    /// Notes that a session was used, after its standing was checked: a revoked one is not
    /// prolonged, and leaves the store. False if it was ended meanwhile.
    pub(super) async fn note(
        &self,
        id: &SecretDigest,
        record: &SessionRecord,
        standing: Standing,
        now: u64,
    ) -> Result<bool, StoreError> {
        match standing {
            Standing::Good | Standing::Unknown => {}
            Standing::TooLongLived => return Ok(true),
            Standing::Revoked => {
                if let Err(error) = within(self.store.remove(id)).await {
                    // It is refused all the same, and removed the next time.
                    tracing::debug!(%error, "a revoked session is still in its store");
                }
                return Ok(true);
            }
        }
        // Not for every request: a difference of a twentieth of the time does not matter.
        let due = (record.idle / 20).clamp(1, 60);
        if now.saturating_sub(record.used_at) < due {
            return Ok(true);
        }
        within(self.store.touch(id, &record.clone().with_used_at(now))).await
    }

    /// Ends a session, and completes in the background a step that fails or is interrupted.
    ///
    /// It is looked up first: cookies of random bits must not fill the queue. If the store does not
    /// answer, the cookie may belong to a session: it counts as ended here, and is removed once the
    /// store answers, unless too many ends of the client that sent it wait already.
    pub(super) async fn end(&self, id: &SecretDigest, client: IpAddr) -> Result<(), StoreError> {
        match within(self.store.load(id)).await {
            Ok(None) => Ok(()),
            Ok(Some(record)) => self.end_one(id, On::Subject(record.subject)).await,
            Err(_) => self.end_one(id, On::unknown(client)).await,
        }
    }

    async fn end_one(&self, id: &SecretDigest, on: On) -> Result<(), StoreError> {
        let end = SessionEnd { store: Arc::clone(&self.store), id: id.clone() };
        self.finish(session_name(id), on, Arc::new(end)).await
    }

    /// Ends all sessions of a subject, as [`end`](Self::end).
    pub(super) async fn end_subject(&self, subject: &str) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        let end = EverywhereEnd { store, subject: subject.to_owned() };
        self.finish(subject_name(subject), On::Subject(subject.to_owned()), Arc::new(end)).await
    }

    async fn finish(
        &self,
        name: String,
        on: On,
        ending: Arc<dyn Ending>,
    ) -> Result<(), StoreError> {
        within(self.unfinished.finish(name, on, ending)).await
    }
}

impl RevokedSessions for Sessions {
    /// Takes a session that was revoked out of its store; `id` is its principal's token id. The
    /// revocation holds whatever becomes of this, so its failure is not the caller's.
    fn end_revoked<'a>(
        &'a self,
        id: &'a str,
        subject: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let Some(id) = SecretDigest::parse(id) else { return };
            let subject = subject.unwrap_or("(unknown: the session was revoked by its id)");
            if let Err(error) = self.end_one(&id, On::Subject(subject.to_owned())).await {
                tracing::warn!(%error, "a revoked session is still in its store");
            }
        })
    }

    /// The same for all sessions of a subject.
    fn end_revoked_subject<'a>(
        &'a self,
        subject: &'a str,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if let Err(error) = self.end_subject(subject).await {
                tracing::warn!(%error, "revoked sessions are still in their store");
            }
        })
    }
}

/// The handler's deadline has not begun yet: a store that hangs has a time-out of its own.
pub(super) async fn within<T>(
    asked: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    answer.unwrap_or_else(|_| Err(StoreError::new("no answer in time")))
}

/// The sessions and their places are not shown.
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

    /// A cookie of a session that has ended does not count as credentials: the browser cannot know.
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
            let undecidable = |error: StoreError| {
                // Each request with a cookie comes here while the store fails.
                static LINES: LineRate = LineRate::new(10, 1);
                if let Some(suppressed) = LINES.take(Moment::now()) {
                    tracing::error!(%error, suppressed, "sessions cannot be looked up");
                }
                Refusal::Undecidable
            };
            let now = presented.now_unix();
            let found = self.find(&id, now).await.map_err(undecidable)?;
            let Some(record) = found else { return Ok(None) };
            let who = presented
                .identify(record.subject.clone())
                .issuer(Self::NAME)
                .scopes(record.scopes.clone())
                .token_id(id.encoded())
                .issued_at(record.began_at)
                .expires_at(record.expires_at)
                .build()?;
            // The guard refuses what was revoked; here it is only kept from being prolonged.
            let standing = presented.standing(&who);
            let is_there = self.note(&id, &record, standing, now).await.map_err(undecidable)?;
            Ok(is_there.then_some(who))
        }))
    }

    fn login_page(&self) -> Option<&str> {
        self.login_page.as_deref()
    }
}
