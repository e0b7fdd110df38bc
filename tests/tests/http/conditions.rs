//! Conditional requests over real sockets: what is read again, what is changed, and what is refused.

use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use actix_web::{App, HttpRequest};
use palisade::{
    CreatedAt, Palisade,
    object::{Delete, Permits, Policy, Read, Resource, Write, owner},
    prelude::*,
};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
    token::{self, token},
};
use tokio::sync::Barrier;

/// When each document was last changed: 2026-01-01 00:00:00 UTC.
const CHANGED: u64 = 1_767_225_600;
const AT: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
const BEFORE: &str = "Wed, 31 Dec 2025 23:59:59 GMT";
const AFTER: &str = "Thu, 01 Jan 2026 00:00:01 GMT";

#[derive(Clone, Debug, Serialize)]
struct Document {
    id: u64,
    owner: &'static str,
    text: String,
    #[serde(skip)]
    version: i64,
    #[serde(skip)]
    is_dated: bool,
}

impl Versioned for Document {
    fn version(&self) -> Version {
        self.version.into()
    }

    fn modified(&self) -> Option<SystemTime> {
        self.is_dated.then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(CHANGED))
    }
}

/// What a database would keep.
#[derive(Debug, Default)]
struct Documents(Mutex<HashMap<u64, Document>>);

impl Documents {
    fn get(&self, id: u64) -> Option<Document> {
        self.0.lock().unwrap().get(&id).cloned()
    }

    fn put(&self, document: Document) {
        self.0.lock().unwrap().insert(document.id, document);
    }

    /// `UPDATE .. WHERE id = .. AND version = ..`: how many rows it has changed.
    fn update(&self, id: u64, version: i64, text: &str) -> u64 {
        let mut all = self.0.lock().unwrap();
        let Some(row) = all.get_mut(&id).filter(|row| row.version == version) else { return 0 };
        row.version += 1;
        text.clone_into(&mut row.text);
        1
    }

    /// `INSERT .. ON CONFLICT DO NOTHING`
    fn insert(&self, document: Document) -> u64 {
        let mut all = self.0.lock().unwrap();
        if all.contains_key(&document.id) {
            return 0;
        }
        all.insert(document.id, document);
        1
    }
}

impl Resource for Document {
    type Id = u64;
    type State = Data<Documents>;

    async fn load(id: u64, documents: Data<Documents>) -> Result<Option<Self>> {
        Ok(documents.get(id))
    }
}

impl Permits<Read> for Document {
    fn policy() -> impl Policy<Self> {
        owner(|document: &Document| document.owner)
    }
}

impl Permits<Write> for Document {
    fn policy() -> impl Policy<Self> {
        owner(|document: &Document| document.owner)
    }
}

impl Permits<Delete> for Document {
    fn policy() -> impl Policy<Self> {
        owner(|document: &Document| document.owner)
    }
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[validate(length(min = 1, max = 20))]
    text: String,
}

#[get("/documents/{id}")]
#[require_scope("read")]
#[headers(cache = "private, no-cache")]
async fn read_document(document: Owned<Document, Read>) -> Tagged<Document> {
    Tagged(document.into_inner())
}

/// An answer without a version.
#[get("/untagged/{id}")]
#[authenticated]
async fn untagged(document: Owned<Document, Read>) -> Json<Document> {
    Json(document.into_inner())
}

/// Two changes that both have loaded the document before one of them is written.
static BOTH: LazyLock<Barrier> = LazyLock::new(|| Barrier::new(2));

#[patch("/documents/{id}")]
#[authenticated]
#[conditional]
#[validated]
async fn change_document(
    document: Current<Document, Write>,
    documents: Data<Documents>,
    change: Json<Change>,
) -> Result<Tagged<Document>> {
    let (mut document, held) = document.into_parts();
    if change.text == "race" {
        BOTH.wait().await;
    }
    held.ensure_changed(documents.update(document.id, document.version, &change.text))?;
    document.version += 1;
    document.text.clone_from(&change.text);
    Ok(Tagged(document))
}

