//! Services behind nginx, HAProxy and Caddy, which run with the blocks of the page about deploying: over
//! TCP and over a Unix socket.

use std::net::Ipv4Addr;

use actix_web::App;
use palisade::{Builder, ClientAddr, prelude::*};
use palisade_tests::{
    audit,
    client::Connection,
    reverse_proxy::{Kind, ReverseProxy, SocketFolder, Upstream},
    server::Server,
    unix_server::UnixServer,
};

#[get("/address")]
#[public]
async fn address(client: ClientAddr) -> String {
    client.to_string()
}

#[get("/limited")]
#[public]
#[rate_limit("2/hour", by = ip)]
async fn limited() -> &'static str {
    "ok"
}

fn builder() -> Builder {
    audit::listen();
    Palisade::builder().public_origin("https://api.example").endpoints(endpoints![address, limited])
}

fn behind(kind: Kind) {
    let palisade = builder().trusted_proxy("127.0.0.1").build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let upstream = Upstream::Address(server.address());
    let Some(proxy) = ReverseProxy::launch(kind, upstream) else { return };
    hands_on(kind, &proxy);
}

fn behind_at_a_socket(kind: Kind) {
    let folder = SocketFolder::new();
    let path = folder.socket();
    let service = builder().trusted_proxy("unix:").socket_mode(0o660);
    let server = UnixServer::serve(service, &path).unwrap();
    let upstream = Upstream::Socket(&path);
    let Some(proxy) = ReverseProxy::launch(kind, upstream) else { return };
    hands_on(kind, &proxy);
    // Clients have limits of their own, though all of their requests come by one socket.
    let status = |client: [u8; 4]| {
        let mut connection = Connection::open_from(Ipv4Addr::from(client).into(), proxy.address());
        connection.write(b"GET /limited HTTP/1.1\r\nHost: api.example\r\n\r\n");
        connection.answer().unwrap().status
    };
    let first = [(); 3].map(|()| status([127, 0, 0, 3]));
    assert_eq!((first, status([127, 0, 0, 4])), ([200, 200, 429], 200), "{kind:?}");
    server.stop().unwrap();
    assert!(!path.exists());
}

fn hands_on(kind: Kind, proxy: &ReverseProxy) {
    let port = proxy.address().port();

    // The client has another address than the proxy, which writes it. The client's own entries do not
    // come through.
    let client = Ipv4Addr::new(127, 0, 0, 2);
    let mut connection = Connection::open_from(client.into(), proxy.address());
    let chosen = "X-Request-Id: chosen-by-the-client\r\n\
                  traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    for field in ["", "X-Forwarded-For: 9.9.9.1\r\n", "Forwarded: for=9.9.9.1\r\n", chosen] {
        let head = format!("GET /address HTTP/1.1\r\nHost: api.example:{port}\r\n{field}\r\n");
        connection.write(head.as_bytes());
        let answer = connection.answer().unwrap();
        // No port but that of the public origin is the service's.
        assert_eq!(answer.status, 421, "{kind:?} {field}");
        let id = answer.header("x-request-id").unwrap();
        let event = audit::events("request_id", id).remove(0);
        assert_eq!(event.get("reason").map(String::as_str), Some("host-not-listed"), "{event:?}");
        assert_eq!(event.get("client").map(String::as_str), Some("127.0.0.2"), "{event:?}");
        // The id is the proxy's own, and a trace of the client's is not taken over.
        let own = event.get("proxy_request_id").map(String::as_str);
        assert!(own.is_some_and(|id| id.len() >= 32), "{kind:?} {event:?}");
        assert_ne!(own, Some("chosen-by-the-client"), "{event:?}");
        assert_eq!(event.get("traceparent"), None, "{kind:?} {event:?}");
    }
    for field in ["", "X-Forwarded-For: 9.9.9.1\r\n", "Forwarded: for=9.9.9.1\r\n"] {
        let head = format!("GET /address HTTP/1.1\r\nHost: api.example\r\n{field}\r\n");
        connection.write(head.as_bytes());
        let answer = connection.answer().unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "127.0.0.2"), "{kind:?} {field}");
        assert!(answer.header("strict-transport-security").is_some());
    }
}

#[test]
fn nginx_hands_requests_on_as_they_are() {
    behind(Kind::Nginx);
}

#[test]
fn haproxy_hands_requests_on_as_they_are() {
    behind(Kind::HaProxy);
}

#[test]
fn caddy_hands_requests_on_as_they_are() {
    behind(Kind::Caddy);
}

#[test]
fn nginx_hands_requests_on_over_a_unix_socket() {
    behind_at_a_socket(Kind::Nginx);
}

#[test]
fn haproxy_hands_requests_on_over_a_unix_socket() {
    behind_at_a_socket(Kind::HaProxy);
}

#[test]
fn caddy_hands_requests_on_over_a_unix_socket() {
    behind_at_a_socket(Kind::Caddy);
}
