//! What a request costs the store.

use std::time::Duration;

use palisade_tests::redis::RedisServer;

use crate::service::{scripts, start, store};

/// A time-out that no busy machine meets by accident.
const PATIENT: Duration = Duration::from_secs(5);

#[test]
fn three_shared_limits_are_one_round_trip() {
    let Some(redis) = RedisServer::launch() else { return };
    let server = start(store(&redis.url(), PATIENT));
    assert_eq!(server.get("/three").send().status, 200);
    let before = scripts(&redis);
    for _ in 0..50 {
        let answer = server.get("/three").header("x-client", "a").send();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit").unwrap().split(", ").count(), 3);
    }
    assert_eq!(scripts(&redis) - before, 50);
}

#[test]
fn a_refused_client_costs_no_round_trip() {
    let Some(redis) = RedisServer::launch() else { return };
    let server = start(store(&redis.url(), PATIENT));
    let ask = |client: &str| server.get("/one-a-day").header("x-client", client).send();
    assert_eq!((ask("a").status, ask("a").status), (200, 429));
    let before = scripts(&redis);
    for _ in 0..50 {
        let answer = ask("a");
        assert_eq!((answer.status, answer.problem().as_str()), (429, "quota-exceeded"));
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((86_000..=86_400).contains(&wait), "{wait}");
        assert!(answer.header("ratelimit").unwrap().contains("\"header\";r=0;t="));
    }
    assert_eq!(scripts(&redis), before);
    assert_eq!(ask("b").status, 200);
    assert_eq!(scripts(&redis), before + 1);
}

#[test]
fn what_did_not_fail_is_given_back_at_all_instances() {
    let Some(redis) = RedisServer::launch() else { return };
    let [a, b] = [(); 2].map(|()| start(store(&redis.url(), PATIENT)));
    for _ in 0..10 {
        assert_eq!(a.get("/failures/there").header("x-client", "a").send().status, 200);
        // It is on its way when the answer is.
        std::thread::sleep(Duration::from_millis(50));
    }
    for server in [&a, &b] {
        let answer = server.get("/failures/missing").header("x-client", "a").send();
        assert_eq!(answer.status, 404);
    }
    for server in [&a, &b] {
        let answer = server.get("/failures/there").header("x-client", "a").send();
        assert_eq!(answer.status, 429);
    }
}
