//! What clients and operators learn of a failure.

use std::{error::Error, fmt, io};

use palisade::{Environment, Palisade, prelude::*};
use palisade_tests::{
    audit,
    client::{Answer, Connection},
    server::Server,
};

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the ledger cannot be read")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[get("/fails")]
#[public]
async fn fails() -> Result<&'static str> {
    Err(Outer(io::Error::other("disk 7 is broken")))?
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("account 42 has no owner")
}

#[get("/away")]
#[public]
async fn away() -> Result<&'static str> {
    Err(Problem::unavailable("the warehouse does not answer"))
}

#[get("/by-hand")]
#[public]
async fn by_hand() -> HttpResponse {
    HttpResponse::InternalServerError().body("disk 7 is broken")
}

#[get("/missing")]
#[public]
async fn missing() -> Result<&'static str> {
    Err(Problem::not_found().caused_by(io::Error::other("no row of shelf 9")))
}

fn serve(builder: palisade::Builder) -> Server {
    audit::listen();
    Server::serve(builder.endpoints(endpoints![fails, panics, away, by_hand, missing]))
}

/// The lines of the log that have the request of this answer, but not its audit event.
fn logged(answer: &Answer) -> Vec<String> {
    let id = answer.header("x-request-id").unwrap();
    let events = audit::events("request_id", id);
    events.iter().filter_map(|event| event.get("cause")).cloned().collect()
}

#[test]
fn a_failure_names_its_request_and_nothing_else() {
    let server = serve(Palisade::builder());
    for (path, status, cause) in [
        ("/fails", 500, "the ledger cannot be read: disk 7 is broken"),
        ("/panics", 500, "account 42 has no owner"),
        ("/away", 503, "the warehouse does not answer"),
    ] {
        let answer = server.get(path).send();
        let id = answer.header("x-request-id").unwrap();
        assert_eq!(answer.status, status, "{path}");
        let document = answer.json();
        assert_eq!(document["request_id"], id, "{path}");
        let members: Vec<_> = document.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members.len(), 4, "{path}: {members:?}");
        let text = answer.text();
        assert!(!text.contains("disk") && !text.contains("account"), "{path}: {text}");
        let causes = logged(&answer);
        assert!(causes.iter().any(|one| one.contains(cause)), "{path}: {causes:?}");
    }
    let raw = server.get("/by-hand").send();
    assert_eq!(raw.json()["request_id"], raw.header("x-request-id").unwrap());
    assert!(!raw.text().contains("disk"));
}

#[test]
fn a_refusal_is_the_same_document_each_time() {
    let server = serve(Palisade::builder());
    let answer = server.get("/missing").send();
    assert_eq!(answer.status, 404);
    let document = answer.json();
    assert!(document.get("request_id").is_none() && document.get("cause").is_none(), "{document}");
}

#[test]
fn causes_are_shown_where_that_is_asked_for() {
    let server = serve(Palisade::builder().detailed_errors());
    for (path, causes) in [
        ("/fails", &["the ledger cannot be read", "disk 7 is broken"][..]),
        ("/panics", &["a panic: account 42 has no owner"]),
        ("/away", &["the warehouse does not answer"]),
        ("/missing", &["no row of shelf 9"]),
    ] {
        let answer = server.get(path).send();
        assert!(!answer.problem().is_empty(), "{path}");
        let shown = answer.json()["cause"].clone();
        assert_eq!(shown, serde_json::json!(causes), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
    }
    // A problem without an underlying error has none.
    let unknown = server.get("/nowhere").send();
    assert_eq!(unknown.status, 404);
}

/// What a request gets that is for this host and has these lines.
fn ask(server: &Server, path: &str, host: &str, lines: &str) -> Answer {
    let mut connection = Connection::open(server.address());
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
    connection.write(head.as_bytes());
    connection.answer().unwrap()
}

#[test]
fn causes_are_for_a_developers_own_requests() {
    let server = serve(Palisade::builder().detailed_errors());
    let says = "no setting says that this service is in production";
    for host in ["localhost", "a.localhost:80", "127.0.0.1"] {
        let answer = ask(&server, "/fails", host, "");
        assert_eq!(answer.json()["cause"][0], "the ledger cannot be read", "{host}");
    }
    assert_eq!(audit::message(says), None);
    for (host, lines, status) in [
        ("localhost", "X-Forwarded-For: 192.0.2.1\r\n", 500),
        ("localhost", "X-Forwarded-Proto: https\r\n", 500),
        ("localhost", "Forwarded: for=192.0.2.1\r\n", 500),
        ("items", "", 500),
        ("198.51.100.7", "", 500),
        ("evil.example", "", 421),
        ("localhost", "Host: evil.example\r\n", 400),
    ] {
        let answer = ask(&server, "/fails", host, lines);
        assert_eq!(answer.status, status, "{host} {lines}");
        assert!(!answer.text().contains("cause"), "{host} {lines}: {}", answer.text());
        assert!(!answer.text().contains("disk 7"), "{host} {lines}: {}", answer.text());
    }
    let line = audit::message(says).unwrap();
    for part in ["the field X-Forwarded-For", "PALISADE_ENV=production", "PALISADE_TRUSTED_PROXIES"]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert_eq!(audit::count(&[says]), 1, "the log has one line");
    // The developer goes on to see them.
    assert!(ask(&server, "/fails", "localhost", "").text().contains("disk 7"));
}

#[test]
fn named_development_shows_causes_behind_what_it_names() {
    let named = Palisade::builder()
        .environment(Environment::Development)
        .trusted_proxy("127.0.0.1")
        .host("dev.example")
        .host("localhost")
        .detailed_errors();
    let server = serve(named);
    let forwarded = "X-Forwarded-For: 192.0.2.1\r\n";
    for host in ["dev.example", "localhost"] {
        let answer = ask(&server, "/fails", host, forwarded);
        assert!(answer.text().contains("disk 7"), "{host}: {}", answer.text());
    }
    let answer = ask(&server, "/fails", "evil.example", forwarded);
    assert!(answer.status == 421 && !answer.text().contains("cause"), "{}", answer.text());
    let unnamed = Palisade::builder().environment(Environment::Development).detailed_errors();
    let answer = ask(&serve(unnamed), "/fails", "localhost", forwarded);
    assert!(!answer.text().contains("cause"), "no proxy is trusted: {}", answer.text());
}