#[delete("/documents/{id}")]
#[authenticated]
#[conditional(required)]
async fn remove(document: Current<Document, Delete>, documents: Data<Documents>) -> NoContent {
    documents.0.lock().unwrap().remove(&document.id);
    NoContent
}

/// Makes a document, or changes it.
#[put("/documents/{id}")]
#[authenticated]
#[conditional(required)]
#[validated]
async fn replace(
    id: Path<u64>,
    who: Principal,
    conditions: Preconditions,
    documents: Data<Documents>,
    change: Json<Change>,
) -> Result<Tagged<Document>> {
    assert_eq!(who.subject(), "ada");
    let present = documents.get(*id);
    let held = conditions.check(present.as_ref())?;
    if change.text == "race" {
        BOTH.wait().await;
    }
    let version = present.as_ref().map(|present| present.version);
    let made = Document {
        id: *id,
        owner: "ada",
        text: change.text.clone(),
        version: version.map_or(1, |version| version + 1),
        is_dated: false,
    };
    held.ensure_changed(match version {
        Some(version) => documents.update(*id, version, &change.text),
        None => documents.insert(made.clone()),
    })?;
    Ok(Tagged(made))
}

#[post("/documents")]
#[authenticated]
#[validated]
async fn make_document(documents: Data<Documents>, change: Json<Change>) -> CreatedAt<Document> {
    let mut document = document(true);
    document.text = change.into_inner().text;
    documents.put(document.clone());
    Created(document.clone()).at(format!("/documents/{}", document.id)).tagged()
}

/// Evaluates no conditions.
#[route("/unconditional", method = "POST", method = "PUT", method = "DELETE", method = "GET")]
#[public(reason = "a test of conditions that nobody evaluates")]
async fn unconditional() -> &'static str {
    "done"
}

/// Judges conditions by its own means.
#[put("/by-hand")]
#[public(reason = "a test of a handler that reads the fields itself")]
#[conditional]
async fn by_hand(request: Vouched<HttpRequest>) -> String {
    let field = request.headers().get("if-match");
    field.and_then(|field| field.to_str().ok()).unwrap_or("-").to_owned()
}

/// A page of a catalogue, in its second edition.
#[derive(Serialize)]
struct Catalogue(String);

impl Versioned for Catalogue {
    fn version(&self) -> Version {
        2.into()
    }
}

fn edition() -> Catalogue {
    Catalogue("a line of the catalogue. ".repeat(100))
}

#[get("/catalogue")]
#[public]
#[headers(cache = "public, no-cache")]
#[compress]
async fn catalogue() -> Tagged<Catalogue> {
    Tagged(edition())
}

#[post("/catalogue")]
#[public(reason = "a test of conditions on what everybody may change")]
#[conditional]
async fn change_catalogue(conditions: Preconditions) -> Result<NoContent> {
    let _held = conditions.check(Some(&edition()))?;
    Ok(NoContent)
}

#[public(reason = "a test of a plain handler")]
async fn plain() -> &'static str {
    "done"
}

#[authenticated]
#[conditional]
async fn plain_conditional(document: Current<Document, Write>) -> String {
    document.version.to_string()
}

static DOCUMENTS: LazyLock<Data<Documents>> = LazyLock::new(|| Data::new(Documents::default()));

fn server() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        let palisade = Palisade::builder()
            .auth(token::verifier())
            .cors(cors!("https://app.example"))
            .dangerous_no_service_limit("the tests send more than one client would")
            .endpoints(endpoints![
                read_document,
                untagged,
                change_document,
                remove,
                replace,
                make_document,
                unconditional,
                by_hand,
                catalogue,
                change_catalogue
            ])
            .build()
            .unwrap();
        Server::start(move || {
            App::new()
                .app_data(DOCUMENTS.clone())
                .configure(|config| palisade.mount(config))
                .route("/plain", actix_web::web::put().to(plain))
                .route("/plain/{id}", actix_web::web::put().to(plain_conditional))
                .route("/plain/{id}", actix_web::web::get().to(plain_conditional))
                .wrap(palisade.clone())
        })
    });
    &SERVER
}

/// A document of ada's that no other test uses.
fn document(is_dated: bool) -> Document {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    Document { id, owner: "ada", text: "old".to_owned(), version: 7, is_dated }
}

