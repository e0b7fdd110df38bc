//! Refresh tokens that two instances share, against a real Redis.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use palisade::{
    Redis,
    auth::Revocations,
    issue::{FamilyId, RedisRefreshStore, RefreshStore as _, StoreError, TokenIssuer},
};
use palisade_tests::{client::Connection, port::free_address, redis::RedisServer, server::Server};

use crate::issuing::{
    ISSUER, enter, is_invalid_grant, issuer, keys, member, one_of_concurrent_refreshes_succeeds,
    renewed, second_use_ends_the_login, start, start_with,
};

/// Connects on a runtime that goes on, as that of `#[palisade::main]` does.
fn connect(url: String) -> Result<RedisRefreshStore, StoreError> {
    connect_for(url, ISSUER)
}

/// The same, for the logins of this issuer.
fn connect_for(url: String, issuer: &'static str) -> Result<RedisRefreshStore, StoreError> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let redis = Redis::new(&url.into(), "test").unwrap();
            let store = RedisRefreshStore::connect(&redis, issuer).await;
            let is_connected = store.is_ok();
            send.send(store).unwrap();
            if is_connected {
                std::future::pending::<()>().await;
            }
        });
    });
    receive.recv_timeout(Duration::from_secs(10)).unwrap()
}

/// Two instances with the same keys.
fn pair(redis: &RedisServer) -> [Server; 2] {
    let keys = keys();
    [(); 2].map(|()| start(&issuer(keys.clone(), connect(redis.url()).unwrap())))
}

