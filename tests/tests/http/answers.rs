//! What leaves the service: headers, problem documents, and no internals.

use actix_web::{App, HttpResponse, dev::Service, web};
use palisade::{Builder, HeaderSet, prelude::*};
use palisade_tests::{client::Answer, client::Connection, server::Server, token::token};

use crate::service::{self, GOOD, shared};

const FIXED: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "deny"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store, max-age=0"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What acts on documents alone.
const OF_DOCUMENTS: [(&str, &str); 4] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("x-dns-prefetch-control", "off"),
    ("x-permitted-cross-domain-policies", "none"),
];

#[track_caller]
fn assert_dressed(answer: &Answer) {
    for (name, value) in FIXED {
        assert_eq!(answer.header(name), Some(value), "{} {answer:?}", answer.status);
    }
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
    for absent in [
        "server",
        "x-powered-by",
        "x-xss-protection",
        "strict-transport-security",
        "expect-ct",
        "permissions-policy",
    ] {
        assert_eq!(answer.header(absent), None);
    }
    for (absent, _) in OF_DOCUMENTS {
        assert_eq!(answer.header(absent), None);
    }
}

/// A problem document of this status and kind, with all headers, and without the secret.
#[track_caller]
fn assert_problem(answer: &Answer, status: u16, kind: &str) {
    assert_eq!((answer.status, answer.problem().as_str()), (status, kind), "{}", answer.text());
    assert_eq!(answer.json()["status"], status);
    assert_dressed(answer);
    assert!(!answer.text().contains("secret"), "{}", answer.text());
}

#[test]
fn successes_carry_the_headers() {
    let answer = shared().get("/ping").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "pong"));
    assert_dressed(&answer);
    let answer = shared().post("/items").bearer(&token("ada", "items:write")).json(GOOD).send();
    assert_eq!((answer.status, answer.text().as_str()), (201, "\"lamp by ada\""));
    assert_dressed(&answer);
}

#[test]
fn every_refusal_is_a_problem_with_the_headers() {
    assert_problem(&shared().get("/nowhere").send(), 404, "not-found");
    assert_problem(&shared().post("/items").send(), 401, "unauthenticated");
    assert_problem(&shared().get("/panics").send(), 500, "internal");
    assert_problem(&shared().get("/fails").send(), 500, "internal");
    assert_problem(&shared().get("/slow").send(), 504, "timeout");
    let answer = shared().post("/items").bearer(&token("ada", "items:write"));
    assert_problem(&answer.json(&"x".repeat(2000)).send(), 413, "body-too-large");
}

