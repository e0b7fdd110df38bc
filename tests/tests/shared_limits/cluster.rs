//! Limits of one request on several nodes of a cluster.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade_tests::redis::RedisCluster;

use crate::service::{QUOTA, start, store};

const PATIENT: Duration = Duration::from_secs(5);

#[test]
fn limits_on_several_nodes_are_spent_together_or_not_at_all() {
    let Some(mut cluster) = RedisCluster::launch() else { return };
    let store = store(&cluster.url(), PATIENT);
    assert!(store.is_cluster());
    let server = start(store.clone());
    // Its three keys are in slots of their own; the one that refuses is another one for each client.
    for client in 0..20 {
        let ask = || server.get("/pair").header("x-client", &client.to_string()).send();
        let answer = ask();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let left = answer.header("ratelimit").unwrap().to_owned();
        assert!(left.contains("\"header\";r=0;"), "{left}");
        let answer = ask();
        assert_eq!(answer.status, 429);
        assert_eq!(answer.json()["violated-policies"], serde_json::json!(["header"]));
    }
    // All clients together: refused units were returned.
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let answer = server.get("/pair").header("x-client", "last").send();
        let left = answer.header("ratelimit").unwrap_or_default().to_owned();
        let global = left.split(", ").find(|item| item.contains("\"global\""));
        match global {
            // Of 500 twenty were spent, and one by this.
            Some(item) if item.contains(";r=479;") => break,
            _ if Instant::now() < deadline => thread::sleep(Duration::from_millis(20)),
            _ => panic!("{} {left}", answer.status),
        }
    }
    let used: Vec<u64> = cluster.nodes().iter().map(|node| node.calls("evalsha")).collect();
    assert!(used.iter().all(|calls| *calls > 0), "{used:?}");
    let report = store.report();
    println!("calls on each node: {used:?}; {report:?}");
    assert_eq!(report.outages, 0);
}

#[test]
fn exactly_the_quota_passes_over_two_instances_and_a_cluster() {
    let Some(cluster) = RedisCluster::launch() else { return };
    let servers = [(); 2].map(|()| start(store(&cluster.url(), PATIENT)));
    let passed: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..10)
            .map(|client| {
                let server = &servers[client % 2];
                let ask = || server.get("/counted").send().status;
                scope.spawn(move || (0..40).filter(|_| ask() == 200).count())
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert_eq!(passed, QUOTA);
}

#[test]
fn a_node_that_is_gone_is_an_outage_until_it_is_back() {
    let Some(mut cluster) = RedisCluster::launch() else { return };
    let store = store(&cluster.url(), Duration::from_millis(100));
    let server = start(store.clone());
    let ask =
        |client: usize| server.get("/few").header("x-client", &client.to_string()).send().status;
    assert!((0..10).all(|client| ask(client) == 200));
    cluster.nodes()[1].stop();
    // Some of these keys are on that node; all of them are counted, here or there.
    assert!((10..60).all(|client| ask(client) == 200));
    assert!(store.report().is_out_of_reach);
    for client in 100..110 {
        assert_eq!([(); 4].map(|()| ask(client)), [200, 200, 200, 429]);
    }
    cluster.nodes()[1].start();
    let started = Instant::now();
    while !cluster.is_ready() {
        assert!(started.elapsed() < Duration::from_secs(20), "the cluster does not recover");
        thread::sleep(Duration::from_millis(5));
    }
    let started = Instant::now();
    while store.report().is_out_of_reach {
        assert!(started.elapsed() < Duration::from_secs(2), "it does not notice");
        thread::sleep(Duration::from_millis(5));
    }
    println!("cluster: in use again {:?} after all its nodes are", started.elapsed());
    assert!((200..250).all(|client| ask(client) == 200));
}