fn stored(is_dated: bool) -> String {
    let document = document(is_dated);
    let path = format!("/documents/{}", document.id);
    DOCUMENTS.put(document);
    path
}

fn by(subject: &str, method: &str, path: &str, fields: &[(&str, &str)]) -> Request {
    let request = server().request(method, path).bearer(&token(subject, "read"));
    fields.iter().fold(request, |request, (name, value)| request.header(name, value))
}

fn get(path: &str, fields: &[(&str, &str)]) -> Answer {
    by("ada", "GET", path, fields).send()
}

fn patch(path: &str, fields: &[(&str, &str)]) -> Answer {
    by("ada", "PATCH", path, fields).json("{\"text\": \"new\"}").send()
}

fn visible(answer: &Answer) -> Vec<(String, String)> {
    let differs = |name: &str| matches!(name, "x-request-id" | "date");
    let mut headers: Vec<_> =
        answer.headers.iter().filter(|(name, _)| !differs(name)).cloned().collect();
    headers.sort();
    headers
}

#[test]
fn a_resource_that_the_client_has_is_not_sent_again() {
    let path = stored(true);
    let whole = get(&path, &[]);
    assert_eq!((whole.status, whole.header("etag")), (200, Some("\"7\"")));
    assert_eq!(whole.header("last-modified"), Some(AT));
    assert_eq!(whole.json()["text"], "old");
    let known = get(&path, &[("If-None-Match", "\"7\"")]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    // The headers of the 200, but those of its body.
    let of_body = ["content-type", "content-length"];
    let expected: Vec<_> =
        visible(&whole).into_iter().filter(|(name, _)| !of_body.contains(&name.as_str())).collect();
    let headers: Vec<_> =
        visible(&known).into_iter().filter(|(name, _)| !of_body.contains(&name.as_str())).collect();
    assert_eq!(headers, expected);
    assert_eq!(known.header("cache-control"), Some("private, no-cache"));
    assert!(known.all("vary").iter().any(|vary| vary.contains("Origin")));
    assert_eq!(patch(&path, &[]).header("etag"), Some("\"8\""));
    let newer = get(&path, &[("If-None-Match", "\"7\"")]);
    assert_eq!((newer.status, newer.header("etag")), (200, Some("\"8\"")));
    let undated = get(&stored(false), &[("If-Modified-Since", AFTER)]);
    assert_eq!((undated.status, undated.header("last-modified")), (200, None));
}

#[test]
fn a_head_is_judged_like_a_get() {
    let path = stored(true);
    for (fields, status) in [
        (&[][..], "200"),
        (&[("If-None-Match", "\"7\"")], "304"),
        (&[("If-Match", "\"6\"")], "412"),
    ] {
        let request = by("ada", "HEAD", &path, fields);
        let mut connection = palisade_tests::client::Connection::open(server().address());
        connection.write(request.head().as_bytes());
        connection.write(b"Connection: close\r\n\r\n");
        let raw = String::from_utf8(connection.rest()).unwrap().to_ascii_lowercase();
        assert!(raw.starts_with(&format!("http/1.1 {status}")), "{raw}");
        assert!(raw.ends_with("\r\n\r\n"), "no body: {raw}");
        assert_eq!(raw.contains("etag: \"7\""), status != "412", "{raw}");
    }
}

/// RFC 9110 section 13.2.2: the order of evaluation, for a resource of version 7 that was changed
/// at `AT`. `None` means 400.
#[test]
fn conditions_are_judged_in_the_order_of_the_standard() {
    for (fields, reads, changes) in [
        (&[][..], 200, 200),
        // 1. If-Match, by the strong comparison.
        (&[("If-Match", "\"7\"")], 200, 200),
        (&[("If-Match", "*")], 200, 200),
        (&[("If-Match", "\"6\", \"7\"")], 200, 200),
        (&[("If-Match", "\"6\" ,, \"7\",")], 200, 200),
        (&[("If-Match", "\"6\""), ("If-Match", "\"7\"")], 200, 200),
        (&[("If-Match", "\"a,b\", \"7\"")], 200, 200),
        (&[("If-Match", "\"6\"")], 412, 412),
        (&[("If-Match", "\"77\"")], 412, 412),
        (&[("If-Match", "\"\"")], 412, 412),
        (&[("If-Match", "W/\"7\"")], 412, 412),
        (&[("If-Match", "\"6\", W/\"7\"")], 412, 412),
        (&[("If-Match", "")], 412, 412),
        // 2. If-Unmodified-Since, where there is no If-Match.
        (&[("If-Unmodified-Since", AT)], 200, 200),
        (&[("If-Unmodified-Since", AFTER)], 200, 200),
        (&[("If-Unmodified-Since", BEFORE)], 412, 412),
        (&[("If-Match", "\"7\""), ("If-Unmodified-Since", BEFORE)], 200, 200),
        (&[("If-Match", "\"6\""), ("If-Unmodified-Since", AFTER)], 412, 412),
        (&[("If-Match", "\"7\""), ("If-Unmodified-Since", "yesterday")], 200, 200),
        // 3. If-None-Match, by the weak comparison.
        (&[("If-None-Match", "\"6\"")], 200, 200),
        (&[("If-None-Match", "\"7\"")], 304, 412),
        (&[("If-None-Match", "W/\"7\"")], 304, 412),
        (&[("If-None-Match", "\"6\", \"7\"")], 304, 412),
        (&[("If-None-Match", "\"6\""), ("If-None-Match", "\"7\"")], 304, 412),
        (&[("If-None-Match", "*")], 304, 412),
        (&[("If-Match", "\"7\""), ("If-None-Match", "\"7\"")], 304, 412),
        (&[("If-Match", "\"6\""), ("If-None-Match", "\"7\"")], 412, 412),
        (&[("If-Match", "\"7\""), ("If-None-Match", "\"6\"")], 200, 200),
        (&[("If-Unmodified-Since", BEFORE), ("If-None-Match", "\"7\"")], 412, 412),
        (&[("If-Unmodified-Since", AT), ("If-None-Match", "\"7\"")], 304, 412),
        // 4. If-Modified-Since, where there is no If-None-Match, and of requests that read.
        (&[("If-Modified-Since", AT)], 304, 200),
        (&[("If-Modified-Since", AFTER)], 304, 200),
        (&[("If-Modified-Since", BEFORE)], 200, 200),
        (&[("If-Modified-Since", "yesterday")], 200, 200),
        (&[("If-None-Match", "\"6\""), ("If-Modified-Since", AFTER)], 200, 200),
        (&[("If-None-Match", "\"7\""), ("If-Modified-Since", BEFORE)], 304, 412),
        (&[("If-Match", "\"7\""), ("If-Modified-Since", AT)], 304, 200),
        (&[("If-Match", "\"6\""), ("If-Modified-Since", AT)], 412, 412),
        // What cannot be read: a change is refused, and a representation is right in any case.
        (&[("If-Match", "7")], 400, 400),
        (&[("If-Match", "\"7")], 400, 400),
        (&[("If-Match", "\"7\" \"6\"")], 400, 400),
        (&[("If-Match", "*, \"7\"")], 400, 400),
        (&[("If-Match", "*"), ("If-Match", "\"7\"")], 400, 400),
        (&[("If-Match", "*, *")], 400, 400),
        (&[("If-Match", "w/\"7\"")], 400, 400),
        (&[("If-Match", "\"7 \"")], 400, 400),
        (&[("If-None-Match", "7")], 200, 400),
        (&[("If-None-Match", "7"), ("If-Modified-Since", AFTER)], 200, 400),
        (&[("If-Unmodified-Since", "yesterday")], 200, 400),
        (&[("If-Unmodified-Since", AT), ("If-Unmodified-Since", AT)], 200, 400),
    ] {
        let path = stored(true);
        let read = get(&path, fields);
        assert_eq!(read.status, reads, "GET {fields:?}");
        let changed = patch(&path, fields);
        assert_eq!(changed.status, changes, "PATCH {fields:?}");
        let text = get(&path, &[]).json()["text"].clone();
        assert_eq!(text, if changes == 200 { "new" } else { "old" }, "{fields:?}");
        for answer in [&read, &changed] {
            match answer.status {
                412 => assert_eq!(answer.problem(), "precondition-failed", "{fields:?}"),
                400 => {
                    assert_eq!(answer.problem(), "bad-request", "{fields:?}");
                    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                    assert!(detail.starts_with("`If-"), "{detail}");
                }
                304 => assert_eq!(answer.header("etag"), Some("\"7\"")),
                _ => {}
            }
        }
    }
}

#[test]
fn without_a_date_nothing_shows_that_a_resource_is_unmodified() {
    let path = stored(false);
    assert_eq!(get(&path, &[("If-Unmodified-Since", AFTER)]).status, 200);
    let answer = patch(&path, &[("If-Unmodified-Since", AFTER)]);
    assert_eq!((answer.status, answer.problem().as_str()), (412, "precondition-failed"));
}

#[test]
fn a_condition_tells_nothing_of_what_the_caller_may_not_have() {
    let path = stored(true);
    let missing = "/documents/999999999";
    for fields in [
        &[][..],
        &[("If-Match", "\"7\"")],
        &[("If-Match", "\"6\"")],
        &[("If-None-Match", "\"7\"")],
        &[("If-None-Match", "*")],
        &[("If-Match", "*")],
    ] {
        for method in ["GET", "PATCH"] {
            let send = |path| {
                let request = by("bob", method, path, fields);
                let request =
                    if method == "PATCH" { request.json("{\"text\": \"new\"}") } else { request };
                request.send()
            };
            let (denied, absent) = (send(&path), send(missing));
            assert_eq!((denied.status, denied.text()), (404, absent.text()), "{method} {fields:?}");
            assert_eq!(visible(&denied), visible(&absent), "{method} {fields:?}");
        }
    }
    // Without credentials, and without the scope.
    for (request, status) in [
        (server().get(&path).header("If-None-Match", "\"7\""), 401),
        (server().get(&path).bearer(&token("ada", "other")).header("If-None-Match", "\"7\""), 403),
        (server().request("PATCH", &path).header("If-Match", "nonsense"), 401),
        (server().request("DELETE", &path), 401),
    ] {
        let answer = request.send();
        assert_eq!((answer.status, answer.header("etag")), (status, None));
    }
    // Input is judged before the object is loaded.
    let invalid = by("ada", "PATCH", &path, &[("If-Match", "\"6\"")]).json("{\"text\": \"\"}");
    assert_eq!(invalid.send().status, 422);
}

#[test]
fn a_condition_is_required_where_the_endpoint_says_so() {
    let path = stored(true);
    let delete = |fields: &[(&str, &str)]| by("ada", "DELETE", &path, fields).send();
    for fields in [
        &[][..],
        &[("If-Unmodified-Since", AFTER)],
        &[("If-None-Match", "\"6\"")],
        &[("If-Modified-Since", AFTER)],
    ] {
        let answer = delete(fields);
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (428, "precondition-required"),
            "{fields:?}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains("`If-Match`"));
        assert_eq!(answer.header("cache-control"), Some("no-store, max-age=0"));
    }
    // It depends on the request alone.
    assert_eq!(by("bob", "DELETE", &path, &[]).send().status, 428);
    assert_eq!(by("bob", "DELETE", &path, &[("If-Match", "\"7\"")]).send().status, 404);
    assert_eq!(delete(&[("If-Match", "\"6\"")]).status, 412);
    assert_eq!(delete(&[("If-None-Match", "*")]).status, 412);
    assert_eq!(delete(&[("If-Match", "\"7\"")]).status, 204);
    assert_eq!(delete(&[("If-Match", "\"7\"")]).status, 404);
}

#[test]
fn a_resource_is_made_once() {
    let path = format!("/documents/{}", document(false).id);
    let put = |text: &str, fields: &[(&str, &str)]| {
        by("ada", "PUT", &path, fields).json(&format!("{{\"text\": \"{text}\"}}")).send()
    };
    assert_eq!(put("first", &[]).status, 428);
    for stale in [("If-Match", "*"), ("If-Match", "\"1\"")] {
        assert_eq!(put("first", &[stale]).status, 412, "{stale:?}");
    }
    let made = put("first", &[("If-None-Match", "*")]);
    // What was stored is not what was sent, byte for byte.
    assert_eq!((made.status, made.header("etag")), (200, None));
    assert_eq!(put("second", &[("If-None-Match", "*")]).status, 412);
    assert_eq!(put("second", &[("If-Match", "\"2\"")]).status, 412);
    assert_eq!(get(&path, &[]).json()["text"], "first");
    assert_eq!(put("second", &[("If-Match", "\"1\"")]).status, 200);
    let changed = get(&path, &[]);
    assert_eq!(
        (changed.header("etag"), &changed.json()["text"]),
        (Some("\"2\""), &"second".into())
    );
    let answer = by("ada", "POST", "/documents", &[]).json("{\"text\": \"third\"}").send();
    assert_eq!((answer.status, answer.header("etag")), (201, Some("\"7\"")));
    let place = answer.header("location").unwrap();
    assert_eq!(patch(place, &[("If-Match", answer.header("etag").unwrap())]).status, 200);
}

/// Sends two requests whose handlers have both loaded the document before one of them writes.
fn race(method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u16> {
    let send = || by("ada", method, path, fields).json("{\"text\": \"race\"}").send();
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let racers = [scope.spawn(send), scope.spawn(send)];
        racers.map(|racer| racer.join().unwrap().status).to_vec()
    });
    statuses.sort_unstable();
    statuses
}

