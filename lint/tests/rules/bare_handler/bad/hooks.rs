use actix_web::{HttpResponse, web};
use palisade::prelude::*;

mod routes {
    use actix_web::{HttpResponse, web};

    pub fn register<F>(config: &mut web::ServiceConfig, handler: F) {
        config.route("/registered", web::get().to(handler));
    }

    pub struct Router(web::ServiceConfig);

    impl Router {
        pub fn new() -> Self {
            Router(web::ServiceConfig::new())
        }

        pub fn register<F>(&mut self, handler: F) {
            self.0.route("/router", web::get().to(handler));
        }

        pub fn all(&mut self) {
            self.register(|| async { "by self" }); //~ bare_handler
            Self::register(self, || async { "by the type" }); //~ bare_handler
        }
    }
}

use routes::{Router as R, register as put};

trait Mount {
    fn mount<F>(&mut self, handler: F);

    fn mount_twice<F>(&mut self, handler: F) {
        self.config().route("/twice", web::get().to(handler));
    }
}

impl Mount for web::ServiceConfig {
    fn mount<F>(&mut self, handler: F) {
        self.route("/mounted", web::get().to(handler));
    }
}

async fn by_path() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_method() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_trait() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_default() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_trait_path() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

async fn by_unknown() -> HttpResponse { //~ bare_handler
    HttpResponse::Ok().finish()
}

fn app(config: &mut web::ServiceConfig, router: &mut R, list: Vec<routes::Router>) {
    put(config, by_path);
    put(config, || async { "renamed" }); //~ bare_handler
    router.register(by_method);
    config.mount(by_trait);
    config.mount_twice(by_default);
    Mount::mount(config, by_trait_path);
    R::register(router, || async { "by a renamed type" }); //~ bare_handler
    for one in list {
        one.register(by_unknown);
    }
}
