//! HTTP/2 over TLS, where records wait for the client below what HTTP/2 knows of.

use std::{
    io::{ErrorKind, Read as _},
    net::{TcpListener, TcpStream},
    num::NonZeroU32,
    thread,
    time::Duration,
};

use palisade_tests::{
    http2::{Frames, flag, kind},
    server::Server,
};
use socket2::{Domain, SockRef, Socket, Type};
use tempfile::TempDir;

use crate::{
    authority::{Authority, Wanted},
    http2_service::{builder, until},
    tls_client::Client,
};

const SECOND: Duration = Duration::from_secs(1);

/// Few bytes: the system keeps little for a connection.
const FEW: usize = 4 * 1024;

/// A body that fits into what TLS keeps, and not into what the system keeps.
const BODY: usize = 24_000;

/// A GET request on a new connection of HTTP/2.
pub(crate) fn first_request(path: &str) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(Frames::frame(kind::SETTINGS, 0, 0, b""));
    let fields =
        [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "localhost")];
    let whole = flag::END_STREAM | flag::END_HEADERS;
    bytes.extend(Frames::frame(kind::HEADERS, whole, 1, &Frames::block(&fields)));
    bytes
}

#[test]
fn a_preface_has_the_time_of_a_head() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let (builder, _) = builder();
    let server = Server::serve(builder.tls(files).head_timeout(SECOND));
    let mut open = Client::of(&authority).http2().open(server.address(), "localhost").unwrap();
    open.socket().set_read_timeout(Some(20 * SECOND)).unwrap();
    let mut some = [0; 1_024];
    // The SETTINGS of the service, and then the end.
    let ended = loop {
        match open.read(&mut some) {
            Ok(0) => break true,
            Ok(_) => {}
            Err(error) => break error.kind() != ErrorKind::WouldBlock,
        }
    };
    assert!(ended, "the connection is open after twenty seconds");
}

#[test]
fn a_client_that_reads_nothing_of_what_is_encrypted_is_cut_off() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).set_send_buffer_size(FEW).unwrap();
    let (builder, _) = builder();
    let builder = builder
        .tls(files)
        .write_timeout(SECOND)
        .keep_alive(600 * SECOND)
        .connections_per_address(NonZeroU32::MIN);
    let server = Server::serve_on(listener, builder);
    let address = server.address();
    let client = Client::of(&authority).http2();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(FEW).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut open = client.open_over(TcpStream::from(socket), "localhost").unwrap();
    assert_eq!(open.protocol(), Some(&b"h2"[..]));
    // It is served while it reads.
    open.write(&first_request("/ping")).unwrap();
    let mut some = [0; 1_024];
    while !some.windows(4).any(|bytes| bytes == b"pong") {
        assert!(open.read(&mut some).unwrap() > 0);
    }
    let fields = [
        (":method", "GET"),
        (":scheme", "https"),
        (":path", &*format!("/made/sized/{BODY}")),
        (":authority", "localhost"),
    ];
    let whole = flag::END_STREAM | flag::END_HEADERS;
    open.write(&Frames::frame(kind::HEADERS, whole, 3, &Frames::block(&fields))).unwrap();
    // The address has one connection at a time.
    let is_served = || {
        let plain = Client::of(&authority);
        plain.get(address, "localhost", "/ping").is_ok_and(|told| told.status == 200)
    };
    until("the first connection has ended", is_served);
    // What arrives of the response is not the whole.
    let mut rest = Vec::new();
    let _broken = open.socket().read_to_end(&mut rest);
    assert!(rest.len() < BODY, "{}", rest.len());
}

#[test]
fn a_client_that_reads_slowly_gets_all_that_is_encrypted() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).set_send_buffer_size(FEW).unwrap();
    let (builder, _) = builder();
    let server = Server::serve_on(listener, builder.tls(files).write_timeout(SECOND));
    let client = Client::of(&authority).http2();
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(FEW).unwrap();
    socket.connect(&server.address().into()).unwrap();
    let mut open = client.open_over(TcpStream::from(socket), "localhost").unwrap();
    open.write(&first_request(&format!("/made/sized/{BODY}"))).unwrap();
    let (mut taken, mut some) = (0, [0; 2_048]);
    while taken < BODY {
        let read = open.read(&mut some).unwrap();
        assert!(read > 0, "it was cut off after {taken}");
        taken += some.iter().take(read).filter(|byte| **byte == b'x').count();
        // A fraction of the patience, and a multiple of the least rate.
        thread::sleep(SECOND / 10);
    }
}
