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
    }
}

mod events {
    pub struct Bus;

    impl Bus {
        pub fn register<F>(&mut self, listener: F) {}
    }

    pub fn register<F>(listener: F, bus: &mut Bus) {}
}

struct Hooks {
    bus: events::Bus,
}

#[authenticated]
async fn guarded() -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn on_event() {}

// trap: functions and methods that are named like one that mounts what it is given
fn app(config: &mut web::ServiceConfig, bus: &mut events::Bus, hooks: &mut Hooks) {
    routes::register(config, guarded);
    let mut router = routes::Router::new();
    router.register(guarded);
    bus.register(|event| event);
    bus.register(on_event);
    hooks.bus.register(|event| event);
    let mut own = events::Bus;
    let mut made = events::Bus {};
    made.register(|event| event);
    events::register(on_event, bus);
    events::register(|event| event, bus);
    signal_hook::register(15, || ());
}
