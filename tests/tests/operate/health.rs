//! Probes for health, over real sockets.

use std::{
    future::pending,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use actix_web::App;
use palisade::{Builder, Redis, limit::SharedStore, prelude::*, sql::Db};
use palisade_tests::{
    audit,
    client::{Answer, Connection, Request},
    port::free_address,
    server::Server,
    token::{token, verifier},
};

use crate::{
    authority::{Authority, Wanted},
    process::until,
    tls_client::Client,
};

#[get("/work")]
#[public]
async fn work() -> &'static str {
    "done"
}

#[get("/livez")]
#[public]
async fn own_livez() -> &'static str {
    "mine"
}

#[get("/{name}")]
#[public]
#[validated]
async fn named(name: Path<Slug>) -> String {
    name.into_inner().to_string()
}

fn builder() -> Builder {
    Palisade::builder().endpoints(endpoints![work])
}

fn serve(builder: Builder) -> Server {
    let server = Server::serve(builder);
    let address = server.address();
    until("it listens", || std::net::TcpStream::connect(address).is_ok());
    server
}

/// A switch that a check looks at.
#[derive(Clone, Debug, Default)]
struct Switch(Arc<AtomicBool>);

impl Switch {
    fn set(&self, on: bool) {
        self.0.store(on, Ordering::SeqCst);
    }

    fn check(&self) -> impl Fn() -> std::future::Ready<Result<(), &'static str>> + use<> {
        let own = self.clone();
        move || {
            let on = own.0.load(Ordering::SeqCst);
            std::future::ready(if on { Ok(()) } else { Err("switched off") })
        }
    }
}

