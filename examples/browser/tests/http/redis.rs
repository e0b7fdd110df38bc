//! What deployments keep in a Redis that they share.

use palisade_tests::redis::RedisServer;

use crate::{
    instance::{Instance, PASSWORD, command},
    refusal::refusal,
};

/// The documentation of the Redis user, which has to be enough.
const LIMITS: &str = include_str!("../../../../docs/limits.md");

fn advised_user() -> &'static str {
    LIMITS.lines().find(|line| line.starts_with("ACL SETUSER shop ")).unwrap()
}

fn cookie(book: &Instance) -> String {
    let answer = book.form("/login", &[("name", "admin"), ("password", PASSWORD)]).send();
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn admin(book: &Instance, cookie: &str) -> u16 {
    book.request("GET", "/admin").header("Cookie", cookie).send().status
}

#[test]
fn two_deployments_on_one_redis_share_nothing() {
    let Some(redis) = RedisServer::launch() else { return };
    let url = redis.url();
    let start = |prefix| {
        Instance::start(&[
            ("PALISADE_REDIS_URL", url.as_str()),
            ("PALISADE_REDIS_PREFIX", prefix),
            ("PALISADE_LIMITS", "shared"),
        ])
    };
    let (staging, production) = (start("staging"), start("prod"));
    let (there, here) = (cookie(&staging), cookie(&production));
    assert_eq!((admin(&staging, &there), admin(&production, &here)), (200, 200));
    assert_eq!(admin(&production, &there), 401, "a session of the other");
    assert_eq!(admin(&staging, &here), 401);
    assert_eq!(staging.request("POST", "/logout").header("Cookie", &there).send().status, 303);
    assert_eq!((admin(&staging, &there), admin(&production, &here)), (401, 200));
    // The limit of log-ins.
    let guess = |book: &Instance| {
        book.form("/login", &[("name", "admin"), ("password", "not the password")]).send().status
    };
    let refused = (0..200).any(|_| guess(&staging) == 429);
    assert!(refused, "guesses have an end");
    assert_eq!(guess(&production), 400, "guesses at the other");

    let foreign = |key: &String| !key.starts_with("staging:") && !key.starts_with("prod:");
    let keys = redis.keys();
    assert!(keys.iter().any(|key| key.starts_with("prod:session:browser:")), "{keys:?}");
    assert!(keys.iter().any(|key| key.starts_with("staging:{")), "{keys:?}");
    assert!(!keys.iter().any(foreign), "{keys:?}");
}

#[test]
fn the_advised_user_is_allowed_what_it_needs() {
    let Some(redis) = RedisServer::launch() else { return };
    let url = redis.user(advised_user());
    let settings = [
        ("PALISADE_REDIS_URL", url.as_str()),
        ("PALISADE_REDIS_PREFIX", "shop"),
        ("PALISADE_LIMITS", "shared"),
    ];
    let book = Instance::start(&settings);
    book.write("kept");
    assert_eq!(book.texts(""), ["kept"]);
    // The seventeenth ends the first, by what is tried at no other time.
    let cookies: Vec<String> = (0..17).map(|_| cookie(&book)).collect();
    assert_eq!((admin(&book, &cookies[0]), admin(&book, &cookies[16])), (401, 200));
    assert_eq!(book.request("POST", "/logout").header("Cookie", &cookies[16]).send().status, 303);
    assert_eq!(admin(&book, &cookies[16]), 401);
    let log = book.log();
    assert!(!log.contains("lacks the permission") && !log.contains("NOPERM"), "{log}");
}

#[test]
fn a_missing_permission_keeps_it_from_starting() {
    let Some(redis) = RedisServer::launch() else { return };
    let commands = [
        "evalsha",
        "script|load",
        "time",
        "ttl",
        "expireat",
        "hset",
        "hget",
        "hmget",
        "hincrby",
        "zadd",
        "zcard",
        "zrange",
        "zrem",
        "del",
    ];
    for name in commands {
        let word = format!(" +{name} ");
        let line = format!("{} ", advised_user());
        assert!(line.contains(&word), "{name} is not in the documented rule");
        let url = redis.user(&line.replace(&word, " "));
        let folder = tempfile::tempdir().unwrap();
        println!("without {name}");
        let said = refusal(
            command(folder.path())
                .env("BROWSER_ADMIN_PASSWORD", PASSWORD)
                .env("PALISADE_REDIS_URL", &url)
                .env("PALISADE_REDIS_PREFIX", "shop"),
        );
        let named = name.replace('|', " ").to_uppercase();
        let says = format!("lacks the permission for {named}, which sessions need");
        assert!(said.contains(&says), "{name}: {said}");
        assert!(said.contains("ACL SETUSER <user> ~shop:*"), "{name}: {said}");
    }
}
