use actix_web::{HttpResponse, Result, web};

use actix_web::http::header::{self, LOCATION};

#[derive(serde::Deserialize)]
struct Login {
    next: Option<String>,
    id: String,
}

async fn whole(query: web::Query<Login>) -> HttpResponse {
    let next = query.next.clone().unwrap_or_else(|| "/".to_owned());
    HttpResponse::Found().insert_header((LOCATION, next)).finish() //~ open_redirect
}

async fn one_slash(query: web::Query<Login>) -> HttpResponse {
    HttpResponse::SeeOther().append_header(("Location", format!("/{}", query.id))).finish() //~ open_redirect
}

async fn responder(query: web::Query<Login>) -> web::Redirect {
    web::Redirect::to(query.into_inner().id) //~ open_redirect
}

async fn half_checked(query: web::Query<Login>) -> HttpResponse {
    let next = query.next.as_deref().unwrap_or("/");
    if !next.starts_with('/') {
        return HttpResponse::BadRequest().finish();
    }
    HttpResponse::Found().insert_header((header::LOCATION, next)).finish() //~ open_redirect
}
