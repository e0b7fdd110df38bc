//! What deployments keep in a Redis that they share.

use std::{
    thread,
    time::{Duration, Instant},
};

use palisade_tests::redis::RedisServer;
use serde_json::json;

use crate::{
    deployment::{Deployment, Instance, advised_user, command},
    person::{PASSWORD, Person, log_in},
};

fn refreshed(service: &Deployment, token: &str) -> u16 {
    let body = json!({"refresh_token": token}).to_string();
    service.request("POST", "/refresh").json(&body).send().status
}

#[test]
fn two_deployments_on_one_redis_share_nothing() {
    let Some(redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let settings =
        |prefix| [("PALISADE_REDIS_URL", url.as_str()), ("PALISADE_REDIS_PREFIX", prefix)];
    let staging = Deployment::on_sqlite(&settings("staging"));
    // The same key, so that nothing but the prefix keeps them apart.
    let key = staging.signing_key();
    let key = [("NOTES_SIGNING_KEY", key.to_str().unwrap())];
    let production = Deployment::on_sqlite(&[&settings("prod")[..], &key].concat());
    let (there, here) = (Person::new(&staging, "ada"), Person::new(&production, "ada"));

    assert_eq!(refreshed(&production, &there.refresh), 400, "a refresh token of the other");
    assert_eq!(refreshed(&staging, &here.refresh), 400);
    assert_eq!(refreshed(&staging, &there.refresh), 200, "which that has not ended");
    assert_eq!(refreshed(&production, &here.refresh), 200);

    let with = |service: &Deployment, method: &str, target: &str| {
        service.request(method, target).bearer(&there.access).send().status
    };
    assert_eq!(with(&production, "GET", "/notes"), 200, "the key is the same");
    assert_eq!(with(&staging, "POST", "/logout"), 204);
    assert_eq!(with(&staging, "GET", "/notes"), 401);
    // Long enough for one that listened to have heard of it: the next log-out there has arrived.
    let again = Person::log_in(&production, "ada");
    assert_eq!(again.request("POST", "/logout").send().status, 204);
    assert_eq!(again.get("/notes").status, 401);
    assert_eq!(with(&production, "GET", "/notes"), 200, "a log-out of the other");

    for _ in 0..10 {
        assert_eq!(log_in(&staging, "ada", "not the password").status, 400);
    }
    assert_eq!(log_in(&staging, "ada", PASSWORD).status, 429);
    assert_eq!(log_in(&production, "ada", PASSWORD).status, 200, "guesses at the other");

    let keys = redis.keys();
    for prefix in ["staging:", "prod:"] {
        for kind in ["{revocations}:", "refresh:"] {
            let start = format!("{prefix}{kind}");
            assert!(keys.iter().any(|key| key.starts_with(&start)), "{start}: {keys:?}");
        }
    }
    let foreign = |key: &&String| !key.starts_with("staging:") && !key.starts_with("prod:");
    assert_eq!(keys.iter().find(foreign), None);
}

/// The database of the URL is that of every store: two databases share no keys, and the one without
/// a number has none.
#[test]
fn two_databases_of_one_redis_share_nothing() {
    let Some(redis) = RedisServer::launch() else { return };
    let start = |number: u8, key: &[(&str, &str)]| {
        let url = format!("{}/{number}", redis.url());
        Deployment::on_sqlite(&[&[("PALISADE_REDIS_URL", url.as_str())], key].concat())
    };
    let staging = start(1, &[]);
    let key = staging.signing_key();
    let production = start(2, &[("NOTES_SIGNING_KEY", key.to_str().unwrap())]);
    let (there, here) = (Person::new(&staging, "ada"), Person::new(&production, "ada"));
    assert_eq!(refreshed(&production, &there.refresh), 400, "a refresh token of the other");
    let seen = || production.request("GET", "/notes").bearer(&there.access).send().status;
    assert_eq!(seen(), 200, "the key is the same");
    assert_eq!(there.request("POST", "/logout").send().status, 204);
    assert_eq!(here.request("POST", "/logout").send().status, 204);
    assert_eq!(here.get("/notes").status, 401);
    assert_eq!(seen(), 200, "a log-out of the other");
    for _ in 0..10 {
        assert_eq!(log_in(&staging, "ada", "not the password").status, 400);
    }
    assert_eq!(log_in(&staging, "ada", PASSWORD).status, 429);
    assert_eq!(log_in(&production, "ada", PASSWORD).status, 200, "guesses at the other");
    assert_eq!(redis.keys(), Vec::<String>::new(), "in the database without a number");
}

#[test]
fn what_other_services_write_does_not_reach_it() {
    let Some(redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let service = Deployment::on_sqlite(&[
        ("PALISADE_REDIS_URL", url.as_str()),
        ("PALISADE_REDIS_PREFIX", "shop"),
    ]);
    let ada = Person::new(&service, "ada");
    // A log-out by the very same name, many times, in the lists of others.
    let flood = "for number = 1, 20000 do redis.call('XADD', KEYS[1], '*', 'login', number, 'issuer', \
                 'notes', 'issued_until', ARGV[1], 'until', ARGV[1]) end return 1";
    let end = format!("{}", palisade::Moment::now().unix_seconds() + 86_400);
    for stream in ["palisade:revocations", "other:{revocations}:hour", "shop2:{revocations}:day"] {
        assert_eq!(redis.command(&["EVAL", flood, "1", stream, &end]), "1");
        assert_eq!(ada.get("/notes").status, 200, "{stream}");
    }
    assert_eq!(ada.request("POST", "/logout").send().status, 204);
    assert_eq!(ada.get("/notes").status, 401);
    assert_eq!(Person::log_in(&service, "ada").get("/notes").status, 200);
}

#[test]
fn a_production_service_without_a_prefix_is_warned() {
    let Some(redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let production = [("PALISADE_REDIS_URL", url.as_str()), ("PALISADE_ENV", "production")];
    let production = [&production[..], &[("PALISADE_HOSTS", "127.0.0.1")]].concat();
    let named = [&production[..], &[("PALISADE_REDIS_PREFIX", "shop")]].concat();
    let own = [("PALISADE_REDIS_URL", url.as_str())];
    for (settings, is_warned) in [(&production[..], true), (&named, false), (&own, false)] {
        let log = Deployment::on_sqlite(settings).log();
        assert_eq!(log.contains("PALISADE_REDIS_PREFIX is not set"), is_warned, "{log}");
    }
}

#[test]
fn a_missing_permission_is_named() {
    let Some(redis) = RedisServer::launch() else { return };
    let advised = advised_user();
    // Those of limits, revocations and refresh tokens; a service that keeps sessions tries its own.
    let commands = [
        "eval",
        "evalsha",
        "script|load",
        "time",
        "mget",
        "get",
        "set",
        "del",
        "xadd",
        "xread",
        "xrange",
        "pexpire",
        "ttl",
        "expireat",
        "hset",
        "hget",
        "zadd",
        "zcard",
        "zrange",
        "zrem",
    ];
    for command_name in commands {
        let word = format!(" +{command_name} ");
        let line = format!("{advised} ");
        assert!(line.contains(&word), "{command_name} is not in the documented rule");
        let url = redis.user(&line.replace(&word, " "));
        let named = command_name.replace('|', " ").to_uppercase();
        let says = format!("lacks the permission for {named}, which");
        let folder = tempfile::tempdir().unwrap();
        let settings = [("PALISADE_REDIS_URL", url.as_str()), ("PALISADE_REDIS_PREFIX", "shop")];
        let output = started(&folder.path().join("data"), &settings, &says);
        assert!(output.contains(&says), "without {command_name}: {output}");
        assert!(output.contains("ACL SETUSER <user> ~shop:*"), "{output}");
        assert!(!output.contains("panicked"), "{output}");
    }
}

/// What a service says until it says that, or ends.
fn started(data: &std::path::Path, settings: &[(&str, &str)], says: &str) -> String {
    let began = Instant::now();
    match Instance::try_start(data, settings) {
        Err(said) => said,
        Ok(instance) => loop {
            let log = instance.log();
            if log.contains(says) || began.elapsed() > Duration::from_secs(20) {
                return log;
            }
            thread::sleep(Duration::from_millis(20));
        },
    }
}

#[test]
fn a_password_of_redis_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path())
        .env("PALISADE_REDIS_URL", "redis://shop:hunter22@127.0.0.1:1")
        .env("PALISADE_REDIS_PREFIX", "shop{x}")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("PALISADE_REDIS_PREFIX") && !said.contains("hunter22"), "{said}");
}

