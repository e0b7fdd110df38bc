//! A service behind a proxy: addresses under a prefix, requests without a host, `OPTIONS *` in the log.

use std::net::Ipv4Addr;

use actix_web::App;
use palisade::{Builder, Found, SafeRedirect, prelude::*};
use palisade_tests::{audit, client::Connection, server::Server};

#[get("/health")]
#[public]
async fn health() -> &'static str {
    "ok"
}

#[get("/found")]
#[public]
async fn found() -> Found {
    Found::at("/notes?page=2#end")
}

#[get("/bare")]
#[public]
async fn bare() -> Found {
    Found::at("/api?next=/notes")
}

#[get("/part")]
#[public]
async fn part() -> Found {
    Found::at("/api#end")
}

#[get("/whole")]
#[public]
async fn whole() -> Found {
    Found::at("/api")
}

#[get("/moved")]
#[public]
async fn moved() -> SafeRedirect {
    SafeRedirect::to("/notes").permanent()
}

#[get("/again")]
#[public]
async fn again() -> SafeRedirect {
    SafeRedirect::to("//evil.example").or("/notes").same_method()
}

fn start(build: impl Fn(Builder) -> Builder) -> Server {
    let endpoints = endpoints![health, found, bare, part, whole, moved, again];
    let palisade = build(Palisade::builder()).endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

#[test]
fn a_redirect_of_any_status_leads_under_the_prefix_once() {
    let server = start(|builder| builder.public_prefix("/api"));
    for (path, status, location) in [
        ("/found", 302, "/api/notes?page=2#end"),
        ("/bare", 302, "/api?next=/notes"),
        ("/part", 302, "/api#end"),
        ("/whole", 302, "/api"),
        ("/moved", 308, "/api/notes"),
        ("/again", 307, "/api/notes"),
    ] {
        let answer = server.get(path).send();
        assert_eq!((answer.status, answer.header("location")), (status, Some(location)), "{path}");
    }
}

/// It is answered before any endpoint and its limits: the lines of the log are bounded as those of
/// preflights are.
#[test]
fn options_of_the_server_itself_does_not_fill_the_log() {
    const ASKED: usize = 200;
    audit::listen();
    let server = start(|builder| builder);
    let client = Ipv4Addr::new(127, 0, 0, 76);
    let mut connection = Connection::open_from(client.into(), server.address());
    for _ in 0..ASKED {
        connection.write(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(connection.answer().unwrap().status, 204);
    }
    let lines = audit::events("client", "127.0.0.76").len();
    assert!((1..ASKED / 2).contains(&lines), "{lines} lines of {ASKED} requests");
}

#[test]
fn a_request_without_a_host_is_for_none_of_those_that_are_listed() {
    let ask = |server: &Server| {
        let mut connection = Connection::open(server.address());
        connection.write(b"GET /health HTTP/1.0\r\n\r\n");
        connection.answer().unwrap().status
    };
    assert_eq!(ask(&start(|builder| builder)), 200);
    assert_eq!(ask(&start(|builder| builder.host("10.0.0.0/8"))), 421);
    assert_eq!(ask(&start(|builder| builder.public_origin("https://example.com"))), 421);
}
