//! Keys that change while requests go on: from a provider over sockets, and from a file.

use std::{
    fs,
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use palisade::{
    Palisade,
    auth::{KeySource, RemoteKeys, Verifier},
    prelude::*,
};
use palisade_tests::{
    provider::{Manner, Provider, SigningKey},
    server::Server,
};
use serde_json::{Value, json};

const AUDIENCE: &str = "items";
const SECOND: Duration = Duration::from_secs(1);

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

fn serve(keys: impl Into<KeySource>, issuer: &str) -> Server {
    let palisade = Palisade::builder()
        .auth(Verifier::new(keys, issuer, AUDIENCE).unwrap())
        .endpoints(endpoints![me])
        .dangerous_no_service_limit("one client sends all the requests")
        .build()
        .unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

/// Keys at this provider that are fetched every second.
fn remote(provider: &Provider) -> RemoteKeys {
    let keys = RemoteKeys::at(&provider.keys_url()).unwrap();
    // A machine that is busy with other tests answers late.
    keys.time_out(5 * SECOND).unwrap().fresh_between(SECOND, SECOND).unwrap()
}

fn ask(server: &Server, token: &str) -> u16 {
    server.get("/me").bearer(token).send().status
}

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < 15 * SECOND, "{what}: not within 15 seconds");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_rotation_under_load_refuses_no_valid_token_and_ends_the_old_key() {
    let first = SigningKey::generate("2026-11");
    let provider = Provider::start(&[&first]);
    let issuer = provider.issuer();
    let server = serve(remote(&provider), &issuer);
    let begin = Instant::now();

    let token = Arc::new(RwLock::new(first.token(&issuer, AUDIENCE)));
    let is_over = Arc::new(AtomicBool::new(false));
    let served = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            let (token, is_over, served) = (&token, &is_over, &served);
            let server = &server;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let current = token.read().unwrap().clone();
                    assert_eq!(ask(server, &current), 200, "a valid token was refused");
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Meanwhile a client sends tokens with key ids that do not exist.
        let (over, server_of_forger, issuer_of_forger) = (&is_over, &server, &issuer);
        scope.spawn(move || {
            for n in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let forged = SigningKey::generate(&format!("made-up-{n}"));
                let status = ask(server_of_forger, &forged.token(issuer_of_forger, AUDIENCE));
                assert!(matches!(status, 401 | 503), "a made-up key got {status}");
            }
        });

        let mut old = first;
        for number in 0..4 {
            thread::sleep(Duration::from_millis(700));
            let old_token = token.read().unwrap().clone();
            let new = SigningKey::generate(&format!("rotated-{number}"));
            // The first token of the new key leaves in the moment in which it is published.
            provider.publish(&[&old, &new]);
            *token.write().unwrap() = new.token(&issuer, AUDIENCE);
            thread::sleep(Duration::from_millis(300));
            provider.publish(&[&new]);
            // The pause between attempts and the time that keys are fresh are a second each.
            eventually("the end of the old key", || ask(&server, &old_token) == 401);
            old = new;
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let served = served.load(Ordering::Relaxed);
    let (fetches, seconds) = (provider.fetches(), begin.elapsed().as_secs());
    println!(
        "{served} requests served in {seconds} s over 4 rotations, keys fetched {fetches} times"
    );
    assert!(served >= 200, "only {served} requests");
    assert!(fetches as u64 <= seconds + 2, "{fetches} fetches in {seconds} seconds");
}

#[test]
fn a_provider_that_hangs_stops_only_what_needs_it() {
    let (known, later) = (SigningKey::generate("known"), SigningKey::generate("later"));
    let provider = Provider::start(&[&known]);
    let issuer = provider.issuer();
    let impatient = || remote(&provider).time_out(4 * SECOND).unwrap();
    let server = serve(impatient(), &issuer);
    let token = known.token(&issuer, AUDIENCE);
    eventually("the first keys", || ask(&server, &token) == 200);

    provider.behave(Manner::Hang);
    let fresh = serve(impatient(), &issuer);
    thread::sleep(2 * SECOND);
    let new = later.token(&issuer, AUDIENCE);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let begin = Instant::now();
                assert_eq!(ask(&server, &new), 503, "whether the key exists is not known");
                let took = begin.elapsed();
                assert!(took < 9 * SECOND, "503 took {took:?} with a time-out of four seconds");
            });
            scope.spawn(|| {
                let begin = Instant::now();
                assert_eq!(ask(&fresh, &token), 503, "there are no keys");
                let took = begin.elapsed();
                assert!(took < 9 * SECOND, "503 took {took:?} with a time-out of four seconds");
            });
        }
        scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            for _ in 0..100 {
                let begin = Instant::now();
                assert_eq!(ask(&server, &token), 200, "a key at hand goes on");
                slowest = slowest.max(begin.elapsed());
            }
            println!("slowest of 100 requests while the provider hung: {slowest:?}");
            assert!(slowest < 3 * SECOND, "{slowest:?}: it waited for the provider");
        });
    });
    let answer = fresh.get("/me").bearer(&token).send();
    assert_eq!((answer.status, answer.header("www-authenticate")), (503, None));
    assert!(answer.json().get("detail").is_none());
    // Not a token at all: that needs no keys.
    assert_eq!(ask(&fresh, "a.b.c"), 401);

    provider.publish(&[&known, &later]);
    provider.behave(Manner::Honest);
    eventually("the new key", || ask(&server, &new) == 200);
    eventually("a start without keys", || ask(&fresh, &token) == 200);
}

