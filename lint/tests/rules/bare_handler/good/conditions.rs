use actix_web::{HttpResponse, web};
use palisade::prelude::*;

#[cfg(all(test, unix))]
mod sockets {
    use actix_web::{HttpResponse, web};

    async fn answer() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    fn app(config: &mut web::ServiceConfig) {
        config.route("/answer", web::get().to(answer));
    }
}
