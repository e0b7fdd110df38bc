//! CORS by endpoint, as the Fetch standard has it.

use std::sync::LazyLock;

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{
    client::{Answer, Request},
    server::Server,
    token::{self, token},
};

use crate::service::NewItem;

const SERVICE: &str = "https://app.example";
const PARTNER: &str = "https://eu.partner.example";
const EVIL: &str = "https://evil.example";

#[get("/things")]
#[public]
async fn list() -> &'static str {
    "[]"
}

#[post("/things")]
#[require_scope("things:write")]
#[validated]
#[body_limit("64 B")]
#[rate_limit("3/hour", by = subject)]
async fn make(item: Json<NewItem>) -> Result<NoContent> {
    drop(item);
    Ok(NoContent)
}

#[put("/things/{id}")]
#[authenticated]
#[validated]
#[cross_origin(
    "https://*.partner.example",
    headers("X-Api-Key", "if-match"),
    expose("ETag"),
    max_age = "1 h"
)]
async fn change(id: Path<u32>) -> String {
    id.to_string()
}

#[delete("/things/{id}")]
#[authenticated]
#[validated]
#[cross_origin(none)]
async fn remove(id: Path<u32>) -> String {
    id.to_string()
}

#[post("/session")]
#[public(reason = "a test of credentials across origins")]
#[cross_origin("https://app.example", credentials = allow, reason = "its own page signs in here")]
async fn session() -> &'static str {
    "ok"
}

#[route("/catalogue", method = "GET", method = "POST")]
#[public(reason = "a test of what everybody may read")]
#[cross_origin(any, reason = "a public catalogue for everybody's pages")]
async fn catalogue() -> &'static str {
    "ok"
}

/// Writes the fields by hand, which is not the way.
#[get("/by-hand")]
#[public]
async fn by_hand() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-origin", "*"))
        .insert_header(("access-control-allow-credentials", "true"))
        .insert_header(("access-control-expose-headers", "*"))
        .body("ok")
}

fn server() -> &'static Server {
    static SERVER: LazyLock<Server> = LazyLock::new(|| {
        let palisade = Palisade::builder()
            .auth(token::verifier())
            .dangerous_no_service_limit("the tests send more than one client would")
            .cors(cors!("https://app.example", headers("x-client")))
            .endpoints(endpoints![list, make, change, remove, session, catalogue, by_hand])
            .build()
            .unwrap();
        Server::start(move || {
            App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
        })
    });
    &SERVER
}

