//! Audit events, as sinks get them.

use std::{collections::BTreeSet, time::Duration};

use palisade::{
    Builder, Palisade,
    audit::{Event, Sink},
    limit::{KeyPart, Limits},
    object::{Decision, Owned, Permits, Policy, Read, Resource, when},
    prelude::*,
};
use palisade_tests::{
    audit_schema::Validated,
    client::Connection,
    server::Server,
    token::{token, verifier},
};
use serde_json::{Value, json};

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 8))]
    name: String,
}

#[post("/items")]
#[require_scope("items:write")]
#[rate_limit("3/hour", by = subject, ban = "2 refusals in 1 hour, 1 hour")]
#[validated]
#[body_limit("64 B")]
async fn create(item: Json<NewItem>) -> Result<Created<String>> {
    Ok(Created(item.into_inner().name))
}

struct Note;

impl Resource for Note {
    type Id = u64;
    type State = ();

    async fn load(id: u64, (): ()) -> Result<Option<Self>> {
        Ok((id > 0).then_some(Self))
    }
}

fn never(_: &Note, _: &Principal) -> Decision {
    Decision::Denied
}

impl Permits<Read> for Note {
    fn policy() -> impl Policy<Self> {
        when(never)
    }
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("a test of a panic")
}

#[post("/blocks")]
#[require_scope("limits:write")]
async fn block(limits: Data<Limits>) -> Result<NoContent> {
    let limit = limits.of::<create>("subject")?;
    limit.block(&[KeyPart::Subject("eve")], Duration::from_secs(60)).await?;
    limit.unblock(&[KeyPart::Subject("eve")]).await?;
    limit.reset(&[KeyPart::Subject("eve")]).await?;
    limit.set_rate(5, Duration::from_secs(60), 5)?;
    limit.restore();
    Ok(NoContent)
}

fn start(extend: impl FnOnce(Builder) -> Builder) -> (Server, Validated) {
    let sink = Validated::default();
    let builder = Palisade::builder()
        .auth(verifier())
        .trusted_proxy("127.0.0.1")
        .blocked_network("192.0.2.0/24")
        .audit_sink(sink.clone())
        .endpoints(endpoints![create, panics, block]);
    (Server::serve(extend(builder)), sink)
}

fn action(event: &Value) -> &str {
    event["event.action"].as_str().unwrap()
}

#[test]
fn an_event_says_who_asked_for_what_and_how_it_ended() {
    let (server, sink) = start(|builder| builder);
    let answer = server
        .post("/items")
        .bearer(&token("ada", "items:write"))
        .header("X-Forwarded-For", "198.51.100.7")
        .header("X-Request-Id", "of-the-proxy")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .json("{\"name\":\"a\"}")
        .send();
    assert_eq!(answer.status, 201);
    let events = sink.events(|event| event["http.response.status_code"] == 201);
    let [event] = events.as_slice() else { panic!("{events:?}") };
    let mut event = event.as_object().unwrap().clone();
    assert!(event.remove("event.duration").unwrap().as_u64().unwrap() > 0);
    assert!(event.remove("@timestamp").is_some());
    let expected = json!({
        "schema": "palisade.audit/1",
        "event.kind": "event",
        "event.action": "request",
        "event.category": ["web"],
        "event.type": ["access", "allowed"],
        "event.outcome": "success",
        "http.request.id": answer.header("x-request-id").unwrap(),
        "http.request.method": "POST",
        "http.response.status_code": 201,
        "url.path": "/items",
        "client.ip": "198.51.100.7",
        "user.id": "ada",
        "trace.id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "span.id": "00f067aa0ba902b7",
        "palisade.endpoint": "operate::audit::create",
        "palisade.proxy_request_id": "of-the-proxy",
    });
    assert_eq!(Value::Object(event), expected);
}

