//! What the headers of answers make a browser write to the console: nothing.

use std::fs;

use actix_web::App;
use palisade::{
    Builder, HeaderSet, Nonce, OpenerPolicy, Palisade, ReferrerPolicy, Reports, StaticFiles, csp,
    page::{DangerousHtml, dangerous_html},
    permissions,
    prelude::*,
};
use palisade_tests::{chromium::Chromium, server::Server};

/// A page with all that a page usually has.
#[get("/page")]
#[public]
async fn whole(nonce: Nonce) -> DangerousHtml {
    dangerous_html(
        format!(
            "<!doctype html><title>page</title><link rel=icon href=/files/icon.svg>\
             <link rel=stylesheet href=/files/page.css><style nonce=\"{nonce}\">p {{ color: red }}</style>\
             <p>text<form method=post action=/sent><button>Send</button></form>\
             <script nonce=\"{nonce}\">fetch('/json').then(() => document.title = 'done')</script>"
        ),
        "a page of a test, in which nothing of a visitor's stands",
    )
}

/// What a form leads to.
#[post("/sent")]
#[public(reason = "a form of a test")]
async fn sent_page() -> DangerousHtml {
    dangerous_html("<!doctype html><title>done</title>sent", "a page of a test without any input")
}

/// A page that browsers may look up names for, and that says what it would refuse.
#[get("/watched")]
#[public]
#[headers(
    report_only = "default-src 'none'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)]
async fn watched() -> DangerousHtml {
    dangerous_html("<!doctype html><title>done</title>", "a page of a test without any input")
}

#[get("/json")]
#[public]
async fn number() -> Json<u32> {
    Json(1)
}

/// What browsers ask for with each page that names no icon.
#[get("/favicon.ico")]
#[public]
async fn icon_of_all() -> NoContent {
    NoContent
}

/// A page whose policy names a feature that this browser does not know.
#[get("/noisy")]
#[public]
async fn noisy() -> DangerousHtml {
    dangerous_html("<!doctype html><title>done</title>", "a page of a test without any input")
}

fn serve(build: impl Fn(Builder) -> Builder) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let inline = "<!doctype html><title>a</title><link rel=icon href=/files/icon.svg>\
                  <style>p { color: red }</style><link rel=stylesheet href=page.css><p>text\
                  <script>document.title = 'done'</script>";
    let icon = "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>";
    let style = "p { margin: 0 }";
    for (name, text) in [("index.html", inline), ("page.css", style), ("icon.svg", icon)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let files = StaticFiles::load("/files", folder.path()).unwrap();
    let builder = Palisade::builder()
        .host("127.0.0.1")
        .dangerous_no_service_limit("a browser sends what a test tells it to")
        .static_files(files)
        .endpoints(Reports::new().endpoints())
        .endpoints(endpoints![whole, sent_page, watched, number, noisy, icon_of_all]);
    let palisade = build(builder).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

/// What the console has after all of these pages.
fn console(browser: &Chromium, server: &Server, paths: &[&str]) -> Vec<String> {
    let page = browser.page();
    for path in paths {
        assert_eq!(page.open(&format!("http://{}{path}", server.address())), 200, "{path}");
        page.wait_for("['done', ''].includes(document.title)");
        if *path == "/page" {
            let sent = page.arrive(|| {
                page.evaluate("document.forms[0].submit()");
            });
            assert_eq!(sent, 200);
        }
    }
    assert_eq!(page.violations(), []);
    page.console()
}

#[test]
fn pages_leave_the_console_empty_whatever_is_set() {
    let Some(browser) = Chromium::launch() else { return };
    let paths = ["/page", "/files/", "/files/index.html", "/json"];
    let plain: fn(Builder) -> Builder = |builder| builder;
    let over_tls: fn(Builder) -> Builder =
        |builder| builder.public_origin("https://service.example").hsts_subdomains();
    let reporting: fn(Builder) -> Builder =
        |builder| builder.headers(HeaderSet::new().report_to("/reports").document_headers_on_all());
    let own: fn(Builder) -> Builder = |builder| {
        builder.headers(
            HeaderSet::new()
                .page_csp(csp!(
                    "default-src 'self'; script-src {nonce} 'strict-dynamic'; \
                     style-src 'self' {nonce}; img-src 'self' data:; object-src 'none'; \
                     base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
                ))
                .page_permissions(permissions!("geolocation=(self), fullscreen=(self)"))
                .page_referrer(ReferrerPolicy::SameOrigin)
                .page_opener(OpenerPolicy::SameOriginAllowPopups),
        )
    };
    for (name, build) in
        [("plain", plain), ("over TLS", over_tls), ("reporting", reporting), ("own", own)]
    {
        let server = serve(build);
        assert_eq!(console(&browser, &server, &paths), Vec::<String>::new(), "{name}");
    }
    // A policy that is only watched is of use where it is reported.
    let told = console(&browser, &serve(reporting), &["/watched"]);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_feature_that_the_browser_does_not_know_is_told() {
    let Some(browser) = Chromium::launch() else { return };
    let server = serve(|builder| {
        builder.headers(HeaderSet::new().page_permissions(permissions!("battery=()")))
    });
    let told = console(&browser, &server, &["/noisy"]);
    assert!(told.iter().any(|line| line.contains("battery")), "{told:?}");
}
