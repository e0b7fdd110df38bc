//! What the audit learns of an outage of the store that instances share. A program of its own: the
//! events of a process do not say which store they are about.

use std::{
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{Palisade, Redis, limit::SharedStore, prelude::*};
use palisade_tests::{audit, redis::RedisServer, server::Server};

#[get("/counted")]
#[public]
#[rate_limit("1000000/hour", by = global, store = shared)]
async fn counted() -> &'static str {
    "ok"
}

fn until(store: &SharedStore, is_out_of_reach: bool) {
    let started = Instant::now();
    while store.report().is_out_of_reach != is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(5), "it is not noticed");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn an_outage_is_told_once_when_it_begins_and_once_when_it_ends() {
    let Some(mut redis) = RedisServer::launch() else { return };
    audit::listen();
    // No busy machine meets this time-out by accident; a server that is gone refuses at once.
    let shared = Redis::new(&redis.url().into(), "test").unwrap();
    let store = SharedStore::redis(&shared.timeout(Duration::from_secs(5)).unwrap()).unwrap();
    let palisade = Palisade::builder()
        .endpoints(endpoints![counted])
        .dangerous_no_service_limit("this test is about another limit")
        .limit_store(store.clone())
        .build()
        .unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let told = |event| audit::events("event", event).len();
    let ask_at_once = || {
        thread::scope(|scope| {
            for _ in 0..8 {
                let ask =
                    || (0..10).for_each(|_| assert_eq!(server.get("/counted").send().status, 200));
                scope.spawn(ask);
            }
        });
    };
    ask_at_once();
    for outage in 1..=3 {
        redis.stop();
        ask_at_once();
        until(&store, true);
        ask_at_once();
        assert_eq!((told("limit_store_lost"), told("limit_store_found")), (outage, outage - 1));
        redis.start();
        until(&store, false);
        ask_at_once();
        assert_eq!((told("limit_store_lost"), told("limit_store_found")), (outage, outage));
    }
    let lost = audit::events("event", "limit_store_lost");
    assert!(lost.iter().all(|event| event.contains_key("failure")), "{lost:?}");
    assert!(!format!("{lost:?}").contains("redis://"), "{lost:?}");
}
