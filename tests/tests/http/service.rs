//! The service that most of these tests attack.

use std::{num::NonZeroU32, sync::LazyLock, time::Duration};

use palisade::{Palisade, prelude::*};
use palisade_tests::{audit_schema::Validated, server::Server, token};

#[derive(Debug, Serialize, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewItem {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[post("/items")]
#[require_scope("items:write")]
#[validated]
#[body_limit("1 KiB")]
async fn create(who: Principal, item: Json<NewItem>) -> Result<Created<String>> {
    Ok(Created(format!("{} by {}", item.name, who.subject())))
}

#[get("/items/{id}")]
#[require_scope(any("items:read", all("items:admin", "audit")))]
#[validated]
async fn show(id: Path<NonZeroU32>) -> String {
    id.to_string()
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

/// Every guard that can refuse before the body, each with a way to break it alone.
#[post("/guarded")]
#[require_scope("a")]
#[rate_limit("2/hour", by = header("x-client"))]
#[rate_limit("1000/second", by = ip)]
#[rate_limit("2/hour", by = subject)]
#[validated]
#[body_limit("64 B")]
async fn guarded(item: Json<NewItem>) -> Result<NoContent> {
    if item.name == "conflict" { Err(Problem::conflict("it is taken")) } else { Ok(NoContent) }
}

#[post("/slow-body")]
#[public(reason = "a test of the body's deadline")]
#[validated]
async fn slow_body(item: Json<NewItem>) -> String {
    item.name.clone()
}

#[post("/slow-body/whole")]
#[public(reason = "a test of an endpoint's own deadline")]
#[body_timeout("2 s")]
#[body_limit("64 KiB")]
#[validated]
async fn slow_whole(item: Json<NewItem>) -> String {
    item.name.clone()
}

#[get("/slow")]
#[public]
#[timeout("200 ms")]
async fn slow() -> &'static str {
    actix_web::rt::time::sleep(Duration::from_secs(60)).await;
    "late"
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("the secret is 42")
}

#[get("/fails")]
#[public]
async fn fails() -> Result<&'static str> {
    std::fs::read_to_string("/does/not/exist/secret-42")?;
    Ok("no")
}

#[get("/raw-error/{status}")]
#[public]
#[validated]
async fn raw_error(status: Path<u16>) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(*status).unwrap();
    HttpResponse::build(status).content_type("text/html").body("<b>secret 42</b>")
}

#[get("/weak-headers")]
#[public]
async fn weak_headers() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("x-frame-options", "allowall"))
        .insert_header(("server", "secret/42"))
        .body("ok")
}

#[get("/cached/missing")]
#[public]
#[headers(cache = "public, max-age=60")]
async fn cached_missing() -> Result<&'static str> {
    Err(Problem::not_found())
}

#[get("/cached")]
#[public]
#[headers(cache = "public, max-age=60")]
async fn cached() -> &'static str {
    "ok"
}

#[post("/login")]
#[public(reason = "whoever logs in has no token yet")]
#[rate_limit("2/hour", by = header("x-client"), count = failures)]
#[rate_limit("2000/hour", by = global)]
#[validated]
async fn login(item: Json<NewItem>) -> Result<NoContent> {
    match item.qty {
        1 => Ok(NoContent),
        9 => Err(Problem::unavailable("a store that is out of reach")),
        _ => Err(Problem::new(palisade::Kind::Unauthenticated)),
    }
}

#[put("/blobs")]
#[public(reason = "a test of vouched extractors")]
#[body_limit("8 B")]
async fn blob(blob: Vouched<actix_web::web::Bytes>) -> String {
    blob.len().to_string()
}

pub(crate) fn palisade() -> palisade::Builder {
    Palisade::builder()
        .auth(token::verifier())
        .dangerous_no_service_limit("the tests send more than one client would")
        // Each event of these tests is held against the schema.
        .audit_sink(Validated::default())
        .cors_origin("https://app.example")
        .body_timeout(Duration::from_secs(3))
        .head_timeout(Duration::from_secs(5))
}

pub(crate) fn endpoints() -> palisade::Endpoints {
    endpoints![
        ping,
        create,
        show,
        me,
        guarded,
        slow_body,
        slow_whole,
        slow,
        panics,
        fails,
        raw_error,
        weak_headers,
        cached,
        cached_missing,
        login,
        blob
    ]
}

/// One service for all tests that leave nothing behind in it.
pub(crate) fn shared() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(start);
    &SERVER
}

pub(crate) fn start() -> Server {
    Server::serve(palisade().endpoints(endpoints()))
}

pub(crate) const GOOD: &str = r#"{"name":"lamp","qty":3}"#;