#[test]
fn each_kind_of_refusal_fits_the_schema() {
    let (server, sink) = start(|builder| builder.host("127.0.0.1"));
    let post = || server.post("/items").header("Content-Type", "application/json");
    let good = || post().bearer(&token("ada", "items:write"));
    let mut wanted = BTreeSet::new();
    for (request, reason) in [
        (server.get("/a//b"), "malformed-request"),
        (server.get("/nothing"), "not-found"),
        (server.get("/items"), "method-not-allowed"),
        (server.get("/panics"), "internal"),
        (post().header("X-Forwarded-For", "192.0.2.7"), "network-blocked"),
        (post().header("Sec-Fetch-Site", "cross-site"), "cross-site"),
        (post(), "no-credentials"),
        (post().bearer("no.token"), "token-form"),
        (post().bearer(&token("ada", "other")), "insufficient-scope"),
        (good().header("Content-Encoding", "br").body("{}"), "unsupported-content-encoding"),
        (good().body("x".repeat(65)), "body-too-large"),
        (good().body("{"), "quota-exceeded"),
    ] {
        let answer = request.send();
        assert!(answer.status >= 400, "{reason}: {}", answer.status);
        wanted.insert(reason);
    }
    let other = |subject: &str, body: &str| {
        post().bearer(&token(subject, "items:write")).body(body.to_owned()).send().status
    };
    assert_eq!(other("bob", "{"), 400);
    assert_eq!(other("bob", "{\"name\":\"\"}"), 422);
    wanted.extend(["malformed-body", "invalid-input"]);
    let mut misdirected = Connection::open(server.address());
    misdirected.write(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(misdirected.answer().unwrap().status, 421);
    wanted.insert("host-not-listed");
    wanted.remove("quota-exceeded");
    for reason in wanted {
        let events = sink.events(|event| event["event.reason"] == reason);
        assert!(!events.is_empty(), "{reason}");
        for event in events {
            assert_eq!(event["event.outcome"], "failure", "{event}");
            let denied = if reason == "internal" { "allowed" } else { "denied" };
            assert_eq!(event["event.type"][1], denied, "{event}");
        }
    }
}

#[test]
fn limits_leave_events_of_their_own() {
    let (server, sink) = start(|builder| builder);
    let post = || {
        let request = server.post("/items").bearer(&token("ada", "items:write"));
        request.json("{\"name\":\"a\"}").send().status
    };
    let statuses: Vec<_> = (0..6).map(|_| post()).collect();
    assert_eq!(statuses, [201, 201, 201, 429, 429, 429]);
    assert_eq!(server.post("/blocks").bearer(&token("ops", "limits:write")).send().status, 204);
    for wanted in [
        "limit-banned",
        "limit-blocked",
        "limit-unblocked",
        "limit-reset",
        "limit-adjusted",
        "limit-restored",
    ] {
        let events = sink.events(|event| action(event) == wanted);
        let [event] = events.as_slice() else { panic!("{wanted}: {events:?}") };
        assert_eq!(event["palisade.limit"], "subject", "{event}");
        assert_eq!(event["palisade.endpoint"], "operate::audit::create", "{event}");
    }
    let refused = sink.events(|event| event["event.reason"] == "quota-exceeded");
    assert_eq!(refused.len(), 3);
    assert_eq!(refused[0]["palisade.limits.violated"], json!(["subject"]));
}

#[test]
fn what_clients_choose_begins_no_line() {
    let (server, sink) = start(|builder| builder.endpoints(endpoints![read]));
    // Tokens have no control characters in their subjects. One of these characters changes the
    // direction of text, one is invisible.
    let subject = "ada\"}\u{202e}\u{200b}{";
    let request = server.get("/notes/7").bearer(&token(subject, "notes:read"));
    assert_eq!(request.send().status, 404);
    // The sink ends the process for a line that holds one of these characters.
    let events = sink.events(|event| event["url.path"] == "/notes/{id}");
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(event["user.id"], subject);
    let objects = event["palisade.objects"][0].as_str().unwrap();
    assert!(objects.contains("Note"), "{event}");
}

#[get("/notes/{id}")]
#[require_scope("notes:read")]
async fn read(_note: Owned<Note, Read>) -> &'static str {
    "never"
}

/// A sink that is broken.
#[derive(Debug)]
struct Panics;

impl Sink for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }

    fn write(&self, _: &Event<'_>) {
        panic!("a test of a sink that panics")
    }
}

#[test]
fn a_sink_that_panics_harms_no_request() {
    let (server, sink) =
        start(|builder| builder.audit_sink(Panics).metrics_endpoint("ops:metrics"));
    assert_eq!(server.get("/nothing").send().status, 404);
    assert_eq!(sink.events(|event| event["http.response.status_code"] == 404).len(), 1);
    let text = server.get("/metrics").bearer(&token("ops", "ops:metrics")).send().text();
    for line in [
        "palisade_audit_events_total{sink=\"validated\"} 1",
        "palisade_audit_dropped_events_total{sink=\"validated\"} 0",
        "palisade_audit_dropped_events_total{sink=\"panics\"} 1",
    ] {
        assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
    }
}

#[test]
fn a_service_without_any_sink_does_not_start() {
    let failure = Palisade::builder().audit_log(false).build().unwrap_err();
    assert!(failure.complaints()[0].contains("nowhere to go"), "{failure}");
    assert!(Palisade::builder().audit_log(false).audit_sink(Panics).build().is_ok());
}
