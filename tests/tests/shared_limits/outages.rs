//! The store is killed, hangs, comes back without its scripts and without its data, under load.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade::limit::SharedStore;
use palisade_tests::{redis::RedisServer, server::Server};

use crate::{
    load::{Seen, under_load},
    service::{TIMEOUT, start, store},
};

/// What a busy machine may add to an answer without the store's help.
const BUSY: Duration = Duration::from_millis(900);

const PATHS: [&str; 3] = ["/local", "/closed", "/open"];

/// Which answers a path may give, whatever happens to the store.
fn allowed(path: &str) -> &'static [u16] {
    match path {
        "/closed" => &[200, 503],
        _ => &[200],
    }
}

fn launch() -> Option<(RedisServer, SharedStore, Server)> {
    let redis = RedisServer::launch()?;
    let store = store(&redis.url(), TIMEOUT);
    let server = start(store.clone());
    for path in PATHS {
        assert_eq!(server.get(path).send().status, 200);
    }
    Some((redis, store, server))
}

/// Until the store is in use again, from now on.
fn recovery(store: &SharedStore) -> Duration {
    let started = Instant::now();
    while store.report().is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(10), "it does not recover");
        thread::sleep(Duration::from_millis(2));
    }
    started.elapsed()
}

fn until_out_of_reach(store: &SharedStore) {
    let started = Instant::now();
    while !store.report().is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(5), "nobody notices");
        thread::sleep(Duration::from_millis(2));
    }
}

/// The slowest of the answers to questions in this time.
fn slowest(seen: &[Seen], from: Instant, to: Instant) -> Duration {
    let between = seen.iter().filter(|seen| (from..to).contains(&seen.at));
    between.map(|seen| seen.took).max().unwrap_or_default()
}

fn judge(
    what: &str,
    all: &[(&'static str, Vec<Seen>)],
    (began, ended): (Instant, Instant),
    outages: u64,
) {
    for (path, seen) in all {
        let wrong = seen.iter().find(|seen| !allowed(path).contains(&seen.status));
        assert!(wrong.is_none(), "{what}: {path} answered {wrong:?}");
        let before = slowest(seen, began - Duration::from_secs(60), began);
        let during = slowest(seen, began, ended);
        let unavailable = seen.iter().filter(|seen| seen.status == 503).count();
        println!(
            "{what}: {path}: {} answers, {unavailable} of them 503; slowest {before:?} before, \
             {during:?} during",
            seen.len()
        );
        assert!(during < TIMEOUT + BUSY, "{what}: {path} took {during:?}");
        let refuses = *path == "/closed" && outages > 0;
        assert_eq!(unavailable > 0, refuses, "{what}: {path}");
    }
}

#[test]
fn a_killed_store_costs_a_time_out_at_most_and_is_found_again() {
    let Some((mut redis, store, server)) = launch() else { return };
    let ((began, ended, recovery), seen) = under_load(&server, &PATHS, || {
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        redis.stop();
        until_out_of_reach(&store);
        let answer = server.get("/closed").send();
        assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(server.get("/local").send().header("ratelimit").is_some());
        assert!(server.get("/open").send().header("ratelimit").is_none(), "nobody knows");
        thread::sleep(Duration::from_millis(1_000));
        redis.start();
        let ended = Instant::now();
        let recovery = recovery(&store);
        thread::sleep(Duration::from_millis(500));
        (began, ended, recovery)
    });
    judge("killed", &seen, (began, ended), store.report().outages);
    println!("killed: in use again {recovery:?} after it answers");
    assert!(recovery < Duration::from_secs(2), "{recovery:?}");
    assert_eq!(store.report().outages, 1);
    assert_eq!(server.get("/local").send().status, 200);
}

#[test]
fn a_store_that_hangs_costs_one_time_out() {
    let Some((redis, store, server)) = launch() else { return };
    let ((began, ended, recovery), seen) = under_load(&server, &PATHS, || {
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        redis.freeze();
        until_out_of_reach(&store);
        thread::sleep(Duration::from_millis(1_500));
        let ended = Instant::now();
        redis.thaw();
        let recovery = recovery(&store);
        thread::sleep(Duration::from_millis(500));
        (began, ended, recovery)
    });
    judge("hung", &seen, (began, ended), store.report().outages);
    println!("hung: in use again {recovery:?} after it goes on");
    assert!(recovery < Duration::from_secs(2), "{recovery:?}");
    // Those that waited when it began to hang; after them nobody does.
    let slow = seen.iter().flat_map(|(_, seen)| seen);
    let slow = slow.filter(|seen| seen.took >= TIMEOUT && seen.at > began && seen.at < ended);
    let clients = 2 * PATHS.len();
    assert!(slow.count() <= 2 * clients, "requests go on waiting");
}

#[test]
fn a_store_without_its_scripts_or_its_data_goes_on() {
    let Some((redis, store, server)) = launch() else { return };
    let ((began, ended), seen) = under_load(&server, &PATHS, || {
        let began = Instant::now();
        for _ in 0..20 {
            redis.command(&["SCRIPT", "FLUSH"]);
            thread::sleep(Duration::from_millis(25));
            redis.command(&["FLUSHALL"]);
            thread::sleep(Duration::from_millis(25));
        }
        (began, Instant::now())
    });
    judge("flushed", &seen, (began, ended), store.report().outages);
    println!("flushed: {:?}", store.report());
}
