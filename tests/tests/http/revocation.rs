//! Revoked credentials over real sockets: one service, two that share a Redis, and a Redis that
//! goes away under load.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::{
    Palisade, Redis,
    auth::{MAX_STALENESS, Revocations},
    prelude::*,
};
use palisade_tests::{redis::RedisServer, server::Server, token};

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[get("/catalogue")]
#[authenticated]
#[credentials(bearer, revocation_outage = allow, reason = "reading the catalogue harms nobody")]
async fn catalogue() -> &'static str {
    "lamps"
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[post("/log-out")]
#[authenticated]
async fn log_out(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    revocations.revoke(&who).await.map_err(|_| Problem::unavailable("the store is away"))?;
    Ok(NoContent)
}

#[post("/log-out-everywhere")]
#[authenticated]
async fn log_out_everywhere(who: Principal, revocations: Data<Revocations>) -> Result<NoContent> {
    let until = who.issued_at().unwrap_or_default() + 1;
    revocations
        .revoke_subject(who.issuer(), who.subject(), until)
        .await
        .map_err(|_| Problem::unavailable("the store is away"))?;
    Ok(NoContent)
}

fn start(revocations: &Revocations) -> Server {
    let palisade = Palisade::builder()
        .auth(token::verifier())
        .revocations(revocations.clone())
        .endpoints(endpoints![me, catalogue, ping, log_out, log_out_everywhere])
        .dangerous_no_service_limit("one client sends the whole load")
        .build()
        .unwrap();
    let data = Data::new(revocations.clone());
    Server::start(move || {
        App::new()
            .app_data(data.clone())
            .configure(|config| palisade.mount(config))
            .wrap(palisade.clone())
    })
}

fn shared(redis: &RedisServer) -> Revocations {
    let revocations =
        Revocations::redis(&Redis::new(&redis.url().into(), "test").unwrap()).unwrap();
    wait_for("the list to be read", || revocations.is_fresh());
    revocations
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) -> Duration {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
    started.elapsed()
}

#[test]
fn a_revoked_token_is_refused_and_others_are_not() {
    let server = start(&Revocations::in_memory());
    let (ada, again, grace) =
        (token::token("ada", ""), token::token("ada", ""), token::token("grace", ""));
    let status = |token: &str| server.get("/me").bearer(token).send().status;
    assert_eq!((status(&ada), status(&again), status(&grace)), (200, 200, 200));
    assert_eq!(server.post("/log-out").bearer(&ada).send().status, 204);

    let answer = server.get("/me").bearer(&ada).send();
    assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"));
    assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(server.get("/catalogue").bearer(&ada).send().status, 401, "it is known");
    assert_eq!((status(&again), status(&grace)), (200, 200));

    assert_eq!(server.post("/log-out-everywhere").bearer(&again).send().status, 204);
    assert_eq!((status(&again), status(&grace)), (401, 200));
}

#[test]
fn what_one_instance_revokes_reaches_the_other_within_a_second() {
    let Some(redis) = RedisServer::launch() else { return };
    let (first, second) = (start(&shared(&redis)), start(&shared(&redis)));
    let mut delays = Vec::new();
    for _ in 0..20 {
        let ada = token::token("ada", "");
        assert_eq!(second.get("/me").bearer(&ada).send().status, 200, "and it is kept there now");
        assert_eq!(first.post("/log-out").bearer(&ada).send().status, 204);
        assert_eq!(first.get("/me").bearer(&ada).send().status, 401);
        let refused = || second.get("/me").bearer(&ada).send().status == 401;
        delays.push(wait_for("the other instance to know", refused));
    }
    delays.sort_unstable();
    println!("of 20: {delays:?}");
    // A busy machine may hold up one of them.
    assert!(delays[10] < Duration::from_secs(1), "{delays:?}");

    // An instance that starts later knows it all.
    let ada = token::token("ada", "");
    assert_eq!(first.post("/log-out").bearer(&ada).send().status, 204);
    let third = start(&shared(&redis));
    assert_eq!(third.get("/me").bearer(&ada).send().status, 401);
}

