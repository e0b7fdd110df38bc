//! Every kind of limit and key over real sockets.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::App;
use palisade::prelude::*;
use palisade_tests::{
    audit,
    client::{Answer, Connection, Request},
    server::Server,
    token::{token, token_of},
};
use sfv::Parser;

use crate::{limits::items, service};

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    #[validate(length(min = 1, max = 32))]
    name: String,
    password: Text<32>,
}

/// A login as it should be protected: by address and account together.
#[post("/login")]
#[public(reason = "whoever logs in has no token yet")]
#[rate_limit("1000/hour", by = ip)]
#[rate_limit("3/hour", by = (ip, body("name")), count = failures)]
#[validated]
async fn log_in(login: Json<Login>) -> Result<String> {
    if login.password.as_str() == "right" {
        Ok(login.name.clone())
    } else {
        Err(Problem::new(palisade::Kind::Unauthenticated))
    }
}

#[post("/bytes")]
#[public(reason = "a test of limits by bytes")]
#[rate_limit("8 KiB/hour", by = ip)]
#[body_limit("4 KiB")]
async fn store(body: Vouched<actix_web::web::Bytes>) -> String {
    body.len().to_string()
}

/// What the handlers under way wait for.
#[derive(Debug, Default)]
struct Gate {
    inside: AtomicUsize,
    open: AtomicBool,
}

impl Gate {
    async fn pass(&self) {
        self.inside.fetch_add(1, SeqCst);
        while !self.open.load(SeqCst) {
            actix_web::rt::time::sleep(Duration::from_millis(2)).await;
        }
        self.inside.fetch_sub(1, SeqCst);
    }
}

#[get("/slow")]
#[public]
#[concurrency_limit(2, by = ip)]
async fn slow(gate: Data<Gate>) -> &'static str {
    gate.pass().await;
    "done"
}

#[get("/alone")]
#[public]
#[concurrency_limit(1, by = ip)]
async fn alone(gate: Data<Gate>) -> &'static str {
    gate.pass().await;
    "done"
}

#[get("/banned")]
#[public]
#[rate_limit("2/4 s", by = ip, ban = "3 refusals in 10 minutes, 1 hour")]
async fn banned() -> &'static str {
    "ok"
}

#[get("/tracked")]
#[public]
#[rate_limit("1/hour", by = ip, mode = track, name = "watched")]
async fn tracked() -> &'static str {
    "ok"
}

#[get("/pairs/{left}/{right}")]
#[public]
#[rate_limit("1000/hour", by = ip)]
#[rate_limit("1/hour", by = (path("left"), path("right")))]
#[validated]
async fn pairs(_both: Path<(Slug, Slug)>) -> &'static str {
    "ok"
}

#[get("/devices")]
#[public]
#[rate_limit("4/hour", by = ip)]
#[rate_limit("1/hour", by = (ip, header("x-device")))]
async fn devices() -> &'static str {
    "ok"
}

#[get("/by-client")]
#[authenticated]
#[rate_limit("2/hour", by = client)]
async fn by_client() -> &'static str {
    "ok"
}

/// The tenant is the part of the subject before the first dash.
fn tenant(sources: &KeySources<'_>) -> Option<String> {
    Some(sources.subject()?.split('-').next()?.to_owned())
}

#[get("/by-tenant")]
#[authenticated]
#[rate_limit("1/hour", by = function(tenant, of = subject))]
async fn by_tenant() -> &'static str {
    "ok"
}

/// What the caller writes.
fn choice(request: &KeyRequest<'_>) -> Option<String> {
    let header = request.header("x-any").unwrap_or("-");
    let path = request.path("name").unwrap_or("-");
    let caller = request.principal().map_or("-", |who| who.subject());
    Some(format!("{header} {path} {caller}"))
}

#[get("/chosen/{name}")]
#[authenticated]
#[rate_limit("2/hour", by = function(choice))]
#[rate_limit("1000/hour", by = ip)]
#[validated]
async fn by_choice(_name: Path<Slug>) -> &'static str {
    "ok"
}

