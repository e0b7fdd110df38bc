use actix_web::{App, HttpResponse, web};
use palisade::prelude::*;

#[actix_web::get("/admin")]
async fn admin() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn users() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn mounted() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig) {
    config.route("/users", web::get().to(users)).service(web::resource("/mounted").route(web::post().to(mounted)));
}