/// Two instances that share revocations too.
fn pair_with_revocations(redis: &RedisServer) -> [Server; 2] {
    let keys = keys();
    [(); 2].map(|()| {
        let revocations =
            Revocations::redis(&Redis::new(&redis.url().into(), "test").unwrap()).unwrap();
        wait_for("the list to be read", || revocations.is_fresh());
        start_with(&issuer(keys.clone(), connect(redis.url()).unwrap()), &revocations)
    })
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited too long for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Log-outs during an outage hold at once where they are asked for, and everywhere after it.
fn log_out_survives(outage: fn(&mut RedisServer), recovery: fn(&mut RedisServer)) {
    let Some(mut redis) = RedisServer::launch() else { return };
    let [a, b] = pair_with_revocations(&redis);
    let logins = ["/end", "/end-all"].map(|path| (path, enter(&a)));
    for (path, tokens) in logins {
        let (access, refresh) = (member(&tokens, "access_token"), member(&tokens, "refresh_token"));
        let status = |server: &Server| server.get("/me").bearer(&access).send().status;
        // On a busy machine the list may be too old to accept any token before the log-out is
        // requested: then the log-out has not begun, and it is repeated.
        let began = Instant::now();
        loop {
            wait_for("both to be well", || [status(&a), status(&b)] == [200, 200]);
            outage(&mut redis);
            assert_eq!(a.post(path).bearer(&access).send().status, 503, "{path}: not confirmed");
            match status(&a) {
                401 => break,
                other => assert_eq!(other, 503, "{path}: it holds here"),
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{path}: it does not hold here");
            recovery(&mut redis);
        }
        recovery(&mut redis);
        wait_for("the log-out to be completed", || {
            assert_eq!(status(&a), 401, "{path}: it holds here for good");
            status(&b) == 401
        });
        for server in [&a, &b] {
            wait_for("the refresh token to be gone", || {
                is_invalid_grant(&renewed(server, &refresh))
            });
            assert_eq!(status(server), 401, "{path}");
        }
    }
}

#[test]
fn a_log_out_while_redis_is_killed_holds_and_is_completed() {
    log_out_survives(RedisServer::stop, RedisServer::start);
}

#[test]
fn a_log_out_while_redis_is_frozen_holds_and_is_completed() {
    log_out_survives(|redis| redis.freeze(), |redis| redis.thaw());
}

#[test]
fn a_log_out_while_redis_is_a_replica_holds_and_is_completed() {
    log_out_survives(
        |redis| {
            redis.command(&["REPLICAOF", "127.0.0.1", "1"]);
        },
        |redis| {
            redis.command(&["REPLICAOF", "NO", "ONE"]);
        },
    );
}

#[test]
fn a_client_that_is_gone_between_the_steps_is_logged_out() {
    let Some(redis) = RedisServer::launch() else { return };
    let [a, b] = pair_with_revocations(&redis);
    let tokens = enter(&a);
    let (access, refresh) = (member(&tokens, "access_token"), member(&tokens, "refresh_token"));
    let status = |server: &Server| server.get("/me").bearer(&access).send().status;
    assert_eq!([status(&a), status(&b)], [200, 200]);
    // The first step holds here, and waits for Redis.
    redis.freeze();
    let mut client = Connection::open(a.address());
    client.write(
        format!(
            "GET /.well-known/jwks.json HTTP/1.1\r\nHost: {0}\r\n\r\n\
             POST /end HTTP/1.1\r\nHost: {0}\r\nAuthorization: Bearer {access}\r\n\
             Content-Length: 0\r\n\r\n",
            a.address()
        )
        .as_bytes(),
    );
    wait_for("the first step", || status(&a) == 401);
    // With an answer that was not read, this resets the connection.
    drop(client);
    redis.thaw();
    wait_for("the other instance to know", || status(&b) == 401);
    for server in [&a, &b] {
        wait_for("the refresh token to be gone", || is_invalid_grant(&renewed(server, &refresh)));
        assert_eq!(status(server), 401);
    }
}

#[test]
fn a_second_use_revokes_at_both_instances() {
    let Some(redis) = RedisServer::launch() else { return };
    let [a, b] = pair_with_revocations(&redis);
    let first = enter(&a);
    let second = renewed(&b, &member(&first, "refresh_token"));
    let access = member(&second, "access_token");
    assert_eq!(a.get("/me").bearer(&access).send().status, 200);
    assert!(is_invalid_grant(&renewed(&a, &member(&first, "refresh_token"))));
    for server in [&a, &b] {
        wait_for("the revocation", || server.get("/me").bearer(&access).send().status == 401);
    }
}

#[test]
fn instances_share_logins_and_their_end() {
    let Some(redis) = RedisServer::launch() else { return };
    let [a, b] = pair(&redis);
    let token = member(&enter(&a), "refresh_token");
    let token = member(&renewed(&b, &token), "refresh_token");
    assert_eq!(renewed(&a, &token).status, 200);
    assert!(is_invalid_grant(&renewed(&b, &token)), "used at the other instance");
    second_use_ends_the_login(&a);
    one_of_concurrent_refreshes_succeeds(&a, &b);
}

/// The same server and the same prefix: a mistake of two services that their names make up for.
#[test]
fn a_login_is_unknown_to_another_issuer_of_the_same_prefix() {
    const OTHER: &str = "https://other.example";
    let Some(redis) = RedisServer::launch() else { return };
    let keys = keys();
    let here = start(&issuer(keys.clone(), connect(redis.url()).unwrap()));
    let store = connect_for(redis.url(), OTHER).unwrap();
    let other = TokenIssuer::new(OTHER, "items", keys).unwrap();
    let there = start(&other.refresh_store(store.clone()));
    let token = member(&enter(&there), "refresh_token");
    assert!(is_invalid_grant(&renewed(&here, &token)));
    let id = redis.keys().iter().find_map(|key| {
        let (_, id) = key.rsplit_once(':')?;
        (!key.contains(":of:")).then(|| id.to_owned())
    });
    let id: FamilyId = serde_json::from_value(id.unwrap().into()).unwrap();
    // A record that is copied to the keys of this issuer still names its own issuer.
    let login = member(&enter(&here), "refresh_token");
    let copy = "local of = {}
                for _, key in ipairs(redis.call('KEYS', 'test:refresh:*')) do
                  if redis.call('TYPE', key).ok == 'hash' then
                    local family = redis.call('HGET', key, 'family')
                    of[string.match(family, '\"issuer\":\"([^\"]+)\"')] = key
                  end
                end
                local to = string.match(of[ARGV[1]], '^(.*:)') .. string.match(of[ARGV[2]], '[^:]+$')
                return tostring(redis.call('COPY', of[ARGV[2]], to))";
    assert_eq!(redis.command(&["EVAL", copy, "0", ISSUER, OTHER]), "1");
    assert!(is_invalid_grant(&renewed(&here, &token)));
    let own = connect(redis.url()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let found = |store: &RedisRefreshStore| runtime.block_on(store.load(&id)).unwrap().is_some();
    assert_eq!((found(&own), found(&store)), (false, true));
    assert_eq!(renewed(&there, &token).status, 200, "the login is as it was");
    assert_eq!(renewed(&here, &login).status, 200);
}

#[test]
fn all_logins_of_a_subject_end_and_the_seventeenth_ends_the_first() {
    let Some(redis) = RedisServer::launch() else { return };
    let issuer = issuer(keys(), connect(redis.url()).unwrap());
    let server = start(&issuer);
    let tokens: Vec<String> = (0..17).map(|_| member(&enter(&server), "refresh_token")).collect();
    assert!(is_invalid_grant(&renewed(&server, &tokens[0])), "the oldest made room");
    assert_eq!(renewed(&server, &tokens[16]).status, 200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(issuer.revoke_subject("ada")).unwrap();
    assert!(is_invalid_grant(&renewed(&server, &tokens[15])));
    assert_eq!(enter(&server).status, 200, "a new login is a new one");
}

#[test]
fn without_redis_the_answer_is_503_and_it_recovers() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let [a, _] = pair(&redis);
    let token = member(&enter(&a), "refresh_token");
    redis.stop();
    for _ in 0..3 {
        let asked = Instant::now();
        let answer = renewed(&a, &token);
        assert_eq!((answer.status, answer.problem().as_str()), (503, "unavailable"));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
        assert!(!answer.text().to_lowercase().contains("redis"));
    }
    assert_eq!(enter(&a).status, 503, "a login that nobody could refresh is none");
    redis.start();
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer = loop {
        let answer = renewed(&a, &token);
        if answer.status != 503 {
            break answer;
        }
        assert!(Instant::now() < deadline, "it does not recover");
        thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(answer.status, 200, "the token was not spent meanwhile");
}

/// A failure to connect is not reported to a later request.
#[test]
fn the_first_request_after_an_outage_is_answered() {
    let Some(mut redis) = RedisServer::launch() else { return };
    let [a, _] = pair(&redis);
    let token = member(&enter(&a), "refresh_token");
    redis.stop();
    for _ in 0..2 {
        assert_eq!(renewed(&a, &token).status, 503);
    }
    // All attempts that these requests began have failed by then.
    thread::sleep(Duration::from_millis(500));
    redis.start();
    let answer = renewed(&a, &token);
    assert_eq!(answer.status, 200);
    // Nor is a restart noticed, if no request comes in between.
    let token = member(&answer, "refresh_token");
    redis.stop();
    redis.start();
    assert_eq!(renewed(&a, &token).status, 200);
}

#[test]
fn a_store_that_cannot_be_reached_does_not_keep_a_service_from_starting() {
    let address = free_address();
    let store = connect(format!("redis://user:hunter22@{address}/0")).unwrap();
    assert!(!format!("{store:?}").contains("hunter22"), "{store:?}");
}
