//! Reports of browsers: the endpoint in the response headers, and what becomes of the reports.

use actix_web::App;
use palisade::{HeaderSet, Nonce, Palisade, ReportKind, Reports, page::dangerous_html, prelude::*};
use palisade_tests::{audit, client::Request, server::Server};

use crate::service;

const NEWER: &str = r#"[{"type":"csp-violation","url":"https://a.example/p?token=hunter2",
    "body":{"effectiveDirective":"script-src-elem","blockedURL":"inline"}},
    {"type":"coep","url":"https://a.example/"},{"type":"of tomorrow"}]"#;
const OLDER: &str = r#"{"csp-report":{"violated-directive":"img-src","document-uri":"a\nb"}}"#;

#[get("/shown")]
#[public]
async fn shown(nonce: Nonce) -> palisade::page::DangerousHtml {
    dangerous_html(format!("<script nonce=\"{nonce}\"></script>"), "a page of a test")
}

fn start(reports: &Reports) -> Server {
    let palisade = service::palisade()
        .headers(HeaderSet::new().report_to("/reports"))
        .endpoints(reports.endpoints())
        .endpoints(endpoints![shown])
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

#[test]
fn pages_name_the_address_and_it_takes_what_browsers_send() {
    audit::listen();
    let reports = Reports::new();
    let server = start(&reports);
    let page = server.get("/shown").send();
    assert_eq!(page.header("reporting-endpoints"), Some("default=\"/reports\""));
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.ends_with("; report-uri /reports; report-to default"), "{csp}");
    assert_eq!(server.get("/nowhere").send().header("reporting-endpoints"), None);

    // A sandboxed page's, another site's, and one of a browser without such headers.
    for fields in [
        &[("Sec-Fetch-Site", "same-origin")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
        &[("Origin", "https://evil.example")],
        &[],
    ] {
        for (kind, body) in
            [("application/reports+json", NEWER), ("application/csp-report; charset=utf-8", OLDER)]
        {
            let request = server.post("/reports").header("Content-Type", kind);
            let add = |request: Request, field: &(&str, &str)| request.header(field.0, field.1);
            let answer = fields.iter().fold(request, add).body(body).send();
            assert_eq!((answer.status, answer.body.len()), (204, 0), "{fields:?} {kind}");
            assert!(answer.header("set-cookie").is_none());
        }
    }
    assert_eq!(reports.count(ReportKind::Csp), 8);
    assert_eq!(reports.count(ReportKind::Embedder), 4);
    assert_eq!(reports.count(ReportKind::Other), 4);
    assert_eq!(reports.count(ReportKind::Crash), 0);
    // A report is one line of the log, whatever is in it, and the line has no secret.
    let logged = audit::events("kind", "csp");
    let pages: Vec<_> = logged.iter().filter_map(|event| event.get("page")).collect();
    assert!(pages.iter().any(|page| *page == "Some(\"a\\nb\")"), "{pages:?}");
    assert!(pages.iter().any(|page| *page == "Some(\"https://a.example/p\")"), "{pages:?}");
    assert!(!format!("{logged:?}").contains("hunter2"));
}

#[test]
fn what_is_no_report_is_refused_and_nobody_sends_many() {
    let reports = Reports::new();
    let server = start(&reports);
    let send = |kind: &str, body: String| {
        server.post("/reports").header("Content-Type", kind).body(body).send().status
    };
    let newer = "application/reports+json";
    assert_eq!(send("application/json", NEWER.to_owned()), 415);
    assert_eq!(send("text/plain", NEWER.to_owned()), 415);
    assert_eq!(send(newer, "{}".to_owned()), 400);
    assert_eq!(send(newer, "[".repeat(5_000)), 400);
    assert_eq!(send(newer, format!("[{}]", " ".repeat(70_000))), 413);
    assert_eq!(server.get("/reports").send().status, 405);
    let statuses: Vec<_> = (0..30).map(|_| send(newer, "[]".to_owned())).collect();
    assert!(statuses.contains(&204) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(format!("{reports:?}").matches(": 0").count(), ReportKind::ALL.len());
}

#[test]
fn an_address_that_a_header_cannot_hold_keeps_the_service_from_starting() {
    for address in [
        "reports",
        "//evil.example",
        "http://a.example/r",
        "/a b",
        "/a;b",
        "/a,b",
        "/a\"b",
        "https://",
        "",
    ] {
        let built = Palisade::builder().headers(HeaderSet::new().report_to(address)).build();
        let complaints = built.unwrap_err().complaints().concat();
        assert!(complaints.contains("report_to"), "{address:?}: {complaints}");
    }
    for address in ["/reports", "/a/b?c=1", "https://reports.example/r"] {
        assert!(Palisade::builder().headers(HeaderSet::new().report_to(address)).build().is_ok());
    }
}
