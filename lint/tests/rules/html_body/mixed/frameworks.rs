// audit

use rocket::response::content::{RawHtml, self};
use rocket::{get, post, form::Form};
use hyper::{Body, Request, Response, header};
use warp::Filter;

#[get("/hi?<name>")]
fn hi(name: &str) -> RawHtml<String> {
    RawHtml(format!("<h2>Hi {}</h2>", name)) //~ html_body
}

#[get("/hi_ok?<name>")]
fn hi_ok(name: &str) -> RawHtml<String> {
    let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    RawHtml(format!("<h2>Hi {}</h2>", name))
}

#[get("/old/<id>")]
fn old(id: String) -> content::RawHtml<String> {
    let mut s = String::new();
    s += "<ul>";
    for part in id.split(',') {
        s += &format!("<li>{part}</li>");
    }
    s += "</ul>";
    content::RawHtml(s) //~ html_body
}

#[get("/num/<id>")]
fn num_ok(id: u32) -> RawHtml<String> {
    RawHtml(format!("<h2>Item {}</h2>", id))
}

async fn hyper_page(req: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let q = req.uri().query().unwrap_or("");
    let html = format!("<html><body>You asked: {}</body></html>", q);
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "text/html")
        .body(Body::from(html)) //~ html_body
        .unwrap())
}

async fn hyper_plain_ok(req: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let q = req.uri().query().unwrap_or("").to_string();
    Ok(Response::builder().header(header::CONTENT_TYPE, "text/plain").body(Body::from(q)).unwrap())
}

fn routes() -> impl Filter<Extract = impl warp::Reply, Error = warp::Rejection> + Clone {
    warp::path!("u" / String).map(|who: String| warp::reply::html(format!("<i>{}</i>", who))) //~ html_body
}

fn routes_ok() -> impl Filter<Extract = impl warp::Reply, Error = warp::Rejection> + Clone {
    warp::path!("u" / u64).map(|who: u64| warp::reply::html(format!("<i>{}</i>", who)))
}

fn tide_page(name: &str) -> tide::Response {
    tide::Response::builder(200).content_type(tide::http::mime::HTML).body(format!("<p>{}</p>", name)).build() //~ html_body
}

fn script_block(user: &str) -> actix_web::HttpResponse {
    let body = format!("<script>var user = '{}';</script>", user);
    actix_web::HttpResponse::Ok().content_type("text/html").body(body) //~ html_body
}

fn esc(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn script_free_ok(user: &str) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Ok().content_type("text/html").body(format!("<p>{}</p>", esc(user)))
}

async fn axum_row(axum::extract::Form(f): axum::extract::Form<Row>) -> axum::response::Html<String> {
    let cells: Vec<String> = f.cells.iter().map(|c| format!("<td>{}</td>", c)).collect();
    let row = cells.join("");
    axum::response::Html(format!("<table><tr>{}</tr></table>", row)) //~ html_body
}
