//! Pages over real sockets: their headers are for the body that a template made.

use std::{
    io::Read as _,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::{
    App, HttpRequest, HttpResponse, Responder,
    body::{BodySize, BoxBody, MessageBody, to_bytes},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{CONTENT_ENCODING, HeaderValue},
    middleware::{Compress, Logger, Next, from_fn},
    web::Bytes,
};
use askama::Template;
use palisade::{MarkupPage, Nonce, Page, page::dangerous_html, prelude::*};
use palisade_tests::{
    audit,
    client::{Answer, Connection},
    server::Server,
};

use crate::service;

/// What a caller sent, as nothing escaped it.
const RAW: &str = "<p><img src=x onerror=alert(1)></p>";

#[derive(Template)]
#[template(source = "<!doctype html><p>{{ text }}</p>{{ rest }}", ext = "html")]
struct Note {
    text: &'static str,
    rest: String,
}

fn note() -> Note {
    // Longer than what an encoder would leave alone.
    Note { text: "<b>hello</b>", rest: "a page of some length. ".repeat(200) }
}

#[get("/page")]
#[public]
async fn page() -> Page<Note> {
    Page(note())
}

#[get("/page-or-not")]
#[public]
async fn page_or_not() -> Result<Page<Note>> {
    Ok(Page(note()))
}

#[get("/markup")]
#[public]
async fn markup(nonce: Nonce) -> MarkupPage {
    MarkupPage(maud::html! { p { "<b>hello</b>" } script nonce=(nonce) { "start()" } })
}

#[get("/raw")]
#[public]
async fn raw() -> palisade::page::DangerousHtml {
    dangerous_html("<p>Example Ltd</p>", "a text of this test without any input")
}

/// The ways to put another body into a page.
#[derive(Clone, Copy)]
enum Way {
    Set,
    SetBoxed,
    Mapped,
    Wrapped,
    Swapped,
    Kept,
    Coded,
}

struct Other(Way);

impl Responder for Other {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut made = Page(note()).respond_to(request);
        match self.0 {
            Way::Set => made.set_body(BoxBody::new(RAW)),
            Way::SetBoxed => {
                made.map_into_boxed_body().map_into_left_body::<()>().set_body(BoxBody::new(RAW))
            }
            Way::Mapped => made.map_body(|_, _| BoxBody::new(RAW)),
            Way::Wrapped => made.map_body(|_, body| BoxBody::new(Framed { body, is_begun: false })),
            Way::Swapped => {
                let mut other = HttpResponse::Ok().content_type("text/html").body(RAW);
                std::mem::swap(&mut *made.extensions_mut(), &mut *other.extensions_mut());
                // The page lives on in its own mark's answer.
                other.extensions_mut().insert(Rc::new(made));
                other
            }
            Way::Kept => made.map_body(|_, body| BoxBody::new(Alike { body })),
            Way::Coded => made.map_body(|head, body| {
                head.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                BoxBody::new(Beside { _body: body, is_sent: false })
            }),
        }
    }
}

/// A body around another one.
struct Framed {
    body: BoxBody,
    is_begun: bool,
}

impl MessageBody for Framed {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if !self.is_begun {
            self.is_begun = true;
            return Poll::Ready(Some(Ok(Bytes::from_static(RAW.as_bytes()))));
        }
        Pin::new(&mut self.body).poll_next(cx)
    }
}

/// A body with the length of the one that it holds.
struct Alike {
    body: BoxBody,
}

impl MessageBody for Alike {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Ok(Bytes::from_static(RAW.as_bytes()))))
    }
}

/// A body that calls itself a coded form of the one that it holds, and never reads it.
struct Beside {
    _body: BoxBody,
    is_sent: bool,
}

impl MessageBody for Beside {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let is_sent = std::mem::replace(&mut self.is_sent, true);
        Poll::Ready((!is_sent).then(|| Ok(Bytes::from_static(RAW.as_bytes()))))
    }
}

#[get("/set")]
#[public]
async fn set() -> Other {
    Other(Way::Set)
}

#[get("/set-boxed")]
#[public]
async fn set_boxed() -> Other {
    Other(Way::SetBoxed)
}

#[get("/mapped")]
#[public]
async fn mapped() -> Other {
    Other(Way::Mapped)
}

#[get("/wrapped")]
#[public]
async fn wrapped() -> Other {
    Other(Way::Wrapped)
}

#[get("/swapped")]
#[public]
async fn swapped() -> Other {
    Other(Way::Swapped)
}

#[get("/kept")]
#[public]
async fn kept() -> Other {
    Other(Way::Kept)
}

#[get("/called-coded")]
#[public]
async fn called_coded() -> Other {
    Other(Way::Coded)
}

fn endpoints() -> palisade::Endpoints {
    endpoints![
        page,
        page_or_not,
        markup,
        raw,
        set,
        set_boxed,
        mapped,
        wrapped,
        swapped,
        kept,
        called_coded
    ]
}

