//! The store is killed, hangs, comes back without its scripts and without its data, under load.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade::limit::SharedStore;
use palisade_tests::{redis::RedisServer, server::Server};

use crate::{
    latency::Latency,
    load::{Seen, under_load},
    service::{TIMEOUT, start, store},
};

/// A page whose limit is counted in memory.
const CONTROL: &str = "/control";

const PATHS: [&str; 5] = ["/local", "/closed", "/open", "/few", CONTROL];

/// How many may pass of one client of `/few`, wherever they are counted.
const FEW: usize = 3;

/// Which answers a path may give, whatever happens to the store.
fn allowed(path: &str) -> &'static [u16] {
    match path {
        "/closed" => &[200, 503],
        "/few" => &[200, 429],
        _ => &[200],
    }
}

/// A time-out that no busy machine meets by accident.
const PATIENT: Duration = Duration::from_secs(5);

fn launch(timeout: Duration) -> Option<(RedisServer, SharedStore, Server)> {
    let redis = RedisServer::launch()?;
    let store = store(&redis.url(), timeout);
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

/// Until the outage is noticed; how many there were then.
fn until_out_of_reach(store: &SharedStore) -> u64 {
    let started = Instant::now();
    while !store.report().is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(5), "nobody notices");
        thread::sleep(Duration::from_millis(2));
    }
    store.report().outages
}

/// Asks as one client, many times at once; how many of these requests passed.
fn passed(server: &Server, client: &str) -> usize {
    let ask = || server.get("/few").header("x-client", client).send().status;
    let ask = || {
        let statuses: Vec<_> = (0..10).map(|_| ask()).collect();
        assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
        statuses.iter().filter(|status| **status == 200).count()
    };
    thread::scope(|scope| {
        let clients = [(); 4].map(|()| scope.spawn(ask));
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    })
}

fn judge(
    what: &str,
    all: &[(&'static str, Vec<Seen>)],
    (began, ended): (Instant, Instant),
    outages: u64,
) {
    let minute = Duration::from_secs(60);
    let of = |path: &str| &all.iter().find(|(own, _)| *own == path).unwrap().1;
    let control = Latency::of(of(CONTROL), began, ended);
    for (path, seen) in all {
        let wrong = seen.iter().find(|seen| !allowed(path).contains(&seen.status));
        assert!(wrong.is_none(), "{what}: {path} answered {wrong:?}");
        let before = Latency::of(seen, began - minute, began);
        let during = Latency::of(seen, began, ended);
        let count = |status| seen.iter().filter(|seen| seen.status == status).count();
        println!("{what}: {path}: before: {}; during: {}", before.text(), during.text());
        println!("{what}: {path}: {} of {} answers are 503", count(503), seen.len());
        if *path != CONTROL {
            let what = format!("{what}: {path}");
            during.judge_pace(&what, &before, &control);
            // A server that forgets answers all the time: how soon is its own affair.
            if outages > 0 {
                during.judge_outage(&what, &control);
            }
        }
        let refuses = *path == "/closed" && outages > 0;
        assert_eq!(count(503) > 0, refuses, "{what}: {path}");
    }
}

#[test]
fn a_killed_store_costs_a_time_out_at_most_and_is_found_again() {
    let Some((mut redis, store, server)) = launch(TIMEOUT) else { return };
    let ((began, ended, recovery), seen) = under_load(&server, &PATHS, || {
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        redis.stop();
        let outages = until_out_of_reach(&store);
        let answer = server.get("/closed").send();
        assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(server.get("/local").send().header("ratelimit").is_some());
        assert!(server.get("/open").send().header("ratelimit").is_none(), "nobody knows");
        assert_eq!(passed(&server, "killed"), FEW, "a tight limit refuses by itself");
        thread::sleep(Duration::from_millis(1_000));
        assert_eq!(store.report().outages, outages, "one outage is one");
        let ended = Instant::now();
        redis.start();
        let recovery = recovery(&store);
        thread::sleep(Duration::from_millis(500));
        (began, ended, recovery)
    });
    judge("killed", &seen, (began, ended), store.report().outages);
    println!("killed: in use again {recovery:?} after it answers");
    assert!(recovery < Duration::from_secs(2), "{recovery:?}");
    assert_eq!(server.get("/local").send().status, 200);
}

#[test]
fn a_store_that_hangs_costs_one_time_out() {
    let Some((redis, store, server)) = launch(TIMEOUT) else { return };
    let ((began, ended, recovery), seen) = under_load(&server, &PATHS, || {
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        redis.freeze();
        let outages = until_out_of_reach(&store);
        assert_eq!(passed(&server, "hung"), FEW, "a tight limit refuses by itself");
        thread::sleep(Duration::from_millis(1_500));
        assert_eq!(store.report().outages, outages, "one outage is one");
        let ended = Instant::now();
        redis.thaw();
        let recovery = recovery(&store);
        thread::sleep(Duration::from_millis(500));
        (began, ended, recovery)
    });
    judge("hung", &seen, (began, ended), store.report().outages);
    println!("hung: in use again {recovery:?} after it goes on");
    assert!(recovery < Duration::from_secs(2), "{recovery:?}");
    // Only the requests that waited when it began to hang are slow; later ones are not.
    let slow = seen.iter().flat_map(|(_, seen)| seen);
    let slow = slow.filter(|seen| seen.took >= TIMEOUT && seen.at > began && seen.at < ended);
    let clients = 2 * PATHS.len();
    assert!(slow.count() <= 2 * clients, "requests go on waiting");
}

#[test]
fn a_store_that_restarts_is_in_use_again_at_once_and_has_forgotten_nothing() {
    let Some((mut redis, store, server)) = launch(TIMEOUT) else { return };
    let other = |redis: &RedisServer| start(crate::service::store(&redis.url(), PATIENT));
    assert_eq!(passed(&other(&redis), "before"), FEW);
    let ((began, ended, recovery), seen) = under_load(&server, &PATHS, || {
        thread::sleep(Duration::from_millis(500));
        let began = Instant::now();
        for _ in 0..3 {
            redis.stop();
            redis.start();
            thread::sleep(Duration::from_millis(200));
        }
        let ended = Instant::now();
        let recovery = recovery(&store);
        (began, ended, recovery)
    });
    let outages = store.report().outages;
    judge("restarted", &seen, (began, ended), outages);
    println!("restarted: in use again {recovery:?} after it answers, {outages} outages");
    assert!(recovery < Duration::from_secs(2), "{recovery:?}");
    assert!(outages > 0, "nobody noticed");
    assert_eq!(passed(&other(&redis), "before"), 0, "what was spent before is spent");
}

#[test]
fn a_store_without_its_scripts_or_its_data_goes_on() {
    const FLUSHES: usize = 20;
    let Some((redis, store, server)) = launch(PATIENT) else { return };
    let ((began, ended), seen) = under_load(&server, &PATHS, || {
        // Long enough for a busy machine to answer some twenty times.
        thread::sleep(Duration::from_secs(1));
        let began = Instant::now();
        for flush in 0..FLUSHES {
            redis.command(&["SCRIPT", "FLUSH"]);
            assert_eq!(passed(&server, &format!("flush {flush}")), FEW);
            redis.command(&["FLUSHALL"]);
            thread::sleep(Duration::from_millis(25));
        }
        (began, Instant::now())
    });
    judge("flushed", &seen, (began, ended), store.report().outages);
    println!("flushed: {:?}", store.report());
    assert_eq!(store.report().outages, 0, "it answers all the time");
}
