//! Requests that do not come to their end.

use std::{
    io::Write as _,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use palisade_tests::{audit, client::Connection};
use socket2::SockRef;

use crate::{
    file::png,
    service::{BOUNDARY, Part, Service, content_type, form},
};

/// Sends the head of a form and the beginning of a file of noise in a gzip: enough to be written.
pub(crate) fn begin(service: &Service, target: &str, media_type: &str, bytes: &[u8]) -> Connection {
    let mut connection = Connection::open(service.server.address());
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: 900000\r\n\r\n",
        content_type()
    );
    connection.write(head.as_bytes());
    connection.write(Part::file(media_type, b"").head().as_bytes());
    connection.write(bytes);
    connection
}

/// The beginning of a gzip, and bytes that cannot be unpacked yet.
pub(crate) fn beginning() -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    bytes.extend(noise(600_000));
    bytes
}

/// Bytes that do not become shorter when they are packed.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn wait_for_a_file(service: &Service) {
    let patience = Instant::now() + Duration::from_secs(5);
    while service.incoming().is_empty() {
        assert!(Instant::now() < patience, "nothing was written");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_cut_connection_leaves_nothing() {
    let service = Service::start();
    for _ in 0..5 {
        let connection = begin(&service, "/any", "application/gzip", &beginning());
        // Half of a file is visible to no client: it is in the private folder.
        wait_for_a_file(&service);
        drop(connection);
        service.assert_nothing_is_left("a cut connection");
    }
    assert!(service.stored().is_empty());
}

#[test]
fn a_slow_body_is_408_and_leaves_nothing() {
    let service = Service::start();
    let mut connection = begin(&service, "/any", "application/gzip", &beginning());
    wait_for_a_file(&service);
    let started = Instant::now();
    // An occasional byte does not help.
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(100));
        connection.try_write(b"x");
    }
    assert_eq!(connection.answer().unwrap().status, 408);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    service.assert_nothing_is_left("a slow body");
}

#[test]
fn a_handler_that_is_late_keeps_nothing() {
    let service = Service::start();
    let answer = service.send("/slow-handler", &[Part::file("image/png", &png())]);
    assert_eq!(answer.status, 504);
    service.assert_nothing_is_left("a late handler");
}

#[test]
fn what_a_handler_does_not_store_is_gone() {
    let service = Service::start();
    let answer = service.send("/forgotten", &[Part::file("image/png", &png())]);
    assert_eq!(answer.status, 409);
    service.assert_nothing_is_left("a file that nobody stored");
    assert!(service.stored().is_empty());
}

#[test]
fn a_file_that_is_too_large_ends_there() {
    let service = Service::start();
    // In chunks, so that the length is not known beforehand.
    let mut connection = Connection::open(service.server.address());
    let head = format!(
        "POST /any HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        content_type()
    );
    connection.write(head.as_bytes());
    let piece =
        |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    connection.write(&piece(Part::file("application/gzip", b"").head().as_bytes()));
    for bytes in beginning().repeat(3).chunks(60_000) {
        if !connection.try_write(&piece(bytes)) {
            break;
        }
    }
    assert_eq!(connection.answer().unwrap().status, 413);
    service.assert_nothing_is_left("a file that is too large");
    // One that says so: two bytes over.
    let over = vec![b'a'; (1 << 20) + 1];
    let body = form(&[Part::file("text/plain", &over)]);
    let request = service.server.post("/any").header("Content-Type", &content_type()).body(body);
    assert_eq!(request.send().status, 413);
    let exactly = vec![b'a'; 1 << 20];
    assert_eq!(service.send("/any", &[Part::file("text/plain", &exactly)]).status, 201);
    assert!(BOUNDARY.len() < 70);
    service.assert_nothing_is_left("files at the limit");
}

/// A client that sends all of a file and is gone leaves a file and its event, or neither.
#[test]
fn what_is_stored_for_a_client_that_is_gone_is_told() {
    audit::listen();
    let service = Service::start();
    let body = form(&[Part::file("image/png", &png())]);
    let head = format!(
        "POST /reset HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        content_type(),
        body.len()
    );
    let whole = [head.as_bytes(), &body].concat();
    for number in 0..60_u64 {
        let mut stream = TcpStream::connect(service.server.address()).unwrap();
        stream.write_all(&whole).unwrap();
        // Of some the handler has begun, of others it has not.
        thread::sleep(Duration::from_micros(50 << (number / 6)));
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    }
    // A content and what is known of it.
    let stored = || service.stored().len();
    let told = || audit::count(&["\"kept_without_a_client\"", "\"status\": \"201\""]) * 2;
    let patience = Instant::now() + Duration::from_secs(10);
    while stored() != told() || !service.incoming().is_empty() {
        assert!(Instant::now() < patience, "{} files, {} in events", stored(), told());
        thread::sleep(Duration::from_millis(20));
    }
    assert!(stored() > 0, "every client was gone before its handler began");
}
