//! What the requests of a connection of HTTP/2 make the service keep.

#![expect(clippy::print_stdout, reason = "they are figures that the tests print")]

use palisade_tests::http2::{Frames, flag, kind};

use crate::measured_service::Service;

const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;

/// Connections, and the requests under way on each: as many as it may have.
const CONNECTIONS: usize = 9;
const STREAMS: u32 = 100;

/// Bytes of a value, and how many fields of it stay within a header list of 32 KiB.
const VALUE: usize = 4_000;
const FIELDS: usize = 7;

/// What the service may keep beside what is counted: states of streams, buffers of connections, what the allocator
/// holds. Measured: 11 to 18 MiB. Trailers that are kept would be 25 MB more.
const BESIDE: usize = 28 << 20;

/// Sends these frames on many connections, and returns the bytes by which the service has grown once each has
/// handled them all. The connections stay.
fn growth(service: &Service, name: &str, frames: impl Fn(&Frames, u32) -> Vec<u8>) -> usize {
    let mut open: Vec<Frames> = (0..CONNECTIONS).map(|_| Frames::open(service.plain)).collect();
    // What a connection takes without requests is not counted.
    let before = service.memory("VmRSS:");
    service.forget_peak();
    for connection in &mut open {
        for index in 0..STREAMS {
            let bytes = frames(connection, 2 * index + 1);
            assert!(connection.write(&bytes), "{name}");
        }
        connection.send(kind::PING, 0, 0, &[0; 8]);
        let frame = connection.next_of(&[kind::PING, kind::GOAWAY, kind::RST_STREAM]);
        assert_eq!(frame.kind, kind::PING, "{name}: a stream or the connection was ended");
    }
    let grown = service.memory("VmHWM:").saturating_sub(before);
    println!(
        "{name}: {CONNECTIONS} connections of {STREAMS} streams: {} KiB more, {} KiB for each connection",
        grown >> 10,
        (grown >> 10) / CONNECTIONS
    );
    grown
}

#[test]
fn header_lists_of_requests_under_way_take_what_they_count() {
    let service = Service::start();
    let value = "x".repeat(VALUE);
    let grown = growth(&service, "header lists", |frames, stream| {
        let fields: Vec<_> = NAMES.iter().map(|name| (*name, value.as_str())).collect();
        let block = frames.get("/waits", &fields);
        let (first, rest) = block.split_at(16_000);
        let mut bytes = Frames::frame(kind::HEADERS, flag::END_STREAM, stream, first);
        bytes.extend(Frames::frame(kind::CONTINUATION, flag::END_HEADERS, stream, rest));
        bytes
    });
    let lists = CONNECTIONS * usize::try_from(STREAMS).unwrap() * 32 * 1_024;
    assert!(grown <= lists + BESIDE, "{grown} bytes, and {lists} are counted");
}

#[test]
fn trailers_are_not_kept() {
    let service = Service::start();
    let value = "x".repeat(VALUE);
    let grown = growth(&service, "trailers", |frames, stream| {
        let block = frames.request("POST", "/waits", &[]);
        let mut bytes = Frames::frame(kind::HEADERS, flag::END_HEADERS, stream, &block);
        bytes.extend(Frames::frame(kind::DATA, 0, stream, b"x"));
        let fields: Vec<_> = NAMES.iter().map(|name| (*name, value.as_str())).collect();
        let block = Frames::block(&fields);
        let (first, rest) = block.split_at(16_000);
        bytes.extend(Frames::frame(kind::HEADERS, flag::END_STREAM, stream, first));
        bytes.extend(Frames::frame(kind::CONTINUATION, flag::END_HEADERS, stream, rest));
        bytes
    });
    assert!(grown <= BESIDE, "{grown} bytes");
}

#[test]
fn fields_that_are_remembered_take_what_is_documented() {
    let service = Service::start();
    let value = "x".repeat(VALUE);
    let fields: Vec<_> = NAMES.iter().take(3).map(|name| (*name, value.as_str())).collect();
    let mut open: Vec<Frames> = (0..CONNECTIONS).map(|_| Frames::open(service.plain)).collect();
    let before = service.memory("VmRSS:");
    service.forget_peak();
    // In turn: a connection whose first request does not come in time is closed.
    for index in 0..REMEMBERED {
        for connection in &mut open {
            let stream = 2 * index + 1;
            // Fields that are not remembered, and one that is, in the same frame.
            let mut block = connection.get("/ping", &fields);
            block.extend([0x40, 1, b'x', 3]);
            block.extend(format!("{index:03}").bytes());
            assert!(connection.write(&Frames::frame(kind::HEADERS, WHOLE, stream, &block)));
            // One request at a time: what is left is what is remembered.
            while connection.next_of(&[kind::HEADERS, kind::DATA]).flags & flag::END_STREAM == 0 {}
        }
    }
    let grown = service.memory("VmHWM:").saturating_sub(before);
    println!(
        "remembered fields: {REMEMBERED} requests on {CONNECTIONS} connections: {} KiB",
        grown >> 10
    );
    // Each of at most 120 may keep the frame that it came in, of the 12 KB of each request.
    let frames = CONNECTIONS * 120 * 16 * 1_024;
    assert!(grown <= frames + BESIDE, "{grown} bytes");
}

/// Requests on each connection whose fields are remembered: without a bound they would be 65 MB.
const REMEMBERED: u32 = 600;

const NAMES: [&str; FIELDS] = ["x-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7"];
