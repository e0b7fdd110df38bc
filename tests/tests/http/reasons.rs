//! Why a request was refused, as the log has it at its default level.

use std::collections::HashMap;

use actix_web::{App, dev::ServiceResponse};
use palisade::prelude::*;
use palisade_tests::{
    audit::{self, Fields},
    client::{Answer, Connection, Request},
    server::Server,
    token::token,
};
use validator::ValidationError;

use crate::service;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(min = 20, max = 40), custom(function = "no_echo"))]
    password: Text<40>,
}

/// A rule whose code is made of the value.
fn no_echo(password: &Text<40>) -> Result<(), ValidationError> {
    if !password.starts_with("echo") {
        return Ok(());
    }
    let code = format!("bad-{}", &**password).into();
    Err(ValidationError { code, message: None, params: HashMap::new() })
}

#[post("/reasons")]
#[require_scope("reasons:write")]
#[validated]
#[body_limit("64 B")]
async fn with_scope(login: Json<Login>) -> String {
    (*login.password).to_owned()
}

#[post("/reasons/open")]
#[public(reason = "a test of refusals of bodies")]
#[validated]
#[body_limit("64 B")]
async fn open(login: Json<Login>) -> Result<NoContent> {
    Err(Problem::conflict(format!("of the handler: {}", &*login.password)))
}

#[get("/reasons/framework")]
#[public]
async fn framework() -> HttpResponse {
    HttpResponse::new(actix_web::http::StatusCode::IM_A_TEAPOT)
}

#[post("/reasons/fixed")]
#[public(reason = "a test of what a handler says")]
async fn fixed() -> Result<NoContent> {
    Err(Problem::conflict("of the handler"))
}

/// Codes of rules may be of any length.
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Coded {
    #[validate(length(
        max = 1,
        code = "a-code-that-is-as-long-as-a-sentence-may-be-in-a-document-of-many-rules-for-names-of-a-kind-that-clients-would-hardly-ever-choose-by-themselves"
    ))]
    first: Text<9>,
    #[validate(length(
        max = 1,
        code = "another-code-that-is-as-long-as-a-sentence-may-be-in-a-document-of-many-rules-for-names-of-a-kind-that-clients-would-hardly-choose-by-themselves"
    ))]
    second: Text<9>,
}

#[post("/reasons/coded")]
#[public(reason = "a test of long codes")]
#[validated]
async fn coded(coded: Json<Coded>) -> String {
    format!("{} {}", &*coded.first, &*coded.second)
}

/// What no line of the log may have.
const SECRET: &str = "hunter22";