#[test]
fn of_two_changes_of_one_version_one_is_refused() {
    assert_eq!(race("PATCH", &stored(true), &[("If-Match", "\"7\"")]), [200, 412]);
    assert_eq!(race("PATCH", &stored(true), &[("If-Unmodified-Since", AT)]), [200, 412]);
    // A request without a version is answered that the resource has changed.
    assert_eq!(race("PATCH", &stored(true), &[]), [200, 409]);
    assert_eq!(race("PATCH", &stored(true), &[("If-Match", "*")]), [200, 409]);
    let new = format!("/documents/{}", document(false).id);
    assert_eq!(race("PUT", &new, &[("If-None-Match", "*")]), [200, 412]);
}

#[test]
fn conditions_that_nothing_evaluates_are_refused_where_they_protect_a_change() {
    for field in [
        ("If-Match", "\"7\""),
        ("If-Match", "*"),
        ("If-Match", "nonsense"),
        ("If-None-Match", "*"),
        ("If-None-Match", "\"7\""),
        ("If-Unmodified-Since", AT),
    ] {
        for (method, path) in [
            ("POST", "/unconditional"),
            ("PUT", "/unconditional"),
            ("DELETE", "/unconditional"),
            ("PUT", "/plain"),
        ] {
            let answer = by("ada", method, path, &[field]).send();
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (412, "conditions-not-evaluated"),
                "{method} {path} {field:?}"
            );
            assert_eq!(answer.json()["title"], "This endpoint evaluates no conditions");
            assert!(answer.json()["detail"].as_str().unwrap().contains("`If-Match`"));
        }
        // A representation is right whatever the client has.
        assert_eq!(get("/unconditional", &[field]).status, 200, "{field:?}");
        assert_eq!(get(&stored(true).replace("documents", "untagged"), &[field]).status, 200);
    }
    for (method, path, fields) in [
        ("POST", "/unconditional", &[][..]),
        ("PUT", "/unconditional", &[("If-Modified-Since", AT), ("If-Range", "\"7\"")]),
        ("PUT", "/plain", &[]),
    ] {
        let answer = by("ada", method, path, fields).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "done"), "{method} {path}");
    }
    // A caller without access gets the same answer as without a condition.
    let path = stored(true);
    let nobody = server().request("DELETE", "/documents/1").header("If-Match", "\"1\"").send();
    assert_eq!(nobody.status, 401);
    assert_eq!(get(&path, &[]).status, 200);
}

