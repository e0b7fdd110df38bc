//! Effects of two steps whose store is killed between them: what was taken and is to be given back,
//! and refusals that lead to a ban.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade_tests::{redis::RedisServer, server::Server};

use crate::service::{Gate, scripts, start, start_with, store};

/// A time-out that no busy machine meets by accident.
const PATIENT: Duration = Duration::from_secs(5);

fn instance(redis: &RedisServer) -> Server {
    start(store(&redis.url(), PATIENT))
}

/// Asks three times for what fails; the statuses.
fn failing(redis: &RedisServer, client: &str) -> [u16; 3] {
    let server = instance(redis);
    [(); 3].map(|()| server.get("/gated/missing").header("x-client", client).send().status)
}

/// What is given back is on its way when the answer is.
fn wait_for_another(redis: &RedisServer, before: u64) {
    let began = Instant::now();
    while scripts(redis) == before {
        assert!(began.elapsed() < PATIENT, "nothing is given back");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_a_killed_store_was_not_told_to_give_back_stays_spent() {
    let Some(mut redis) = RedisServer::launch() else { return };
    for (client, is_killed, left) in [("a", false, [404, 404, 429]), ("b", true, [404, 429, 429])] {
        let gate = Gate::closed();
        let server = start_with(store(&redis.url(), Duration::from_millis(100)), &gate);
        let status = thread::scope(|scope| {
            let ask = || server.get("/gated/there").header("x-client", client).send().status;
            let asked = scope.spawn(ask);
            gate.wait();
            let before = if is_killed {
                redis.stop();
                None
            } else {
                Some(scripts(&redis))
            };
            gate.open();
            let status = asked.join().unwrap();
            before.inspect(|before| wait_for_another(&redis, *before));
            status
        });
        assert_eq!(status, 200, "a request that succeeds does not depend on what is given back");
        // With its tasks: what was not given back by now never is.
        drop(server);
        redis.start();
        assert_eq!(failing(&redis, client), left, "{client}");
    }
}

#[test]
fn refusals_and_the_ban_that_they_lead_to_survive_a_killed_store() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let refused = |redis: &RedisServer, times: usize| {
        let server = instance(redis);
        let mut refusals = 0;
        while refusals < times {
            refusals += usize::from(server.get("/banned").send().status == 429);
        }
    };
    refused(&redis, 2);
    redis.stop();
    redis.start();
    refused(&redis, 1);
    for _ in 0..2 {
        let answer = instance(&redis).get("/banned").send();
        assert_eq!(answer.status, 429);
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(wait > 3_500, "{wait}");
        redis.stop();
        redis.start();
    }
}
