//! Texts of the service's own whose code panics: values in templates, errors, lists.

use std::fmt;

use actix_web::{App, HttpResponse, ResponseError, web};
use askama::Template;
use palisade::{MarkupPage, Page, StreamedJson, prelude::*};
use palisade_tests::{audit, client::Connection, server::Server};

use crate::service;

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

fn start() -> Server {
    let endpoints =
        endpoints![ping, loud_page, loud_markup, loud_error, quiet_error, loud_cause, loud_list];
    let palisade = service::palisade().endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new()
            .configure(|config| palisade.mount(config))
            .route("/loud-plain", web::get().to(loud_handler))
            .wrap(palisade.clone())
    })
}

/// A value whose text cannot be made.
#[derive(Debug)]
struct Loud;

impl fmt::Display for Loud {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the secret is 42")
    }
}

impl std::error::Error for Loud {}

impl Serialize for Loud {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("the secret is 42")
    }
}

#[derive(Template)]
#[template(source = "<!doctype html><p>{{ text }}</p>", ext = "html")]
struct LoudNote {
    text: Loud,
}

#[get("/loud-page")]
#[public]
async fn loud_page() -> Page<LoudNote> {
    Page(LoudNote { text: Loud })
}

#[get("/loud-markup")]
#[public]
async fn loud_markup() -> MarkupPage {
    MarkupPage(maud::html! { p { (Loud) } })
}

/// An error whose response is its text.
#[derive(Debug)]
struct LoudError;

impl fmt::Display for LoudError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the secret is 42")
    }
}

impl ResponseError for LoudError {}

/// One that answers without its text, which the log asks for.
#[derive(Debug)]
struct QuietError;

impl fmt::Display for QuietError {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("the secret is 42")
    }
}

impl ResponseError for QuietError {
    fn error_response(&self) -> HttpResponse {
        HttpResponse::InternalServerError().finish()
    }
}

#[get("/loud-error")]
#[public]
async fn loud_error() -> Result<NoContent, LoudError> {
    Err(LoudError)
}

#[get("/quiet-error")]
#[public]
async fn quiet_error() -> Result<NoContent, QuietError> {
    Err(QuietError)
}

#[get("/loud-cause")]
#[public]
async fn loud_cause() -> Result<NoContent> {
    Err(Problem::conflict("it is taken").caused_by(Loud))
}

#[get("/loud-list")]
#[public]
async fn loud_list() -> StreamedJson<Loud> {
    StreamedJson::array(futures_util::stream::iter([Ok::<_, Problem>(Loud)]))
}

/// Mounted beside the endpoints.
async fn loud_handler() -> Result<HttpResponse, LoudError> {
    Err(LoudError)
}

#[test]
fn a_text_that_panics_is_a_problem_and_the_connection_lives_on() {
    let server = start();
    let host = server.address();
    let mut connection = Connection::open(host);
    for (path, status, kind) in [
        ("/loud-page", 500, "internal"),
        ("/loud-markup", 500, "internal"),
        ("/loud-error", 500, "internal"),
        ("/quiet-error", 500, "internal"),
        ("/loud-cause", 409, "conflict"),
        ("/loud-plain", 500, "internal"),
    ] {
        for _ in 0..3 {
            connection.write(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
            let answer = connection.answer().unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!((answer.status, answer.problem().as_str()), (status, kind), "{path}");
            assert!(!answer.text().contains("is 42"), "{path}");
        }
        connection.write(format!("GET /ping HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        let answer = connection.answer().unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!((answer.status, answer.text().as_str()), (200, "pong"), "{path}");
    }
}

#[test]
fn a_streamed_answer_that_panics_is_cut_and_the_service_lives_on() {
    audit::listen();
    let server = start();
    let host = server.address();
    for _ in 0..5 {
        let mut connection = Connection::open(host);
        connection.write(format!("GET /loud-list HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
        let all = String::from_utf8(connection.rest()).unwrap();
        assert!(!all.ends_with("0\r\n\r\n"), "the end of a whole answer: {all}");
        assert_eq!(server.get("/ping").send().status, 200);
    }
    let lines = audit::events("message", "an answer was cut short");
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines.iter().all(|line| line["cause"].contains("a panic")), "{lines:?}");
}
