//! Where outside data enters: the extractors of the web frameworks, and those of the service's own.

use crate::check;

#[test]
fn actix() {
    check(
        r#"
use std::fs;
use actix_web::{web, HttpRequest, HttpMessage};
async fn path(p: web::Path<(String, u32)>) { let (name, id) = p.into_inner(); fs::read(id.to_string()); fs::read(name); } //~
async fn path_one(p: web::Path<String>) { fs::read(p.as_str()); } //~
async fn path_number(p: web::Path<u64>) { fs::read(p.to_string()); }
async fn form(web::Form(f): web::Form<F>) { fs::read(f.name); } //~
async fn map(q: web::Query<std::collections::HashMap<String, String>>) { fs::read(q.get("a").unwrap()); } //~
#[post("/a")] async fn bytes(b: web::Bytes) { fs::read(String::from_utf8_lossy(&b).to_string()); } //~
#[post("/b")] async fn text(body: String) { fs::read(body); } //~
async fn optional(q: Option<web::Query<F>>) { if let Some(q) = q { fs::read(&q.name); } } //~
async fn result(q: Result<web::Json<F>, Error>) { let q = q.unwrap(); fs::read(&q.name); } //~
async fn either(e: web::Either<web::Json<F>, web::Form<F>>) { let f = e.into_inner(); fs::read(&f.name); } //~
async fn header(req: HttpRequest) { fs::read(req.headers().get("x-name").unwrap().to_str().unwrap()); } //~
async fn info(req: HttpRequest) { fs::read(req.match_info().get("name").unwrap()); } //~
async fn query(req: HttpRequest) { fs::read(req.query_string()); } //~
async fn uri(req: HttpRequest) { fs::read(req.uri().path()); } //~
async fn cookie(req: HttpRequest) { if let Some(c) = req.cookie("file") { fs::read(c.value()); } } //~
async fn method(req: HttpRequest) { fs::read(req.method().as_str()); }
async fn parsed(req: HttpRequest) { let q = web::Query::<F>::from_query(req.query_string()).unwrap(); fs::read(&q.name); } //~
#[derive(Deserialize)]
struct F { name: String }
"#,
    );
}

#[test]
fn multipart() {
    check(
        r#"
use std::fs;
use actix_multipart::Multipart;
use futures::{StreamExt, TryStreamExt};
async fn save(mut payload: Multipart) -> Result<(), Error> {
    while let Some(mut field) = payload.try_next().await? {
        let name = field.content_disposition().unwrap().get_filename().unwrap().to_string();
        fs::write(format!("./up/{name}"), b"")?; //~
        let mut text = Vec::new();
        while let Some(chunk) = field.next().await { text.extend_from_slice(&chunk?); }
        fs::read(String::from_utf8(text)?)?; //~
    }
    Ok(())
}
async fn form(axum_form: axum::extract::Multipart) {
    let mut form = axum_form;
    while let Some(field) = form.next_field().await.unwrap() {
        let name = field.file_name().unwrap().to_string();
        fs::write(format!("./up/{name}"), b""); //~
        let text = field.text().await.unwrap();
        fs::read(text); //~
    }
}
"#,
    );
}

#[test]
fn other_frameworks() {
    check(
        r#"
use std::fs;
use axum::extract::{Path, Query, State, Json};
async fn axum_path(Path(name): Path<String>) { fs::read(name); } //~
async fn axum_pair(State(s): State<App>, Path((a, b)): Path<(u32, String)>) { fs::read(a.to_string()); fs::read(b); } //~
async fn axum_query(Query(q): Query<Params>) { fs::read(q.name); } //~
async fn axum_json(Json(q): Json<Params>) { fs::read(&q.name); } //~
async fn axum_headers(headers: axum::http::HeaderMap) { fs::read(headers.get("x").unwrap().to_str().unwrap()); } //~
async fn axum_request(req: axum::extract::Request) { fs::read(req.uri().path()); } //~
async fn axum_raw(axum::extract::RawQuery(q): axum::extract::RawQuery) { fs::read(q.unwrap()); } //~
struct Params { name: String }
"#,
    );
    check(
        r#"
use std::fs;
#[rocket::get("/<name>/<id>?<q>")]
fn rocket_get(name: &str, id: u32, q: Option<String>) { fs::read(id.to_string()); fs::read(name); fs::read(q.unwrap()); } //~
#[post("/x", data = "<form>")]
fn rocket_post(form: rocket::form::Form<Upload>) { fs::read(&form.name); } //~
#[poem::handler]
fn poem(poem::web::Path(name): poem::web::Path<String>) { fs::read(name); } //~
fn routes() {
    let r = warp::path!("files" / String).map(|name: String| {
        fs::read_to_string(name).unwrap() //~
    });
}
async fn raw(req: hyper::Request<hyper::Body>) { fs::read(req.uri().path()); } //~
"#,
    );
}

#[test]
fn extractors_of_the_service_s_own() {
    check(
        r#"
use std::fs;
use actix_web::{FromRequest, HttpRequest, web, dev::Payload};
struct Tenant { name: String, id: u64 }
impl FromRequest for Tenant {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;
    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let name = req.headers().get("x-tenant").unwrap().to_str().unwrap().to_owned();
        ready(Ok(Tenant { name, id: 3 }))
    }
}
async fn helper(t: &Tenant) { fs::read(&t.name); } //~
async fn use_it(t: Tenant, data: web::Data<App>) {
    fs::read(t.id.to_string());
    fs::read(&t.name); //~
    helper(&t).await;
}
struct Checked<T>(T);
impl<S> axum::extract::FromRequestParts<S> for Language {
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> { Ok(Language(parts.uri.path().to_owned())) }
}
struct Language(String);
async fn page(Language(l): Language) { fs::read(l); } //~
"#,
    );
}
