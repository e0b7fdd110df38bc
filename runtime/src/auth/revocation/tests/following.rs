//! Lists in a real Redis.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    super::{List, redis::Shared},
    ISSUER, Revocations, Standing, now, of_login, standing,
};
use crate::{
    Redis,
    test_redis::{RedisCluster, RedisServer},
};

const STREAM: &str = "shop:{revocations}:hour";

fn shared(server: &RedisServer, capacity: usize) -> Revocations {
    let redis = Redis::new(&server.url().into(), "shop").unwrap();
    let list = Arc::new(List::new(capacity, 0));
    let shared = Shared::follow(&redis, &list).unwrap();
    Revocations { list, shared: Some(shared), sessions: Arc::default() }
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited too long for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Log-outs of the logins `<from>` to `<to>`, each a thousandth of a second after the other, the
/// first of them a while ago.
fn add(server: &RedisServer, from: u32, to: u32) {
    let script = "for number = ARGV[1], ARGV[2] do \
                  redis.call('XADD', KEYS[1], (ARGV[3] + number) .. '-1', 'login', 'l-' .. number, \
                  'issuer', ARGV[4], 'issued_until', '0', 'until', ARGV[5]) end return 'done'";
    let (began, until) = (((now() - 600) * 1_000).to_string(), (now() + 900).to_string());
    let (from, to) = (from.to_string(), to.to_string());
    let words = ["EVAL", script, "1", STREAM, &from, &to, &began, ISSUER, &until];
    assert_eq!(server.command(&words), "done");
}

fn sent(server: &RedisServer) -> u64 {
    let stats = server.command(&["INFO", "stats"]);
    let sent = stats.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:"));
    sent.unwrap().trim().parse().unwrap()
}

fn is_revoked(list: &Revocations, login: &str, issued_at: u64) -> bool {
    standing(list, &of_login(ISSUER, "ada", login, issued_at)) == Standing::Revoked
}

#[test]
fn a_list_that_is_longer_than_an_instance_holds_is_followed_once_and_refuses_few() {
    let Some(server) = RedisServer::launch() else { return };
    add(&server, 0, 20_000);
    let list = shared(&server, 1_000);
    wait_for("the list to be whole", || list.is_fresh());
    for login in ["l-0", "l-10000", "l-20000"] {
        assert!(is_revoked(&list, login, now() - 600), "{login}");
    }
    // What was issued since is good, and stays so.
    let recent = of_login(ISSUER, "ada", "another", now() - 60);
    assert_eq!(standing(&list, &recent), Standing::Good);
    let (reads, bytes) = (server.calls("xread"), sent(&server));
    let began = Instant::now();
    thread::sleep(Duration::from_secs(2));
    // Some four reads a second that give nothing, in place of the whole list again and again.
    let (reads, bytes) = (server.calls("xread") - reads, sent(&server) - bytes);
    let most = 10 + 10 * began.elapsed().as_secs();
    assert!(reads < most && bytes < 100_000, "{reads} reads, {bytes} bytes");
    wait_for("the list to stay whole", || list.is_fresh());
    assert_eq!(standing(&list, &recent), Standing::Good);

    // A new log-out takes effect here and elsewhere.
    let other = shared(&server, 1_000);
    wait_for("the other list to be whole", || other.is_fresh());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(list.revoke_login(ISSUER, "another", now() + 900)).unwrap();
    assert_eq!(standing(&list, &recent), Standing::Revoked);
    wait_for("the other to hear of it", || standing(&other, &recent) == Standing::Revoked);
}

#[test]
fn a_lost_connection_is_no_reason_to_read_the_list_again() {
    let Some(server) = RedisServer::launch() else { return };
    add(&server, 0, 20_000);
    let list = shared(&server, 100_000);
    wait_for("the list to be whole", || list.is_fresh());
    let before = sent(&server);
    server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    add(&server, 20_001, 20_010);
    wait_for("the news", || is_revoked(&list, "l-20010", now() - 600));
    let bytes = sent(&server) - before;
    assert!(bytes < 200_000, "{bytes} bytes for ten entries");
}

#[test]
fn another_list_in_the_place_of_the_known_one_is_read_from_its_start() {
    let Some(server) = RedisServer::launch() else { return };
    add(&server, 10_000, 10_010);
    let list = shared(&server, 100_000);
    wait_for("the list to be whole", || list.is_fresh());
    // A server that was promoted or restored, with entries that are older than the last one known.
    assert_eq!(server.command(&["FLUSHALL"]), "OK");
    add(&server, 0, 10);
    server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    wait_for("the other list", || is_revoked(&list, "l-5", now() - 600));
    assert!(is_revoked(&list, "l-10005", now() - 600), "what it knew, it remembers");
    wait_for("it to be whole", || list.is_fresh());
}

/// A server that loses its data over and over is not read whole as often as it can be.
#[test]
fn the_list_is_read_whole_again_after_longer_and_longer_pauses() {
    let Some(server) = RedisServer::launch() else { return };
    add(&server, 60_000, 60_000);
    let list = shared(&server, 100_000);
    wait_for("the list to be whole", || list.is_fresh());
    let mut took = Vec::new();
    for number in [50_000, 40_000, 30_000, 20_000, 10_000] {
        assert_eq!(server.command(&["FLUSHALL"]), "OK");
        add(&server, number, number);
        let began = Instant::now();
        server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        wait_for("the other list", || is_revoked(&list, &format!("l-{number}"), now() - 600));
        took.push(began.elapsed());
    }
    // 0.2 s before the second of them, and twice as long before each of the others.
    for (took, least) in took.iter().zip([0, 200, 400, 800, 1_600]) {
        assert!(*took >= Duration::from_millis(least), "{took:?}, at least {least} ms");
    }
}

#[test]
fn entries_that_cannot_be_read_keep_no_other_from_being_heard() {
    let Some(server) = RedisServer::launch() else { return };
    let list = shared(&server, 100);
    wait_for("the list to be whole", || list.is_fresh());
    for fields in [
        &["login", "x"][..],
        &["login", "x", "issuer", ISSUER, "issued_until", "-1", "until", "9999999999"],
        &["login", "x", "token", "x", "issuer", ISSUER, "issued_until", "1", "until", "9999999999"],
        &["a", "b"],
    ] {
        server.command(&[&["XADD", STREAM, "*"], fields].concat());
    }
    server.command(&[
        "EVAL",
        "return redis.call('XADD', KEYS[1], '*', '\\255', '\\254')",
        "1",
        STREAM,
    ]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let other = shared(&server, 100);
    runtime.block_on(other.revoke_login(ISSUER, "l", now() + 900)).unwrap();
    wait_for("the news", || is_revoked(&list, "l", now()));
    wait_for("the list to stay whole", || list.is_fresh());
}

#[test]
fn errors_of_every_kind_are_outlived() {
    let Some(server) = RedisServer::launch() else { return };
    let list = shared(&server, 100);
    wait_for("the list to be whole", || list.is_fresh());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let revoke = |name: &str| runtime.block_on(list.revoke_login(ISSUER, name, now() + 900));
    revoke("before").unwrap();

    // A key of another type.
    server.command(&["DEL", STREAM]);
    server.command(&["SET", STREAM, "text"]);
    assert!(revoke("wrong-type").is_err());
    assert!(is_revoked(&list, "wrong-type", now()), "it holds here");
    wait_for("the outage to be noticed", || !list.is_fresh());
    server.command(&["DEL", STREAM]);
    wait_for("the list to be whole", || list.is_fresh());
    revoke("after").unwrap();

    // A server without memory, and a replica: both are read, and take nothing.
    for (bad, good) in [
        (["CONFIG", "SET", "maxmemory", "1"], ["CONFIG", "SET", "maxmemory", "0"]),
        (
            ["CONFIG", "SET", "min-replicas-to-write", "1"],
            ["CONFIG", "SET", "min-replicas-to-write", "0"],
        ),
    ] {
        server.command(&bad);
        assert!(revoke("refused").is_err(), "{bad:?}");
        thread::sleep(Duration::from_secs(3));
        wait_for("the list to stay whole", || list.is_fresh());
        server.command(&good);
        revoke("taken").unwrap();
    }

    // Each permission that it needs, taken away from connections that are open.
    for command in ["xadd", "xread", "xrange", "pexpire"] {
        server.command(&["ACL", "SETUSER", "default", &format!("-{command}")]);
        server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
        let revoked = revoke("refused");
        assert!(revoked.is_err() || command.starts_with("xr"), "{command}");
        server.command(&["ACL", "SETUSER", "default", "+@all"]);
        wait_for("the list to be whole", || list.is_fresh());
        wait_for("revocations to be taken", || revoke("taken").is_ok());
    }
    let other = shared(&server, 100);
    wait_for("the other list to be whole", || other.is_fresh());
    assert!(is_revoked(&other, "after", now()));
}

#[test]
fn in_a_cluster_lists_are_shared_too() {
    let Some(cluster) = RedisCluster::launch() else { return };
    let redis = Redis::new(&cluster.url().into(), "shop").unwrap();
    let [one, other] = [(); 2].map(|()| Revocations::redis(&redis).unwrap());
    wait_for("both to be whole", || one.is_fresh() && other.is_fresh());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(one.revoke_login(ISSUER, "l", now() + 900)).unwrap();
    runtime.block_on(one.revoke_login(ISSUER, "day", now() + 80_000)).unwrap();
    wait_for("the news", || is_revoked(&other, "l", now()) && is_revoked(&other, "day", now()));
}