#[test]
fn a_handler_may_judge_conditions_by_its_own_means() {
    let answer = by("ada", "PUT", "/by-hand", &[("If-Match", "\"7\"")]).send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "\"7\""));
    assert_eq!(by("ada", "PUT", "/by-hand", &[("If-Match", "7")]).send().status, 400);
    let path = stored(true).replace("documents", "plain");
    for (tag, status) in [("\"7\"", 200), ("\"6\"", 412), ("7", 400)] {
        assert_eq!(by("ada", "PUT", &path, &[("If-Match", tag)]).send().status, status, "{tag}");
    }
    assert_eq!(by("ada", "GET", &path, &[("If-None-Match", "\"7\"")]).send().status, 200);
}

#[test]
fn pages_of_listed_origins_state_conditions_and_read_tags() {
    let answer = server()
        .request("OPTIONS", &stored(true))
        .header("Origin", "https://app.example")
        .header("Access-Control-Request-Method", "PATCH")
        .header("Access-Control-Request-Headers", "if-match,if-none-match,if-unmodified-since")
        .send();
    assert_eq!(answer.status, 204);
    let allowed = answer.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("if-match") && allowed.contains("if-none-match"), "{allowed}");
    let origin = ("Origin", "https://app.example");
    let path = stored(true);
    for (fields, status) in [(&[origin][..], 200), (&[origin, ("If-None-Match", "\"7\"")], 304)] {
        let answer = get(&path, fields);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("etag"), "{exposed}");
    }
}

