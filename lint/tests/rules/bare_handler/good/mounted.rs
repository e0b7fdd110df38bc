use actix_web::{App, HttpResponse, web};
use palisade::prelude::*;

#[public(reason = "the entry page")]
async fn any_method() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[r#authenticated]
async fn kept() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[authenticated]
async fn handed_over() -> HttpResponse {
    HttpResponse::Ok().finish()
}

struct Routes {
    list: fn() -> Route,
    found: String,
}

// trap: functions that are named like a variable and like a field
fn list() -> Vec<String> {
    Vec::new()
}

fn found(rows: &[String]) -> bool {
    !rows.is_empty()
}

mod helper {
    // trap: a function of another module that is named like a mounted one
    pub fn kept() -> bool {
        true
    }
}

fn mount<H>(config: &mut web::ServiceConfig, path: &str, handler: H) {
    config.route(path, web::get().to(handler));
}

fn app(config: &mut web::ServiceConfig, routes: &Routes) {
    config.route("/any", web::to(any_method)).default_service(web::to(any_method));
    let f = kept;
    config.route("/kept", web::get().to(f));
    mount(config, "/over", handed_over);
    let list = routes.list;
    message.to(list);
    message.to(routes.list);
    for found in rows() {
        messages.get(found);
        message.to(found);
    }
}

#[cfg(test)]
mod tests {
    fn answers() {
        App::new().route("/", web::get().to(|| async { "a test's own" }));
    }
}
