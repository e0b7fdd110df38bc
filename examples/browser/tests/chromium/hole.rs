//! The guest book with a hole.

use std::net::SocketAddr;

use actix_web::{App, HttpRequest, HttpResponse, http::StatusCode, web};
use palisade_tests::{client::Request, server::Server};

/// A server before the book that takes the escapes out of its pages: what they would be if a
/// template forgot to escape.
pub(crate) struct Hole {
    server: Server,
}

#[derive(Clone, Copy)]
struct Book {
    address: SocketAddr,
    keeps_policy: bool,
}

impl Hole {
    /// In the book at this address; its policy stays or goes.
    pub(crate) fn at(address: SocketAddr, keeps_policy: bool) -> Self {
        let book = web::Data::new(Book { address, keeps_policy });
        let server =
            Server::start(move || App::new().app_data(book.clone()).default_service(web::to(pass)));
        Self { server }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.server.address())
    }
}

async fn pass(request: HttpRequest, book: web::Data<Book>) -> HttpResponse {
    let answer = Request::new(book.address, "GET", &request.uri().to_string()).send();
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap());
    for (name, value) in &answer.headers {
        let is_policy = name == "content-security-policy";
        if name != "content-length" && name != "connection" && (book.keeps_policy || !is_policy) {
            response.append_header((name.as_str(), value.as_str()));
        }
    }
    let text = answer.text().replace("&#60;", "<").replace("&#62;", ">");
    response.body(text.replace("&#34;", "\"").replace("&#39;", "'"))
}
