//! Every payload through every text that the service takes: what comes back is data.

use std::{
    thread,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use palisade::password::Password;
use palisade_tests::client::{Answer, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::{
    deployment::Deployment,
    payload::{self, Payload},
    person::{PASSWORD, Person, text},
};

/// Occurs in the victim's note, and nowhere else.
const SECRET: &str = "the-victims-own-words-7f3a91";

/// How long a payload may take before it is compared with its harmless twin, and how much longer
/// than that it may take, by the median of several. A sleep that works takes five seconds, and a long
/// computation one at least.
const SUSPICIOUS: Duration = Duration::from_millis(400);
const TOO_LONG: Duration = Duration::from_millis(700);

/// Threads that try at the same time.
const ATTACKERS: usize = 4;

#[test]
fn sqlite_takes_every_payload_as_data() {
    attack(&Deployment::on_sqlite(&[
        ("PALISADE_LIMITS", "off"),
        ("RUST_LOG", "info,palisade::audit=off"),
    ]));
}

#[test]
fn postgres_takes_every_payload_as_data() {
    let settings = [("PALISADE_LIMITS", "off"), ("RUST_LOG", "info,palisade::audit=off")];
    let Some(service) = Deployment::on_postgres_and_redis(&settings) else { return };
    attack(&service);
}

fn attack(service: &Deployment) {
    let victim = Person::new(service, "victim");
    let friend = Person::new(service, "friend");
    let note = victim.note(SECRET, SECRET);
    let place = format!("/notes/{}", text(&note["id"]));
    let shared = victim.send("POST", &format!("{place}/share"), &json!({"name": "friend"}));
    assert_eq!(shared.status, 204);

    let payloads = payload::all();
    thread::scope(|scope| {
        for (number, share) in payloads.chunks(payloads.len().div_ceil(ATTACKERS)).enumerate() {
            let attacker = Person::new(service, &format!("attacker-{number}"));
            scope.spawn(move || {
                let target = attacker.note("target", "target");
                let target = format!("/notes/{}", text(&target["id"]));
                for payload in share {
                    in_time(payload, "stored", |typed| {
                        let began = Instant::now();
                        let twin = Payload { text: typed.to_owned(), ..payload.clone() };
                        stored(&attacker, &target, &twin);
                        Some(began.elapsed())
                    });
                    for input in Input::ALL {
                        tried(&attacker, &target, input, payload);
                    }
                }
            });
        }
    });
    // One of each family as a password: hashing all of them would be most of the test.
    for (number, payload) in passwords(&payloads).into_iter().enumerate() {
        password(service, number, payload);
    }

    assert_eq!(victim.get(&place).json(), note);
    assert_eq!(victim.export(), std::slice::from_ref(&note));
    assert_eq!(friend.list(""), [note]);
    assert!(Person::log_in(service, "victim").list("").len() == 1);
    let log = service.log();
    assert!(!log.contains("ERROR"), "something failed inside: {log}");
}

/// An input of the service that is not part of a note.
#[derive(Clone, Copy, Debug)]
enum Input {
    SignUpName,
    LoginName,
    /// Of the victim: a guess like any other.
    LoginPassword,
    ShareName,
    Search,
    Sort,
    Order,
    Limit,
    After,
    /// Inside a cursor, where a title belongs, and where an id does.
    CursorTitle,
    CursorId,
    /// Inside the other kind of cursor, where a time belongs, and where an id does.
    CursorCreated,
    CursorCreatedId,
    QueryName,
    FieldName,
    ReadId,
    ChangeId,
    DeleteId,
    ShareId,
    RefreshToken,
    AccessToken,
    RequestId,
}

impl Input {
    const ALL: [Self; 22] = [
        Self::SignUpName,
        Self::LoginName,
        Self::LoginPassword,
        Self::ShareName,
        Self::Search,
        Self::Sort,
        Self::Order,
        Self::Limit,
        Self::After,
        Self::CursorTitle,
        Self::CursorId,
        Self::CursorCreated,
        Self::CursorCreatedId,
        Self::QueryName,
        Self::FieldName,
        Self::ReadId,
        Self::ChangeId,
        Self::DeleteId,
        Self::ShareId,
        Self::RefreshToken,
        Self::AccessToken,
        Self::RequestId,
    ];

    /// A request with this text in it; `None` where HTTP has no way to write it.
    fn request(self, who: &Person<'_>, target: &str, text: &str) -> Option<Request> {
        let query = |name: &str| format!("/notes?{name}={}", encode(text));
        let cursor = |sort: &str, key: Value| {
            let key = json!({ sort: key }).to_string();
            format!("/notes?sort={sort}&after={}", URL_SAFE_NO_PAD.encode(key))
        };
        let credentials = json!({"name": text, "password": PASSWORD}).to_string();
        let id = "0190d8f0-0000-7000-8000-000000000000";
        Some(match self {
            Self::SignUpName => who.service.request("POST", "/signup").json(&credentials),
            Self::LoginName => who.service.request("POST", "/login").json(&credentials),
            Self::LoginPassword => who
                .service
                .request("POST", "/login")
                .json(&json!({"name": "victim", "password": text}).to_string()),
            Self::ShareName => who
                .request("POST", &format!("{target}/share"))
                .json(&json!({"name": text}).to_string()),
            Self::Search => who.request("GET", &query("search")),
            Self::Sort => who.request("GET", &query("sort")),
            Self::Order => who.request("GET", &query("order")),
            Self::Limit => who.request("GET", &query("limit")),
            Self::After => who.request("GET", &query("after")),
            Self::CursorTitle => who.request("GET", &cursor("title", json!([text, id]))),
            Self::CursorId => who.request("GET", &cursor("title", json!(["a", text]))),
            Self::CursorCreated => who.request("GET", &cursor("created", json!([text, id]))),
            Self::CursorCreatedId => {
                who.request("GET", &cursor("created", json!(["2026-01-02T03:04:05Z", text])))
            }
            Self::QueryName => who.request("GET", &format!("/notes?{}=1", encode(text))),
            Self::FieldName => {
                who.request("POST", "/notes").json(&json!({"title": "x", text: 1}).to_string())
            }
            Self::ReadId => who.request("GET", &format!("/notes/{}", encode(text))),
            Self::ChangeId => {
                who.request("PATCH", &format!("/notes/{}", encode(text))).json("{\"title\":\"x\"}")
            }
            Self::DeleteId => who.request("DELETE", &format!("/notes/{}", encode(text))),
            Self::ShareId => who
                .request("POST", &format!("/notes/{}/share", encode(text)))
                .json("{\"name\":\"friend\"}"),
            Self::RefreshToken => who
                .service
                .request("POST", "/refresh")
                .json(&json!({"refresh_token": text}).to_string()),
            Self::AccessToken => who.service.request("GET", "/notes").bearer(&header(text)?),
            Self::RequestId => {
                who.request("GET", "/notes?limit=1").header("X-Request-Id", &header(text)?)
            }
        })
    }
}

/// A payload as a note: it is refused by a rule, or it is kept and found as it is.
fn stored(who: &Person<'_>, target: &str, payload: &Payload) {
    let Payload { text: typed, family, .. } = payload;
    let what = format!("{family}: {typed:?}");
    let answer = who.send("POST", "/notes", &json!({"title": typed, "body": typed}));
    harmless(&answer, &what);
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let line = typed.chars().count() <= 200 && !typed.chars().any(breaks);
    assert_eq!(answer.status, if line { 201 } else { 422 }, "{what}: {}", answer.text());
    let place = if line {
        let note = answer.json();
        assert_eq!((&note["title"], &note["body"]), (&json!(typed), &json!(typed)), "{what}");
        format!("/notes/{}", text(&note["id"]))
    } else {
        target.to_owned()
    };

    let change = who.send("PATCH", &place, &json!({"body": typed}));
    harmless(&change, &what);
    let drives = |c: char| c.is_control() && !matches!(c, '\t' | '\n');
    let lines = typed.replace("\r\n", "\n");
    let fits = typed.chars().count() <= 10_000 && !lines.chars().any(drives);
    assert_eq!(change.status, if fits { 200 } else { 422 }, "{what}: {}", change.text());
    if fits {
        assert_eq!(who.get(&place).json()["body"], json!(typed), "{what}");
    }
    let change = who.send("PATCH", &place, &json!({"title": typed}));
    harmless(&change, &what);
    assert_eq!(change.status, if line { 200 } else { 422 }, "{what}: {}", change.text());

    if line {
        // It finds itself, however many others have parts of it.
        let term: String = typed.chars().take(64).collect();
        let found = who.list(&format!("limit=100&order=desc&search={}", encode(&term)));
        let own = found.iter().any(|note| place.ends_with(&text(&note["id"])));
        assert!(own, "{what} does not find itself");
        for note in &found {
            assert_eq!(note["owner"], json!(who.name), "{what}");
        }
        assert_eq!(who.request("DELETE", &place).send().status, 204, "{what}");
    }
}

/// A payload in another text: a refusal or rows of one's own, in the time of any other text.
fn tried(who: &Person<'_>, target: &str, input: Input, payload: &Payload) {
    let Payload { text: typed, family, .. } = payload;
    let what = format!("{input:?}, {family}: {typed:?}");
    let time = |text: &str| {
        let request = input.request(who, target, text)?;
        let began = Instant::now();
        let answer = request.send();
        let took = began.elapsed();
        harmless(&answer, &what);
        Some((answer, took))
    };
    let Some((answer, took)) = time(typed) else { return };
    if answer.status == 200
        && let Some(notes) = answer.json()["items"].as_array()
    {
        assert!(notes.iter().all(|note| note["owner"] == json!(who.name)), "{what}: {notes:?}");
    }
    if matches!(input, Input::LoginPassword) {
        assert!(matches!(answer.status, 400 | 422), "{what}: {}", answer.status);
    }
    if matches!(input, Input::AccessToken) {
        assert!(matches!(answer.status, 400 | 401), "{what}: {}", answer.status);
    }
    if took > SUSPICIOUS {
        in_time(payload, &what, |text| Some(time(text)?.1));
    }
}

/// A payload that asks for time gets none, by the median of several tries beside its twin that asks
/// for none.
fn in_time(payload: &Payload, what: &str, time: impl Fn(&str) -> Option<Duration>) {
    let Payload { text: typed, twin, .. } = payload;
    let Some(took) = time(typed) else { return };
    let Some(twin) = twin.as_ref().filter(|_| took > SUSPICIOUS) else { return };
    let median = |text: &str| {
        let mut times: Vec<Duration> = (0..5).filter_map(|_| time(text)).collect();
        times.sort();
        times[times.len() / 2]
    };
    let (own, twins) = (median(typed), median(twin));
    assert!(own < twins + TOO_LONG, "{what}, {typed:?} takes {own:?}, its harmless twin {twins:?}");
}

/// The first of each family that can be a password.
fn passwords(payloads: &[Payload]) -> Vec<&Payload> {
    let mut chosen: Vec<&Payload> = Vec::new();
    for payload in payloads {
        let fits = (8..=128).contains(&payload.text.chars().count());
        let count = chosen.iter().filter(|other| other.family == payload.family).count();
        if fits && count < 2 {
            chosen.push(payload);
        }
    }
    chosen
}

/// A payload as a password: it opens its own account and no other.
fn password(service: &Deployment, number: usize, payload: &Payload) {
    let name = format!("password-{number}");
    let credentials = |name: &str| json!({"name": name, "password": payload.text}).to_string();
    let post = |path: &str, name: &str| {
        let answer = service.request("POST", path).json(&credentials(name)).send();
        harmless(&answer, &payload.text);
        answer.status
    };
    // Some are words, and common passwords.
    let may_be_set = Password::new(payload.text.clone())
        .is_some_and(|password| password.for_account(&[&name]).is_ok());
    let (signed_up, logged_in) = if may_be_set { (201, 200) } else { (422, 400) };
    assert_eq!(post("/signup", &name), signed_up, "{:?}", payload.text);
    assert_eq!(post("/login", &name), logged_in, "{:?}", payload.text);
    assert_eq!(post("/login", "victim"), 400, "{:?}", payload.text);
}

/// No failure of the service, no data of the victim, and no internals.
fn harmless(answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what}: {}", answer.text());
    let body = answer.text();
    for inside in [SECRET, "$argon2", "sqlite_master", "syntax error", "SQLSTATE", "root:x:0"] {
        // A note that holds the payload may hold the word.
        let own = what.contains(inside) && inside != SECRET;
        assert!(own || !body.contains(inside), "{what}: the answer has {inside}: {body}");
    }
    if answer.status >= 400 && !answer.body.is_empty() {
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{what}");
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// A header's value; `None` for what no client can send in one.
fn header(text: &str) -> Option<String> {
    let fits = text.len() < 4_000 && !text.trim().is_empty() && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}