fn preflight(path: &str, method: &str, origin: &str) -> Request {
    server()
        .request("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
}

fn readable_by(answer: &Answer) -> Option<&str> {
    answer.header("access-control-allow-origin")
}

fn varies_by_origin(answer: &Answer) -> bool {
    answer.all("vary").iter().any(|vary| vary.contains("Origin"))
}

#[test]
fn a_preflight_is_answered_by_the_policy_of_the_endpoint_that_is_meant() {
    for (path, method, origin, allowed) in [
        ("/things", "POST", SERVICE, true),
        ("/things", "GET", SERVICE, true),
        ("/things", "HEAD", SERVICE, true),
        ("/things", "POST", PARTNER, false),
        ("/things/7", "PUT", PARTNER, true),
        ("/things/7", "PUT", "https://partner.example", false),
        ("/things/7", "PUT", "https://a.eu.partner.example", false),
        ("/things/7", "PUT", SERVICE, false),
        ("/things/7", "DELETE", SERVICE, false),
        ("/things/7", "DELETE", PARTNER, false),
        // No endpoint: the service's list, so that the page sees the 405 or the 404.
        ("/things/7", "PATCH", SERVICE, true),
        ("/nowhere", "GET", SERVICE, true),
        ("/nowhere", "GET", PARTNER, false),
        ("/nowhere", "TRACE", SERVICE, false),
        ("/nowhere", "CONNECT", SERVICE, false),
        ("/things", "post", SERVICE, false),
        ("/things", "POST, GET", SERVICE, false),
        ("/things", "POST", "https://app.example.", false),
        ("/things", "POST", "https://APP.example", false),
        ("/things", "POST", "http://app.example", false),
        ("/things", "POST", "null", false),
        ("/catalogue", "GET", EVIL, true),
        ("/catalogue", "GET", "null", true),
    ] {
        let answer = preflight(path, method, origin).send();
        let what = format!("{method} {path} from {origin}: {answer:?}");
        assert_eq!(answer.status, if allowed { 204 } else { 403 }, "{what}");
        assert_eq!(readable_by(&answer).is_some(), allowed, "{what}");
        assert!(varies_by_origin(&answer), "{what}");
        assert_eq!(answer.header("x-frame-options"), Some("deny"), "{what}");
        if allowed {
            assert_eq!(answer.header("access-control-allow-methods"), Some(method), "{what}");
            assert!(answer.body.is_empty());
        } else {
            assert_eq!(answer.problem(), "cross-site", "{what}");
            assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control")));
        }
    }
}

#[test]
fn a_preflight_tells_which_fields_may_be_sent_and_for_how_long() {
    let ask = |path, method, origin, fields| {
        preflight(path, method, origin).header("Access-Control-Request-Headers", fields).send()
    };
    let answer = ask("/things/7", "PUT", PARTNER, "authorization,X-API-KEY, if-match");
    assert_eq!(answer.status, 204);
    assert_eq!(
        answer.header("access-control-allow-headers"),
        Some(
            "accept, authorization, content-type, if-match, if-modified-since, if-none-match, \
             if-range, if-unmodified-since, x-api-key"
        )
    );
    assert_eq!(answer.header("access-control-max-age"), Some("3600"));
    assert!(answer.header("access-control-allow-credentials").is_none());
    let answer = ask("/things", "POST", SERVICE, "content-type,x-client");
    assert_eq!((answer.status, answer.header("access-control-max-age")), (204, Some("600")));
    for fields in ["x-api-key", "authorization,x-evil", "*", "cookie"] {
        assert_eq!(ask("/things", "POST", SERVICE, fields).status, 403, "{fields}");
    }
    let many = vec!["accept"; 65].join(",");
    assert_eq!(ask("/things", "POST", SERVICE, &many).status, 400);
}

#[test]
fn a_preflight_has_one_origin_and_one_method() {
    let twice = preflight("/things", "POST", SERVICE).header("Origin", SERVICE).send();
    assert_eq!((twice.status, readable_by(&twice)), (400, None));
    let twice =
        preflight("/things", "POST", SERVICE).header("Access-Control-Request-Method", "GET").send();
    assert_eq!((twice.status, readable_by(&twice)), (400, None));
    // Without either it is a request like others.
    let plain = server().request("OPTIONS", "/things").header("Origin", SERVICE).send();
    assert_eq!((plain.status, readable_by(&plain)), (405, Some(SERVICE)));
}

#[test]
fn preflights_are_not_asked_who_they_are_and_spend_nothing() {
    for _ in 0..20 {
        let answer = preflight("/things", "POST", SERVICE).send();
        assert_eq!(answer.status, 204);
        assert!(answer.header("www-authenticate").is_none());
        assert!(answer.header("ratelimit").is_none());
    }
}

#[test]
fn refusals_are_readable_by_the_pages_of_the_endpoint() {
    let send = |who: &str| {
        server().post("/things").header("Origin", SERVICE).bearer(&token(who, "things:write"))
    };
    let limited = || send("limited").json("{}").send();
    let answers = [
        server().post("/things").header("Origin", SERVICE).json("{}").send(),
        server()
            .post("/things")
            .header("Origin", SERVICE)
            .bearer(&token("cors", "things:read"))
            .json("{}")
            .send(),
        send("large").json(&"x".repeat(65)).send(),
        send("typed").header("Content-Type", "text/plain").body("{}").send(),
        limited(),
        limited(),
        limited(),
        limited(),
        server().get("/nowhere").header("Origin", SERVICE).send(),
        server().request("PATCH", "/things").header("Origin", SERVICE).send(),
        server().get("/things?a%00=1").header("Origin", SERVICE).send(),
    ];
    for (answer, status) in
        answers.iter().zip([401, 403, 413, 415, 422, 422, 422, 429, 404, 405, 400])
    {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(readable_by(answer), Some(SERVICE), "{answer:?}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("retry-after") && exposed.contains("x-request-id"), "{exposed}");
        assert!(varies_by_origin(answer), "{answer:?}");
    }
    let answer = server().request("PUT", "/things/7").header("Origin", PARTNER).send();
    assert_eq!((answer.status, readable_by(&answer)), (401, Some(PARTNER)));
    assert!(answer.header("access-control-expose-headers").unwrap().contains("etag"));
}

#[test]
fn answers_are_readable_by_whom_the_endpoint_says() {
    for (path, origin, reads, credentials) in [
        ("/things", Some(SERVICE), Some(SERVICE), false),
        ("/things", Some(PARTNER), None, false),
        ("/things", Some("null"), None, false),
        ("/things", None, None, false),
        ("/catalogue", Some(EVIL), Some("*"), false),
        ("/catalogue", None, Some("*"), false),
        ("/by-hand", Some(EVIL), None, false),
        ("/by-hand", Some(SERVICE), Some(SERVICE), false),
        ("/by-hand", None, None, false),
    ] {
        let request = server().get(path);
        let request = match origin {
            Some(origin) => request.header("Origin", origin),
            None => request,
        };
        let answer = request.send();
        assert_eq!(answer.status, 200);
        assert_eq!(readable_by(&answer), reads, "{path} {origin:?}");
        let has = answer.header("access-control-allow-credentials").is_some();
        assert_eq!(has, credentials, "{path} {origin:?}");
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed.is_some(), reads.is_some(), "{path} {origin:?}");
        // What every page reads, every page embeds.
        let embedded = if path == "/catalogue" { "cross-origin" } else { "same-origin" };
        assert_eq!(answer.header("cross-origin-resource-policy"), Some(embedded), "{path}");
        assert_ne!(exposed, Some("*"));
        // With a list, the answer varies by origin, also if no origin was sent; with any origin it
        // does not.
        assert_eq!(varies_by_origin(&answer), reads != Some("*"), "{path} {origin:?}");
    }
    let answer = server().post("/session").header("Origin", SERVICE).send();
    assert_eq!((answer.status, readable_by(&answer)), (200, Some(SERVICE)));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
}

#[test]
fn who_may_read_may_send_and_nobody_else() {
    let send = |method: &str, path: &str, origin: &str| {
        let request = server().request(method, path).bearer(&token("sender", ""));
        request.header("Origin", origin).header("Sec-Fetch-Site", "cross-site").send().status
    };
    assert_eq!(send("PUT", "/things/7", PARTNER), 200);
    assert_eq!(send("PUT", "/things/7", SERVICE), 403);
    assert_eq!(send("DELETE", "/things/7", SERVICE), 403);
    assert_eq!(send("POST", "/session", SERVICE), 200);
    assert_eq!(send("POST", "/session", PARTNER), 403);
    // Every origin may read, and no origin is trusted for unsafe requests.
    assert_eq!(send("GET", "/catalogue", EVIL), 200);
    assert_eq!(send("POST", "/catalogue", EVIL), 403);
}

#[test]
fn a_page_of_another_site_opens_no_other_protocol() {
    let open = |fields: &[(&str, &str)]| {
        let request = server().get("/things").header("Upgrade", "websocket");
        let request =
            fields.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.send().status
    };
    let own = format!("http://{}", server().address());
    assert_eq!(open(&[("Origin", EVIL)]), 403);
    assert_eq!(open(&[("Origin", "null")]), 403);
    assert_eq!(open(&[("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(open(&[("Origin", &own)]), 200);
    assert_eq!(open(&[("Origin", SERVICE)]), 200);
    assert_eq!(open(&[]), 200, "no browser");
}

#[test]
fn what_refuses_before_routing_is_readable_too() {
    let palisade = Palisade::builder()
        .auth(token::verifier())
        .service_limit(1, std::time::Duration::from_secs(3_600), 1)
        .endpoints(endpoints![change, list])
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let put = || server.request("PUT", "/things/7").header("Origin", PARTNER).send();
    assert_eq!(put().status, 401);
    let limited = put();
    assert_eq!((limited.status, readable_by(&limited)), (429, Some(PARTNER)));
    // To this endpoint the page is of another site, whose requests are counted apart.
    let foreign = || server.get("/things").header("Origin", PARTNER).send();
    assert_eq!(foreign().status, 200);
    let other = foreign();
    assert_eq!((other.status, readable_by(&other)), (429, None));
}

#[test]
fn policies_that_cannot_hold_do_not_start() {
    let any = cors!(any, reason = "a public catalogue for everybody");
    for (builder, says) in [
        (Palisade::builder().cors_origin("*"), "CORS origin"),
        (Palisade::builder().cors_origin("https://*.co.uk"), "anybody can register"),
        (Palisade::builder().cors_max_age(86_401), "a day"),
        (Palisade::builder().cors_header("Cookie"), "no header field"),
        (Palisade::builder().cors(any).cors_origin(SERVICE), "keep one of them"),
        (
            Palisade::builder().cors(any).dangerous_cors_credentials("the shop's own pages"),
            "any page could act",
        ),
        (Palisade::builder().dangerous_cors_credentials("because"), "needs a reason"),
        (Palisade::builder().host("https://api.example"), "no scheme, no path"),
    ] {
        let failure = builder.build().map(drop).unwrap_err();
        assert!(failure.complaints().iter().any(|one| one.contains(says)), "{says}: {failure}");
    }
}
