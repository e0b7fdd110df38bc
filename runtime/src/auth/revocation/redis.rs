//! A list in Redis that every instance follows.
//!
//! The list is one stream. Revoking adds to it; following reads it from the start, and then waits
//! for what comes (`XREAD BLOCK`). A reply without entries confirms that nothing was missed, so one
//! connection gives the news, the catching up and the sign of life.
//!
//! Connections belong to a thread of their own: the runtimes of the workers come and go, and a
//! handler that hangs must not keep an instance from hearing of revocations.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use tokio::{
    sync::{mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{Entry, HORIZON, List, RevocationError, ledger::Name};
use crate::{Redis, clock::Moment, shared_redis::Servers};

/// How long one read waits for news: the list is confirmed at least this often.
const WAIT: Duration = Duration::from_millis(250);

/// For a connection to be made, and for an answer that Redis does not hold back itself.
const PATIENCE: Duration = Duration::from_millis(750);

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// Entries of one read.
const PAGE: usize = 1_000;

/// Revocations on their way to Redis; more than that are refused rather than queued.
const QUEUE: usize = 1_024;

/// The way to the thread that talks to Redis. The thread ends with the last of them.
#[derive(Clone, Debug)]
pub(super) struct Shared(mpsc::Sender<Publication>);

struct Publication {
    entry: Entry,
    done: oneshot::Sender<Result<(), RevocationError>>,
}

impl Shared {
    pub(super) fn follow(redis: &Redis, list: &Arc<List>) -> Result<Self, RevocationError> {
        let Servers::Single(client) = &**redis.servers() else { return Err(RevocationError::Url) };
        let (client, stream) = ((**client).clone(), format!("{}:revocations", redis.prefix()));
        let (send, receive) = mpsc::channel(QUEUE);
        let list = Arc::downgrade(list);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| RevocationError::Unreachable)?;
        thread::Builder::new()
            .name("palisade-revoked".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = follow(&client, &stream, &list) => {}
                        () = publish(&client, &stream, receive) => {}
                    }
                });
            })
            .map_err(|_| RevocationError::Unreachable)?;
        Ok(Self(send))
    }

    pub(super) async fn publish(&self, entry: Entry) -> Result<(), RevocationError> {
        let (done, answer) = oneshot::channel();
        let publication = Publication { entry, done };
        self.0.try_send(publication).map_err(|_| RevocationError::Unreachable)?;
        answer.await.unwrap_or(Err(RevocationError::Unreachable))
    }
}

async fn connect(client: &Client, patience: Duration) -> Result<MultiplexedConnection, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(patience));
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Keeps the list as Redis has it, until nobody holds the list any more.
async fn follow(client: &Client, stream: &str, list: &Weak<List>) {
    let mut reached = true;
    while list.strong_count() > 0 {
        match follow_once(client, stream, list, &mut reached).await {
            Ok(()) => return,
            Err(error) => {
                if reached {
                    tracing::error!(kind = ?error.kind(), code = error.code(), "the store of revocations is out of reach");
                }
                reached = false;
            }
        }
        sleep(PAUSE).await;
    }
}

