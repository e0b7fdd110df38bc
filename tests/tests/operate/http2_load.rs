//! What other clients notice of those that attack, and what these make the service hold.
//!
//! The service is a process of its own, whose memory and processor time are read. A hundred attackers for a
//! moment, unless `PALISADE_TEST_ATTACKERS` says how many and `PALISADE_TEST_SECONDS` for how many seconds each
//! attack lasts: CONTRIBUTING has the command. Times are printed and not asserted, since other programs use
//! the machine too: the processor time of the service is printed beside them.

#![expect(clippy::print_stdout, reason = "they are figures that the tests print")]

use std::{
    env, fs, thread,
    time::{Duration, Instant},
};

use palisade_tests::{
    client::Connection,
    http2::{Client, Request},
};

use crate::{
    attackers::{ATTACKS, Attackers, FLOODS, Flooders},
    measured_service::Service,
    tls_client,
};

/// What an attacker may make the service hold, on average: the bodies and responses of a connection, and what
/// TLS keeps of it.
const HELD_FOR_EACH: usize = 256 * 1024;

/// What the service may hold beside that, for floods and the allocator.
const HELD_BESIDE: usize = 64 << 20;

/// Time between two requests of a client that is measured.
const PAUSE: Duration = Duration::from_millis(4);

/// How many attackers, and for how long.
#[derive(Clone, Copy)]
struct Size {
    attackers: usize,
    time: Duration,
}

impl Size {
    fn read() -> Self {
        let number = |name: &str, usual| {
            env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
        };
        let attackers = number("PALISADE_TEST_ATTACKERS", 100).min(10_000);
        let time = Duration::from_secs(number("PALISADE_TEST_SECONDS", 1).min(60));
        let size = Self { attackers: usize::try_from(attackers).unwrap(), time };
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let open = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let open = open.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        let needed = attackers + 300;
        assert!(
            open.is_none_or(|open| open >= needed),
            "{attackers} attackers need {needed} file descriptors: `ulimit -n {needed}`"
        );
        size
    }
}

/// What a client of each protocol waits for.
struct Waits {
    http1: Quantiles,
    http2: Quantiles,
}

#[derive(Clone, Copy)]
struct Quantiles {
    half: Duration,
    most: Duration,
}

impl Quantiles {
    /// Measures for so long a time with occasional requests, and twenty requests at least.
    fn measure(time: Duration, mut ask: impl FnMut()) -> Self {
        let began = Instant::now();
        let mut times = Vec::new();
        while times.len() < 20 || began.elapsed() < time {
            let asked = Instant::now();
            ask();
            times.push(asked.elapsed());
            thread::sleep(PAUSE);
        }
        times.sort_unstable();
        Self { half: times[times.len() / 2], most: times[times.len() * 99 / 100] }
    }

    fn ratio(self, quiet: Self) -> f64 {
        self.most.as_secs_f64() / quiet.most.as_secs_f64()
    }
}

fn measure(service: &Service, time: Duration) -> Waits {
    let mut old = Connection::open(service.plain);
    let mut new = secure_client(service);
    let (http1, http2) = thread::scope(|scope| {
        let http1 = scope.spawn(move || {
            Quantiles::measure(time, || {
                old.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assert_eq!(old.answer().unwrap().status, 200);
            })
        });
        let ping = Request::new("GET", "/ping");
        let http2 = Quantiles::measure(time, || assert_eq!(new.send(&ping).unwrap().status, 200));
        (http1.join().unwrap(), http2)
    });
    Waits { http1, http2 }
}

/// A client of HTTP/2 over TLS.
fn secure_client(service: &Service) -> Client {
    let config = tls_client::Client::of(&service.authority).http2().config();
    let address = service.secure;
    let connect = async move {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let name = "localhost".try_into().unwrap();
        tokio_rustls::TlsConnector::from(config).connect(name, stream).await.unwrap()
    };
    Client::over(connect, "localhost", &h2::client::Builder::new())
}

/// Prints what the client waits for and what the service needs while this runs, and returns the former.
fn show(service: &Service, name: &str, size: Size, quiet: Option<&Waits>) -> Waits {
    let before = service.memory("VmRSS:");
    service.forget_peak();
    let (cpu, began) = (service.cpu(), Instant::now());
    let waits = measure(service, size.time);
    let used = (service.cpu() - cpu).as_secs_f64() / began.elapsed().as_secs_f64();
    let peak = service.memory("VmHWM:");
    let quiet = quiet.unwrap_or(&waits);
    println!(
        "| {name} | {:.1?} | {:.1?} | {:.2} | {:.1?} | {:.1?} | {:.2} | {:.0}% | {} | {} |",
        waits.http1.half,
        waits.http1.most,
        waits.http1.ratio(quiet.http1),
        waits.http2.half,
        waits.http2.most,
        waits.http2.ratio(quiet.http2),
        100.0 * used,
        before >> 20,
        peak >> 20
    );
    waits
}

fn print_head(size: Size) {
    println!("{} attackers, {:?} for each attack", size.attackers, size.time);
    println!(
        "| attack | HTTP/1.1 p50 | p99 | of quiet | TLS, HTTP/2 p50 | p99 | of quiet | service's CPU | MiB before | \
         MiB at most |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
}

/// Fails where the service held more than so many attackers may make it hold.
fn assert_bounded(service: &Service, start: usize, attackers: usize) {
    let peak = service.memory("VmHWM:");
    let most = start + HELD_BESIDE + attackers * HELD_FOR_EACH;
    assert!(peak <= most, "the service held {peak} bytes, more than {most}");
}

#[test]
fn clients_are_served_while_others_are_slow() {
    let size = Size::read();
    let service = Service::start();
    print_head(size);
    let _warm = measure(&service, Duration::ZERO);
    let start = service.memory("VmRSS:");
    let quiet = show(&service, "none", size, None);
    for attack in ATTACKS {
        let address = if attack.is_secure { service.secure } else { service.plain };
        let client = tls_client::Client::of(&service.authority).http2();
        let attackers = Attackers::begin(attack, address, client, size.attackers);
        let _waits = show(&service, attack.name, size, Some(&quiet));
        let open = attackers.end();
        assert!(open >= size.attackers / 2, "{}: {open} connections were open", attack.name);
        assert_bounded(&service, start, size.attackers);
    }
    let _after = show(&service, "none", size, Some(&quiet));
}

/// Floods that are as long end connections.
const LONG: Duration = Duration::from_secs(5);

#[test]
fn clients_are_served_while_others_flood() {
    let size = Size::read();
    let service = Service::start();
    print_head(size);
    let _warm = measure(&service, Duration::ZERO);
    let start = service.memory("VmRSS:");
    let quiet = show(&service, "none", size, None);
    for flood in FLOODS.iter().filter(|flood| flood.is_measured) {
        let client = tls_client::Client::of(&service.authority).http2();
        let flooders = Flooders::begin(flood, service.secure, client);
        let _waits = show(&service, flood.name, size, Some(&quiet));
        let ended = flooders.end();
        // A debug build of the service takes a second to reach its bounds.
        assert!(ended > 0 || size.time < LONG, "{}: no connection was ended", flood.name);
        assert_bounded(&service, start, 2);
    }
    let _after = show(&service, "none", size, Some(&quiet));
}
