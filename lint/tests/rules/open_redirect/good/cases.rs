use actix_web::{HttpResponse, Result, web};

use actix_web::http::header::LOCATION;

#[derive(serde::Deserialize)]
struct Login {
    next: String,
    id: String,
}

async fn segment(query: web::Query<Login>) -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, format!("/items/{}", query.id))).finish()
}

// trap: a match on literals
async fn matched(query: web::Query<Login>) -> HttpResponse {
    let next = match query.next.as_str() {
        "orders" => "/orders",
        "home" => "/",
        _ => return HttpResponse::BadRequest().finish(),
    };
    HttpResponse::Found().insert_header((LOCATION, next)).finish()
}

async fn checked(query: web::Query<Login>) -> HttpResponse {
    let next = &query.next;
    if next.starts_with('/') && !next.starts_with("//") {
        return HttpResponse::Found().insert_header((LOCATION, next.as_str())).finish();
    }
    HttpResponse::Found().insert_header((LOCATION, "/")).finish()
}

async fn configured(settings: web::Data<Settings>) -> web::Redirect {
    web::Redirect::to(settings.login_page.clone())
}
