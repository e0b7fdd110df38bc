//! What a check of a limit costs in memory: palisade's table against `governor`'s keyed limiter.
//!
//! Both are handed the time and an address that is made in the loop; both know all keys before
//! anything is measured, so neither grows while it is timed. `governor` is asked with the type that
//! its users' middlewares give it (`IpAddr`), and with the smaller `Ipv4Addr`.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{
    cell::Cell,
    env, fs,
    hash::Hash,
    hint::black_box,
    io,
    net::{IpAddr, Ipv4Addr},
    num::{NonZeroU32, NonZeroUsize},
    sync::Barrier,
    thread,
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use palisade::{
    Moment,
    limit::{Admission, Limit, Limiter, address_bytes},
    policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};

const ROUNDS: usize = 21;
/// Of simulated time between two checks of a thread.
const STEP: u64 = 400;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// The time that was passed in.
#[derive(Clone, Debug)]
struct Passed;

impl Clock for Passed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(NOW.get())
    }
}

type Governor<K> = RateLimiter<K, DashMapStateStore<K>, Passed, NoOpMiddleware<Nanos>>;

/// An address as governor's user may have it.
trait Address: Copy + Eq + Hash + Send + Sync + Into<IpAddr> + From<Ipv4Addr> {
    const NAME: &'static str;
}

impl Address for Ipv4Addr {
    const NAME: &'static str = "Ipv4Addr";
}

impl Address for IpAddr {
    const NAME: &'static str = "IpAddr";
}

/// How much is done: `limits [threads] [checks of each in a round] [only with so many keys]`.
#[derive(Clone, Copy)]
struct Load {
    threads: usize,
    checks: u64,
}

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1).map(|text| text.parse::<u64>());
    let mut number = |default| match arguments.next() {
        Some(number) => number.map_err(io::Error::other),
        None => Ok(default),
    };
    let threads = usize::try_from(number(2)?).map_err(io::Error::other)?;
    let load = Load { threads, checks: number(2_000_000)? };
    let only = number(0)?;
    println!(
        "processor time of one check in ns, on {threads} threads at once, {ROUNDS} interleaved rounds of {} checks a thread",
        load.checks
    );
    println!(
        "| keys | of type | limit | governor | memory | palisade | memory | forgotten | ratio, worst | median | in a request |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for (keys, quota, window, slots) in [
        (1, 1_000, 60, 1 << 18),
        (10_000, 1_000, 60, 1 << 18),
        (100_000, 1_000, 60, 1 << 18),
        // The quota of every key is always partly used, so that no slot becomes free.
        (1_000_000, 1_000, 60, 1 << 21),
        // A key has usually recovered before its next request, so that its slot is free for
        // another.
        (1_000_000, 5, 1, 1 << 20),
    ] {
        if only == 0 || only == u64::from(keys) {
            compare::<Ipv4Addr>(Case { keys, quota, window, slots }, load)?;
            compare::<IpAddr>(Case { keys, quota, window, slots }, load)?;
        }
    }
    Ok(())
}

/// Keys that come at random, the limit of each, and the slots of the table.
#[derive(Clone, Copy)]
struct Case {
    keys: u32,
    quota: u32,
    window: u64,
    slots: usize,
}

