//! The service's own limit, shared: one round trip with the limits of the endpoint.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use actix_web::{App, HttpResponse, dev::Service as _, web};
use palisade::{Palisade, prelude::*};
use palisade_tests::{
    redis::RedisServer,
    server::Server,
    token::{token, verifier},
};

use crate::service::{scripts, store};

/// A time-out that no busy machine meets by accident.
const PATIENT: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(86_400);

#[get("/plain")]
#[public]
async fn plain() -> &'static str {
    "ok"
}

#[get("/three")]
#[public]
#[rate_limit("2000/day", by = ip)]
#[rate_limit("90000/hour", by = global)]
#[rate_limit("2/day", by = header("x-client"))]
async fn three() -> &'static str {
    "ok"
}

#[get("/in-memory")]
#[public]
#[rate_limit("100000/hour", by = ip, store = local)]
async fn in_memory() -> &'static str {
    "ok"
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(max = 40))]
    name: String,
}

#[post("/stages")]
#[authenticated]
#[rate_limit("100000/hour", by = ip)]
#[rate_limit("80000/hour", by = subject)]
#[rate_limit("70000/hour", by = body("name"))]
#[validated]
async fn stages(login: Json<Login>) -> Result<String> {
    Ok(login.into_inner().name)
}

/// A service whose limits are all shared, its own of `quota` a day too; and how many requests have
/// reached the middleware before its endpoints.
fn start(redis: &RedisServer, quota: u32) -> (Server, Arc<AtomicUsize>) {
    let palisade = Palisade::builder()
        .endpoints(endpoints![plain, three, in_memory, stages])
        .auth(verifier())
        .service_limit(quota, DAY, quota)
        .limit_store(store(&redis.url(), PATIENT))
        .share_limits()
        .build()
        .unwrap();
    let inside = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&inside);
    let server = Server::start(move || {
        let counted = Arc::clone(&counted);
        App::new()
            // In front of an endpoint, which is never reached.
            .route("/in-memory", web::get().to(async || HttpResponse::NoContent().finish()))
            .configure(|config| palisade.mount(config))
            .wrap_fn(move |request, service| {
                counted.fetch_add(1, Ordering::Relaxed);
                service.call(request)
            })
            .wrap(palisade.clone())
    });
    (server, inside)
}

/// How often the store ran a script while this was asked.
fn trips<T>(redis: &RedisServer, ask: impl FnOnce() -> T) -> (T, u64) {
    let before = scripts(redis);
    let answer = ask();
    (answer, scripts(redis) - before)
}

#[test]
fn each_stage_is_one_round_trip_and_the_service_s_limit_has_none_of_its_own() {
    let Some(redis) = RedisServer::launch() else { return };
    let (server, _) = start(&redis, 1_000);
    let login = || {
        let request = server.post("/stages").bearer(&token("ada", ""));
        request.json(r#"{"name":"ada"}"#).send()
    };
    // Once each, so that the server knows the scripts.
    assert_eq!(server.get("/plain").send().status, 200);
    let (answer, of_plain) = trips(&redis, || server.get("/plain").send());
    assert_eq!((answer.status, of_plain), (200, 1));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"service\";r=998;"));

    let (answer, of_three) = trips(&redis, || server.get("/three").header("x-client", "a").send());
    assert_eq!((answer.status, of_three), (200, 1));
    let left = answer.header("ratelimit").unwrap();
    for item in ["\"service\";r=997;", "\"ip\";r=1999;", "\"global\";r=89999;", "\"header\";r=1;"] {
        assert!(left.contains(item), "{left}");
    }

    let (answer, of_stages) = trips(&redis, login);
    assert_eq!((answer.status, of_stages), (200, 3), "before the identity, after it, by the body");
    assert_eq!(answer.header("ratelimit").unwrap().split(", ").count(), 4);
    // Refused before its identity is known.
    let (answer, of_unknown) = trips(&redis, || server.post("/stages").json("{}").send());
    assert_eq!((answer.status, of_unknown), (401, 1));
}

#[test]
fn what_reaches_no_endpoint_is_asked_before_anything_runs() {
    let Some(redis) = RedisServer::launch() else { return };
    let (server, inside) = start(&redis, 4);
    assert_eq!(server.get("/plain").send().status, 200);
    let (answer, of_unknown) = trips(&redis, || server.get("/nowhere").send());
    assert_eq!((answer.status, of_unknown), (404, 1));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"service\";r=2;"));
    let (answer, of_method) = trips(&redis, || server.request("DELETE", "/plain").send());
    assert_eq!((answer.status, of_method), (405, 1));
    // It is on its way to an endpoint, and another handler of the app answers.
    let (answer, of_other) = trips(&redis, || server.get("/in-memory").send());
    assert_eq!((answer.status, of_other), (204, 1));
    assert!(answer.header("ratelimit").unwrap().starts_with("\"service\";r=0;"));
    assert_eq!(inside.load(Ordering::Relaxed), 4);
    let before = scripts(&redis);
    for path in ["/nowhere", "/plain", "/in-memory"].repeat(5) {
        let answer = server.get(path).send();
        assert_eq!((answer.status, answer.problem().as_str()), (429, "quota-exceeded"), "{path}");
        assert_eq!(answer.json()["violated-policies"], serde_json::json!(["service"]));
    }
    assert_eq!(inside.load(Ordering::Relaxed), 4, "nothing runs for who is over the limit");
    assert_eq!(scripts(&redis) - before, 1, "once asked, it is known");
}

#[test]
fn a_burst_comes_to_what_stands_before_endpoints_with_its_quota_and_those_under_way() {
    const QUOTA: u32 = 20;
    const CLIENTS: usize = 8;
    let Some(redis) = RedisServer::launch() else { return };
    let (server, inside) = start(&redis, QUOTA);
    let passed: usize = thread::scope(|scope| {
        let ask = || (0..50).filter(|_| server.get("/plain").send().status == 200).count();
        let clients = [(); CLIENTS].map(|()| scope.spawn(ask));
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(passed, 20);
    // A request that asks first may pass before one that was deferred has been counted.
    let inside = inside.load(Ordering::Relaxed);
    assert!((20..=20 + CLIENTS).contains(&inside), "{inside}");
    // Another instance has not seen them, and asks before it answers.
    let (other, _) = start(&redis, QUOTA);
    assert_eq!(other.get("/plain").send().status, 429);
}

#[test]
fn who_is_refused_by_an_endpoint_runs_on_credit_for_one_quota_and_then_pays() {
    let Some(redis) = RedisServer::launch() else { return };
    let (server, _) = start(&redis, 10);
    let statuses: Vec<_> = (0..30)
        .map(|_| {
            let answer = server.get("/three").header("x-client", "b").send();
            let violated = answer.json()["violated-policies"].to_string();
            (answer.status, violated)
        })
        .collect();
    let refused_by = |name: &str| statuses.iter().filter(|(_, by)| by.contains(name)).count();
    // Two passed; eight were refused while their check was deferred; eight more were counted and
    // refused.
    assert_eq!(statuses.iter().filter(|(status, _)| *status == 200).count(), 2);
    assert_eq!((refused_by("header"), refused_by("service")), (16, 12), "{statuses:?}");
}
