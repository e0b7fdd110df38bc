use actix_web::{App, HttpResponse, Route, web};
use palisade::prelude::*;

async fn any_method() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn fallback() -> HttpResponse { //~ bare_handler
    HttpResponse::NotFound().finish()
}

async fn kept() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn one() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn other() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn handed_over() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_type() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn listed() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

fn mount<H>(config: &mut web::ServiceConfig, path: &str, handler: H) {
    config.route(path, web::get().to(handler));
}

fn app(config: &mut web::ServiceConfig, early: bool) {
    config.route("/any", web::to(any_method));
    config.default_service(web::to(fallback));
    config.route("/closure", web::get().to(|| async { "bare" })); //~ bare_handler
    let f = kept;
    let g = f;
    config.route("/kept", web::get().to(g));
    let either = if early { one } else { other };
    config.route("/either", web::post().to(either));
    let answer = move || async { HttpResponse::Ok().finish() }; //~ bare_handler
    config.route("/answer", web::get().to(answer));
    mount(config, "/over", handed_over);
    config.route("/typed", Route::to(web::get(), by_type));
    config.service(actix_web::services![web::resource("/listed").to(listed)]);
}
