//! What a check of a limit costs in memory: palisade's table against `governor`'s keyed limiter.
//!
//! Both are handed the time and an IPv4 address that is made in the loop; both know all keys
//! before anything is measured, so neither grows while it is timed.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

use std::{
    cell::Cell,
    env, fs,
    hint::black_box,
    io,
    net::Ipv4Addr,
    num::{NonZeroU32, NonZeroUsize},
    sync::Barrier,
    thread,
    time::{Duration, Instant},
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

const ROUNDS: usize = 9;
/// Of simulated time between two checks of a thread.
const STEP: u64 = 400;
const QUOTA: u32 = 1_000;

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

type Governor = RateLimiter<Ipv4Addr, DashMapStateStore<Ipv4Addr>, Passed, NoOpMiddleware<Nanos>>;

/// How much is done: `limits [threads] [checks of each in a round]`.
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
    let load = Load { threads, checks: number(1_500_000)? };
    println!(
        "ns for one check on {threads} threads, {ROUNDS} interleaved rounds of {} checks a thread",
        load.checks
    );
    println!(
        "| keys | governor | memory | palisade | memory | forgotten | ratio, worst | median |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (keys, slots) in
        [(1_u32, 1_usize << 18), (10_000, 1 << 18), (100_000, 1 << 18), (1_000_000, 1 << 21)]
    {
        compare(keys, slots, load)?;
    }
    Ok(())
}

fn compare(keys: u32, slots: usize, load: Load) -> io::Result<()> {
    let quota = NonZeroU32::new(QUOTA).ok_or_else(|| io::Error::other("no quota"))?;
    let slots = NonZeroUsize::new(slots).ok_or_else(|| io::Error::other("no slots"))?;
    let rate = RateLimit {
        name: "ip",
        unit: Unit::Requests,
        quota: QUOTA,
        window: Duration::from_secs(60),
        burst: QUOTA,
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
    let ours = |address: Ipv4Addr, now: u64| ask(&limiter, &limit, address, now);
    for key in 0..keys {
        black_box(ours(Ipv4Addr::from_bits(key), 1));
    }
    let middle = resident()?;
    let governor = Governor::new(Quota::per_minute(quota), DashMapStateStore::default(), Passed);
    let theirs = |address: Ipv4Addr, now: u64| {
        NOW.set(now);
        governor.check_key(&address).is_ok()
    };
    for key in 0..keys {
        black_box(theirs(Ipv4Addr::from_bits(key), 1));
    }
    let after = resident()?;

    let mut figures = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        let seed = u64::try_from(round).unwrap_or(0) + 1;
        figures[0].push(measure(load, keys, seed, &theirs));
        figures[1].push(measure(load, keys, seed, &ours));
    }
    let mut ratios: Vec<_> = figures[0].iter().zip(&figures[1]).map(|(a, b)| a / b).collect();
    ratios.sort_by(f64::total_cmp);
    let [theirs, ours] = figures.map(|mut rounds| {
        rounds.sort_by(f64::total_cmp);
        rounds.get(ROUNDS / 2).copied().unwrap_or(f64::NAN)
    });
    let worst = ratios.first().copied().unwrap_or(f64::NAN);
    let median = ratios.get(ROUNDS / 2).copied().unwrap_or(f64::NAN);
    println!(
        "| {keys} | {theirs:.0} | {:.1} MiB | {ours:.0} | {:.1} MiB | {} | {worst:.2} | {median:.2} |",
        (after - middle) as f64 / 1024.0,
        (middle - before) as f64 / 1024.0,
        limiter.evicted(),
    );
    Ok(())
}

fn ask(limiter: &Limiter, limit: &Limit, address: Ipv4Addr, now: u64) -> bool {
    let mut ask = limit.ask(&address_bytes(address.into()));
    limiter.take_now(std::slice::from_mut(&mut ask), Moment::from_nanos(now)) == Admission::Granted
}

/// Nanoseconds of one check, all threads at work.
fn measure(
    load: Load,
    keys: u32,
    seed: u64,
    check: &(impl Fn(Ipv4Addr, u64) -> bool + Sync),
) -> f64 {
    let Load { threads, checks } = load;
    let barrier = Barrier::new(threads);
    let elapsed: Vec<Duration> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let thread = u64::try_from(thread).unwrap_or(0);
                    let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed * 8 + thread + 1);
                    let start = seed * checks * STEP;
                    barrier.wait();
                    let began = Instant::now();
                    for index in 0..checks {
                        random ^= random << 13;
                        random ^= random >> 7;
                        random ^= random << 17;
                        let key = u32::try_from(((random >> 32) * u64::from(keys)) >> 32);
                        let address = Ipv4Addr::from_bits(key.unwrap_or(0));
                        black_box(check(address, start + index * STEP));
                    }
                    began.elapsed()
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let slowest = elapsed.into_iter().max().unwrap_or_default();
    slowest.as_nanos() as f64 / checks as f64
}

/// Kibibytes of this process that are in memory.
fn resident() -> io::Result<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB"));
    kib.and_then(|kib| kib.trim().parse().ok())
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmRSS"))
}