fn compare<K: Address>(case: Case, load: Load) -> io::Result<()> {
    let Case { keys, quota, window, slots } = case;
    let burst = NonZeroU32::new(quota).ok_or_else(|| io::Error::other("no quota"))?;
    let slots = NonZeroUsize::new(slots).ok_or_else(|| io::Error::other("no slots"))?;
    let interval = Duration::from_secs(window) / quota;
    let theirs = Quota::with_period(interval).ok_or_else(|| io::Error::other("no period"))?;
    let rate = RateLimit {
        name: "ip",
        unit: Unit::Requests,
        quota,
        window: Duration::from_secs(window),
        burst: quota,
        cost: 1,
        count: Count::All,
        key: &[LimitKey::Address],
        store: LimitStore::Local,
        outage: LimitOutage::Local,
        ban: None,
        track: false,
    };

    let before = resident()?;
    let limiter = Limiter::memory(slots);
    let limit = limiter.limit("bench", &rate).map_err(io::Error::other)?;
    let ours = |address: K, now: u64| decide(&limiter, &limit, address, now);
    for key in 0..keys {
        black_box(ours(Ipv4Addr::from_bits(key).into(), 1));
    }
    let middle = resident()?;
    let governor =
        Governor::<K>::new(theirs.allow_burst(burst), DashMapStateStore::default(), Passed);
    let theirs = |address: K, now: u64| {
        NOW.set(now);
        governor.check_key(&address).is_ok()
    };
    for key in 0..keys {
        black_box(theirs(Ipv4Addr::from_bits(key).into(), 1));
    }
    let after = resident()?;

    // Of its own, as the units that both spend would add up.
    let requests = Limiter::memory(slots);
    let limit_of_requests = requests.limit("bench", &rate).map_err(io::Error::other)?;
    let asked = |address: K, now: u64| ask(&requests, &limit_of_requests, address, now);
    for key in 0..keys {
        black_box(asked(Ipv4Addr::from_bits(key).into(), 1));
    }

    let mut figures = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let seed = u64::try_from(round).unwrap_or(0) + 1;
        figures[0].push(measure(load, keys, seed, &theirs));
        figures[1].push(measure(load, keys, seed, &ours));
        figures[2].push(measure(load, keys, seed, &asked));
    }
    let mut ratios: Vec<_> = figures[0].iter().zip(&figures[1]).map(|(a, b)| a / b).collect();
    ratios.sort_by(f64::total_cmp);
    let [theirs, ours, asked] = figures.map(|mut rounds| {
        rounds.sort_by(f64::total_cmp);
        rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
    });
    let worst = ratios.first().copied().unwrap_or(f64::NAN);
    let median = ratios.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
    println!(
        "| {keys} | {} | {quota}/{window} s | {theirs:.0} | {:.1} MiB | {ours:.0} | {:.1} MiB | {} | {worst:.2} | {median:.2} | {asked:.0} |",
        K::NAME,
        (after - middle) as f64 / 1024.0,
        (middle - before) as f64 / 1024.0,
        limiter.evicted(),
    );
    Ok(())
}

/// One key of one limit by itself.
fn decide(limiter: &Limiter, limit: &Limit, address: impl Address, now: u64) -> bool {
    limiter.decide(limit, &address_bytes(address.into()), Moment::from_nanos(now)).allowed
}

/// The same as the pipeline asks: all limits of a request together, of which there is one here.
fn ask(limiter: &Limiter, limit: &Limit, address: impl Address, now: u64) -> bool {
    let mut asks = [limit.ask(&address_bytes(address.into()))];
    limiter.take_now(&mut asks, Moment::from_nanos(now)) == Admission::Granted
}

/// Nanoseconds of one check, all threads at work.
fn measure<K: Address>(
    load: Load,
    keys: u32,
    seed: u64,
    check: &(impl Fn(K, u64) -> bool + Sync),
) -> f64 {
    let Load { threads, checks } = load;
    let barrier = Barrier::new(threads);
    let elapsed: Vec<Option<u64>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let thread = u64::try_from(thread).unwrap_or(0);
                    let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed * 8 + thread + 1);
                    let start = seed * checks * STEP;
                    barrier.wait();
                    let began = on_processor();
                    for index in 0..checks {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let key = u32::try_from(((random >> 32) * u64::from(keys)) >> 32);
                        let address = Ipv4Addr::from_bits(key.unwrap_or(0)).into();
                        black_box(check(address, start + index * STEP));
                    }
                    on_processor().and_then(|end| Some(end - began?))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let spent: Option<u64> = elapsed.into_iter().sum();
    spent.map_or(f64::NAN, |spent| spent as f64 / (checks * threads as u64) as f64)
}

/// Nanoseconds that this thread has been on a processor: what others take from it is not counted.
fn on_processor() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Kibibytes of this process that are in memory.
fn resident() -> io::Result<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    kib.and_then(|kib| kib.trim().parse().ok())
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmRSS"))
}
