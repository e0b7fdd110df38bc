use actix_web::{HttpResponse, Route, web, web::to as mount};
use palisade::prelude::*;

struct Api;

impl Api {
    // trap: a method that is named like a mounted function
    fn list(&self) -> Vec<String> {
        Vec::new()
    }

    fn mounted(config: &mut web::ServiceConfig) {
        config.route("/list", web::get().to(list));
    }
}

struct Other;

impl Other {
    fn list() -> Vec<String> {
        Vec::new()
    }
}

#[authenticated]
async fn list() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig, message: Message) {
    config.route("/a", mount(list));
    config.route("/b", <Route>::to(web::get(), list));
    let kept = list;
    config.route("/c", web::get().to(kept));
    message.to(address());
    Message::to(message, address());
}
