//! A list in Redis that every instance follows.
//!
//! Revoking appends to the list; following reads it from the start, and then waits for new entries
//! (`XREAD BLOCK`). A reply without entries confirms that none was missed, so one connection
//! provides new entries, earlier ones and the confirmation.
//!
//! After a lost connection, reading continues after the last entry that was read, if Redis still
//! has that one: then the entries before it are unchanged. If Redis is another one or has lost it,
//! the list is read whole again, each time in a row after a longer pause.
//!
//! A thread of its own has the connections: the runtimes of the workers start and end, and a
//! handler that hangs must not keep an instance from learning of revocations. The thread ends only
//! with the last of its lists: a failure, and a panic in a library, is reported once and tried
//! again.

use std::{
    fmt,
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use redis::{Cmd, RedisError, Value};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    List, RevocationError,
    entry::Entry,
    stream::{START, Streams, is_there},
};
use crate::{
    Redis,
    clock::Moment,
    panics::catching,
    shared_redis::{Connection, Feature, try_each},
};

/// How long one read waits for new entries: the list is confirmed at least this often.
const WAIT: Duration = Duration::from_millis(250);

/// The time limit of connecting, and of an answer that Redis does not delay itself, if the setting
/// is shorter.
const PATIENCE: Duration = Duration::from_millis(750);

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest pause before the list is read whole again.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// When a list that was read whole counts as stable.
const LASTING: Duration = Duration::from_secs(300);

/// Entries of one read, of each stream.
const PAGE: usize = 2_000;

/// Revocations on their way to Redis; further ones are refused rather than queued.
const QUEUE: usize = 1_024;

/// The handle of the thread that talks to Redis. The thread ends with the last of them.
#[derive(Clone, Debug)]
pub(super) struct Shared(mpsc::Sender<Publication>);

struct Publication {
    entry: Entry,
    done: oneshot::Sender<Result<(), RevocationError>>,
}

impl Shared {
    pub(super) fn follow(redis: &Redis, list: &Arc<List>) -> Result<Self, RevocationError> {
        let (send, receive) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| RevocationError::Thread)?;
        let server = Server::new(redis);
        let (follower, publisher) = (
            Follower::new(server.clone(), Arc::downgrade(list)),
            Publisher { server, queue: receive, connection: None, report: Report::new("stored") },
        );
        thread::Builder::new()
            .name("palisade-revoked".to_owned())
            .spawn(move || runtime.block_on(run(follower, publisher)))
            .map_err(|_| RevocationError::Thread)?;
        Ok(Self(send))
    }

    pub(super) async fn publish(&self, entry: Entry) -> Result<(), RevocationError> {
        let (done, answer) = oneshot::channel();
        let publication = Publication { entry, done };
        self.0.try_send(publication).map_err(|_| RevocationError::Unreachable)?;
        answer.await.unwrap_or(Err(RevocationError::Unreachable))
    }
}

/// Runs until the last handle to the list is dropped, even after a panic.
async fn run(mut follower: Follower, mut publisher: Publisher) {
    loop {
        let both = catching(|| async {
            tokio::select! {
                () = follower.follow() => {}
                () = publisher.publish() => {}
            }
        });
        match both.await {
            Ok(()) => return,
            Err(panic) => follower.report.failed(&Failure::Panic(panic)),
        }
        publisher.connection = None;
        sleep(PAUSE).await;
    }
}

/// Why the list cannot be read or appended to.
#[derive(Debug)]
enum Failure {
    TimedOut,
    /// The kind of error and its code. The server's message may repeat the request.
    Redis(RedisError),
    /// A missing permission, and the rule that grants it.
    Permission(String),
    Reply,
    Panic(String),
}

/// Reports a failure once, until it changes or is over.
struct Report {
    what: &'static str,
    last: Option<String>,
    /// The reported failure, and whether any was reported.
    explained: Option<String>,
}

impl Report {
    const fn new(what: &'static str) -> Self {
        Self { what, last: None, explained: None }
    }