#[test]
fn the_policy_of_an_endpoint_says_whether_conditions_are_evaluated() {
    use palisade::policy::{Conditions, Shape};

    let endpoints = endpoints![change_document, remove, make_document];
    let said: Vec<_> = endpoints.policies().map(|policy| policy.conditions).collect();
    assert_eq!(said, [Conditions::Optional, Conditions::Required, Conditions::Refused]);
    let judged = endpoints.policies().flat_map(|policy| policy.arguments).filter(
        |argument| matches!(argument.shape, Shape::Object(object) if object.is_conditional),
    );
    assert_eq!(judged.count(), 2);
}

/// A client has the version in a coding, and names it as it has it.
#[test]
fn conditions_of_a_resource_hold_in_every_coding() {
    let get = |known: &str| {
        let request = server().get("/catalogue").header("Accept-Encoding", "gzip");
        request.header("If-None-Match", known).send()
    };
    let change = |known: &str| server().post("/catalogue").header("If-Match", known).send().status;
    let answer = get("\"1\"");
    assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")));
    assert_eq!(answer.header("etag"), Some("\"2~gzip\""));
    for known in ["\"2~gzip\"", "\"1\", W/\"2~gzip\""] {
        let answer = get(known);
        assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
        assert_eq!(answer.all("vary").join(", ").matches("ccept-").count(), 1, "{answer:?}");
    }
    assert_eq!(get("\"2~gzip\"").header("etag"), Some("\"2~gzip\""));
    assert_eq!(get("\"1~gzip\"").status, 200);
    assert_eq!((change("\"2~gzip\""), change("\"2\"")), (204, 204));
    // A cache asks for a client that takes no coding, and has the form of another one.
    let plain = server().get("/catalogue").header("If-None-Match", "\"2~gzip\"").send();
    assert_eq!((plain.status, plain.header("etag")), (200, Some("\"2\"")));
    let both = server().get("/catalogue").header("If-None-Match", "\"2~gzip\", \"2\"").send();
    assert_eq!((both.status, both.header("etag")), (304, Some("\"2\"")));
    assert_eq!((change("\"1~gzip\""), change("W/\"2~gzip\"")), (412, 412));
}

/// A part that was put for the whole would replace it.
#[test]
fn a_part_of_a_resource_is_not_put() {
    let put =
        |path: &str| server().request("PUT", path).header("Content-Range", "bytes 0-1/9").send();
    for path in ["/unconditional", "/by-hand", "/plain"] {
        assert_eq!(
            (put(path).status, put(path).problem().as_str()),
            (400, "bad-request"),
            "{path}"
        );
    }
    let post = server().request("POST", "/unconditional").header("Content-Range", "bytes 0-1/9");
    assert_eq!(post.send().status, 200);
}
