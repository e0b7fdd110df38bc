use actix_web::{App, HttpResponse, web};
use palisade::prelude::*;

#[get("/admin")]
#[require_scope("admin")]
async fn admin() -> HttpResponse {
    HttpResponse::Ok().finish()
}

// trap: a handler that is mounted by hand and guarded by an attribute alone
#[authenticated]
async fn users() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/health")]
#[public]
async fn health() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig) {
    config.route("/users", web::get().to(users));
}