fn start() -> Server {
    audit::listen();
    let palisade = service::palisade()
        .host("127.0.0.1")
        .blocked_network("192.0.2.0/24")
        .trusted_proxy("127.0.0.1")
        .endpoints(endpoints![with_scope, open, framework, fixed, coded])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

/// The one audit event of an answer.
fn event(answer: &Answer) -> Fields {
    let id = answer.header("x-request-id").unwrap();
    let events = audit::events("request_id", id);
    let mut events = events.into_iter().filter(|event| event.contains_key("micros"));
    let event = events.next().unwrap();
    assert!(!format!("{event:?}").contains(SECRET), "{event:?}");
    event
}

#[track_caller]
fn refused(request: Request, status: u16, reason: &str, words: &str) {
    told(&request.send(), status, reason, words);
}

#[track_caller]
fn told(answer: &Answer, status: u16, reason: &str, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let event = event(answer);
    assert_eq!(event.get("status"), Some(&status.to_string()), "{event:?}");
    assert_eq!(event.get("reason").map(String::as_str), Some(reason), "{event:?}");
    let cause = event.get("cause").map(String::as_str).unwrap_or_default();
    assert!(cause.contains(words), "{event:?}");
}

#[test]
fn the_event_of_a_refusal_says_why() {
    let server = start();
    let post = || server.post("/reasons");
    let json = |text: &str| {
        server.post("/reasons/open").header("Content-Type", "application/json").body(text)
    };
    refused(server.get("/a//b"), 400, "malformed-request", "empty");
    for words in ["`evil.example`", "PALISADE_HOSTS"] {
        let mut connection = Connection::open(server.address());
        connection.write(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        told(&connection.answer().unwrap(), 421, "host-not-listed", words);
    }
    let blocked = post().header("X-Forwarded-For", "192.0.2.7");
    refused(blocked, 403, "network-blocked", "network");
    let elsewhere = post().header("Sec-Fetch-Site", "cross-site").bearer(&token("ada", ""));
    refused(elsewhere, 403, "cross-site", "Sec-Fetch-Site");
    let preflight = server.request("OPTIONS", "/reasons").header("Origin", "https://evil.example");
    let preflight = preflight.header("Access-Control-Request-Method", "POST");
    refused(preflight, 403, "preflight", "CORS");
    refused(post(), 401, "no-credentials", "no credentials");
    refused(post().bearer(SECRET), 401, "token-form", "not three parts");
    let twice = post().header("Authorization", &format!("Bearer {SECRET} {SECRET}"));
    refused(twice, 400, "malformed-credentials", "malformed credentials");
    refused(post().bearer(&token("ada", "other")), 403, "insufficient-scope", "reasons:write");
    let large = format!("{{\"password\": \"{}\"}}", SECRET.repeat(20));
    refused(json(&large), 413, "body-too-large", "body_limit");
    let text = server.post("/reasons/open").header("Content-Type", "text/plain").body(SECRET);
    refused(text, 415, "unsupported-media-type", "text/plain");
    let encoded = json("{}").header("Content-Encoding", "gzip");
    refused(encoded, 415, "unsupported-content-encoding", "Content-Encoding");
    refused(json(&format!("{{\"password\": {SECRET}")), 400, "malformed-body", "not well-formed");
    let short = format!("{{\"password\": \"{SECRET}\"}}");
    refused(json(&short), 422, "invalid-input", "length");
    refused(json(&format!("{{\"{SECRET}\": 1}}")), 422, "invalid-input", "unknown_field");
}

#[test]
fn the_words_of_a_handler_are_not_in_the_event() {
    let server = start();
    let body = format!("{{\"password\": \"{SECRET}{SECRET}{SECRET}\"}}");
    let request = server.post("/reasons/open").header("Content-Type", "application/json");
    let answer = request.body(body.as_str()).send();
    assert_eq!(answer.status, 409);
    let event = event(&answer);
    assert_eq!(event.get("reason").map(String::as_str), Some("conflict"), "{event:?}");
    assert_eq!(event.get("cause"), None, "{event:?}");
    let event = self::event(&server.post("/reasons/fixed").send());
    assert_eq!(event.get("reason").map(String::as_str), Some("conflict"), "{event:?}");
    assert_eq!(event.get("cause"), None, "{event:?}");
}

#[test]
fn what_the_framework_refuses_has_a_reason_too() {
    let server = start();
    refused(server.get("/nowhere"), 404, "not-found", "");
    refused(server.request("DELETE", "/reasons/open"), 405, "method-not-allowed", "");
    let answer = server.get("/reasons/framework").send();
    assert_eq!((answer.status, event(&answer).get("reason")), (418, None));
}

#[test]
fn a_cause_has_a_bounded_length() {
    let server = start();
    let host = format!("{}example", "a-label.".repeat(30));
    let mut connection = Connection::open(server.address());
    connection.write(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    let event = event(&connection.answer().unwrap());
    let cause = event.get("cause").unwrap();
    assert!(cause.contains(&host[..128]) && !cause.contains(&host[..129]), "{cause}");
    let text = format!("text/{}", "x".repeat(2_000));
    let request = server.post("/reasons/open").header("Content-Type", &text).body("x");
    let event = self::event(&request.send());
    assert!(event.get("cause").unwrap().len() < 300, "{event:?}");
    let answer = server.post("/reasons/coded").json(r#"{"first": "ab", "second": "ab"}"#).send();
    assert_eq!(answer.status, 422, "{}", answer.text());
    let event = self::event(&answer);
    // In its quotes.
    assert_eq!(event.get("cause").unwrap().len(), 256 + 2, "{event:?}");
}

/// Texts of the service's own code may have in them what a client sent.
#[test]
fn texts_that_were_made_while_the_service_ran_are_not_in_the_event() {
    let server = start();
    let request = server.post("/reasons/open").header("Content-Type", "application/json");
    let body = format!("{{\"password\": \"echo-{SECRET}-echo-echo-echo\"}}");
    refused(request.body(body), 422, "invalid-input", "custom");

    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || {
        App::new()
            .wrap_fn(|request, _| {
                let problem = match request.query_string() {
                    "" => Problem::bad_request("a text of the program"),
                    query => Problem::bad_request(format!("not with {query}")),
                };
                async move { Err::<ServiceResponse, _>(problem.into()) }
            })
            .wrap(palisade.clone())
    });
    refused(server.get("/"), 400, "bad-request", "a text of the program");
    let answer = server.get(&format!("/?{SECRET}")).send();
    told(&answer, 400, "bad-request", "");
    assert_eq!(event(&answer).get("cause"), None);
}
