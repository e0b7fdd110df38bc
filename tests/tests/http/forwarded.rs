//! Which client a request is of, behind proxies, and what the log says where that does not fit.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::net::UnixStream,
    sync::mpsc,
    thread,
};

use actix_web::{App, HttpServer};
use palisade::{Builder, ClientAddr, ForwardedField, prelude::*};
use palisade_tests::{
    audit,
    client::{Answer, Connection},
    server::Server,
};

use crate::service;

#[get("/address")]
#[public]
async fn address(client: ClientAddr) -> String {
    client.to_string()
}

fn start(build: impl Fn(Builder) -> Builder) -> Server {
    audit::listen();
    let palisade = build(service::palisade()).endpoints(endpoints![address]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn told(server: &Server, name: &str, value: &str) -> String {
    server.get("/address").header(name, value).send().text()
}

/// The answer to a peer with this address of the machine, which brings these fields.
fn from_peer(server: SocketAddr, last: u8, fields: &str) -> Answer {
    let mut connection = Connection::open_from(Ipv4Addr::new(127, 0, 0, last).into(), server);
    let head = format!("GET /address HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    connection.write(head.as_bytes());
    connection.answer().unwrap()
}

fn behind_proxies(builder: Builder) -> Builder {
    builder.trusted_proxy("127.0.0.1").trusted_proxy("10.0.0.0/8")
}

#[test]
fn empty_entries_of_a_list_are_skipped() {
    let server = start(behind_proxies);
    for value in ["203.0.113.7, ,10.0.0.2", "203.0.113.7,", "6.6.6.6, 203.0.113.7 ,, 10.0.0.2"] {
        assert_eq!(told(&server, "X-Forwarded-For", value), "203.0.113.7", "{value}");
    }
    assert_eq!(told(&server, "X-Forwarded-For", "6.6.6.6, junk, 10.0.0.2"), "10.0.0.2");
}

#[test]
fn forwarded_is_read_by_its_grammar() {
    let server =
        start(|builder| behind_proxies(builder).forwarded_field(ForwardedField::Forwarded));
    for value in [
        "for=203.0.113.7;",
        "for=203.0.113.7;host=\"a,b\"",
        "for=\"203.0.113.7:80\";;proto=https, ,for=10.0.0.2",
        "for=\"6.6.6.6, for=203.0.113.7",
    ] {
        assert_eq!(told(&server, "Forwarded", value), "203.0.113.7", "{value}");
    }
    assert_eq!(told(&server, "Forwarded", "for=1.1.1.1;for=2.2.2.2"), "127.0.0.1");
}

/// Each of these peers is that of one test: the lines of all services of this process are counted.
#[test]
fn a_proxy_that_is_not_declared_is_told_once() {
    for (last, name, value) in
        [(71, "X-Forwarded-For", "203.0.113.7"), (72, "Forwarded", "for=203.0.113.7")]
    {
        let server = start(|builder| builder);
        for _ in 0..20 {
            let answer = from_peer(server.address(), last, &format!("{name}: {value}\r\n"));
            assert_eq!(answer.text(), format!("127.0.0.{last}"));
        }
        let text = format!("requests from 127.0.0.{last} bring {name}, and it is no trusted proxy");
        assert_eq!(audit::count(&[&text]), 1, "{text}");
    }
}

#[test]
fn each_mistake_about_proxies_has_a_line_of_its_own() {
    let server = start(|builder| builder.trusted_proxy("127.0.0.74"));
    for _ in 0..3 {
        for (last, fields) in [
            (73, "X-Forwarded-For: 203.0.113.7\r\n"),
            (74, "Cookie: a=b\r\n"),
            (74, "X-Forwarded-For: what a client writes\r\n"),
        ] {
            let answer = from_peer(server.address(), last, fields);
            assert_eq!(answer.text(), format!("127.0.0.{last}"), "{fields}");
        }
    }
    for text in [
        "requests from 127.0.0.73 bring X-Forwarded-For, and it is no trusted proxy",
        "the trusted proxy 127.0.0.74 sends requests without X-Forwarded-For",
        "the trusted proxy 127.0.0.74 sends requests whose last entry of X-Forwarded-For",
    ] {
        assert_eq!(audit::count(&[text]), 1, "{text}");
    }
}

#[test]
fn what_proxies_do_by_the_standard_is_no_mistake() {
    let server = start(|builder| {
        builder.trusted_proxy("127.0.0.75").forwarded_field(ForwardedField::Forwarded)
    });
    // A check of health, and an address that is hidden (RFC 7239 section 6).
    for fields in ["User-Agent: kube-probe/1.33\r\n", "Forwarded: for=_hidden\r\n"] {
        assert_eq!(from_peer(server.address(), 75, fields).text(), "127.0.0.75");
    }
    assert_eq!(audit::count(&["the trusted proxy 127.0.0.75"]), 0);
}

/// What is behind a line that cannot be split is the client's own text.
#[test]
fn a_line_that_is_not_ascii_ends_the_reading() {
    let server = start(behind_proxies);
    let answer = from_peer(
        server.address(),
        1,
        "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: caf\u{e9}, 203.0.113.7\r\n",
    );
    assert_eq!(answer.text(), "127.0.0.1");
}

/// A listener for both versions of IP reports addresses of IPv4 in the form of IPv6.
#[test]
fn a_proxy_is_known_by_its_address_in_either_form() {
    audit::listen();
    let Ok(listener) = TcpListener::bind("[::ffff:127.0.0.1]:0") else { return };
    let port = listener.local_addr().unwrap().port();
    let palisade =
        behind_proxies(service::palisade()).endpoints(endpoints![address]).build().unwrap();
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
            });
            let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = receive.recv().unwrap();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let answer = from_peer(at, 1, "X-Forwarded-For: 203.0.113.7\r\nX-Request-Id: edge-mapped\r\n");
    assert_eq!(answer.text(), "203.0.113.7");
    let own = answer.header("x-request-id").unwrap();
    let fields = audit::events("request_id", own).remove(0);
    assert_eq!(fields.get("proxy_request_id").map(String::as_str), Some("edge-mapped"));
    drop(handle.stop(false));
    thread.join().unwrap();
}

#[test]
fn a_trusted_proxy_that_writes_nothing_is_told() {
    let server = start(behind_proxies);
    assert_eq!(told(&server, "User-Agent", "kube-probe/1.33"), "127.0.0.1");
    assert_eq!(told(&server, "Cookie", "a=b"), "127.0.0.1");
    let text = "the trusted proxy 127.0.0.1 sends requests without X-Forwarded-For";
    assert!(audit::message(text).is_some());
    assert_eq!(told(&server, "X-Forwarded-For", "what a client writes"), "127.0.0.1");
    let text = "whose last entry of X-Forwarded-For is no address";
    assert!(audit::message(text).is_some());
}

#[test]
fn ids_of_trusted_proxies_stand_beside_the_services_own() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let event = |server: &Server, id: &str| {
        let request = server.get("/address").header("X-Request-Id", id);
        let answer = request.header("traceparent", trace).send();
        let own = answer.header("x-request-id").unwrap().to_owned();
        assert_ne!(own, id);
        audit::events("request_id", &own).remove(0)
    };
    let trusting = start(behind_proxies);
    let fields = event(&trusting, "edge-4f1e2b");
    assert_eq!(fields.get("proxy_request_id").map(String::as_str), Some("edge-4f1e2b"));
    assert_eq!(fields.get("traceparent").map(String::as_str), Some(trace));
    for none in ["two words", "a\r\nX-Request-Id: b", &"a".repeat(129)] {
        assert_eq!(event(&trusting, none).get("proxy_request_id"), None, "{none}");
    }
    let alone = start(|builder| builder);
    let fields = event(&alone, "edge-4f1e2b");
    assert_eq!((fields.get("proxy_request_id"), fields.get("traceparent")), (None, None));
}

