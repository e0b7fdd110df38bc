//! What a limit costs that instances share: palisade against a bare call of the same script over
//! the same kind of connection, against the Redis limiter that an Actix user would pick
//! (`actix-limitation`), and a client that is refused against one that passes.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

#[expect(unreachable_pub, clippy::panic, reason = "shared with the tests")]
#[path = "../../../tests/src/port.rs"]
mod port;
#[expect(dead_code, unreachable_pub, clippy::panic, reason = "shared with the tests")]
#[path = "../../../tests/src/redis.rs"]
mod redis_server;

use std::{
    cell::Cell,
    fs,
    future::Future,
    io,
    iter::Sum,
    rc::Rc,
    time::{Duration, Instant},
};

use palisade::{
    Moment, Redis,
    limit::{Admission, Limit, Limiter, SharedStore},
    policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};
use palisade_benches::median;
use redis::{AsyncConnectionConfig, Client, Cmd, Script, Value, aio::MultiplexedConnection};
use tokio::task::{LocalSet, spawn_local};

use self::redis_server::RedisServer;

/// The script that palisade runs.
const SCRIPT: &str = include_str!("../../../runtime/src/limit/shared/take.lua");

/// Requests at the same time, as a worker has them.
const AT_ONCE: u64 = 64;
/// Short, so that what else the machine does is in both rounds of a pair.
const ROUND: Duration = Duration::from_millis(50);
const PAIRS: usize = 200;
/// Of the others.
const ROUNDS: usize = 9;
const PEER_REQUESTS: u64 = AT_ONCE * 20;
const REFUSED: u64 = 500_000;
const KEYS: u64 = 10_000;

const RATE: RateLimit = RateLimit {
    name: "k",
    unit: Unit::Requests,
    quota: 1_000_000,
    window: Duration::from_secs(60),
    burst: 1_000_000,
    cost: 1,
    count: Count::All,
    key: &[LimitKey::Global],
    store: LimitStore::Shared,
    outage: LimitOutage::Closed,
    ban: None,
    track: false,
};

fn main() -> io::Result<()> {
    let Some(server) = RedisServer::launch() else {
        return Err(io::Error::other("redis-server is not installed"));
    };
    // What the disk takes would hide the rest.
    server.command(&["CONFIG", "SET", "appendonly", "no"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, measure(&server))
}

async fn measure(server: &RedisServer) -> io::Result<()> {
    let url = server.url();
    let ours = Rc::new(Ours::new(&url)?);
    let bare = Rc::new(Bare::new(&url).await?);
    let peer = actix_limitation::Limiter::builder(url.as_str())
        .limit(1_000_000)
        .period(Duration::from_secs(60))
        .build()
        .map_err(io::Error::other)?;
    let peer = Rc::new(peer);
    // Connections, the script and the caches of the processor.
    let _warm = (bare.round().await?, ours.round().await?);
    let mut pairs = Vec::new();
    for pair in 0..PAIRS {
        // Whatever slows the machine down for a while meets each as often first as second.
        pairs.push(if pair % 2 == 0 {
            let bare = bare.round().await?;
            (bare, ours.round().await?)
        } else {
            let ours = ours.round().await?;
            (bare.round().await?, ours)
        });
    }
    let (mut peers, mut shares) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let accepted = ours.round().await?;
        let refused = ours.refusals().await?;
        shares.push([
            accepted.micros() / peer_micros(&peer).await?,
            refused.micros() / accepted.micros(),
            refused.busy_micros() / accepted.busy_micros(),
        ]);
        peers.push(refused);
    }
    tell(&pairs, &shares, &peers);
    Ok(())
}