/// Follows over one connection; `Ok` where nobody holds the list any more.
async fn follow_once(
    client: &Client,
    stream: &str,
    list: &Weak<List>,
    reached: &mut bool,
) -> Result<(), RedisError> {
    let mut connection = connect(client, WAIT + PATIENCE).await?;
    // From the start at each connection: Redis may be another one, or have forgotten.
    let mut last = "0-0".to_owned();
    let mut is_whole = false;
    loop {
        let asked = Moment::now();
        let mut read = redis::cmd("XREAD");
        read.arg("COUNT").arg(PAGE);
        if is_whole {
            read.arg("BLOCK").arg(u64::try_from(WAIT.as_millis()).unwrap_or(u64::MAX));
        }
        read.arg("STREAMS").arg(stream).arg(&last);
        let reply: Option<Vec<(String, Vec<Record>)>> = read.query_async(&mut connection).await?;
        let records = reply.into_iter().flatten().flat_map(|(_, records)| records);
        let records: Vec<Record> = records.collect();
        let Some(list) = list.upgrade() else { return Ok(()) };
        let has_more = records.len() >= PAGE;
        if let Some((id, _)) = records.last() {
            last.clone_from(id);
        }
        if !records.is_empty() && list.record(records.iter().filter_map(entry)).is_err() {
            tracing::error!("there are more revocations than this instance can hold");
            // Not confirmed, now or later: what did not fit is not known here.
            sleep(WAIT).await;
            last.replace_range(.., "0-0");
            is_whole = false;
            continue;
        }
        if !has_more {
            if !*reached {
                tracing::info!("the store of revocations is within reach again");
                *reached = true;
            }
            is_whole = true;
            // Whole as of the question: what came after it may not be in the answer.
            list.confirm(asked);
        }
    }
}

/// An entry of the stream: its id, then names and values in turn.
type Record = (String, Vec<String>);

fn entry((id, fields): &Record) -> Option<Entry> {
    let field = |name: &str| {
        let pairs = fields.chunks_exact(2).filter_map(|pair| match pair {
            [own, value] => Some((own, value)),
            _ => None,
        });
        pairs.filter(|(own, _)| *own == name).map(|(_, value)| value.as_str()).next()
    };
    let read = || {
        let name = match (field("token"), field("subject"), field("login")) {
            (Some(token), None, None) => Name::Token(token.into()),
            (None, Some(subject), None) => Name::Subject(subject.into()),
            (None, None, Some(login)) => Name::Login(login.into()),
            _ => return None,
        };
        let issued_until = field("issued_until")?.parse().ok()?;
        Some(Entry { name, issued_until, until: field("until")?.parse().ok()? })
    };
    let entry = read();
    if entry.is_none() {
        // Only palisade writes here. It cannot be known what was meant, so others are still heard.
        tracing::error!(?id, "an entry of the revocations cannot be read");
    }
    entry
}

async fn publish(client: &Client, stream: &str, mut queue: mpsc::Receiver<Publication>) {
    let mut connection: Option<MultiplexedConnection> = None;
    while let Some(Publication { entry, done }) = queue.recv().await {
        let added = timeout(PATIENCE, add(client, stream, &mut connection, &entry)).await;
        let outcome = match added {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                // What the server says may repeat what it was sent.
                tracing::error!(kind = ?error.kind(), code = error.code(), "a revocation could not be stored");
                Err(RevocationError::Unreachable)
            }
            Err(_) => Err(RevocationError::Unreachable),
        };
        if outcome.is_err() {
            connection = None;
        }
        // Whoever asked may be gone; it is stored all the same.
        let _told = done.send(outcome);
    }
}

async fn add(
    client: &Client,
    stream: &str,
    connection: &mut Option<MultiplexedConnection>,
    entry: &Entry,
) -> Result<(), RedisError> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(connect(client, PATIENCE).await?),
    };
    let (kind, name) = match &entry.name {
        Name::Token(name) => ("token", name),
        Name::Subject(name) => ("subject", name),
        Name::Login(name) => ("login", name),
    };
    let horizon = u64::try_from(HORIZON.as_millis()).unwrap_or(u64::MAX);
    // An entry says nothing after the horizon, with some time for clocks that differ.
    let kept = horizon.saturating_add(3_600_000);
    let oldest = Moment::now().unix_seconds().saturating_mul(1_000).saturating_sub(kept);
    let mut steps = redis::pipe();
    steps
        .atomic()
        .cmd("XADD")
        .arg(stream)
        .arg("MINID")
        .arg("~")
        .arg(oldest)
        .arg("*")
        .arg(kind)
        .arg(&**name)
        .arg("issued_until")
        .arg(entry.issued_until)
        .arg("until")
        .arg(entry.until)
        .ignore();
    steps.cmd("PEXPIRE").arg(stream).arg(kept).ignore();
    steps.query_async(connection).await
}
