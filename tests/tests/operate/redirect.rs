//! The plain port of a service that speaks TLS.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use palisade::{Builder, Palisade, prelude::*};
use palisade_tests::{
    client::{Answer, Connection, Request},
    port::free_address,
    server::Server,
};
use tempfile::TempDir;

use crate::{
    authority::{Authority, Wanted},
    process::until,
};

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

struct Running {
    plain: SocketAddr,
    server: Server,
    _folder: TempDir,
}

impl Running {
    fn start(change: impl FnOnce(Builder) -> Builder) -> Self {
        let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
        let files = authority.issue(Wanted::default()).write(folder.path(), "own");
        let plain = free_address();
        let builder = Palisade::builder().endpoints(endpoints![ping]).tls(files);
        let server = Server::serve(change(builder.http_redirect(plain.to_string())));
        let began = Instant::now();
        while std::net::TcpStream::connect(plain).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { plain, server, _folder: folder }
    }

    fn ask(&self, head: &str) -> Answer {
        let mut connection = Connection::open(self.plain);
        connection.write(head.as_bytes());
        connection.answer().unwrap_or_else(|error| panic!("{head}: {error}"))
    }
}

#[test]
fn every_request_for_a_host_of_the_service_is_led_to_https() {
    let running = Running::start(|builder| {
        builder.host("api.example").host("*.shop.example").public_origin("https://localhost:8443")
    });
    for (method, host, target, location) in [
        ("GET", "api.example", "/a/b?c=d&e", "https://api.example/a/b?c=d&e"),
        ("HEAD", "API.example:80", "/", "https://api.example/"),
        ("POST", "a.shop.example:8080", "/orders", "https://a.shop.example/orders"),
        ("DELETE", "localhost", "/x", "https://localhost:8443/x"),
        (
            "GET",
            "localhost:8080",
            "/?next=//other.example",
            "https://localhost:8443/?next=//other.example",
        ),
        ("OPTIONS", "api.example", "*", "https://api.example/"),
        ("GET", "api.example", "http://api.example/abs", "https://api.example/abs"),
    ] {
        let answer = running.ask(&format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(answer.status, 308, "{method} {host} {target}");
        assert_eq!(answer.header("location"), Some(location));
        // Over plain HTTP, no HSTS is sent (RFC 6797 section 7.2).
        assert_eq!(answer.header("strict-transport-security"), None);
    }
}

#[test]
fn it_leads_nowhere_else() {
    let running = Running::start(|builder| builder.host("api.example"));
    for (head, expected) in [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("GET / HTTP/1.1\r\nHost: api.example.evil.example\r\n\r\n", 421),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("GET http://evil.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n", 400),
        ("GET http://api.example@evil.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: api.example@evil.example\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: api.example\r\nHost: evil.example\r\n\r\n", 400),
        ("GET //evil.example/ HTTP/1.1\r\nHost: api.example\r\n\r\n", 400),
        ("GET /%0d%0aLocation:%20x HTTP/1.1\r\nHost: api.example\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 421),
        ("GET /.well-known/acme-challenge/abc HTTP/1.1\r\nHost: api.example\r\n\r\n", 404),
        ("GET /.well-known/security.txt HTTP/1.1\r\nHost: api.example\r\n\r\n", 308),
    ] {
        let answer = running.ask(head);
        assert_eq!(answer.status, expected, "{head}");
        assert_eq!(answer.header("location").is_some(), expected == 308, "{head}");
    }
}

#[test]
fn its_connections_have_the_bounds_of_the_service() {
    let running = Running::start(|builder| {
        builder.head_timeout(Duration::from_secs(1)).keep_alive(Duration::from_secs(1))
    });
    let mut connection = Connection::open(running.plain);
    connection.write(b"GET / HTTP/1.1\r\nHo");
    assert_eq!(connection.answer().unwrap().status, 408);
    let answer = Request::new(running.plain, "GET", "/ping").send();
    let location = "https://127.0.0.1/ping";
    assert_eq!((answer.status, answer.header("location")), (308, Some(location)));
}

#[test]
fn blocked_networks_are_refused_there_too() {
    let metrics = free_address();
    let running = Running::start(|builder| {
        builder
            .metrics_bind(metrics.to_string())
            .blocked_network("127.0.0.42")
            .blocked_network("192.0.2.0/24")
            .trusted_proxy("127.0.0.43")
    });
    let ask = |client: u8, forwarded: &str| {
        let client = std::net::Ipv4Addr::new(127, 0, 0, client);
        let mut connection = Connection::open_from(client.into(), running.plain);
        let head =
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {forwarded}\r\n\r\n");
        connection.write(head.as_bytes());
        connection.answer().unwrap().status
    };
    assert_eq!(ask(42, "198.51.100.7"), 403);
    // A proxy that is trusted says who the client is, and no other one.
    assert_eq!(ask(43, "192.0.2.7"), 403);
    assert_eq!(ask(43, "198.51.100.7"), 308);
    assert_eq!(ask(41, "192.0.2.7"), 308);
    let text = Request::new(metrics, "GET", "/metrics").send().text();
    assert!(text.contains("palisade_blocked_requests_total 2\n"), "{text}");
}

#[test]
fn a_proxy_that_names_no_client_forwards_none() {
    let running = Running::start(|builder| {
        builder.blocked_network("192.0.2.0/24").trusted_proxy("127.0.0.43").proxy_protocol()
    });
    let ask = |header: &str| {
        let proxy = std::net::Ipv4Addr::new(127, 0, 0, 43);
        let mut connection = Connection::open_from(proxy.into(), running.plain);
        let head = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n";
        connection.write(format!("{header}{head}").as_bytes());
        connection.answer().unwrap().status
    };
    // It does not read HTTP, so a client may have written the field.
    assert_eq!(ask("PROXY UNKNOWN\r\n"), 308);
    assert_eq!(ask("PROXY TCP4 198.51.100.7 127.0.0.1 40000 80\r\n"), 308);
    assert_eq!(ask("PROXY TCP4 192.0.2.8 127.0.0.1 40000 80\r\n"), 403);
}

#[test]
fn its_connections_count_with_those_of_the_service() {
    let running = Running::start(|builder| builder.connections_per_address(2.try_into().unwrap()));
    let client = std::net::Ipv4Addr::new(127, 0, 0, 44).into();
    let open = |address| Connection::open_from(client, address);
    let ask = |connection: &mut Connection| {
        connection.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.answer().map(|answer| answer.status)
    };
    let mut first = open(running.plain);
    assert_eq!(ask(&mut first).unwrap(), 308);
    // One at each port. The service waits for a handshake there.
    let _second = open(running.server.address());
    until("a third one is refused", || ask(&mut open(running.plain)).is_err());
    drop(first);
    until("a place is given back", || ask(&mut open(running.plain)).is_ok());
}

#[test]
fn what_cannot_be_led_anywhere_does_not_start() {
    let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let complaints = |builder: Builder| {
        let built = builder.endpoints(endpoints![ping]).build();
        built.err().map_or_else(String::new, |failure| failure.complaints().concat())
    };
    let plain = Palisade::builder().http_redirect("127.0.0.1:0");
    let told = complaints(plain);
    assert!(
        told.contains("PALISADE_HTTP_REDIRECT") && told.contains("does not speak TLS"),
        "{told}"
    );
    let with = || Palisade::builder().tls(files.clone());
    assert_eq!(complaints(with().http_redirect("127.0.0.1:0")), "");
    let told = complaints(with().http_redirect("80"));
    assert!(told.contains("is \"80\", which is not an address and port"), "{told}");
    let any = with().http_redirect("127.0.0.1:0").dangerous_any_host("a test of the redirect");
    let told = complaints(any);
    assert!(told.contains("PALISADE_HOSTS instead of PALISADE_DANGEROUS_ANY_HOST"), "{told}");
}
