//! A cluster of which some nodes answer.

use std::time::Duration;

use super::{DAY, SECOND, SharedStore, rate, redis::RedisCluster, runtime, take};
use crate::{
    clock::Moment,
    limit::{Admission, Limit, Limiter, Place, shared::script::key_text},
};

const TIMEOUT: Duration = Duration::from_millis(200);

/// The node that holds a key of the limit.
fn node(cluster: &mut RedisCluster, limit: &Limit, key: &[u8]) -> usize {
    let text = key_text("test", &limit.key(key).shared.unwrap(), "");
    let text = String::from_utf8(text.to_vec()).unwrap();
    let slot = cluster.nodes()[0].command(&["CLUSTER", "KEYSLOT", &text]);
    // Three nodes, with a third of the slots each.
    match slot.parse::<u32>().unwrap() {
        ..=5_460 => 0,
        5_461..=10_922 => 1,
        _ => 2,
    }
}

#[test]
fn a_refusal_stands_where_another_node_does_not_answer() {
    let Some(mut cluster) = RedisCluster::launch() else { return };
    let runtime = runtime();
    let url = cluster.url();
    let instance = |timeout| {
        let store = SharedStore::redis(&super::at(&url, "test", timeout)).unwrap();
        Limiter::default().sharing(store, false)
    };
    let first = instance(SECOND * 5);
    let [other, another] = [TIMEOUT; 2].map(&instance);
    let limits = |limiter: &Limiter| {
        ["narrow", "wide"].map(|name| {
            let quota = if name == "narrow" { 1 } else { 5 };
            limiter.limit("e", &rate(name, quota, DAY)).unwrap()
        })
    };
    let [narrow, wide] = limits(&first);
    // Keys of the two limits that are on different nodes.
    let (key, here, there) = (0_u8..=255)
        .map(|key| (key, node(&mut cluster, &narrow, &[key]), node(&mut cluster, &wide, &[key])))
        .find(|(_, here, there)| here != there)
        .unwrap();
    assert_eq!(
        take(&runtime, &first, &mut [narrow.ask(&[key]), wide.ask(&[key])]),
        Admission::Granted
    );

    // The node of the wide limit is silent: the narrow one is spent, and that is the answer.
    // Until it is connected and within reach, however busy the machine is.
    let warm = |limiter: &Limiter| {
        let limit = limiter.limit("e", &rate("warm", 1_000, DAY)).unwrap();
        let started = Moment::now();
        let is_shared = || {
            let mut asked = [limit.ask(b"")];
            let admission = take(&runtime, limiter, &mut asked);
            admission == Admission::Granted && asked[0].place == Place::Shared
        };
        while !is_shared() {
            assert!(Moment::now().since(started) < SECOND * 10, "it is not within reach");
            runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
    };
    warm(&other);
    let [other_narrow, other_wide] = limits(&other);
    cluster.nodes()[there].freeze();
    let mut asked = [other_narrow.ask(&[key]), other_wide.ask(&[key])];
    assert_eq!(take(&runtime, &other, &mut asked), Admission::Refused);
    assert!(asked[0].is_refused());
    assert_eq!(asked[1].place, Place::Unasked, "nobody knows of this one");
    cluster.nodes()[there].thaw();

    // What it was asked while it was silent it has done since.
    let left = || {
        let mut ask = wide.ask(&[key]);
        let seen = runtime.block_on(first.survey(&mut ask, Moment::now()));
        assert_eq!(seen, Admission::Granted);
        ask.decision.remaining
    };
    let until = |expected| {
        let started = Moment::now();
        while left() != expected {
            assert!(Moment::now().since(started) < SECOND * 5, "{} are left", left());
            runtime.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
        }
    };
    until(3);

    warm(&another);
    // The node of the narrow limit is silent: it is counted here, and the other has it back.
    let [narrow, another_wide] = limits(&another);
    cluster.nodes()[here].freeze();
    let mut asked = [narrow.ask(&[key]), another_wide.ask(&[key])];
    assert_eq!(take(&runtime, &another, &mut asked), Admission::Granted);
    assert_eq!(asked[0].place, Place::Standby);
    cluster.nodes()[here].thaw();
    until(3);
}