    fn failed(&mut self, failure: &Failure) {
        let text = failure.to_string();
        if self.last.as_ref() == Some(&text) {
            return;
        }
        if self.explained.as_ref() != Some(&text) {
            tracing::error!(failure = %text, "revocations cannot be {}", self.what);
        }
        self.last = Some(text);
    }

    fn explained(&mut self, refused: String) {
        tracing::error!(failure = %refused, "revocations cannot be shared in full");
        self.explained = Some(refused);
    }

    fn succeeded(&mut self) {
        if self.last.take().is_some() {
            tracing::info!("revocations are {} again", self.what);
        }
    }
}

/// The address of the list.
#[derive(Clone)]
struct Server {
    redis: Redis,
    streams: Streams,
    patience: Duration,
}

impl Server {
    fn new(redis: &Redis) -> Self {
        let streams = Streams::of(redis);
        Self { redis: redis.clone(), streams, patience: redis.patience().max(PATIENCE) }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        self.within(self.patience, self.redis.servers().connect()).await
    }

    async fn ask(
        &self,
        connection: &mut Connection,
        command: &Cmd,
        held_back: Duration,
    ) -> Result<Value, Failure> {
        self.within(self.patience.saturating_add(held_back), connection.run(command)).await
    }

    async fn within<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, Failure> {
        match timeout(patience, work).await {
            Ok(outcome) => outcome.map_err(Failure::Redis),
            Err(_) => Err(Failure::TimedOut),
        }
    }

    /// The missing permission, if that is what failed.
    async fn explained(&self, failure: Failure) -> Failure {
        let Failure::Redis(error) = &failure else { return failure };
        if error.code() != Some("NOPERM") {
            return failure;
        }
        let trial = async {
            let mut connection = self.redis.servers().connect().await.ok()?;
            try_each(&mut connection, &self.redis, Feature::Revocations).await.err()
        };
        match timeout(self.patience.saturating_mul(8), trial).await {
            Ok(Some(refused)) => Failure::Permission(refused.to_string()),
            Ok(None) | Err(_) => failure,
        }
    }
}

/// Keeps the list in step with Redis.
struct Follower {
    server: Server,
    list: Weak<List>,
    /// The last entry that was read of each stream.
    last: [String; 3],
    has_tried: bool,
    /// How often in a row the list was read from its start again, and when that began last.
    readings: u32,
    began: Option<Instant>,
    report: Report,
}

impl Follower {
    fn new(server: Server, list: Weak<List>) -> Self {
        Self {
            server,
            list,
            last: [START; 3].map(str::to_owned),
            has_tried: false,
            readings: 0,
            began: None,
            report: Report::new("followed"),
        }
    }

    /// Follows until the last handle to the list is dropped.
    async fn follow(&mut self) {
        while self.list.strong_count() > 0 {
            match self.follow_once().await {
                Ok(()) => return,
                Err(failure) => {
                    let failure = self.server.explained(failure).await;
                    self.report.failed(&failure);
                }
            }
            sleep(PAUSE).await;
        }
    }

    /// Follows over one connection; `Ok` once the last handle to the list is dropped.
    async fn follow_once(&mut self) -> Result<(), Failure> {
        let mut connection = self.server.connect().await?;
        self.try_commands(&mut connection).await;
        self.find_place(&mut connection).await?;
        let mut is_whole = false;
        loop {
            let asked = Moment::now();
            let wait = if is_whole { WAIT } else { Duration::ZERO };
            let millis = u64::try_from(wait.as_millis()).ok().filter(|_| is_whole);
            let read = self.server.streams.read(&self.last, PAGE, millis);
            let answer = self.server.ask(&mut connection, &read, wait).await?;
            let page = self.server.streams.page(&answer).ok_or(Failure::Reply)?;
            let Some(list) = self.list.upgrade() else { return Ok(()) };
            if !page.entries.is_empty() {
                list.record(&page.entries);
            }
            for (known, last) in self.last.iter_mut().zip(page.last) {
                if let Some(last) = last {
                    *known = last;
                }
            }
            if page.unreadable > 0 {
                // Only palisade writes here. It cannot be known what was meant, so others are still
                // heard.
                let count = page.unreadable;
                tracing::error!(count, "entries of the revocations cannot be read");
            }
            if page.longest < PAGE {
                is_whole = true;
                self.report.succeeded();
                // Whole as of the question: what came after it may not be in the answer.
                list.confirm(asked);
            }
        }
    }

