use actix_web::{HttpResponse, Route, web, web::to as mount, web::get as read};
use palisade::prelude::*;

struct Api {
    list: fn() -> Answer,
}

trait Listing {
    async fn listed() -> HttpResponse;
}

impl Api {
    async fn list() -> HttpResponse { //~ bare_handler
        HttpResponse::Ok().finish()
    }

    async fn own() -> HttpResponse { //~ bare_handler
        HttpResponse::Ok().finish()
    }

    fn app(config: &mut web::ServiceConfig) {
        config.route("/own", web::get().to(Self::own));
    }
}

impl Listing for Api {
    async fn listed() -> HttpResponse { //~ bare_handler
        HttpResponse::Ok().finish()
    }
}

fn make() -> impl Handler<()> {
    || async { "made" }
}

async fn renamed() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn of_type() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig, api: &Api, all: Vec<Answer>) {
    config.route("/list", web::get().to(Api::list));
    config.route("/listed", web::get().to(<Api as Listing>::listed));
    config.route("/made", web::get().to(make())); //~ bare_handler
    config.route("/made", read().to(make())); //~ bare_handler
    config.route("/field", web::resource("/x").to(api.list)); //~ bare_handler
    config.route("/new", Route::new().to(api.list)); //~ bare_handler
    config.route("/renamed", mount(renamed));
    config.route("/closure", mount(|| async { "bare" })); //~ bare_handler
    config.route("/type", <Route>::to(web::get(), of_type));
    for one in all {
        config.route("/one", web::get().to(one)); //~ bare_handler
    }
}