#[test]
fn a_wrong_method_is_405_with_allow_and_get_answers_head() {
    let answer = shared().request("DELETE", "/items").send();
    assert_problem(&answer, 405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some("POST"));
    let answer = shared().post("/ping").send();
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    let answer = shared().request("OPTIONS", "/ping").send();
    assert_problem(&answer, 405, "method-not-allowed");

    let mut connection = Connection::open(shared().address());
    connection.write(b"HEAD /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut head = Vec::new();
    let answer = connection.answer();
    // A HEAD answer announces a length and sends no body: the connection ends instead.
    assert!(
        answer.is_err()
            || answer.is_ok_and(|a| {
                head = a.body;
                head.is_empty()
            })
    );
}

#[test]
fn a_slow_body_is_408() {
    let mut connection = Connection::open(shared().address());
    connection.write(
        b"POST /slow-body HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Length: 20\r\n\r\n{\"name\":",
    );
    assert_problem(&connection.answer().unwrap(), 408, "request-timeout");
}

#[test]
fn the_dispatchers_own_answers_are_bare() {
    // The documented exception: below the app stage, responses get no headers.
    for (bytes, status) in [
        (&b"NOT HTTP\r\n\r\n"[..], 400),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET /ping HTTP/1.1\r\nHost: x\r\n", 408),
    ] {
        let mut connection = Connection::open(shared().address());
        connection.write(bytes);
        let answer = connection.answer().unwrap();
        assert_eq!(answer.status, status);
        assert!(answer.body.is_empty() && answer.header("server").is_none());
    }
}

#[test]
fn what_a_handler_writes_as_an_error_is_replaced() {
    for (status, kind) in
        [(400, "bad-request"), (404, "not-found"), (500, "internal"), (503, "unavailable")]
    {
        let answer = shared().get(&format!("/raw-error/{status}")).send();
        assert_problem(&answer, status, kind);
    }
    let answer = shared().get("/raw-error/418").send();
    assert_eq!(answer.json()["type"], "about:blank");
    assert_dressed(&answer);
    assert!(!answer.text().contains("secret"));
}

#[test]
fn a_handler_cannot_weaken_the_headers_by_the_way() {
    assert_dressed(&shared().get("/weak-headers").send());
    let answer = shared().get("/cached").send();
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    assert_dressed(&shared().get("/cached/missing").send());
}

#[test]
fn errors_and_panics_of_other_middleware_are_dressed_too() {
    let palisade = service::palisade().build().unwrap();
    let server = Server::start(move || {
        App::new()
            .route("/bare", web::get().to(|| async { HttpResponse::Ok().body("bare") }))
            .wrap_fn(|request, service| {
                let path = request.path().to_owned();
                let answering = service.call(request);
                async move {
                    match path.as_str() {
                        "/error" => Err(actix_web::error::ErrorImATeapot("the secret is 42")),
                        "/error-500" => Err(actix_web::error::ErrorBadGateway("the secret is 42")),
                        "/panic" => panic!("the secret is 42"),
                        _ => answering.await,
                    }
                }
            })
            .wrap(palisade.clone())
    });
    assert_dressed(&server.get("/bare").send());
    assert_problem(&server.get("/panic").send(), 500, "internal");
    for (path, status) in [("/error", 418), ("/error-500", 502)] {
        let answer = server.get(path).header("Origin", "https://app.example").send();
        assert_eq!((answer.status, &answer.json()["status"]), (status, &status.into()));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        assert!(!answer.text().contains("secret"));
        assert_dressed(&answer);
    }
}

/// What an answer of a service with these settings says of transport.
fn transport(build: impl Fn(Builder) -> Builder) -> Option<String> {
    let palisade =
        build(service::palisade().public_origin("https://api.example").host("127.0.0.1"))
            .build()
            .unwrap();
    let server = Server::start(move || {
        App::new()
            .route(
                "/own",
                web::get().to(|| async {
                    HttpResponse::Ok()
                        .insert_header(("strict-transport-security", "max-age=1; preload"))
                        .body("ok")
                }),
            )
            .wrap(palisade.clone())
    });
    let said =
        |path: &str| server.get(path).send().header("strict-transport-security").map(str::to_owned);
    // What a handler says of the whole host does not count.
    assert_eq!(said("/own"), said("/"));
    said("/")
}

#[test]
fn over_tls_hsts_binds_this_host_alone() {
    assert_eq!(transport(|builder| builder).as_deref(), Some("max-age=63072000"));
}

#[test]
fn hsts_is_raised_taken_back_and_widened_by_settings() {
    for (seconds, value) in [(300, "max-age=300"), (0, "max-age=0")] {
        let said = transport(|builder| builder.hsts_max_age(seconds));
        assert_eq!(said.as_deref(), Some(value));
    }
    let said = transport(|builder| builder.hsts_max_age(300).hsts_subdomains());
    assert_eq!(said.as_deref(), Some("max-age=300; includeSubDomains"));
    let said = transport(|builder| builder.headers(HeaderSet::new().hsts_preload()));
    assert_eq!(said.as_deref(), Some("max-age=63072000; includeSubDomains; preload"));
    let short = service::palisade().hsts_max_age(300).headers(HeaderSet::new().hsts_preload());
    let failure = short.build().unwrap_err().to_string();
    assert!(failure.contains("`hsts_preload` with a max-age of 300"), "{failure}");
}

#[test]
fn headers_of_documents_are_sent_with_all_answers_where_that_is_asked_for() {
    let set = HeaderSet::new().document_headers_on_all();
    let palisade = service::palisade().headers(set).build().unwrap();
    let server = Server::start(move || App::new().wrap(palisade.clone()));
    let answer = server.get("/").send();
    for (name, value) in FIXED.into_iter().chain(OF_DOCUMENTS) {
        assert_eq!(answer.header(name), Some(value), "{answer:?}");
    }
    let permissions = answer.header("permissions-policy").unwrap();
    assert!(permissions.matches("=()").count() >= 25, "{permissions}");
    for unknown in ["ambient-light-sensor", "battery", "bluetooth", "web-share"] {
        assert!(!permissions.contains(unknown), "{permissions}");
    }
}

#[get("/worker.js")]
#[public]
async fn worker() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body("0")
}

#[get("/logo")]
#[public]
#[headers(resource_policy = cross_origin, reason = "a logo that the pages of partners embed")]
async fn logo() -> HttpResponse {
    HttpResponse::Ok().content_type("image/png").body("0")
}

#[get("/catalogue")]
#[public]
#[cross_origin(any, reason = "a catalogue that every page may read")]
#[headers(resource_policy = same_site, reason = "the pages of this site embed it")]
async fn catalogue() -> &'static str {
    "ok"
}

#[test]
fn a_script_says_what_it_embeds_as_pages_do_and_an_endpoint_who_embeds_it() {
    let palisade =
        service::palisade().endpoints(endpoints![worker, logo, catalogue]).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    // A page with this policy starts no worker without it.
    let answer = server.get("/worker.js").send();
    assert_eq!(answer.header("cross-origin-embedder-policy"), Some("require-corp"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    let answer = server.get("/logo").send();
    assert_eq!(answer.header("cross-origin-embedder-policy"), None);
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
    // Who may read an answer may embed it, whatever is said of that.
    let answer = server.get("/catalogue").send();
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
}