/// An instance notices after two seconds that it is cut off, and then answers 503 to all credentials: the
/// log-out is taken all the same, and completed.
#[test]
fn a_log_out_in_the_midst_of_an_outage_is_completed() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let service = Deployment::on_sqlite(&[("PALISADE_REDIS_URL", url.as_str())]);
    let (ada, bob) = (Person::new(&service, "ada"), Person::new(&service, "bob"));
    redis.stop();
    wait_for("the instance to notice", || bob.get("/notes").status == 503);
    assert_eq!(ada.request("POST", "/logout").send().status, 503, "not confirmed");
    assert_eq!(ada.get("/notes").status, 401, "it holds here");
    redis.start();
    wait_for("Redis to be in use again", || bob.get("/notes").status == 200);
    assert_eq!(ada.get("/notes").status, 401);
    wait_for("the refresh token to be gone", || refreshed(&service, &ada.refresh) == 400);
    assert_eq!(refreshed(&service, &bob.refresh), 200, "another login goes on");
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited too long for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// To refuse to start would make an outage of Redis one of each instance that happens to restart.
#[test]
fn a_service_starts_without_redis_and_recovers() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = [("PALISADE_REDIS_URL", url.as_str())];
    redis.stop();
    let service = Instance::start(&data, &settings);
    let log = service.log();
    assert!(log.contains("PALISADE_REDIS_URL") && log.contains("answered 503"), "{log}");
    let ask = |target: &str, body: serde_json::Value| {
        let request = palisade_tests::client::Request::new(service.address, "POST", target);
        request.json(&body.to_string()).send().status
    };
    let bob = json!({"name": "bob", "password": PASSWORD});
    assert_eq!(ask("/signup", bob.clone()), 201, "what needs no log-in is answered");
    assert_eq!(ask("/login", bob.clone()), 503);
    redis.start();
    wait_for("Redis to be in use", || ask("/login", bob.clone()) == 200);
}
