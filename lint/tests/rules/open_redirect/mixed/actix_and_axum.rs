// audit

use actix_web::{get, http::header::{self, LOCATION}, web, HttpRequest, HttpResponse, Responder};
use axum::response::{IntoResponse, Redirect, Response};
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

#[get("/go")]
async fn go(q: web::Query<Next>) -> HttpResponse {
    HttpResponse::Found().append_header(("Location", q.next.as_str())).finish() //~ open_redirect
}

#[get("/go_ok")]
async fn go_ok(q: web::Query<Next>) -> HttpResponse {
    let to = match q.next.as_str() { "account" => "/account", "orders" => "/orders", _ => "/" };
    HttpResponse::Found().append_header(("Location", to)).finish()
}

#[get("/login")]
async fn login(req: HttpRequest) -> impl Responder {
    let back = req.headers().get(header::REFERER).and_then(|h| h.to_str().ok()).unwrap_or("/");
    HttpResponse::SeeOther().insert_header((LOCATION, back)).finish() //~ open_redirect
}

#[get("/r")]
async fn actix_redirect(q: web::Query<Next>) -> impl Responder {
    web::Redirect::to(q.into_inner().next).see_other() //~ open_redirect
}

pub async fn after(Query(n): Query<Next>) -> Redirect {
    Redirect::to(&n.next) //~ open_redirect
}

pub async fn after_ok(Query(n): Query<Next>) -> Redirect {
    if n.next.starts_with('/') && !n.next.starts_with("//") && !n.next.contains('\\') {
        Redirect::to(&n.next)
    } else {
        Redirect::to("/")
    }
}

pub async fn after_half(Query(n): Query<Next>) -> Redirect {
    if n.next.starts_with('/') {
        Redirect::to(&n.next) //~ open_redirect
    } else {
        Redirect::to("/")
    }
}

pub async fn raw_headers(Query(n): Query<Next>) -> Result<Response, StatusCode> {
    let mut headers = HeaderMap::new();
    headers.insert(axum::http::header::LOCATION, HeaderValue::from_str(&n.next).map_err(|_| StatusCode::BAD_REQUEST)?); //~ open_redirect
    Ok((StatusCode::FOUND, headers).into_response())
}

pub async fn builder(Query(n): Query<Next>) -> Response {
    Response::builder()
        .status(302)
        .header("location", format!("{}?ok=1", n.next)) //~ open_redirect
        .body(axum::body::Body::empty())
        .unwrap()
}

pub async fn in_path_ok(axum::extract::Path(id): axum::extract::Path<String>) -> Redirect {
    Redirect::temporary(&format!("/items/{}", id))
}

pub async fn tuple(Query(n): Query<Next>) -> impl IntoResponse {
    (StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, n.next)]) //~ open_redirect
}

pub async fn host_list_ok(Query(n): Query<Next>) -> Response {
    match url::Url::parse(&n.next) {
        Ok(u) if matches!(u.host_str(), Some("shop.example.com" | "www.example.com")) => Redirect::to(u.as_str()).into_response(),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}
