//! What the types of input declare holds over real sockets, and no body ends the process.

use std::sync::LazyLock;

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::server::Server;
use regex::Regex;
use serde_json::json;

/// Beside its arrays a value holds a further one, so that depth times size decides.
#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Heavy {
    #[serde(default)]
    bytes: [[u64; 32]; 4],
    #[validate(nested)]
    next: Option<Box<Heavy>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Light {
    name: Option<Text<32>>,
    #[validate(nested)]
    next: Option<Box<Light>>,
}

/// As large as a type may be.
#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Large {
    plane: [[f64; 32]; 32],
    #[serde(default)]
    more: Option<[[u8; 32]; 32]>,
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "t", deny_unknown_fields)]
enum Event {
    A { id: u8 },
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Log {
    e: Event,
    #[serde(default)]
    pairs: Option<(u8, Option<Event>)>,
}

#[post("/heavy")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn heavy(heavy: Json<Heavy>) -> String {
    let (mut level, mut levels) = (Some(&*heavy), 0_usize);
    while let Some(Heavy { next, .. }) = level {
        level = next.as_deref();
        levels += 1;
    }
    levels.to_string()
}

/// A type of another service's crate: palisade knows its size alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    #[serde(default)]
    bytes: [[u64; 32]; 4],
    next: Option<Box<Part>>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Parts {
    #[input(allow(unbounded), reason = "kept as the other service sends them")]
    parts: Vec<Part>,
}

#[post("/parts")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn parts(parts: Json<Parts>) -> NoContent {
    let _read: Vec<_> = parts.parts.iter().map(|part| (&part.bytes, &part.next)).collect();
    NoContent
}

#[post("/light")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn light(light: Json<Light>) -> NoContent {
    let _read = (&light.name, &light.next);
    NoContent
}

#[post("/large")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn large(large: Json<Large>) -> NoContent {
    let _read = (large.plane, large.more);
    NoContent
}

#[post("/log")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn log(log: Json<Log>) -> String {
    let Log { e: Event::A { id }, pairs } = log.into_inner();
    format!("{id} {}", pairs.is_some())
}

#[test]
fn no_body_ends_the_process() {
    let palisade =
        Palisade::builder().endpoints(endpoints![heavy, light, large, log, parts]).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let nested = |levels: usize, member: &str| {
        format!("{}{{}}{}", format!("{{{member}\"next\":").repeat(levels), "}".repeat(levels))
    };
    let answer = server.post("/heavy").json(&nested(10, "\"bytes\":[[1],[],[],[]],")).send();
    assert_eq!(answer.status, 422, "arrays that are too short: {}", answer.text());
    let answer = server.post("/heavy").json(&nested(20, "")).send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "21"));
    for levels in [60, 100, 126, 127, 500] {
        let answer = server.post("/heavy").json(&nested(levels, "")).send();
        assert_eq!(answer.status, 400, "{levels}");
        assert_eq!(answer.problem(), "malformed-body");
    }
    for (levels, status) in [(0, 204), (10, 204), (20, 204), (60, 400), (100, 400), (120, 400)] {
        let body = format!("{{\"parts\":[{}]}}", nested(levels, ""));
        assert_eq!(server.post("/parts").json(&body).send().status, status, "{levels}");
    }
    for levels in [20, 100, 126] {
        let body = nested(levels, "\"name\":\"a\",");
        assert_eq!(server.post("/light").json(&body).send().status, 204, "{levels}");
    }
    let plane = vec![format!("[{}]", ["0.5"; 32].join(",")); 32].join(",");
    let more = vec![format!("[{}]", ["7"; 32].join(",")); 32].join(",");
    let body = format!("{{\"plane\":[{plane}],\"more\":[{more}]}}");
    assert_eq!(server.post("/large").json(&body).send().status, 204);
    assert_eq!(server.post("/large").json("{\"plane\":[[0.5").send().status, 400);

    let send = |body: &str| server.post("/log").json(body).send();
    assert_eq!(send(r#"{"e":{"t":"A","id":3},"pairs":[1,{"id":3,"t":"A"}]}"#).text(), "3 true");
    for (body, pointer) in [
        (r#"{"e":["A",3]}"#, "/e"),
        (r#"{"e":{"t":0,"id":3}}"#, "/e/t"),
        (r#"{"e":{"t":"A","id":3},"pairs":[1,["A",3]]}"#, "/pairs/1"),
        (r#"[{"t":"A","id":3}]"#, ""),
    ] {
        let answer = send(body);
        let told = json!([{"in": "body", "pointer": pointer, "code": "type"}]);
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &told), "{body}");
    }
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "t")]
#[input(unknown_fields = allow, reason = "the partner adds fields at will")]
enum Lax {
    A { id: u8 },
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Pair {
    pair: Option<(u8, Box<Lax>)>,
}

#[post("/pair")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn pair(_pair: Json<Pair>) -> NoContent {
    NoContent
}

#[derive(Deserialize, Serialize, Input)]
#[serde(untagged)]
#[input(allow(untagged), reason = "a type that no service should have")]
enum Endless {
    Number(u8),
    Again(Box<Endless>),
}

#[post("/endless")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn endless(_endless: Json<Endless>) -> NoContent {
    NoContent
}

static ANYTHING: LazyLock<Regex> = LazyLock::new(|| Regex::new("^.+$").unwrap());
static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z._-]+$").unwrap());

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Open {
    #[validate(regex(path = *ANYTHING), length(max = 16))]
    name: String,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Named {
    #[validate(regex(path = *NAME), length(max = 16))]
    name: String,
    #[serde(skip)]
    _note: Option<u8>,
}

#[get("/open/{name}")]
#[public]
#[validated]
async fn open(name: Path<Open>) -> String {
    name.into_inner().name
}

#[post("/open")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn open_body(name: Json<Open>) -> String {
    name.into_inner().name
}

#[get("/named/{name}")]
#[public]
#[validated]
async fn named(name: Path<Named>) -> String {
    name.into_inner().name
}

#[test]
fn types_that_hide_something_keep_the_service_from_starting() {
    let failure = |endpoints: palisade::Endpoints| {
        Palisade::builder().endpoints(endpoints).build().unwrap_err().to_string()
    };
    let told = failure(endpoints![pair]);
    assert!(told.contains("a nested type drops unknown fields"), "{told}");
    let told = failure(endpoints![endless]);
    assert!(told.contains("again in its own place"), "{told}");
    let told = failure(endpoints![open]);
    assert!(told.contains("`name`") && told.contains("lets any character in"), "{told}");
    assert!(Palisade::builder().endpoints(endpoints![open_body, named]).build().is_ok());
}