fn is_pass(answer: &Answer) -> bool {
    (answer.status, answer.text().as_str()) == (200, r#"{"status":"pass"}"#)
}

fn is_fail(answer: &Answer) -> bool {
    (answer.status, answer.text().as_str()) == (503, r#"{"status":"fail"}"#)
}

#[test]
fn probes_are_answered_for_any_host_and_without_limits() {
    audit::listen();
    let strict = builder().host("api.example").service_limit(1, Duration::from_secs(3_600), 1);
    let server = serve(strict);
    let client = Ipv4Addr::new(127, 0, 0, 41);
    let ask = |method: &str, path: &str, host: &str| {
        let mut connection = Connection::open_from(client.into(), server.address());
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.write(head.as_bytes());
        connection.answers().remove(0)
    };
    for _ in 0..20 {
        for path in ["/livez", "/readyz", "/readyz?details", "/readyz?verbose"] {
            let answer = ask("GET", path, "10.1.2.3:8080");
            assert!(is_pass(&answer), "{path}: {answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/health+json"));
            assert!(answer.header("cache-control").unwrap().contains("no-store"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
    }
    let mut connection = Connection::open_from(client.into(), server.address());
    connection.write(b"HEAD /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let head = String::from_utf8(connection.rest()).unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    // The guards hold for everything else.
    assert_eq!(ask("GET", "/work", "10.1.2.3:8080").status, 421);
    assert_eq!(ask("GET", "/work", "api.example").status, 200);
    assert_eq!(ask("GET", "/work", "api.example").status, 429);
    assert_eq!(ask("POST", "/livez", "api.example").status, 429);
    assert!(is_pass(&ask("GET", "/livez", "api.example")));
    let events = audit::events("client", "127.0.0.41");
    let statuses: Vec<_> = events.iter().map(|event| event["status"].as_str()).collect();
    assert_eq!(statuses, ["421", "200", "429", "429"], "probes write no event");
}

#[test]
fn a_blocked_network_gets_no_answer_and_paths_are_a_setting() {
    let server = serve(builder().blocked_network("127.0.0.42").health_paths("/up", "/is/ready"));
    let mut connection =
        Connection::open_from(Ipv4Addr::new(127, 0, 0, 42).into(), server.address());
    connection.write(b"GET /up HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(connection.answer().unwrap().status, 403);
    assert!(is_pass(&server.get("/up").send()));
    assert!(is_pass(&server.get("/is/ready").send()));
    assert_eq!(server.get("/livez").send().status, 404);
    let without = serve(Palisade::builder().endpoints(endpoints![own_livez]).without_health());
    assert_eq!(without.get("/livez").send().text(), "mine");
    assert_eq!(without.get("/readyz").send().status, 404);
}

#[test]
fn an_endpoint_with_such_a_path_keeps_the_service_from_starting() {
    let failure = Palisade::builder().endpoints(endpoints![own_livez]).build().unwrap_err();
    let told = failure.to_string();
    for part in ["`own_livez`", "health.rs:", "/livez", "whether it is live", ".health_paths(..)"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let elsewhere = Palisade::builder().endpoints(endpoints![own_livez]);
    assert!(elsewhere.health_paths("/healthz", "/readyz").build().is_ok());
    // A pattern does not count as such a path: the probe has precedence.
    let server = serve(Palisade::builder().endpoints(endpoints![named]));
    assert!(is_pass(&server.get("/livez").send()));
    assert_eq!(server.get("/other").send().text(), "other");
}

#[test]
fn a_check_that_fails_makes_the_instance_unready_until_it_passes() {
    let (cache, mail) = (Switch::default(), Switch::default());
    let server =
        serve(builder().readiness("cache", cache.check()).readiness_warning("mail", mail.check()));
    assert!(is_fail(&server.get("/readyz").send()));
    assert!(is_pass(&server.get("/livez").send()));
    assert_eq!(server.get("/work").send().status, 200);
    cache.set(true);
    // What only warns changes nothing.
    until("it is ready", || is_pass(&server.get("/readyz").send()));
    cache.set(false);
    until("it is not ready", || is_fail(&server.get("/readyz").send()));
}

#[test]
fn a_check_that_hangs_holds_nobody_and_is_asked_once() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let server = serve(builder().readiness("hangs", move || {
        counted.fetch_add(1, Ordering::SeqCst);
        pending::<Result<(), String>>()
    }));
    let address = server.address();
    let probes: Vec<_> = (0..40)
        .map(|_| thread::spawn(move || Request::new(address, "GET", "/readyz").send().status))
        .collect();
    // Both workers serve meanwhile.
    for _ in 0..20 {
        assert_eq!(server.get("/work").send().status, 200);
    }
    for probe in probes {
        assert_eq!(probe.join().unwrap(), 503);
    }
    // On a machine where forty threads take seconds, a round each.
    let runs = runs.load(Ordering::SeqCst);
    assert!((1..20).contains(&runs), "{runs} runs for 40 probes");
}

#[test]
fn details_are_for_a_scope() {
    let mail = Switch::default();
    let server = serve(
        builder()
            .auth(verifier())
            .health_details_scope("ops:health")
            .readiness("cache", || async { Ok::<(), String>(()) })
            .readiness_warning("mail", mail.check()),
    );
    let details = || server.get("/readyz?details");
    assert_eq!(details().send().problem(), "unauthenticated");
    let other = details().bearer(&token("ada", "items:read")).send();
    assert_eq!((other.status, other.problem().as_str()), (403, "insufficient-scope"));
    let ask = || details().bearer(&token("ops", "ops:health")).send();
    let answer = ask();
    let json = answer.json();
    assert_eq!((answer.status, &json["status"]), (200, &"warn".into()), "{json}");
    assert_eq!(answer.header("content-type"), Some("application/health+json"));
    for (name, status) in [("cache", "pass"), ("mail", "warn"), ("lame-duck", "pass")] {
        assert_eq!(json["checks"][name][0]["status"], status, "{json}");
    }
    let time = json["checks"]["mail"][0]["since"].as_str().unwrap();
    assert!(time.len() == 20 && time.starts_with("20") && time.ends_with('Z'), "{time}");
    assert!(!answer.text().contains("switched off"), "why is for the log");
    assert!(is_pass(&server.get("/readyz").send()), "without the word it is a probe");
    mail.set(true);
    until("all pass", || ask().json()["status"] == "pass");
}

#[test]
fn details_need_somebody_who_can_be_told_apart() {
    let failure = builder().health_details_scope("ops:health").build().unwrap_err();
    assert!(failure.to_string().contains("health_details"), "{failure}");
}

#[test]
fn a_database_and_its_disk_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.sqlite");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let open = || runtime.block_on(Db::open_file(&file)).unwrap();
    let server = serve(builder().auth(verifier()).health_details_scope("ops:health").data(open()));
    assert!(is_pass(&server.get("/readyz").send()));
    let answer = server.get("/readyz?details").bearer(&token("ops", "ops:health")).send();
    for name in ["database", "disk"] {
        assert_eq!(answer.json()["checks"][name][0]["status"], "pass", "{}", answer.text());
    }
    let full = serve(builder().data(open()).least_disk_space(u64::MAX));
    assert!(is_fail(&full.get("/readyz").send()));
    let missing = serve(builder().readiness_folder(folder.path().join("missing")));
    assert!(is_fail(&missing.get("/readyz").send()));
}

/// A pool that was closed answers nothing, as a server that is gone.
#[test]
fn a_database_that_was_reached_once_takes_no_instance_away_unless_it_is_required() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let open = |name: &str| runtime.block_on(Db::open_file(folder.path().join(name))).unwrap();
    let (shared, own, never) = (open("a.sqlite"), open("b.sqlite"), open("c.sqlite"));
    let warns = serve(builder().data(shared.clone()));
    let requires = serve(builder().data(own.clone()).readiness_requires("database"));
    assert!(is_pass(&warns.get("/readyz").send()) && is_pass(&requires.get("/readyz").send()));
    runtime.block_on(async { (shared.close().await, own.close().await, never.close().await) });
    until("it is not ready", || is_fail(&requires.get("/readyz").send()));
    assert!(is_pass(&warns.get("/readyz").send()));
    let never = serve(builder().data(never));
    assert!(is_fail(&never.get("/readyz").send()), "one that was never reached");
}

#[test]
fn a_store_of_limits_that_is_gone_is_a_warning() {
    let redis = Redis::new(&"redis://127.0.0.1:1".into(), "test").unwrap();
    let with = || builder().limit_store(SharedStore::redis(&redis).unwrap()).share_limits();
    let warns = serve(with().auth(verifier()).health_details_scope("ops:health"));
    until("it is noticed", || {
        assert!(is_pass(&warns.get("/readyz").send()));
        let answer = warns.get("/readyz?details").bearer(&token("ops", "ops:health")).send();
        answer.json()["checks"]["limit-store"][0]["status"] == "warn"
    });
    let requires = serve(with().readiness_requires("limit-store"));
    until("it is noticed", || {
        let _asked = requires.get("/work").send();
        is_fail(&requires.get("/readyz").send())
    });
}

#[test]
fn an_app_of_ones_own_answers_too_and_can_leave() {
    let palisade = builder().host("api.example").build().unwrap();
    let own = palisade.clone();
    let server =
        Server::start(move || App::new().configure(|config| own.mount(config)).wrap(own.clone()));
    assert!(is_pass(&server.get("/livez").send()));
    assert!(is_pass(&server.get("/readyz").send()));
    palisade.leave();
    assert!(is_fail(&server.get("/readyz").send()));
    assert!(is_pass(&server.get("/livez").send()));
}

#[test]
fn probes_are_counted_apart_from_requests() {
    audit::listen();
    let switch = Switch::default();
    let metrics = free_address();
    let server =
        serve(builder().readiness("switch", switch.check()).metrics_bind(metrics.to_string()));
    until("it listens", || std::net::TcpStream::connect(metrics).is_ok());
    let client = Ipv4Addr::new(127, 0, 0, 45);
    let ask = |path: &str| {
        let mut connection = Connection::open_from(client.into(), server.address());
        connection.write(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        connection.answer().unwrap().status
    };
    assert_eq!((ask("/livez"), ask("/livez"), ask("/readyz")), (200, 200, 503));
    for number in 0..20 {
        assert_eq!(ask(&format!("/livez?{number}")), 200);
    }
    let text = Request::new(metrics, "GET", "/metrics").send().text();
    let series = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = [
        "palisade_probes_total{probe=\"live\",outcome=\"pass\"} 22",
        "palisade_probes_total{probe=\"live\",outcome=\"fail\"} 0",
        "palisade_probes_total{probe=\"ready\",outcome=\"pass\"} 0",
        "palisade_probes_total{probe=\"ready\",outcome=\"fail\"} 1",
    ];
    assert_eq!(series("palisade_probes"), expected);
    // An instance that is not ready has no server errors.
    assert_eq!(series("palisade_http_requests_total"), [""; 0]);
    assert!(audit::events("client", "127.0.0.45").is_empty());
}

#[test]
fn a_prober_without_a_certificate_asks_on_a_port_of_its_own() {
    let (authority, folder) = (Authority::new("both"), tempfile::tempdir().unwrap());
    let files = authority.issue(Wanted::default()).write(folder.path(), "own");
    let clients = folder.path().join("clients.pem");
    std::fs::write(&clients, authority.pem()).unwrap();
    let switch = Switch::default();
    switch.set(true);
    let probes = free_address();
    let server = Server::serve(
        builder()
            .tls(files.client_authority(clients))
            .host("api.example")
            .blocked_network("127.0.0.42")
            .readiness("switch", switch.check())
            .health_bind(probes.to_string()),
    );
    until("it listens", || std::net::TcpStream::connect(probes).is_ok());
    let get = |path: &str| Request::new(probes, "GET", path).send();
    assert!(Client::of(&authority).get(server.address(), "localhost", "/livez").is_err());
    assert!(is_pass(&get("/livez")) && is_pass(&get("/readyz")), "{:?}", get("/readyz"));
    assert_eq!(get("/livez").header("cache-control"), Some("no-store"));
    // Nothing else is served there, and for others nothing at all.
    for path in ["/metrics", "/work", "/", "/livez/"] {
        assert_eq!(get(path).status, 404, "{path}");
    }
    assert_eq!(Request::new(probes, "POST", "/livez").send().status, 404);
    let mut blocked = Connection::open_from(Ipv4Addr::new(127, 0, 0, 42).into(), probes);
    blocked.write(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(blocked.answer().unwrap().status, 403);
    switch.set(false);
    until("it is not ready", || is_fail(&get("/readyz")));
    assert!(is_pass(&get("/livez")));
}

#[test]
fn one_address_for_metrics_and_probes_is_one_port() {
    let both = free_address();
    let bind = both.to_string();
    let _server = serve(builder().metrics_bind(bind.as_str()).health_bind(bind));
    until("it listens", || std::net::TcpStream::connect(both).is_ok());
    let get = |path: &str| Request::new(both, "GET", path).send();
    assert!(is_pass(&get("/livez")) && is_pass(&get("/readyz")));
    assert!(get("/metrics").text().contains("palisade_probes_total"));
    // By themselves they serve one thing each.
    let (metrics, probes) = (free_address(), free_address());
    let builder = builder().metrics_bind(metrics.to_string()).health_bind(probes.to_string());
    let _server = serve(builder);
    for address in [metrics, probes] {
        until("it listens", || std::net::TcpStream::connect(address).is_ok());
    }
    assert_eq!(Request::new(metrics, "GET", "/livez").send().status, 404);
    assert_eq!(Request::new(probes, "GET", "/metrics").send().status, 404);
}

/// Holds its worker.
#[get("/held")]
#[public]
async fn held(release: Data<AtomicBool>) -> &'static str {
    while !release.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(10));
    }
    "released"
}

#[test]
fn a_worker_without_a_sign_of_life_fails_both_probes_beside_it() {
    let (probes, release) = (free_address(), Data::new(AtomicBool::new(false)));
    let shared = release.clone();
    let builder = builder()
        .endpoints(endpoints![held])
        .configure(move |config| {
            config.app_data(shared.clone());
        })
        .health_bind(probes.to_string());
    let server = serve(builder);
    until("it listens", || std::net::TcpStream::connect(probes).is_ok());
    let get = |path: &str| Request::new(probes, "GET", path).send();
    assert!(is_pass(&get("/livez")) && is_pass(&get("/readyz")));
    let mut connection = Connection::open(server.address());
    connection.write(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until("its worker is seen to hang", || is_fail(&get("/livez")));
    assert!(is_fail(&get("/readyz")));
    release.store(true, Ordering::SeqCst);
    until("it goes on", || is_pass(&get("/livez")) && is_pass(&get("/readyz")));
}