fn tell(pairs: &[(Round, Round)], shares: &[[f64; 3]], refusals: &[Round]) {
    let bare: Round = pairs.iter().map(|(bare, _)| *bare).sum();
    let ours: Round = pairs.iter().map(|(_, ours)| *ours).sum();
    let refused: Round = refusals.iter().copied().sum();
    println!("{PAIRS} pairs of rounds of {ROUND:?}, {AT_ONCE} requests at the same time");
    println!("| what | requests/s | us a request | of them busy in the client |");
    println!("|---|---|---|---|");
    for (what, round) in [
        ("bare `EVALSHA` of the same script", bare),
        ("palisade", ours),
        ("palisade, a client that is known to be refused", refused),
    ] {
        let (all, busy) = (round.micros(), round.busy_micros());
        println!("| {what} | {:.0} | {all:.2} | {busy:.2} |", 1e6 / all);
    }
    println!();
    let mut ratios: Vec<f64> =
        pairs.iter().map(|(bare, ours)| bare.micros() / ours.micros()).collect();
    ratios.sort_by(f64::total_cmp);
    let quarter = |at: usize| ratios.get(ratios.len() * at / 4).copied().unwrap_or(f64::NAN);
    println!(
        "palisade / bare throughput: {:.3} of the sums; {:.3} in the median of the pairs, the \
         middle half of them {:.3} to {:.3}",
        bare.micros() / ours.micros(),
        quarter(2),
        quarter(1),
        quarter(3),
    );
    let [of_peer, all, busy] = [0, 1, 2]
        .map(|at| median(shares.iter().filter_map(|share| share.get(at)).copied().collect()));
    println!("palisade / actix-limitation throughput: {:.1}", 1.0 / of_peer);
    println!(
        "a refusal / an accepted request: {:.2} % of its time, {:.2} % of what the client is busy",
        100.0 * all,
        100.0 * busy
    );
}

/// What some requests took.
#[derive(Clone, Copy, Debug, Default)]
struct Round {
    requests: u64,
    took: Duration,
    /// On the processor, in this thread; the server is a process of its own.
    busy: Duration,
}

impl Round {
    fn micros(&self) -> f64 {
        self.took.as_secs_f64() * 1e6 / self.requests as f64
    }

    fn busy_micros(&self) -> f64 {
        self.busy.as_secs_f64() * 1e6 / self.requests as f64
    }
}

impl Sum for Round {
    fn sum<I: Iterator<Item = Self>>(rounds: I) -> Self {
        rounds.fold(Self::default(), |sum, round| Self {
            requests: sum.requests + round.requests,
            took: sum.took + round.took,
            busy: sum.busy + round.busy,
        })
    }
}

/// How long this thread has been on a processor.
fn busy() -> io::Result<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = told.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    Ok(Duration::from_nanos(nanos.ok_or(io::ErrorKind::InvalidData)?))
}

/// Lets as many tasks as a worker has at the same time make requests for so long. `work` is called
/// with a number that no other request of the round has.
async fn concurrently<W>(work: impl Fn(u64) -> W + Clone + 'static) -> io::Result<Round>
where
    W: Future<Output = bool> + 'static,
{
    let (started, busy_before) = (Instant::now(), busy()?);
    let numbers = Rc::new(Cell::new(0_u64));
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (numbers, work) = (Rc::clone(&numbers), work.clone());
            spawn_local(async move {
                while started.elapsed() < ROUND {
                    let number = numbers.get();
                    numbers.set(number + 1);
                    if !work(number).await {
                        return false;
                    }
                }
                true
            })
        })
        .collect();
    for task in tasks {
        if !task.await.map_err(io::Error::other)? {
            return Err(io::Error::other("a request did not pass"));
        }
    }
    Ok(Round { requests: numbers.get(), took: started.elapsed(), busy: busy()? - busy_before })
}

/// palisade, as the pipeline asks it.
struct Ours {
    limiter: Limiter,
    limit: Limit,
    exhausted: Limit,
}