#[test]
fn redis_stopped_and_started_under_load_gives_what_was_declared_and_nothing_else() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let revocations = shared(&redis);
    let server = start(&revocations);
    let (ada, revoked) = (token::token("ada", ""), token::token("ada", ""));
    assert_eq!(server.post("/log-out").bearer(&revoked).send().status, 204);

    let (ended, outage) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let load = |path: &'static str, token: &'static str| {
            let (server, ended, outage) = (&server, &ended, &outage);
            let token = if token == "revoked" { revoked.clone() } else { ada.clone() };
            scope.spawn(move || {
                let mut seen = Vec::new();
                while !ended.load(Ordering::Acquire) {
                    let before = outage.load(Ordering::Acquire);
                    let status = server.get(path).bearer(&token).send().status;
                    let after = outage.load(Ordering::Acquire);
                    // A request that the change overtook may have either answer.
                    seen.push((if before == after { Some(before) } else { None }, status));
                    thread::sleep(Duration::from_millis(2));
                }
                seen
            })
        };
        let (strict, lenient) = (load("/me", "good"), load("/catalogue", "good"));
        let (denied, denied_leniently) = (load("/me", "revoked"), load("/catalogue", "revoked"));
        let open = load("/ping", "good");
        let mut outages = Vec::new();
        for _ in 0..2 {
            thread::sleep(Duration::from_millis(300));
            redis.stop();
            // Up to the bound the old list is good enough; after it, it is not.
            outages.push(wait_for("the outage to be noticed", || !revocations.is_fresh()));
            outage.store(true, Ordering::Release);
            thread::sleep(Duration::from_millis(300));
            let answer = server.post("/log-out").bearer(&ada).send();
            assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
            outage.store(false, Ordering::Release);
            redis.start();
            wait_for("the list to be read again", || revocations.is_fresh());
        }
        thread::sleep(Duration::from_millis(300));
        ended.store(true, Ordering::Release);
        for (name, seen, in_outage) in [
            ("strict", strict.join().unwrap(), &[503][..]),
            ("lenient", lenient.join().unwrap(), &[200]),
            ("denied", denied.join().unwrap(), &[401]),
            ("denied leniently", denied_leniently.join().unwrap(), &[401]),
            ("open", open.join().unwrap(), &[200]),
        ] {
            let good = if name.starts_with("denied") { 401 } else { 200 };
            let during: Vec<_> = seen
                .iter()
                .filter(|(outage, _)| *outage == Some(true))
                .map(|seen| seen.1)
                .collect();
            assert!(during.len() > 20, "{name}: only {} requests in the outage", during.len());
            assert!(during.iter().all(|status| in_outage.contains(status)), "{name}: {during:?}");
            // Around the outage, while it is found out, the declared two and nothing else.
            let others = seen.iter().filter(|(outage, _)| *outage != Some(true));
            assert!(
                others.clone().all(|(_, status)| *status == good || in_outage.contains(status)),
                "{name}: {seen:?}"
            );
            assert!(others.filter(|(_, status)| *status == good).count() > 20, "{name}");
        }
        for outage in outages {
            assert!(outage <= MAX_STALENESS + Duration::from_millis(500), "{outage:?}");
        }
    });
    assert_eq!(server.get("/me").bearer(&ada).send().status, 200);
}

#[test]
fn without_its_redis_a_service_answers_no_caller() {
    let revocations =
        Revocations::redis(&Redis::new(&"redis://127.0.0.1:1".into(), "test").unwrap()).unwrap();
    let server = start(&revocations);
    let ada = token::token("ada", "");
    let answer = server.get("/me").bearer(&ada).send();
    assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
    assert_eq!(answer.all("www-authenticate"), Vec::<&str>::new());
    assert_eq!(answer.all("retry-after"), ["1"]);
    assert_eq!(server.get("/me").send().status, 401);
    assert_eq!(server.get("/me").bearer("a.b.c").send().status, 401);
    assert_eq!(server.get("/catalogue").bearer(&ada).send().status, 200);
    assert_eq!(server.get("/ping").send().status, 200);
}