    /// Tries all commands once, including those that are needed later: an instance without the
    /// permission to revoke can still learn of revocations, and its operator should know.
    async fn try_commands(&mut self, connection: &mut Connection) {
        if self.has_tried {
            return;
        }
        let trial = try_each(connection, &self.server.redis, Feature::Revocations);
        match timeout(self.server.patience.saturating_mul(8), trial).await {
            Ok(Ok(())) => self.has_tried = true,
            Ok(Err(refused)) => {
                self.has_tried = true;
                self.report.explained(refused.to_string());
            }
            Err(_) => {}
        }
    }

    /// Goes back to the start of each stream that has lost the last entry that was read. A stream
    /// that has it has all entries before it too: Redis only appends.
    async fn find_place(&mut self, connection: &mut Connection) -> Result<(), Failure> {
        let mut is_lost = false;
        let looks = self.server.streams.look(&self.last);
        for (look, last) in looks.into_iter().zip(&mut self.last) {
            let Some(look) = look else { continue };
            if !is_there(&self.server.ask(connection, &look, Duration::ZERO).await?) {
                last.replace_range(.., START);
                is_lost = true;
            }
        }
        if is_lost {
            self.pause().await;
        }
        Ok(())
    }

    /// None before the first read from the start, then longer ones.
    async fn pause(&mut self) {
        self.readings = match self.began {
            Some(began) if began.elapsed() < LASTING => self.readings.saturating_add(1),
            Some(_) | None => 0,
        };
        if let Some(doublings) = self.readings.checked_sub(1) {
            let pause = PAUSE.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
            sleep(pause.min(LONGEST_PAUSE)).await;
        }
        self.began = Some(Instant::now());
    }
}

/// Appends this instance's revocations to the list.
struct Publisher {
    server: Server,
    queue: mpsc::Receiver<Publication>,
    connection: Option<Connection>,
    report: Report,
}

impl Publisher {
    async fn publish(&mut self) {
        while let Some(Publication { entry, done }) = self.queue.recv().await {
            let added = match timeout(self.server.patience, self.add(&entry)).await {
                Ok(added) => added,
                Err(_) => Err(Failure::TimedOut),
            };
            match added {
                Ok(()) => {
                    self.report.succeeded();
                    // Who asked may be gone; it is stored all the same.
                    let _heard = done.send(Ok(()));
                }
                Err(failure) => {
                    self.connection = None;
                    let _heard = done.send(Err(RevocationError::Unreachable));
                    // Those that wait would each wait for the same.
                    while let Ok(Publication { done, .. }) = self.queue.try_recv() {
                        let _heard = done.send(Err(RevocationError::Unreachable));
                    }
                    let failure = self.server.explained(failure).await;
                    self.report.failed(&failure);
                }
            }
        }
    }

    async fn add(&mut self, entry: &Entry) -> Result<(), Failure> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self.connection.insert(self.server.connect().await?),
        };
        let [add, expire] = self.server.streams.add(entry, Moment::now().unix_seconds());
        // One after the other: as a transaction, it would be one more permission, and the first is
        // the one that counts.
        self.server.ask(connection, &add, Duration::ZERO).await?;
        self.server.ask(connection, &expire, Duration::ZERO).await?;
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("Redis did not answer in time"),
            Self::Redis(error) => match error.code() {
                Some(code) => write!(f, "Redis refused a command with {code}"),
                None if error.is_timeout() => f.write_str("Redis did not answer in time"),
                None => f.write_str("Redis cannot be reached"),
            },
            Self::Permission(what) => f.write_str(what),
            Self::Reply => f.write_str("Redis gave an answer that cannot be read"),
            Self::Panic(message) => write!(f, "the Redis library panicked: {message}"),
        }
    }
}
