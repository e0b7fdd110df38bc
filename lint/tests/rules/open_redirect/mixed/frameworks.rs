// audit

use rocket::{get, response::Redirect, http::Status};
use hyper::{Body, Response};

#[get("/out?<url>")]
fn out(url: String) -> Redirect {
    Redirect::to(url) //~ open_redirect
}

#[get("/out2?<url>")]
fn out_found(url: &str) -> Result<Redirect, Status> {
    if url.is_empty() { return Err(Status::BadRequest); }
    Ok(Redirect::found(url.to_string())) //~ open_redirect
}

#[get("/out_ok")]
fn out_ok() -> Redirect { Redirect::to(rocket::uri!(crate::home)) }

fn redirect_response(target: &str) -> actix_web::HttpResponse {
    actix_web::HttpResponse::TemporaryRedirect()
        .insert_header((actix_web::http::header::LOCATION, target)) //~ open_redirect
        .finish()
}

fn redirect_constant_ok() -> actix_web::HttpResponse {
    redirect_elsewhere("/login")
}

fn redirect_elsewhere(target: &'static str) -> actix_web::HttpResponse {
    actix_web::HttpResponse::Found().insert_header(("location", target)).finish()
}

async fn callback(params: axum::extract::Query<std::collections::HashMap<String, String>>) -> axum::response::Redirect {
    let state = params.get("redirect_uri").cloned().unwrap_or_default();
    axum::response::Redirect::permanent(&state) //~ open_redirect
}

async fn hyper_redirect(to: String) -> Response<Body> {
    let mut res = Response::new(Body::empty());
    *res.status_mut() = hyper::StatusCode::FOUND;
    res.headers_mut().insert(hyper::header::LOCATION, to.parse().unwrap()); //~ open_redirect
    res
}

async fn contains_check(next: String) -> axum::response::Redirect {
    if next.contains("example.com") {
        axum::response::Redirect::to(&next) //~ open_redirect
    } else {
        axum::response::Redirect::to("/")
    }
}

async fn prefix_ok(next: String) -> axum::response::Redirect {
    if next.starts_with("https://example.com/") {
        axum::response::Redirect::to(&next)
    } else {
        axum::response::Redirect::to("/")
    }
}

async fn prefix_bad(next: String) -> axum::response::Redirect {
    if next.starts_with("https://example.com") {
        axum::response::Redirect::to(&next) //~ open_redirect
    } else {
        axum::response::Redirect::to("/")
    }
}

fn poem_redirect(to: String) -> poem::web::Redirect { poem::web::Redirect::see_other(to) } //~ open_redirect

fn tide_redirect(to: &str) -> tide::Result { Ok(tide::Redirect::new(to).into()) } //~ open_redirect

fn warp_uri(to: String) -> impl warp::Reply {
    warp::redirect::temporary(to.parse::<warp::http::Uri>().unwrap()) //~ open_redirect
}

fn salvo_redirect(res: &mut salvo::Response, to: &str) {
    res.render(salvo::writing::Redirect::found(to)); //~ open_redirect
}

async fn allow_ok(next: String, allowed: &std::collections::HashSet<String>) -> axum::response::Redirect {
    if allowed.contains(&next) { axum::response::Redirect::to(&next) } else { axum::response::Redirect::to("/") }
}
