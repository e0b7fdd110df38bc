//! The service under test.

use std::{sync::Arc, time::Duration};

use actix_web::App;
use palisade::{Palisade, Redis, limit::SharedStore, prelude::*};
use palisade_tests::{redis::RedisServer, server::Server};
use tokio::{sync::watch, time::timeout};

/// How long a request waits for the store.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(100);

/// So many pass over all instances.
pub(crate) const QUOTA: usize = 200;

#[get("/counted")]
#[public]
#[rate_limit("200/day", by = global, store = shared)]
async fn counted() -> &'static str {
    "ok"
}

#[get("/one-a-day")]
#[public]
#[rate_limit("1000/day", by = ip)]
#[rate_limit("1/day", by = header("x-client"), store = shared)]
async fn one_a_day() -> &'static str {
    "ok"
}

#[get("/three")]
#[public]
#[rate_limit("100000/hour", by = ip, store = shared)]
#[rate_limit("90000/hour", by = global, store = shared)]
#[rate_limit("80000/hour", by = header("x-client"), store = shared)]
async fn three() -> &'static str {
    "ok"
}

#[get("/pair")]
#[public]
#[rate_limit("500/day", by = global, store = shared)]
#[rate_limit("1/day", by = header("x-client"), store = shared)]
#[rate_limit("100000/day", by = ip, store = shared)]
async fn pair() -> &'static str {
    "ok"
}

#[get("/local")]
#[public]
#[rate_limit("1000000/hour", by = global, store = shared)]
async fn local() -> &'static str {
    "ok"
}

#[get("/control")]
#[public]
#[rate_limit("1000000/hour", by = global)]
async fn control() -> &'static str {
    "ok"
}

#[get("/closed")]
#[public]
#[rate_limit("1000000/hour", by = global, store = shared, outage = closed)]
async fn closed() -> &'static str {
    "ok"
}

#[get("/open")]
#[public]
#[rate_limit(
    "1000000/hour",
    by = global,
    store = shared,
    outage = open,
    reason = "a page that anybody may see, however often"
)]
async fn open() -> &'static str {
    "ok"
}

#[get("/banned")]
#[public]
#[rate_limit(
    "1/second",
    by = ip,
    store = shared,
    ban = "3 refusals in 10 minutes, 1 hour"
)]
async fn banned() -> &'static str {
    "ok"
}

#[get("/few")]
#[public]
#[rate_limit("100000/hour", by = ip)]
#[rate_limit("100/hour", by = header("x-client"), burst = 3, store = shared)]
async fn few() -> &'static str {
    "ok"
}

#[get("/failures/{name}")]
#[public]
#[rate_limit("2000/day", by = ip)]
#[rate_limit("2/day", by = header("x-client"), store = shared, count = failures)]
#[validated]
async fn failures(name: Path<Slug>) -> Result<&'static str> {
    if name.to_string() == "missing" { Err(Problem::not_found()) } else { Ok("ok") }
}

/// As [`failures`], once the gate is open: between what was taken and what is given back.
#[get("/gated/{name}")]
#[public]
#[rate_limit("2000/day", by = ip)]
#[rate_limit("2/day", by = header("x-client"), store = shared, count = failures)]
#[validated]
async fn gated(name: Path<Slug>, gate: Data<Gate>) -> Result<&'static str> {
    gate.pass().await;
    if name.to_string() == "missing" { Err(Problem::not_found()) } else { Ok("ok") }
}

/// A place where requests wait until it is opened.
#[derive(Debug)]
pub(crate) struct Gate {
    come: watch::Sender<bool>,
    open: watch::Sender<bool>,
}

impl Gate {
    pub(crate) fn closed() -> Arc<Self> {
        Arc::new(Self { come: watch::Sender::new(false), open: watch::Sender::new(false) })
    }

    pub(crate) fn opened() -> Arc<Self> {
        let gate = Self::closed();
        gate.open();
        gate
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Until a request has come.
    pub(crate) fn wait(&self) {
        let mut come = self.come.subscribe();
        let waited = actix_web::rt::System::new().block_on(async {
            timeout(Duration::from_secs(20), come.wait_for(|has_come| *has_come)).await.is_ok()
        });
        assert!(waited, "no request came");
    }

    async fn pass(&self) {
        self.come.send_replace(true);
        self.open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
    }
}

/// How often the server ran a script, by its digest or its text.
pub(crate) fn scripts(redis: &RedisServer) -> u64 {
    redis.calls("evalsha") + redis.calls("eval")
}

/// A store at this URL, as an instance makes it.
pub(crate) fn store(url: &str, timeout: Duration) -> SharedStore {
    SharedStore::redis(&Redis::new(&url.into(), "test").unwrap().timeout(timeout).unwrap()).unwrap()
}

/// An instance of the service that counts in this store.
pub(crate) fn start(store: SharedStore) -> Server {
    start_with(store, &Gate::opened())
}

/// The same; its requests of `/gated` wait at this gate.
pub(crate) fn start_with(store: SharedStore, gate: &Arc<Gate>) -> Server {
    let gate = Data::from(Arc::clone(gate));
    let palisade = Palisade::builder()
        .endpoints(endpoints![
            counted, one_a_day, three, pair, local, control, closed, open, banned, few, failures,
            gated
        ])
        .dangerous_no_service_limit("these tests are about other limits")
        .limit_store(store)
        .build()
        .unwrap();
    Server::start(move || {
        App::new()
            .app_data(gate.clone())
            .configure(|config| palisade.mount(config))
            .wrap(palisade.clone())
    })
}
