//! What other clients notice of those that attack: shown, and asserted nowhere in time.
//!
//! A few connections for a moment, unless `PALISADE_TEST_ATTACKERS` says how many and
//! `PALISADE_TEST_SECONDS` for how long: 2000 and 10, say, with `cargo nextest run --no-capture`.

#![expect(clippy::print_stdout, reason = "they are figures that the tests print")]

use std::{
    io::Write as _,
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use palisade_tests::{
    client::Connection,
    http2::{Client, Frames, Request, flag, kind},
};

use crate::http2_service::start;

/// How many attackers, and for how long.
struct Size {
    attackers: usize,
    time: Duration,
}

fn size() -> Size {
    let number = |name: &str, usual| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let attackers = usize::try_from(number("PALISADE_TEST_ATTACKERS", 50)).unwrap();
    let time = Duration::from_millis(1_000 * number("PALISADE_TEST_SECONDS", 0).min(60) + 300);
    Size { attackers: attackers.min(5_000), time }
}

/// A socket that an attacker writes to now and then.
type Attacker = (TcpStream, Vec<u8>);

/// What attackers do: what each of their connections begins with, and what it goes on with.
type Attack = (&'static str, fn(SocketAddr) -> Attacker);

/// What a flood sends for each stream.
type Flood = (&'static str, fn(u32) -> Vec<u8>);

fn open(address: SocketAddr, begins: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(50))).unwrap();
    let _sent = stream.write_all(begins);
    stream
}

/// The preface, SETTINGS with these initial windows, and a request.
fn begin(window: u32, flags: u8, method: &str, path: &str) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let setting = [&[0, 4][..], &window.to_be_bytes()].concat();
    bytes.extend(Frames::frame(kind::SETTINGS, 0, 0, &setting));
    let fields =
        [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")];
    bytes.extend(Frames::frame(kind::HEADERS, flags, 1, &Frames::block(&fields)));
    bytes
}

const ATTACKS: &[Attack] = &[
    ("slow heads, HTTP/1.1", |address| {
        (open(address, b"GET /ping HTTP/1.1\r\nHost: localhost\r\n"), b"X-A: b\r\n".to_vec())
    }),
    ("slow heads, HTTP/2", |address| {
        let begins = begin(65_535, flag::END_STREAM, "GET", "/ping");
        (open(address, &begins), Frames::frame(kind::CONTINUATION, 0, 1, b""))
    }),
    ("slow bodies, HTTP/1.1", |address| {
        let head = b"PUT /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
        (open(address, head), b"x".to_vec())
    }),
    ("slow bodies, HTTP/2", |address| {
        let begins = begin(65_535, flag::END_HEADERS, "PUT", "/uploads");
        (open(address, &begins), Frames::frame(kind::DATA, 0, 1, b"x"))
    }),
    ("slow readers, HTTP/1.1", |address| {
        let head = b"GET /made/sized/1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
        (open(address, head), Vec::new())
    }),
    ("slow readers, HTTP/2", |address| {
        let begins = begin(1, flag::END_STREAM | flag::END_HEADERS, "GET", "/made/sized/1000000");
        (open(address, &begins), Frames::frame(kind::WINDOW_UPDATE, 0, 1, &1_u32.to_be_bytes()))
    }),
];

/// The time within which most answers to a client come, and 99 of 100, over this time.
fn times(time: Duration, mut ask: impl FnMut()) -> (Duration, Duration) {
    let began = Instant::now();
    let mut times = Vec::new();
    while times.len() < 50 || began.elapsed() < time {
        let asked = Instant::now();
        ask();
        times.push(asked.elapsed());
    }
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}

/// Shows what a client of each version waits for.
fn show(name: &str, address: SocketAddr, time: Duration) {
    let mut old = Connection::open(address);
    let (old_half, old_most) = times(time / 2, || {
        old.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(old.answer().unwrap().status, 200);
    });
    let mut new = Client::open(address);
    let ping = Request::new("GET", "/ping");
    let (half, most) = times(time / 2, || assert_eq!(new.send(&ping).unwrap().status, 200));
    println!(
        "{name:26} HTTP/1.1: median {old_half:8.1?}, p99 {old_most:8.1?}; HTTP/2: median {half:8.1?}, \
         p99 {most:8.1?}"
    );
}

#[test]
fn other_clients_are_served_while_some_attack() {
    let Size { attackers, time } = size();
    let many = NonZeroU32::new(10_000).unwrap();
    let (server, _) = start(|builder| {
        builder
            .connections_per_address(many)
            .dangerous_unlimited_network("127.0.0.0/8", "the clients of this test share an address")
    });
    let address = server.address();
    println!("{attackers} attackers, {time:?} each");
    show("nobody attacks", address, time);
    for (name, begin) in ATTACKS {
        let ended = Arc::new(AtomicBool::new(false));
        let attackers: Vec<Attacker> = (0..attackers).map(|_| begin(address)).collect();
        let own = Arc::clone(&ended);
        let attacking = thread::spawn(move || {
            let mut attackers = attackers;
            while !own.load(SeqCst) {
                for (stream, goes_on) in &mut attackers {
                    let _sent = stream.write_all(goes_on);
                }
                thread::sleep(Duration::from_millis(200));
            }
        });
        show(name, address, time);
        ended.store(true, SeqCst);
        attacking.join().unwrap();
    }
    // Floods, from one connection after the other.
    let floods: [Flood; 2] = [
        ("rapid reset", |stream| {
            let fields = [
                (":method", "GET"),
                (":scheme", "http"),
                (":path", "/slow"),
                (":authority", "localhost"),
            ];
            let whole = flag::END_STREAM | flag::END_HEADERS;
            let mut bytes = Frames::frame(kind::HEADERS, whole, stream, &Frames::block(&fields));
            bytes.extend(Frames::frame(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
            bytes
        }),
        ("CONTINUATION", |stream| match stream {
            1 => Frames::frame(kind::HEADERS, 0, 1, b""),
            _ => Frames::frame(kind::CONTINUATION, 0, 1, &Frames::block(&[("x", "y")])),
        }),
    ];
    for (name, bytes) in floods {
        let ended = Arc::new(AtomicBool::new(false));
        let flooding: Vec<_> = (0..2)
            .map(|_| {
                let ended = Arc::clone(&ended);
                thread::spawn(move || {
                    let mut connections = 0_u32;
                    while !ended.load(SeqCst) && connections < 10_000 {
                        connections += 1;
                        let mut frames = Frames::open(address);
                        for stream in (1..4_000).step_by(2) {
                            if !frames.write(&bytes(stream)) {
                                break;
                            }
                        }
                    }
                    connections
                })
            })
            .collect();
        show(name, address, time);
        ended.store(true, SeqCst);
        for one in flooding {
            assert!(one.join().unwrap() > 0);
        }
    }
    show("nobody attacks any more", address, time);
}