impl Ours {
    fn new(url: &str) -> io::Result<Self> {
        let redis = Redis::new(&url.into(), "bench");
        let redis = redis.and_then(|redis| redis.timeout(Duration::from_secs(1)));
        let store = SharedStore::redis(&redis.map_err(io::Error::other)?);
        let limiter = Limiter::default().sharing(store.map_err(io::Error::other)?, false);
        let limit = |rate| limiter.limit("bench", &rate).map_err(io::Error::other);
        let exhausted = RateLimit { name: "few", quota: 1, burst: 1, ..RATE };
        let window = Duration::from_secs(86_400);
        let (limit, exhausted) = (limit(RATE)?, limit(RateLimit { window, ..exhausted })?);
        Ok(Self { limiter, limit, exhausted })
    }

    async fn pass(&self, key: u64) -> bool {
        let mut asks = [self.limit.ask(&key.to_le_bytes())];
        self.limiter.take(&mut asks, Moment::now()).await == Admission::Granted
    }

    async fn round(self: &Rc<Self>) -> io::Result<Round> {
        let own = Rc::clone(self);
        concurrently(move |number| {
            let own = Rc::clone(&own);
            async move { own.pass(number % KEYS).await }
        })
        .await
    }

    /// One client after another that is over its limit.
    async fn refusals(&self) -> io::Result<Round> {
        const CLIENTS: u64 = 1_000;
        let ask = async |client: u64| {
            let mut asks = [self.exhausted.ask(&client.to_le_bytes())];
            self.limiter.take(&mut asks, Moment::now()).await
        };
        for client in 0..CLIENTS {
            // The second of these is refused at the latest.
            let _ = (ask(client).await, ask(client).await);
        }
        let (started, busy_before) = (Instant::now(), busy()?);
        for number in 0..REFUSED {
            if ask(number % CLIENTS).await != Admission::Refused {
                return Err(io::Error::other("a request was to be refused"));
            }
        }
        Ok(Round { requests: REFUSED, took: started.elapsed(), busy: busy()? - busy_before })
    }
}

/// The same script with the same arguments, called directly.
struct Bare {
    connection: MultiplexedConnection,
    digest: String,
}

impl Bare {
    async fn new(url: &str) -> io::Result<Self> {
        let client = Client::open(url).map_err(io::Error::other)?;
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let mut connection = connection.await.map_err(io::Error::other)?;
        let script = Script::new(SCRIPT);
        let loaded: Result<String, _> =
            redis::cmd("SCRIPT").arg("LOAD").arg(SCRIPT).query_async(&mut connection).await;
        loaded.map_err(io::Error::other)?;
        Ok(Self { connection, digest: script.get_hash().to_owned() })
    }

    async fn pass(&self, key: u64) -> bool {
        // Of the same length as palisade's keys, which are digests.
        let key = format!("bench:{{{key:022}}}");
        let mut call = Cmd::new();
        call.arg("EVALSHA").arg(&self.digest).arg(2).arg(&key).arg(format!("{key}:ban"));
        call.arg("take").arg("rate").arg(60).arg(60_000_000).arg(0).arg(0).arg(0);
        let answer: Result<Value, _> = call.query_async(&mut self.connection.clone()).await;
        matches!(answer, Ok(Value::Array(reply)) if reply.get(1) == Some(&Value::Int(1)))
    }

    async fn round(self: &Rc<Self>) -> io::Result<Round> {
        let own = Rc::clone(self);
        concurrently(move |number| {
            let own = Rc::clone(&own);
            async move { own.pass(number % KEYS).await }
        })
        .await
    }
}

/// The peer opens a connection for each request, and the system has few ports to spare: a round of
/// so many requests instead of so long.
async fn peer_micros(peer: &Rc<actix_limitation::Limiter>) -> io::Result<f64> {
    let started = Instant::now();
    let tasks = (0..AT_ONCE).map(|task| {
        let peer = Rc::clone(peer);
        spawn_local(async move {
            for number in 0..PEER_REQUESTS / AT_ONCE {
                let key = format!("peer:{}", (task * PEER_REQUESTS + number) % KEYS);
                if peer.count(key).await.is_err() {
                    return false;
                }
            }
            true
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        if !task.await.map_err(io::Error::other)? {
            return Err(io::Error::other("the peer did not pass"));
        }
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / PEER_REQUESTS as f64)
}