/// Who the client is that a peer of a Unix socket speaks for.
fn told_by_unix(build: impl Fn(Builder) -> Builder) -> String {
    audit::listen();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let palisade = build(service::palisade()).endpoints(endpoints![address]).build().unwrap();
    let (send, receive) = mpsc::channel();
    let listens_at = path.clone();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
            });
            let server = server.workers(1).disable_signals().bind_uds(listens_at).unwrap().run();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = receive.recv().unwrap();
    let mut stream = UnixStream::connect(&path).unwrap();
    let request = "GET /address HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                   X-Forwarded-For: 203.0.113.7\r\nX-Request-Id: edge-unix\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    drop(handle.stop(false));
    thread.join().unwrap();
    answer.split("\r\n\r\n").last().unwrap().to_owned()
}

#[test]
fn the_peer_of_a_unix_socket_is_trusted_where_that_is_said() {
    assert_eq!(told_by_unix(|builder| builder), "0.0.0.0");
    assert_eq!(audit::count(&["proxy_request_id", "edge-unix"]), 0);
    assert_eq!(told_by_unix(|builder| builder.trusted_proxy("unix:")), "203.0.113.7");
    assert_eq!(audit::events("proxy_request_id", "edge-unix").len(), 1);
    let text = "requests from a Unix socket (`unix:`) bring X-Forwarded-For";
    assert!(audit::message(text).is_some());
}
