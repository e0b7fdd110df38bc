//! Clients of HTTP/2 that attack their connection. Each one is counted and short, and only against a service
//! of the test's own.

#![expect(clippy::print_stdout, reason = "they are figures that the tests print")]

use std::{num::NonZeroU32, sync::atomic::Ordering::SeqCst, time::Duration};

use palisade_tests::{
    http2::{Client, Frames, Request, error, flag, kind},
    server::Server,
};

use crate::{
    attackers::{FLOODS, Flood},
    http2_service::{start, until},
};

const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;

/// What a flood has to be ended by: ten times what is allowed.
const FLOOD: u32 = 10_000;

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// Sends these bytes until the connection takes no more. It ends in time, and another client is served before
/// and after.
#[track_caller]
fn flood(server: &Server, &Flood { name, sends, .. }: &Flood) {
    let mut other = Client::open(server.address());
    let ping = Request::new("GET", "/ping");
    assert_eq!(other.send(&ping).unwrap().status, 200);
    let mut frames = Frames::open(server.address());
    let before = resident();
    let mut sent = 0;
    while sent < FLOOD {
        if !frames.write(&sends(2 * sent + 1)) {
            break;
        }
        sent += 1;
    }
    let code = frames.end();
    println!(
        "{name}: ended with {code:?} after at most {sent} writes, {} KiB more",
        resident() - before
    );
    // The end itself may be lost where the client goes on to send.
    assert!(
        matches!(code, Some(error::ENHANCE_YOUR_CALM) | None),
        "{name} ended with {code:?} after {sent}"
    );
    assert_eq!(other.send(&ping).unwrap().status, 200, "{name}");
}

/// The memory of this process, in KiB; 0 where it is unknown.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[test]
fn a_frame_that_is_larger_than_announced_ends_the_connection() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    frames.send(0x42, 0, 0, &[0; 16_384]);
    frames.ask(1, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    frames.send(0x42, 0, 0, &[0; 16_385]);
    assert_eq!(frames.end(), Some(error::FRAME_SIZE_ERROR));
}

#[test]
fn frames_that_bring_nothing_end_the_connection() {
    let (server, steps) = start(|builder| builder);
    for one in FLOODS {
        flood(&server, one);
    }
    steps.open.store(true, SeqCst);
}

#[test]
fn each_budget_is_a_setting() {
    let (server, steps) =
        start(|builder| builder.http2_resets(number(10)).http2_control_frames(number(20)));
    steps.open.store(true, SeqCst);
    let reset = |frames: &mut Frames, stream: u32| {
        frames.ask(stream, "/ping");
        assert_eq!(frames.expect(kind::HEADERS).stream, stream);
        frames.send(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    };
    let mut frames = Frames::open(server.address());
    (0..10).for_each(|index| reset(&mut frames, 2 * index + 1));
    frames.ask(101, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).stream, 101);
    frames.send(kind::RST_STREAM, 0, 101, &8_u32.to_be_bytes());
    assert_eq!(frames.end(), Some(error::ENHANCE_YOUR_CALM));
    let mut frames = Frames::open(server.address());
    // SETTINGS were the first.
    for _ in 0..19 {
        assert!(frames.send(kind::PING, 0, 0, &[0; 8]));
        frames.expect(kind::PING);
    }
    // Whatever time has refilled is one or two of them.
    let mut more = 0;
    while frames.send(kind::PING, 0, 0, &[0; 8]) && more < 15 {
        more += 1;
    }
    assert_eq!(frames.end(), Some(error::ENHANCE_YOUR_CALM));
}

#[test]
fn clients_that_use_what_they_may_are_served() {
    let (server, steps) = start(|builder| builder);
    steps.open.store(true, SeqCst);
    let mut frames = Frames::open(server.address());
    // What browsers send with each request, and two updates for each frame of an answer.
    for index in 0..500 {
        let stream = 2 * index + 1;
        frames.send(0x10, 0, 0, &[&[0, 0, 0, 1][..], b"u=1, i"].concat());
        frames.ask(stream, "/ping");
        frames.send(kind::WINDOW_UPDATE, 0, stream, &65_535_u32.to_be_bytes());
        frames.send(kind::WINDOW_UPDATE, 0, 0, &65_535_u32.to_be_bytes());
        let head = frames.expect(kind::HEADERS);
        assert_eq!((head.stream, head.status()), (stream, Some(200)));
    }
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/made/sized/5000000");
    let mut taken = 0;
    while taken < 5_000_000 {
        let data = frames.expect(kind::DATA);
        taken += data.payload.len();
        let length = u32::try_from(data.payload.len()).unwrap().max(1);
        frames.send(kind::WINDOW_UPDATE, 0, 1, &length.to_be_bytes());
        frames.send(kind::WINDOW_UPDATE, 0, 0, &length.to_be_bytes());
        frames.send(kind::PING, 0, 0, &[0; 8]);
    }
    // An upload in frames of a byte.
    let mut frames = Frames::open(server.address());
    let block = frames.request("PUT", "/uploads", &[]);
    frames.send(kind::HEADERS, flag::END_HEADERS, 1, &block);
    let one = Frames::frame(kind::DATA, 0, 1, b"x");
    for _ in 0..20 {
        assert!(frames.write(&one.repeat(1_000)));
    }
    frames.send(kind::DATA, flag::END_STREAM, 1, b"");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    assert_eq!(frames.expect(kind::DATA).payload, b"20000");
}

