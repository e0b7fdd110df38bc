//! Shapes of deployments: hosts that load balancers ask for, `OPTIONS *`, limits that are off.

use actix_web::App;
use palisade::{Builder, prelude::*};
use palisade_tests::{client::Connection, server::Server};

use crate::service;

#[get("/health")]
#[public]
#[rate_limit("60/minute", by = ip)]
async fn health() -> &'static str {
    "ok"
}

#[post("/notes")]
#[public(reason = "a test of addresses")]
async fn make() -> impl Responder {
    Created(7).at("/notes/7")
}

#[post("/prefixed")]
#[public(reason = "a test of addresses")]
async fn prefixed() -> impl Responder {
    Created(7).at("/api/notes/7")
}

#[post("/alike")]
#[public(reason = "a test of addresses")]
async fn alike() -> impl Responder {
    Created(7).at("/apis/7")
}

#[get("/elsewhere")]
#[public]
async fn elsewhere() -> HttpResponse {
    HttpResponse::Found().insert_header(("location", "https://id.example/login")).finish()
}

fn start(build: impl Fn(Builder) -> Builder) -> Server {
    let palisade = build(Palisade::builder())
        .endpoints(endpoints![health, make, prefixed, alike, elsewhere])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn status(server: &Server, host: &str) -> u16 {
    let mut connection = Connection::open(server.address());
    connection.write(format!("GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    connection.answer().unwrap().status
}

#[test]
fn hosts_are_networks_of_addresses_too() {
    let server = start(|builder| builder.public_origin("https://example.com").host("10.0.0.0/8"));
    for (host, expected) in [
        ("example.com", 200),
        ("10.1.2.3:8080", 200),
        ("10.255.0.1", 200),
        ("11.1.2.3", 421),
        ("10.1.2.3.example", 421),
        ("[2001:db8::1]", 421),
    ] {
        assert_eq!(status(&server, host), expected, "{host}");
    }
}

#[test]
fn the_public_origins_host_comes_with_its_port_or_without() {
    let server = start(|builder| builder.public_origin("https://api.example.test:6002"));
    for (host, expected) in [
        ("api.example.test:6002", 200),
        ("api.example.test", 200),
        ("api.example.test:6003", 421),
        ("example.test", 421),
    ] {
        assert_eq!(status(&server, host), expected, "{host}");
    }
}

#[test]
fn options_of_the_server_itself_is_204() {
    let ask = |server: &Server, method: &str, host: &str| {
        let mut connection = Connection::open(server.address());
        connection.write(format!("{method} * HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        connection.answer().unwrap()
    };
    let server = start(|builder| builder.host("api.example"));
    let answer = ask(&server, "OPTIONS", "api.example");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(ask(&server, "OPTIONS", "evil.example").status, 421);
    assert_eq!(ask(&server, "GET", "api.example").status, 400);
    assert_eq!(service::shared().request("OPTIONS", "/ping").send().status, 405);
}

#[test]
fn limits_that_are_off_are_not_announced() {
    let server = start(|builder| builder);
    let answer = server.get("/health").send();
    assert!(answer.header("ratelimit-policy").is_some() && answer.header("ratelimit").is_some());
    let server = start(|builder| builder.dangerous_limits_off("a load test on this machine alone"));
    let answer = server.get("/health").send();
    assert_eq!(answer.status, 200);
    assert_eq!((answer.header("ratelimit-policy"), answer.header("ratelimit")), (None, None));
}

#[test]
fn addresses_lead_to_where_clients_reach_them() {
    let server = start(|builder| builder.public_prefix("/api"));
    let at = |method: &str, path: &str| {
        let answer = server.request(method, path).send();
        answer.header("location").map(str::to_owned)
    };
    assert_eq!(at("POST", "/notes").as_deref(), Some("/api/notes/7"));
    assert_eq!(at("POST", "/prefixed").as_deref(), Some("/api/notes/7"));
    assert_eq!(at("POST", "/alike").as_deref(), Some("/api/apis/7"));
    assert_eq!(at("GET", "/elsewhere").as_deref(), Some("https://id.example/login"));
    let server = start(|builder| builder);
    let answer = server.request("POST", "/notes").send();
    assert_eq!(answer.header("location"), Some("/notes/7"));
}