/// All that a function sees which says what it is made of.
fn shown(sources: &KeySources<'_>) -> Option<String> {
    let address = sources.address().map(|address| address.to_string());
    Some(format!("{address:?} {:?} {:?}", sources.subject(), sources.client_id()))
}

#[get("/of-ip")]
#[authenticated]
#[rate_limit("2/hour", by = function(shown, of = ip))]
async fn of_address() -> &'static str {
    "ok"
}

#[get("/of-subject")]
#[authenticated]
#[rate_limit("2/hour", by = function(shown, of = subject))]
async fn of_subject() -> &'static str {
    "ok"
}

#[get("/of-client")]
#[authenticated]
#[rate_limit("2/hour", by = function(shown, of = client))]
async fn of_client() -> &'static str {
    "ok"
}

#[get("/of-all")]
#[authenticated]
#[rate_limit("2/hour", by = function(shown, of = (ip, subject, client)))]
async fn of_all() -> &'static str {
    "ok"
}

/// A number of its own for each call.
fn next() -> Option<String> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    Some(CALLS.fetch_add(1, SeqCst).to_string())
}

fn counted_up(_: &KeySources<'_>) -> Option<String> {
    next()
}

fn counted_up_from_all(_: &KeyRequest<'_>) -> Option<String> {
    next()
}

#[get("/counted-up")]
#[public]
#[rate_limit("1000/hour", by = function(counted_up, of = ip))]
async fn by_count() -> &'static str {
    "ok"
}

#[get("/counted-up-from-all")]
#[public]
#[rate_limit("1000/hour", by = ip)]
#[concurrency_limit(1000, by = ip)]
#[concurrency_limit(100, by = function(counted_up_from_all))]
async fn by_count_of_all() -> &'static str {
    "ok"
}

/// What a table says that is changed while requests come in: the second call sees another one.
fn looked_up(_: &KeySources<'_>) -> Option<String> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    Some((CALLS.fetch_add(1, SeqCst) > 0).to_string())
}

#[get("/looked-up")]
#[public]
#[rate_limit("2/hour", by = function(looked_up, of = ip))]
async fn by_table() -> &'static str {
    "ok"
}

fn start(builder: palisade::Builder) -> Server {
    start_with(builder, &Arc::default())
}

