//! What each client does, and what it has to get.

use std::{collections::BTreeSet, fs, path::Path, slice, thread};

use palisade_tests::client::Answer;
use serde_json::{Value, json};

use super::{
    call::Call,
    client::{Client, Kind},
    way::{Running, Way},
};
use crate::picture::picture;

/// A title that each encoding of a query has to carry.
const TITLE: &str = "Größe 100% & mehr + ☃ = \"1\"";

/// The name of a file.
const FILE: &str = "Größe 100.png";

/// So many POSTs come between two requests that show which connection is in use.
const EACH: u32 = 20;

/// A refusal: the call, the status, the problem, a header that says what to do, and a member of the document
/// with its value.
type Refusal = (Call, u16, &'static str, Option<&'static str>, Option<(&'static str, Value)>);

/// Runs all of it; returns early where the client or the proxy is not installed.
pub(super) fn run(kind: Kind, way: Way, posts: u32) {
    let Some(running) = Running::start(way) else { return };
    let Some(client) = kind.launch(running.address()) else { return };
    let mut errand = Errand { kind, way, running, client, turns: 0 };
    let token = errand.log_in();
    errand.notes(&token);
    errand.files(&token);
    errand.refusals(&token);
    errand.large_bodies(&token);
    errand.posts(&token, posts);
}

/// Has one client refused again and again, and another one post beside it: a proxy sends the requests of both
/// over the same connections, and what the first one offers must not end them.
pub(super) fn beside(offering: Kind, way: Way) {
    let Some(running) = Running::start(way) else { return };
    let Some(mut refused) = offering.launch(running.address()) else { return };
    let Some(client) = Kind::Reqwest.launch(running.address()) else { return };
    let mut errand = Errand { kind: Kind::Reqwest, way, running, client, turns: 0 };
    let token = errand.log_in();
    thread::scope(|scope| {
        let refusals = scope.spawn(move || refused.send(&vec![Call::get("/notes"); 500]));
        errand.posts(&token, 500);
        for outcome in refusals.join().unwrap() {
            assert_eq!(outcome.unwrap().status, 401, "{offering:?} {way:?}");
        }
    });
}

struct Errand {
    kind: Kind,
    way: Way,
    running: Running,
    client: Box<dyn Client>,
    /// How often it has asked for `/turn`.
    turns: usize,
}

impl Errand {
    /// The answers to calls that are made one after the other.
    #[track_caller]
    fn all(&mut self, calls: &[Call]) -> Vec<Answer> {
        let outcomes = self.client.send(calls);
        assert_eq!(outcomes.len(), calls.len());
        let (kind, way) = (self.kind, self.way);
        let both = calls.iter().zip(outcomes).enumerate();
        both.map(|(number, (call, outcome))| {
            outcome.unwrap_or_else(|error| {
                let Call { method, target, .. } = call;
                panic!("{kind:?} {way:?}, call {number} {method} {target}: {error}")
            })
        })
        .collect()
    }

    #[track_caller]
    fn one(&mut self, call: Call, status: u16) -> Answer {
        let answer = self.all(slice::from_ref(&call)).remove(0);
        let Call { method, target, .. } = call;
        let told = answer.text();
        assert_eq!(answer.status, status, "{:?} {method} {target}: {told}", self.kind);
        answer
    }

    /// The ports that the last requests for `/turn` came from: one for each connection.
    fn last_turns(&mut self, turns: usize) -> BTreeSet<u16> {
        let before = self.turns;
        self.turns += turns;
        self.running.ports(self.turns).into_iter().skip(before).collect()
    }

    /// Signs up and logs in; returns the token.
    fn log_in(&mut self) -> String {
        let ada = json!({ "name": "ada", "password": "correct horse battery" });
        let account = self.one(Call::post("/signup", &ada), 201);
        assert_eq!(account.json(), json!({ "name": "ada" }));
        assert_eq!(self.one(Call::post("/signup", &ada), 409).problem(), "conflict");
        let guess = json!({ "name": "ada", "password": "wrong horse battery" });
        assert_eq!(self.one(Call::post("/login", &guess), 400).problem(), "invalid-grant");
        let tokens = self.one(Call::post("/login", &ada), 200);
        assert!(tokens.header("cache-control").unwrap().contains("no-store"));
        tokens.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Writes, searches, reads and removes.
    fn notes(&mut self, token: &str) {
        let note = json!({ "title": TITLE, "body": "two" });
        let written = self.one(Call::post("/notes", &note).bearer(token), 201);
        let place = written.header("location").unwrap().to_owned();
        // Written by the service, which does not know the proxy's address.
        assert!(place.starts_with("/notes/"), "{place}");
        let other = json!({ "title": "another", "body": "" });
        self.one(Call::post("/notes", &other).bearer(token), 201);
        for (text, found) in [(TITLE, 1), ("another", 1), ("☃", 1), ("100%25", 0)] {
            let list = self.one(Call::search("/notes", "search", text).bearer(token), 200).json();
            assert_eq!(list.as_array().unwrap().len(), found, "{text} {list}");
        }
        let read = self.one(Call::get(&place).bearer(token), 200);
        assert_eq!((&read.json()["title"], &read.json()["owner"]), (&json!(TITLE), &json!("ada")));
        assert_eq!(self.one(Call::delete(&place).bearer(token), 204).body, b"");
        assert_eq!(self.one(Call::get(&place).bearer(token), 404).problem(), "not-found");
    }

    /// Leaves a picture and fetches it.
    fn files(&mut self, token: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        let picture = picture(1200, 900);
        // More than curl sends without leave.
        assert!(picture.len() > 1 << 20, "{}", picture.len());
        fs::write(&path, &picture).unwrap();
        let kept = self.one(Call::upload("/files", &path, FILE).bearer(token), 201);
        let info = kept.json();
        assert_eq!((&info["kind"], &info["size"]), (&json!("png"), &json!(picture.len())));
        let name = info["name"].as_str().unwrap();
        assert_eq!(name, self.kind.file_name(FILE));
        let place = kept.header("location").unwrap().to_owned();
        let loaded = self.one(Call::get(&place).bearer(token), 200);
        assert!(loaded.body == picture, "{} bytes came back", loaded.body.len());
        assert_eq!(loaded.header("content-type"), Some("image/png"));
        assert!(loaded.header("content-disposition").unwrap().starts_with("attachment"));
        // Refused before its first byte, though it is more than the service reads of such a body.
        let refused = self.one(Call::upload("/files", &path, FILE), 401);
        assert_eq!(refused.problem(), "unauthenticated");
        let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        self.one(Call::upload("/files", &text, "a.png").bearer(token), 415);
    }

    /// Each refusal is read as what it is, and the connection goes on unless the answer says otherwise.
    fn refusals(&mut self, token: &str) {
        let turn = Call::get("/turn");
        let mut calls = vec![turn.clone()];
        let refusals = refusals(token);
        for (call, ..) in &refusals {
            calls.extend([call.clone(), turn.clone()]);
        }
        let answers = self.all(&calls);
        let refused = answers.iter().skip(1).step_by(2);
        let (mut closed, mut wrong) = (0, Vec::new());
        for ((call, status, problem, header, member), answer) in refusals.iter().zip(refused) {
            let is_right = (answer.status, answer.problem().as_str()) == (*status, *problem)
                && header.is_none_or(|name| answer.header(name).is_some())
                && member
                    .as_ref()
                    .is_none_or(|(pointer, value)| answer.json().pointer(pointer) == Some(value));
            if !is_right {
                let Call { method, target, .. } = call;
                wrong.push(format!("{method} {target}: {} {answer:?}", answer.text()));
            }
            let closes =
                answer.header("connection").is_some_and(|text| text.eq_ignore_ascii_case("close"));
            // The answer to a long body may come before all of it is sent: LWP gives up the connection then.
            if closes || *status == 413 {
                closed += 1;
            }
        }
        assert!(wrong.is_empty(), "{:?} {:?}:\n{}", self.kind, self.way, wrong.join("\n"));
        assert!(answers.iter().step_by(2).all(|answer| answer.text() == "turn"));
        let ports = self.last_turns(refusals.len() + 1);
        let most = self.kind.connections() + closed;
        assert!(ports.len() <= most, "{:?} {:?}: {closed} closed, {ports:?}", self.kind, self.way);
    }

    /// A body that is far too large is refused before it is read. The client sends it all the same, and has to
    /// find the answer; the next call is made as if nothing had happened.
    fn large_bodies(&mut self, token: &str) {
        let large = json!({ "title": "large", "body": "x".repeat(1_500_000) });
        for (token, status, problem) in
            [(token, 413, "body-too-large"), ("", 401, "unauthenticated")]
        {
            for _ in 0..3 {
                let answer = self.one(Call::post("/notes", &large).bearer(token), status);
                assert_eq!(answer.problem(), problem, "{:?} {answer:?}", self.kind);
                assert_eq!(self.one(Call::get("/turn"), 200).text(), "turn");
                self.turns += 1;
            }
        }
    }

    /// One after the other without a pause: each comes once, and all of them on one connection.
    fn posts(&mut self, token: &str, posts: u32) {
        let text = "x".repeat(200);
        let post = |number| Call::post("/numbers", &json!({ "number": number, "text": text }));
        let calls = (0..posts).flat_map(|number| {
            let turn = (number % EACH == 0).then(|| Call::get("/turn"));
            turn.into_iter().chain([post(number).bearer(token)])
        });
        let calls: Vec<_> = calls.collect();
        let mut answers = self.all(&calls);
        let turns = answers.len();
        answers.retain(|answer| answer.text() != "turn");
        let turns = turns - answers.len();
        for (number, answer) in (0..posts).zip(&answers) {
            assert_eq!((answer.status, answer.json()), (201, json!(number)), "{answer:?}");
        }
        let once = (0..posts).map(|number| (number, 1)).collect();
        assert_eq!(self.running.shelf.numbers(), once, "{:?} {:?}", self.kind, self.way);
        let ports = self.last_turns(turns);
        let most = self.kind.connections();
        assert!(ports.len() <= most, "{:?} {:?}: {ports:?}", self.kind, self.way);
    }
}

/// Each kind of refusal.
fn refusals(token: &str) -> Vec<Refusal> {
    let note = json!({ "title": "refused", "body": "" });
    let write = |note: &Value| Call::post("/notes", note).bearer(token);
    let text = |media_type, text: &str| Call::post_text("/notes", media_type, text).bearer(token);
    let guess = || Call::post("/guesses", &json!({})).bearer(token);
    let long = json!({ "title": "long", "body": "x".repeat(20_000) });
    let untitled = json!({ "title": "", "body": "" });
    let owned = json!({ "title": "x", "body": "", "owner": "eve" });
    let at = |pointer: &str| Some(("/errors/0/pointer", json!(pointer)));
    let form = "application/x-www-form-urlencoded";
    vec![
        (Call::get("/notes"), 401, "unauthenticated", Some("www-authenticate"), None),
        (Call::post("/notes", &note), 401, "unauthenticated", Some("www-authenticate"), None),
        (
            Call::get("/notes").bearer("x.y.z"),
            401,
            "unauthenticated",
            Some("www-authenticate"),
            None,
        ),
        (
            Call::delete("/notes").bearer(token),
            403,
            "insufficient-scope",
            Some("www-authenticate"),
            None,
        ),
        (Call::get("/nowhere"), 404, "not-found", None, None),
        (Call::post("/turn", &note), 405, "method-not-allowed", Some("allow"), None),
        (text(form, "title=a&body=b"), 415, "unsupported-media-type", None, None),
        (text("application/json", "{"), 400, "malformed-body", None, None),
        (write(&long), 413, "body-too-large", None, None),
        (write(&untitled), 422, "invalid-input", None, at("/title")),
        (write(&owned), 422, "invalid-input", None, at("/owner")),
        (guess(), 204, "", None, None),
        (guess(), 204, "", None, None),
        (guess(), 429, "quota-exceeded", Some("retry-after"), None),
        (guess(), 429, "quota-exceeded", Some("ratelimit-policy"), None),
    ]
}