#[test]
fn keys_that_nobody_confirms_end() {
    let key = SigningKey::generate("a");
    let provider = Provider::start(&[&key]);
    let issuer = provider.issuer();
    let server = serve(remote(&provider).usable_for(3 * SECOND).unwrap(), &issuer);
    let token = key.token(&issuer, AUDIENCE);
    assert_eq!(ask(&server, &token), 200);
    provider.behave(Manner::Status(500));
    let failing = Instant::now();
    assert_eq!(ask(&server, &token), 200);
    eventually("the end of the keys", || ask(&server, &token) == 503);
    assert!(failing.elapsed() >= SECOND, "ended after {:?} already", failing.elapsed());
    provider.behave(Manner::Honest);
    eventually("the return of the keys", || ask(&server, &token) == 200);

    // A provider that takes all of them back is believed.
    provider.publish(&[]);
    eventually("the end of every key", || ask(&server, &token) == 503);
}

#[test]
fn what_does_not_exist_is_looked_for_once() {
    let key = SigningKey::generate("a");
    let provider = Provider::start(&[&key]);
    provider.cache_control("max-age=600");
    let issuer = provider.issuer();
    let keys = RemoteKeys::at(&provider.keys_url()).unwrap().time_out(5 * SECOND).unwrap();
    let server = serve(keys, &issuer);
    assert_eq!(ask(&server, &key.token(&issuer, AUDIENCE)), 200);
    let before = provider.fetches();

    let stranger = SigningKey::generate("stranger");
    let begin = Instant::now();
    for _ in 0..50 {
        assert_eq!(ask(&server, &stranger.token(&issuer, AUDIENCE)), 401);
    }
    let (took, fetches) = (begin.elapsed(), provider.fetches() - before);
    // After five seconds it would be looked for again, on a machine that takes so long.
    let allowed = 1 + took.as_secs() / 5 + 1;
    assert!(fetches as u64 <= allowed, "{fetches} fetches in {took:?}");

    let before = provider.fetches();
    let begin = Instant::now();
    thread::scope(|scope| {
        for n in 0..24 {
            let token = SigningKey::generate(&format!("made-up-{n}")).token(&issuer, AUDIENCE);
            let server = &server;
            scope.spawn(move || assert_eq!(ask(server, &token), 401));
        }
    });
    let (took, fetches) = (begin.elapsed(), provider.fetches() - before);
    assert!(fetches as u64 <= took.as_secs() + 2, "{fetches} fetches in {took:?}");
    assert_eq!(ask(&server, &key.token(&issuer, AUDIENCE)), 200);
}

#[test]
fn the_issuers_own_metadata_names_the_keys() {
    let key = SigningKey::generate("a");
    let provider = Provider::start(&[&key]);
    let issuer = provider.issuer();
    let discovered = || RemoteKeys::discovered().time_out(5 * SECOND).unwrap();
    let server = serve(discovered(), &issuer);
    assert_eq!(ask(&server, &key.token(&issuer, AUDIENCE)), 200);
    // A request that waited for the first keys may have asked for them once more: a second later.
    drop(server);
    thread::sleep(2 * SECOND);

    // Metadata of another issuer at the issuer's address is not followed, however similar the name
    // is.
    for pretended in [format!("{issuer}/"), "https://id.example.org".to_owned()] {
        provider.pretend(&pretended);
        let before = provider.fetches();
        let server = serve(discovered(), &issuer);
        assert_eq!(ask(&server, &key.token(&issuer, AUDIENCE)), 503, "{pretended}");
        assert_eq!(ask(&server, &key.token(&pretended, AUDIENCE)), 503, "{pretended}");
        assert_eq!(provider.fetches(), before, "{pretended}: its keys were asked for");
    }
}