fn start_with(builder: palisade::Builder, gate: &Arc<Gate>) -> Server {
    let endpoints = endpoints![
        log_in,
        store,
        slow,
        alone,
        banned,
        tracked,
        pairs,
        devices,
        by_client,
        by_tenant,
        by_choice,
        of_address,
        of_subject,
        of_client,
        of_all,
        by_count,
        by_count_of_all,
        by_table
    ];
    let palisade = builder.endpoints(endpoints).build().unwrap();
    let gate = Data::from(Arc::clone(gate));
    Server::start(move || {
        let gate = gate.clone();
        App::new().app_data(gate).configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

#[track_caller]
fn eventually(condition: impl Fn() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(30), "it did not happen in 30 seconds");
        thread::sleep(Duration::from_millis(5));
    }
}

fn login(server: &Server, name: &str, password: &str) -> Request {
    let body = serde_json::json!({"name": name, "password": password}).to_string();
    server.post("/login").json(&body)
}

#[test]
fn guesses_at_an_account_are_counted_whatever_its_spelling() {
    let server = start(service::palisade());
    for name in ["ada", "ADA", " Ada "] {
        assert_eq!(login(&server, name, "wrong").send().status, 401, "{name}");
    }
    let refused = login(&server, "ada", "right").send();
    assert_eq!((refused.status, refused.problem().as_str()), (429, "quota-exceeded"));
    assert_eq!(refused.json()["violated-policies"], serde_json::json!(["ip-body"]));
    assert_eq!(login(&server, "aDa ", "wrong").send().status, 429);
    // Another account from here may still log in.
    assert_eq!(login(&server, "grace", "right").send().status, 200);
}

#[test]
fn who_knows_the_password_is_not_counted_and_neither_is_what_nobody_validated() {
    let server = start(service::palisade());
    for _ in 0..10 {
        assert_eq!(login(&server, "ada", "right").send().status, 200);
        assert_eq!(server.post("/login").json(r#"{"name":"ada"}"#).send().status, 422);
    }
    for _ in 0..3 {
        assert_eq!(login(&server, "ada", "wrong").send().status, 401);
    }
    assert_eq!(login(&server, "ada", "right").send().status, 429);
}

#[test]
fn guesses_from_elsewhere_lock_nobody_out_and_a_forged_address_is_not_elsewhere() {
    let proxied = start(service::palisade().trusted_proxy("127.0.0.1"));
    let from = |address: &str, password: &str| {
        login(&proxied, "ada", password).header("X-Forwarded-For", address).send().status
    };
    assert_eq!([0; 4].map(|_| from("198.51.100.7", "wrong")), [401, 401, 401, 429]);
    assert_eq!(from("203.0.113.5", "right"), 200, "the owner, from another address");
    // The client chooses the text to the left of the proxy's own entry.
    assert_eq!(from("203.0.113.9, 198.51.100.7", "wrong"), 429);

    let direct = start(service::palisade());
    let forged = |number: u32| {
        let request = login(&direct, "ada", "wrong");
        request.header("X-Forwarded-For", &format!("198.51.100.{number}")).send().status
    };
    assert_eq!([1, 2, 3, 4].map(forged), [401, 401, 401, 429]);
}

#[test]
fn bytes_are_spent_as_they_are_sent() {
    let server = start(service::palisade());
    let send = |bytes: usize| server.post("/bytes").body(vec![b'x'; bytes]).send();
    let answer = send(4_096);
    assert_eq!((answer.status, answer.text().as_str()), (200, "4096"));
    let policy = answer.header("ratelimit-policy").unwrap();
    Parser::new(policy).parse::<sfv::List>().unwrap();
    assert_eq!(policy, r#""ip-bytes";q=8192;qu="content-bytes";w=3600"#);
    let left = |answer: &Answer| items(answer.header("ratelimit").unwrap())[0].1[0].clone();
    assert_eq!(left(&answer), ("r".to_owned(), 4_096));
    assert_eq!(left(&send(1_000)), ("r".to_owned(), 3_072), "a started KiB is one");
    let refused = send(4_000);
    assert_eq!((refused.status, refused.problem().as_str()), (429, "quota-exceeded"));
    assert_eq!(send(3_072).status, 200, "what is left can still be used");
    assert_eq!(send(1).status, 429);
}

#[test]
fn a_body_of_unknown_length_is_counted_too() {
    let server = start(service::palisade());
    let chunked = |bytes: usize| {
        let mut connection = Connection::open(server.address());
        connection.write(b"POST /bytes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n");
        connection.write(b"Connection: close\r\n\r\n");
        connection.write(format!("{bytes:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(bytes)).as_bytes());
        connection.answer().unwrap().status
    };
    assert_eq!([4_000, 4_000, 1].map(chunked), [200, 200, 429]);
}

#[test]
fn so_many_are_under_way_at_once_and_their_places_come_back() {
    let gate = Arc::<Gate>::default();
    let server = start_with(service::palisade(), &gate);
    let ask = || {
        let request = server.get("/slow");
        thread::spawn(move || request.send())
    };
    for round in 0..2 {
        gate.open.store(false, SeqCst);
        let under_way = [ask(), ask()];
        eventually(|| gate.inside.load(SeqCst) == 2);
        for _ in 0..2 {
            let refused = server.get("/slow").send();
            assert_eq!((refused.status, refused.problem().as_str()), (429, "quota-exceeded"));
            let field = refused.header("ratelimit-policy").unwrap();
            Parser::new(field).parse::<sfv::List>().unwrap();
            assert_eq!(field, r#""ip-concurrent";q=2;qu="concurrent-requests""#);
        }
        gate.open.store(true, SeqCst);
        let answers = under_way.map(|thread| thread.join().unwrap().status);
        assert_eq!(answers, [200, 200], "round {round}");
        // A place is free again when the answer is written, which its client may read before.
        eventually(|| server.get("/slow").send().status == 200);
    }
}

#[test]
fn whoever_goes_away_has_the_place_until_the_work_is_done() {
    let gate = Arc::<Gate>::default();
    let server = start_with(service::palisade(), &gate);
    let ask = || {
        let mut connection = Connection::open(server.address());
        connection.write(b"GET /alone HTTP/1.1\r\nHost: a\r\n\r\n");
        connection
    };
    let gone = ask();
    eventually(|| gate.inside.load(SeqCst) == 1);
    drop(gone);
    // Otherwise a client that disconnects at once would have as many requests at work as
    // connections.
    for _ in 0..3 {
        assert_eq!(ask().answer().unwrap().status, 429);
        assert_eq!(gate.inside.load(SeqCst), 1, "two at once");
    }
    gate.open.store(true, SeqCst);
    eventually(|| ask().answer().unwrap().status == 200);
}

#[test]
fn who_is_refused_again_and_again_is_banned() {
    audit::listen();
    let server = start(service::palisade());
    let ask = || server.get("/banned").send();
    let answers: Vec<_> = (0..8).map(|_| ask()).collect();
    let refused = answers.iter().rfind(|answer| answer.status == 429).unwrap();
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((3_590..=3_600).contains(&wait), "{wait}");
    // The rate alone would let it pass again.
    thread::sleep(Duration::from_millis(2_100));
    assert_eq!(ask().status, 429);
    let events = audit::events("event", "banned");
    assert!(events.iter().any(|event| event["endpoint"] == "banned"), "{events:?}");
}

#[test]
fn what_only_tracks_is_told_to_the_audit_trail_alone() {
    audit::listen();
    let server = start(service::palisade());
    for _ in 0..3 {
        let answer = server.get("/tracked").send();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit"), None);
        assert_eq!(answer.header("ratelimit-policy"), None);
    }
    assert_eq!(audit::events("tracked", "watched").len(), 2);
}

#[test]
fn parts_of_a_key_do_not_run_into_each_other() {
    let server = start(service::palisade());
    let ask = |path: &str| server.get(&format!("/pairs/{path}")).send().status;
    assert_eq!(["ab/c", "a/bc", "abc/c", "ab/c", "a/bc"].map(ask), [200, 200, 200, 429, 429]);
}

#[test]
fn an_invented_header_is_no_way_round_the_limit_by_address() {
    let server = start(service::palisade());
    let ask = |device: &str| {
        let answer = server.get("/devices").header("X-Device", device).send();
        let violated = answer.json()["violated-policies"].as_array().cloned().unwrap_or_default();
        (answer.status, violated.iter().map(ToString::to_string).collect::<String>())
    };
    let ok = (200, String::new());
    assert_eq!(ask("a"), ok);
    assert_eq!(ask("a"), (429, r#""ip-header""#.to_owned()));
    assert_eq!([ask("b"), ask("c"), ask("d")], [ok.clone(), ok.clone(), ok]);
    assert_eq!(ask("e"), (429, r#""ip""#.to_owned()));
    assert_eq!(ask(&"long".repeat(200)).0, 429);
}

#[test]
fn clients_and_tenants_share_what_is_theirs() {
    let server = start(service::palisade());
    let used = |subject: &str, program: &str| {
        server.get("/by-client").bearer(&token_of(subject, program)).send().status
    };
    // One program, for whichever subject.
    assert_eq!(["ada", "grace", "edsger"].map(|who| used(who, "app")), [200, 200, 429]);
    assert_eq!(used("edsger", "another-app"), 200);
    let tenant_of =
        |subject: &str| server.get("/by-tenant").bearer(&token(subject, "")).send().status;
    assert_eq!(["acme-ada", "acme-grace", "other-ada"].map(tenant_of), [200, 429, 200]);
}

#[test]
fn a_function_that_does_not_say_what_it_is_made_of_reads_what_the_caller_writes() {
    let server = start(service::palisade());
    let ask = |any: &str| {
        let request = server.get("/chosen/a").header("X-Any", any).bearer(&token("ada", ""));
        request.send().status
    };
    // New values are new counts; the limit beside it holds.
    assert_eq!(["1", "2", "3"].map(ask), [200, 200, 200]);
}

#[test]
fn a_function_that_says_what_it_is_made_of_sees_nothing_else() {
    let server = start(service::palisade().trusted_proxy("127.0.0.1"));
    let ask = |path: &'static str, address: &'static str| {
        let server = &server;
        move |(subject, client): (&str, &str)| {
            let request = server.get(path).bearer(&token_of(subject, client));
            request.header("X-Forwarded-For", address).send().status
        }
    };
    let (here, elsewhere) = ("192.0.2.1", "192.0.2.2");
    // What is not named makes no new count, and what is named does.
    let callers = [("ada", "app"), ("grace", "app"), ("ada", "web")];
    assert_eq!(callers.map(ask("/of-ip", here)), [200, 200, 429]);
    assert_eq!(ask("/of-ip", elsewhere)(("ada", "app")), 200);

    assert_eq!([("ada", "app"), ("ada", "web")].map(ask("/of-subject", here)), [200, 200]);
    assert_eq!(ask("/of-subject", elsewhere)(("ada", "app")), 429);
    assert_eq!(ask("/of-subject", here)(("grace", "app")), 200);

    assert_eq!([("ada", "app"), ("grace", "app")].map(ask("/of-client", here)), [200, 200]);
    assert_eq!(ask("/of-client", elsewhere)(("edsger", "app")), 429);
    assert_eq!(ask("/of-client", here)(("ada", "web")), 200);

    let callers =
        [("ada", "app"), ("ada", "app"), ("ada", "app"), ("ada", "web"), ("grace", "app")];
    assert_eq!(callers.map(ask("/of-all", here)), [200, 200, 429, 200, 200]);
    assert_eq!(ask("/of-all", elsewhere)(("ada", "app")), 200);
}

#[test]
fn an_ipv6_address_is_to_a_function_what_it_is_to_a_limit_by_address() {
    let server = start(service::palisade().trusted_proxy("127.0.0.1"));
    let ask = |address: &str| {
        let request = server.get("/of-ip").bearer(&token("ada", ""));
        request.header("X-Forwarded-For", address).send().status
    };
    let of_one_customer = ["2001:db8:1:2200::1", "2001:db8:1:22ff::1", "2001:db8:1:2201::9"];
    assert_eq!(of_one_customer.map(ask), [200, 200, 429]);
    assert_eq!(ask("2001:db8:1:2300::1"), 200, "another customer");
}

#[test]
fn a_blocked_network_gets_nowhere_and_one_without_limits_everywhere() {
    let blocked =
        start(service::palisade().trusted_proxy("127.0.0.1").blocked_network("198.51.100.0/24"));
    let from = |address: &str, path: &str| {
        blocked.get(path).header("X-Forwarded-For", address).send().status
    };
    assert_eq!(from("198.51.100.77", "/tracked"), 403);
    assert_eq!(from("198.51.100.77", "/no-such-path"), 403);
    assert_eq!(from("::ffff:198.51.100.77", "/tracked"), 403, "the same address as IPv6");
    assert_eq!(from("198.51.101.77", "/tracked"), 200);

    let reason = "the monitoring of these tests asks all the time";
    let unlimited = start(
        service::palisade()
            .trusted_proxy("127.0.0.1")
            .dangerous_unlimited_network("2001:db8::/32", reason),
    );
    let from = |address: &str| {
        let ask = || unlimited.get("/banned").header("X-Forwarded-For", address).send().status;
        (0..6).map(|_| ask()).filter(|status| *status == 200).count()
    };
    assert_eq!(from("2001:db8::1"), 6);
    assert!(from("2001:db9::1") < 6);
}

#[test]
fn a_function_that_gives_one_request_several_keys_lets_nothing_through() {
    let server = start(service::palisade());
    for path in ["/counted-up", "/counted-up-from-all"] {
        let refused = server.get(path).send();
        assert_eq!((refused.status, refused.problem().as_str()), (500, "internal"), "{path}");
    }
    // A key that has changed once is one.
    assert_eq!([0; 3].map(|_| server.get("/looked-up").send().status), [200, 200, 429]);
}
