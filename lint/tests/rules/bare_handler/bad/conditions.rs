use actix_web::{HttpResponse, web};
use palisade::prelude::*;

#[cfg(any(test, feature = "demo"))]
mod demo {
    use actix_web::{HttpResponse, web};

    pub async fn shown() -> HttpResponse { //~ bare_handler
        HttpResponse::Ok().finish()
    }

    pub fn app(config: &mut web::ServiceConfig) {
        config.route("/demo", web::get().to(shown));
        palisade::__private::block_on(run()); //~ macro_internals
    }
}

#[cfg(feature = "latest")]
async fn latest() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

#[cfg(feature = "latest")]
fn app(config: &mut web::ServiceConfig) {
    config.route("/latest", web::get().to(latest));
}