#[test]
fn answers_that_are_no_keys_are_not_taken_for_keys() {
    let key = SigningKey::generate("a");
    let provider = Provider::start(&[&key]);
    let elsewhere = Provider::start(&[&key]);
    let issuer = provider.issuer();
    let token = key.token(&issuer, AUDIENCE);

    for manner in [
        Manner::Endless,
        Manner::Status(404),
        Manner::Status(204),
        Manner::Redirect(elsewhere.keys_url()),
        Manner::Redirect(provider.keys_url()),
    ] {
        provider.behave(manner.clone());
        let server = serve(remote(&provider), &issuer);
        assert_eq!(ask(&server, &token), 503, "{manner:?}");
    }
    assert_eq!(elsewhere.fetches(), 0, "another origin was asked");

    provider.behave(Manner::Redirect("/moved".to_owned()));
    assert_eq!(ask(&serve(remote(&provider), &issuer), &token), 200, "within one origin");
}

#[test]
fn of_a_published_set_only_what_can_be_trusted_is_used() {
    let key = SigningKey::generate("good");
    let provider = Provider::start(&[]);
    let issuer = provider.issuer();
    let secret = URL_SAFE_NO_PAD.encode((0..32).collect::<Vec<u8>>());
    let mut private = SigningKey::generate("private").jwk();
    private["d"] = json!(secret);
    let mut encrypts = SigningKey::generate("encrypts").jwk();
    encrypts["use"] = json!("enc");
    let double = SigningKey::generate("good");
    provider.publish_raw(vec![
        json!(7),
        json!({"kty": "weird", "kid": "w"}),
        json!({"kty": "EC", "crv": "P-521", "kid": "p", "x": "AA", "y": "AA"}),
        json!({"kty": "RSA", "alg": "RS256", "kid": "weak", "e": "AQAB",
            "n": URL_SAFE_NO_PAD.encode([0xff; 128])}),
        json!({"kty": "oct", "alg": "HS256", "kid": "secret", "k": secret}),
        private,
        encrypts,
        key.jwk(),
        double.jwk(),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": 7, "x": [1, null]}),
    ]);
    let server = serve(remote(&provider), &issuer);
    assert_eq!(ask(&server, &key.token(&issuer, AUDIENCE)), 200);
    assert_eq!(ask(&server, &double.token(&issuer, AUDIENCE)), 401, "the second of one name");

    // Signed with the public secret.
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let good = key.token(&issuer, AUDIENCE);
    let payload = good.split('.').nth(1).unwrap();
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "secret"});
    let signed = format!("{}.{payload}", part(&header));
    let secret: Vec<u8> = (0..32).collect();
    let tag = aws_lc_rs::hmac::sign(
        &aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret),
        signed.as_bytes(),
    );
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag));
    assert_eq!(ask(&server, &forged), 401);
}

#[test]
fn a_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let write = |keys: &[&SigningKey]| {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        fs::write(&path, json!({ "keys": keys }).to_string()).unwrap();
    };
    let (old, new) = (SigningKey::generate("old"), SigningKey::generate("new"));
    write(&[&old]);
    let issuer = "https://id.example.org";
    let server = serve(KeySource::file(&path).unwrap(), issuer);
    let (old_token, new_token) = (old.token(issuer, AUDIENCE), new.token(issuer, AUDIENCE));
    assert_eq!(ask(&server, &old_token), 200);
    assert_eq!(ask(&server, &new_token), 401);
    // The name is known not to exist for five seconds; another key would be found at once.
    write(&[&old, &new]);
    eventually("the new key", || ask(&server, &new_token) == 200);
    assert_eq!(ask(&server, &old_token), 200);
    let newer = SigningKey::generate("newer");
    write(&[&old, &new, &newer]);
    assert_eq!(ask(&server, &newer.token(issuer, AUDIENCE)), 200, "its first token finds it");

    // A file that is not a key set leaves the keys as they are, and so does a missing file.
    fs::write(&path, "{\"keys\": [").unwrap();
    thread::sleep(3 * SECOND);
    assert_eq!(ask(&server, &new_token), 200);
    fs::remove_file(&path).unwrap();
    thread::sleep(3 * SECOND);
    assert_eq!(ask(&server, &new_token), 200);

    write(&[&new]);
    eventually("the end of the old key", || ask(&server, &old_token) == 401);
    assert_eq!(ask(&server, &new_token), 200);
}
