//! What a limit costs that instances share: palisade against a bare call of the same script over
//! the same kind of connection, against the Redis limiter that an Actix user would pick
//! (`actix-limitation`), and a client that is refused against one that passes.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

#[expect(dead_code, unreachable_pub, clippy::panic, reason = "shared with the tests")]
#[path = "../../../tests/src/redis.rs"]
mod redis_server;

use std::{
    future::Future,
    io,
    rc::Rc,
    time::{Duration, Instant},
};

use palisade::{
    Moment,
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
const ROUNDS: usize = 9;
const REQUESTS: u64 = AT_ONCE * 400;
/// The peer opens a connection for each request, and the system has few ports to spare.
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
    let mut figures: [Vec<f64>; 4] = Default::default();
    for round in 0..=ROUNDS {
        let took = [
            bare.round().await?,
            ours.round().await?,
            peer_round(&peer).await?,
            ours.refusals().await?,
        ];
        // The first round only warms up.
        for (figures, took) in figures.iter_mut().zip(took) {
            if round > 0 {
                figures.push(took);
            }
        }
    }
    let ratios: Vec<f64> = pairs(&figures[0], &figures[1]);
    let shares: Vec<f64> = pairs(&figures[3], &figures[1]);
    let [bare, ours, peer, refused] = figures.map(median);
    println!("medians of {ROUNDS} interleaved rounds, {AT_ONCE} requests at the same time");
    println!("| what | us a request | requests/s |");
    println!("|---|---|---|");
    for (what, micros) in [
        ("bare `EVALSHA` of the same script", bare),
        ("palisade", ours),
        ("actix-limitation", peer),
        ("palisade, a client that is known to be refused", refused),
    ] {
        println!("| {what} | {micros:.2} | {:.0} |", 1e6 / micros);
    }
    println!();
    println!(
        "palisade / bare throughput: {:.3} (rounds: {})",
        median(ratios.clone()),
        list(&ratios)
    );
    println!("a refusal / an accepted request: {:.2} %", 100.0 * median(shares));
    println!("palisade / actix-limitation throughput: {:.1}", peer / ours);
    Ok(())
}

/// What each round of the first is of that of the second.
fn pairs(first: &[f64], second: &[f64]) -> Vec<f64> {
    first.iter().zip(second).map(|(first, second)| first / second).collect()
}

fn list(figures: &[f64]) -> String {
    figures.iter().map(|figure| format!("{figure:.2}")).collect::<Vec<_>>().join(" ")
}

/// Microseconds for each of `requests` that as many tasks make as a worker has at the same time.
async fn concurrently<W>(requests: u64, work: impl Fn(u64) -> W) -> io::Result<f64>
where
    W: Future<Output = bool> + 'static,
{
    let started = Instant::now();
    let tasks: Vec<_> = (0..AT_ONCE).map(|task| spawn_local(work(task))).collect();
    for task in tasks {
        if !task.await.map_err(io::Error::other)? {
            return Err(io::Error::other("a request did not pass"));
        }
    }
    Ok(started.elapsed().as_secs_f64() * 1e6 / requests as f64)
}

/// palisade, as the pipeline asks it.
struct Ours {
    limiter: Limiter,
    limit: Limit,
    exhausted: Limit,
}

impl Ours {
    fn new(url: &str) -> io::Result<Self> {
        let store = SharedStore::redis(&url.into(), "bench", Duration::from_secs(1));
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

    async fn round(self: &Rc<Self>) -> io::Result<f64> {
        concurrently(REQUESTS, |task| {
            let own = Rc::clone(self);
            async move {
                for number in 0..REQUESTS / AT_ONCE {
                    if !own.pass((task * REQUESTS + number) % KEYS).await {
                        return false;
                    }
                }
                true
            }
        })
        .await
    }

    /// One client after another that is over its limit.
    async fn refusals(&self) -> io::Result<f64> {
        const CLIENTS: u64 = 1_000;
        let ask = async |client: u64| {
            let mut asks = [self.exhausted.ask(&client.to_le_bytes())];
            self.limiter.take(&mut asks, Moment::now()).await
        };
        for client in 0..CLIENTS {
            // The second of these is refused at the latest.
            let _ = (ask(client).await, ask(client).await);
        }
        let started = Instant::now();
        for number in 0..REFUSED {
            if ask(number % CLIENTS).await != Admission::Refused {
                return Err(io::Error::other("a request was to be refused"));
            }
        }
        Ok(started.elapsed().as_secs_f64() * 1e6 / REFUSED as f64)
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

    async fn pass(&self, connection: &mut MultiplexedConnection, key: u64) -> bool {
        let key = format!("bare:{{{key:022}}}");
        let mut call = Cmd::new();
        call.arg("EVALSHA").arg(&self.digest).arg(2).arg(&key).arg(format!("{key}:ban"));
        call.arg("take").arg("rate").arg(60).arg(60_000_000).arg(0).arg(0).arg(0);
        let answer: Result<Value, _> = call.query_async(connection).await;
        matches!(answer, Ok(Value::Array(reply)) if reply.get(1) == Some(&Value::Int(1)))
    }

    async fn round(self: &Rc<Self>) -> io::Result<f64> {
        concurrently(REQUESTS, |task| {
            let own = Rc::clone(self);
            async move {
                let mut connection = own.connection.clone();
                for number in 0..REQUESTS / AT_ONCE {
                    if !own.pass(&mut connection, (task * REQUESTS + number) % KEYS).await {
                        return false;
                    }
                }
                true
            }
        })
        .await
    }
}

async fn peer_round(peer: &Rc<actix_limitation::Limiter>) -> io::Result<f64> {
    concurrently(PEER_REQUESTS, |task| {
        let peer = Rc::clone(peer);
        async move {
            for number in 0..PEER_REQUESTS / AT_ONCE {
                let key = format!("peer:{}", (task * PEER_REQUESTS + number) % KEYS);
                if peer.count(key).await.is_err() {
                    return false;
                }
            }
            true
        }
    })
    .await
}
