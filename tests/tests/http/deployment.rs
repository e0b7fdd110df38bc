//! Shapes of deployments: hosts that load balancers ask for, `OPTIONS *`, limits that are off.

use actix_web::App;
use palisade::{
    Builder, HeaderSet,
    page::{DangerousHtml, dangerous_html},
    prelude::*,
    session::Sessions,
};
use palisade_tests::{client::Connection, server::Server};

use crate::service;

#[get("/health")]
#[public]
#[rate_limit("60/minute", by = ip)]
async fn health() -> &'static str {
    "ok"
}

#[post("/notes")]
#[public(reason = "a test of addresses")]
async fn make() -> impl Responder {
    Created(7).at("/notes/7")
}

#[post("/prefixed")]
#[public(reason = "a test of addresses")]
async fn prefixed() -> impl Responder {
    Created(7).at("/api/notes/7")
}

#[post("/alike")]
#[public(reason = "a test of addresses")]
async fn alike() -> impl Responder {
    Created(7).at("/apis/7")
}

#[get("/elsewhere")]
#[public]
async fn elsewhere() -> HttpResponse {
    HttpResponse::Found().insert_header(("location", "https://id.example/login")).finish()
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Target {
    #[validate(length(max = 200))]
    next: String,
}

#[get("/continue")]
#[public]
#[validated]
async fn go_on(target: Query<Target>) -> SafeRedirect {
    SafeRedirect::to(target.into_inner().next).or("/notes")
}

#[get("/found")]
#[public]
async fn found() -> impl Responder {
    Found::at("/notes/7?a=1#b")
}

#[get("/own")]
#[authenticated]
async fn own(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/form")]
#[public]
async fn form(request: RequestInfo, token: FormToken) -> DangerousHtml {
    let action = request.public_path("/notes");
    dangerous_html(format!("<form action=\"{action}\">{}", token.as_str()), "a page of a test")
}

fn start(build: impl Fn(Builder) -> Builder) -> Server {
    let palisade = build(Palisade::builder())
        .endpoints(endpoints![health, make, prefixed, alike, elsewhere, go_on, found, form])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn status(server: &Server, host: &str) -> u16 {
    let mut connection = Connection::open(server.address());
    connection.write(format!("GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    connection.answer().unwrap().status
}

#[test]
fn hosts_are_networks_of_addresses_too() {
    let server = start(|builder| builder.public_origin("https://example.com").host("10.0.0.0/8"));
    for (host, expected) in [
        ("example.com", 200),
        ("10.1.2.3:8080", 200),
        ("10.255.0.1", 200),
        ("11.1.2.3", 421),
        ("10.1.2.3.example", 421),
        ("[2001:db8::1]", 421),
    ] {
        assert_eq!(status(&server, host), expected, "{host}");
    }
}

#[test]
fn the_public_origins_host_comes_with_its_port_or_without() {
    let server = start(|builder| builder.public_origin("https://api.example.test:6002"));
    for (host, expected) in [
        ("api.example.test:6002", 200),
        ("api.example.test", 200),
        ("api.example.test:6003", 421),
        ("example.test", 421),
    ] {
        assert_eq!(status(&server, host), expected, "{host}");
    }
}

#[test]
fn options_of_the_server_itself_is_204() {
    let ask = |server: &Server, method: &str, host: &str| {
        let mut connection = Connection::open(server.address());
        connection.write(format!("{method} * HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        connection.answer().unwrap()
    };
    let server = start(|builder| builder.host("api.example"));
    let answer = ask(&server, "OPTIONS", "api.example");
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(ask(&server, "OPTIONS", "evil.example").status, 421);
    assert_eq!(ask(&server, "GET", "api.example").status, 400);
    assert_eq!(service::shared().request("OPTIONS", "/ping").send().status, 405);
}

#[test]
fn limits_that_are_off_are_not_announced() {
    let server = start(|builder| builder);
    let answer = server.get("/health").send();
    assert!(answer.header("ratelimit-policy").is_some() && answer.header("ratelimit").is_some());
    let server = start(|builder| builder.dangerous_limits_off("a load test on this machine alone"));
    let answer = server.get("/health").send();
    assert_eq!(answer.status, 200);
    assert_eq!((answer.header("ratelimit-policy"), answer.header("ratelimit")), (None, None));
}

#[test]
fn addresses_lead_to_where_clients_reach_them() {
    let server = start(|builder| builder.public_prefix("/api"));
    let at = |method: &str, path: &str| {
        let answer = server.request(method, path).send();
        answer.header("location").map(str::to_owned)
    };
    assert_eq!(at("POST", "/notes").as_deref(), Some("/api/notes/7"));
    assert_eq!(at("POST", "/prefixed").as_deref(), Some("/api/notes/7"));
    assert_eq!(at("POST", "/alike").as_deref(), Some("/api/apis/7"));
    assert_eq!(at("GET", "/elsewhere").as_deref(), Some("https://id.example/login"));
    let server = start(|builder| builder);
    let answer = server.request("POST", "/notes").send();
    assert_eq!(answer.header("location"), Some("/notes/7"));
}

#[test]
fn every_address_of_the_service_itself_is_under_the_prefix() {
    let build = |builder: Builder| {
        builder
            .sessions(Sessions::in_memory().login_page("/login"))
            .headers(HeaderSet::new().report_to("/reports"))
            .endpoints(endpoints![own])
    };
    for (prefix, server) in
        [("", start(build)), ("/api", start(|builder| build(builder).public_prefix("/api")))]
    {
        let location = |target: &str| {
            let answer = server.get(target).header("Accept", "text/html").send();
            answer.header("location").unwrap().to_owned()
        };
        assert_eq!(location("/continue?next=/notes/7"), format!("{prefix}/notes/7"));
        assert_eq!(location("/continue?next=//evil.example"), format!("{prefix}/notes"));
        assert_eq!(location("/found"), format!("{prefix}/notes/7?a=1#b"));
        assert_eq!(location("/own"), format!("{prefix}/login"));
        let page = server.get("/form").send();
        assert!(page.text().starts_with(&format!("<form action=\"{prefix}/notes\">")), "{prefix}");
        // Browsers take a path that is not of the service's own for one of the whole host.
        assert!(page.header("set-cookie").unwrap().contains("; Path=/;"));
        let reports = format!("default=\"{prefix}/reports\"");
        assert_eq!(page.header("reporting-endpoints"), Some(reports.as_str()));
        let csp = page.header("content-security-policy").unwrap();
        assert!(csp.contains(&format!("; report-uri {prefix}/reports; ")), "{csp}");
        // A problem names its kind, and no address of the service.
        let problem = server.get("/nowhere").send().json();
        assert_eq!(problem.get("instance"), None);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:"));
    }
}

#[test]
fn reports_that_go_elsewhere_have_no_prefix() {
    let server = start(|builder| {
        let set = HeaderSet::new().report_to("https://reports.example/a");
        builder.public_prefix("/api").headers(set)
    });
    let page = server.get("/form").send();
    assert_eq!(page.header("reporting-endpoints"), Some("default=\"https://reports.example/a\""));
}
