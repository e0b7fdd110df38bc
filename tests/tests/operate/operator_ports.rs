//! The ports for metrics and probes: what one address may hold, and for how long.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use palisade::{Builder, Palisade, prelude::*};
use palisade_tests::{audit, client::Connection, port::free_address, server::Server};

use crate::process::until;

/// Connections of one address, as documented.
const SHARE: usize = 32;

/// How long each wait for a client lasts, as documented.
const PATIENCE: Duration = Duration::from_secs(5);

const PROBE: &[u8] = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

#[get("/work")]
#[public]
async fn work() -> &'static str {
    "done"
}

/// The service, and its port for metrics and probes.
fn serve(change: impl FnOnce(Builder) -> Builder) -> (Server, SocketAddr) {
    audit::listen();
    let both = free_address();
    let builder = Palisade::builder().endpoints(endpoints![work]);
    let builder = builder.metrics_bind(both.to_string()).health_bind(both.to_string());
    let server = Server::serve(change(builder));
    until("it listens", || std::net::TcpStream::connect(both).is_ok());
    (server, both)
}

fn address(last: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, last).into()
}

/// Whether a connection is served.
fn is_served(connection: &mut Connection) -> bool {
    connection.write(PROBE);
    connection.answer().is_ok_and(|answer| answer.status == 200)
}

#[test]
fn an_address_with_all_its_connections_keeps_no_other_address_out() {
    let (_server, port) = serve(|builder| builder);
    let mut held: Vec<_> = (0..SHARE).map(|_| Connection::open_from(address(61), port)).collect();
    assert!(held.iter_mut().all(is_served));
    for _ in 0..300 {
        // Closed at once, or they would fill the port.
        let mut further = Connection::open_from(address(61), port);
        assert_eq!(further.answers().len(), 0);
    }
    for last in [62, 63] {
        assert!(is_served(&mut Connection::open_from(address(last), port)));
    }
    assert!(audit::count(&["the port for metrics or probes", "127.0.0.61"]) >= 1);
    held.pop();
    until("its place is free", || is_served(&mut Connection::open_from(address(61), port)));
}

#[test]
fn a_trusted_proxy_and_an_unlimited_network_have_the_same_share() {
    let (_server, port) = serve(|builder| {
        let reason = "a test of the port for operators";
        builder.trusted_proxy("127.0.0.64").dangerous_unlimited_network("127.0.0.65/32", reason)
    });
    for last in [64, 65] {
        let mut held: Vec<_> =
            (0..SHARE).map(|_| Connection::open_from(address(last), port)).collect();
        assert!(held.iter_mut().all(is_served));
        assert_eq!(Connection::open_from(address(last), port).answers().len(), 0, "{last}");
    }
}

#[test]
fn a_head_that_is_sent_slowly_is_cut_on_a_kept_connection_too() {
    let (_server, port) = serve(|builder| builder);
    for is_kept in [false, true] {
        let mut connection = Connection::open_from(address(66), port);
        if is_kept {
            assert!(is_served(&mut connection));
        }
        let start = Instant::now();
        connection.write(b"GET /livez HTTP/1.1\r\nHost: ");
        // A byte at intervals does not postpone the end.
        for _ in 0..4 {
            std::thread::sleep(Duration::from_secs(1));
            connection.write(b"a");
        }
        let rest = String::from_utf8(connection.rest()).unwrap();
        let took = start.elapsed();
        assert!(rest.starts_with("HTTP/1.1 408"), "kept: {is_kept}: {rest}");
        assert!(took >= PATIENCE && took < PATIENCE * 3, "kept: {is_kept}: {took:?}");
    }
    let mut idle = Connection::open_from(address(66), port);
    assert!(is_served(&mut idle));
    assert_eq!(idle.answers().len(), 0, "an idle connection ends");
}