fn start() -> Server {
    let palisade = service::palisade().endpoints(endpoints()).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

fn assert_page(answer: &Answer) {
    assert_eq!(answer.status, 200);
    let csp = answer.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'; script-src "), "{csp}");
    for loaded in ["img", "font", "connect", "media", "manifest", "worker"] {
        assert!(csp.contains(&format!("; {loaded}-src 'self'; ")), "{loaded}: {csp}");
    }
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

fn assert_no_page(what: &str, answer: &Answer) {
    assert_eq!(answer.status, 200, "{what}");
    let csp = answer.header("content-security-policy").unwrap();
    assert!(csp.starts_with("default-src 'none'"), "{what}: {csp}");
    assert!(!csp.contains("script-src"), "{what}: {csp}");
    assert_eq!(answer.all("content-security-policy").len(), 1, "{what}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("cache-control"), Some("no-store, max-age=0"), "{what}");
}

#[test]
fn pages_have_the_headers_of_pages() {
    let server = start();
    for path in ["/page", "/page-or-not", "/markup", "/raw"] {
        let answer = server.get(path).send();
        assert_page(&answer);
        assert!(answer.text().contains("<p>"), "{path}");
        assert_eq!(
            answer.header("content-length").unwrap(),
            answer.body.len().to_string(),
            "{path}: a page has a length"
        );
        let mut head = Connection::open(server.address());
        let host = server.address();
        let ask = format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        head.write(ask.as_bytes());
        let head = String::from_utf8(head.rest()).unwrap();
        assert!(
            head.contains("content-security-policy: default-src 'none'; script-src "),
            "{path}: {head}"
        );
    }
    assert!(server.get("/page").send().text().contains("&#60;b&#62;hello"));
}

#[test]
fn another_body_in_a_page_leaves_as_an_answer_of_an_api() {
    let server = start();
    for path in ["/set", "/set-boxed", "/mapped", "/wrapped", "/swapped"] {
        let answer = server.get(path).send();
        assert_no_page(path, &answer);
        assert!(answer.text().contains(RAW), "{path}");
    }
}

/// Asks for an answer that ends before its first byte, and looks for the reason in the log.
#[track_caller]
fn assert_cut(server: &Server, path: &str) {
    let mut connection = Connection::open(server.address());
    let host = server.address();
    connection.write(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    // Actix sends a head together with the first bytes of its body.
    assert_eq!(connection.rest(), b"", "{path}");
    let event = &audit::events("route", path)[0];
    assert_eq!(event["status"], "200", "{path}: the handler has answered");
    let lines = audit::events("message", "an answer was cut short");
    let line = lines.iter().find(|line| line["request_id"] == event["request_id"]).unwrap();
    assert!(line["cause"].contains("not the body that its headers are for"), "{path}: {line:?}");
}

#[test]
fn a_body_of_the_same_length_is_cut_before_its_first_byte() {
    audit::listen();
    let server = start();
    assert_cut(&server, "/kept");
    assert_page(&server.get("/page").send());
}

#[test]
fn a_coded_body_that_never_read_the_page_is_cut_before_its_first_byte() {
    audit::listen();
    assert_cut(&start(), "/called-coded");
}

/// Middleware that rewrites pages: it reads the body, changes it, and puts it back.
async fn rewrite(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (request, response) = next.call(request).await?.into_parts();
    let (head, body) = response.into_parts();
    let text = to_bytes(body).await.map_err(|_| Problem::internal("no body"))?;
    let text = [RAW.as_bytes(), &text].concat();
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(text))))
}

#[test]
fn a_middleware_that_replaces_the_body_of_a_page_gets_no_page() {
    let palisade = service::palisade().endpoints(endpoints()).build().unwrap();
    let server = Server::start(move || {
        App::new()
            .configure(|config| palisade.mount(config))
            .wrap(from_fn(rewrite))
            .wrap(palisade.clone())
    });
    for path in ["/page", "/markup", "/raw"] {
        let answer = server.get(path).send();
        assert_no_page(path, &answer);
        assert!(answer.text().starts_with(RAW), "{path}");
    }
}

#[test]
fn a_page_stays_one_through_middleware_that_passes_it_on() {
    let palisade = service::palisade().endpoints(endpoints()).build().unwrap();
    let server = Server::start(move || {
        App::new()
            .configure(|config| palisade.mount(config))
            .wrap(Logger::default())
            .wrap(Compress::default())
            .wrap(Logger::default())
            .wrap(palisade.clone())
    });
    for path in ["/page", "/page-or-not", "/markup", "/raw"] {
        let plain = server.get(path).header("Accept-Encoding", "identity").send();
        assert_page(&plain);
        assert!(plain.text().contains("<p>"), "{path}");
        let coded = server.get(path).header("Accept-Encoding", "gzip").send();
        assert_page(&coded);
        assert_eq!(coded.header("content-encoding"), Some("gzip"), "{path}");
        let mut text = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&coded.body[..]);
        decoder.read_to_string(&mut text).unwrap();
        assert!(text.contains("<p>"), "{path}");
    }
    let coded = server.get("/set").header("Accept-Encoding", "gzip").send();
    assert_no_page("/set", &coded);
}