#[test]
fn what_breaks_the_rules_ends_the_connection_and_no_other() {
    let (server, _) = start(|builder| builder);
    let head = |frames: &Frames, stream: u32| {
        Frames::frame(kind::HEADERS, WHOLE, stream, &frames.get("/ping", &[]))
    };
    type Game = (&'static str, fn(&Frames) -> Vec<u8>, &'static [u32]);
    let games: &[Game] = &[
        (
            "an even stream",
            |frames| Frames::frame(kind::HEADERS, WHOLE, 2, &frames.get("/ping", &[])),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "stream 0",
            |frames| Frames::frame(kind::HEADERS, WHOLE, 0, &frames.get("/ping", &[])),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "DATA of an idle stream",
            |_| Frames::frame(kind::DATA, 0, 9, b"x"),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "RST_STREAM of an idle stream",
            |_| Frames::frame(kind::RST_STREAM, 0, 9, &[0; 4]),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "a promise",
            |_| Frames::frame(5, flag::END_HEADERS, 1, &[0, 0, 0, 2]),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "CONTINUATION of nothing",
            |_| Frames::frame(kind::CONTINUATION, flag::END_HEADERS, 1, b""),
            &[error::PROTOCOL_ERROR],
        ),
        (
            "a frame within a header block",
            |frames| {
                let mut bytes = Frames::frame(kind::HEADERS, 0, 1, &frames.get("/ping", &[]));
                bytes.extend(Frames::frame(kind::PING, 0, 0, &[0; 8]));
                bytes
            },
            &[error::PROTOCOL_ERROR],
        ),
        (
            "a frame that is too large",
            |_| vec![0xff, 0xff, 0xff, kind::DATA, 0, 0, 0, 0, 1],
            &[error::FRAME_SIZE_ERROR],
        ),
        (
            "a PING of 7 bytes",
            |_| Frames::frame(kind::PING, 0, 0, &[0; 7]),
            &[error::FRAME_SIZE_ERROR, error::PROTOCOL_ERROR],
        ),
        (
            "a window beyond the largest",
            |_| Frames::frame(kind::WINDOW_UPDATE, 0, 0, &(u32::MAX >> 1).to_be_bytes()),
            &[error::FLOW_CONTROL_ERROR],
        ),
        (
            "an index of nothing",
            |_| Frames::frame(kind::HEADERS, WHOLE, 1, &[0xff, 0xff, 0x01]),
            &[error::COMPRESSION_ERROR, error::PROTOCOL_ERROR],
        ),
        (
            "a table beyond what was agreed",
            |_| Frames::frame(kind::HEADERS, WHOLE, 1, &[0x3f, 0xff, 0xff, 0x7f]),
            &[error::COMPRESSION_ERROR, error::PROTOCOL_ERROR],
        ),
        // A field of 4,000 bytes that the table keeps, and 10,000 references to it: 40 MB.
        (
            "a bomb of fields",
            |frames| {
                let mut block = frames.get("/ping", &[]);
                block.extend([0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
                block.extend([b'y'; 4_000]);
                block.extend([0xbe; 10_000]);
                Frames::frame(kind::HEADERS, WHOLE, 1, &block)
            },
            &[error::ENHANCE_YOUR_CALM],
        ),
    ];
    let mut other = Client::open(server.address());
    for (name, bytes, codes) in games {
        let before = resident();
        let mut frames = Frames::open(server.address());
        let bytes = bytes(&frames);
        frames.write(&bytes);
        let code = frames.end();
        assert!(code.is_some_and(|code| codes.contains(&code)), "{name}: {code:?}");
        println!("{name}: {code:?}, {} KiB more", resident() - before);
        assert_eq!(other.send(&Request::new("GET", "/ping")).unwrap().status, 200, "{name}");
    }
    // A stream that was there before, and one below it.
    for second in [5, 3] {
        let mut frames = Frames::open(server.address());
        let bytes = [head(&frames, 5), head(&frames, second)].concat();
        frames.write(&bytes);
        let frames = frames.rest();
        let codes: Vec<_> = frames.iter().filter_map(palisade_tests::http2::Frame::error).collect();
        assert!(
            codes.iter().any(|code| [error::PROTOCOL_ERROR, error::STREAM_CLOSED].contains(code)),
            "{second}: {codes:?}"
        );
    }
}

#[test]
fn a_flood_of_unsafe_requests_has_the_bounds_of_those_whose_client_is_gone() {
    let (server, steps) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    for index in 0..400_u32 {
        let stream = 2 * index + 1;
        let block = frames.request("POST", "/waits", &[]);
        frames.send(kind::HEADERS, WHOLE, stream, &block);
        until("it has begun, or is refused", || steps.begun() > 0);
        frames.send(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
    }
    std::thread::sleep(Duration::from_millis(500));
    let begun = steps.begun();
    steps.open.store(true, SeqCst);
    until("what goes on is done", || steps.done() > 0);
    std::thread::sleep(Duration::from_millis(200));
    // 64 of an address go on, and what was under way when the gate opened.
    assert!(steps.done() <= 64, "{} of {begun} went on", steps.done());
}
