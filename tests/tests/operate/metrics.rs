//! What a service counts, as a scraper reads it.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::SocketAddr,
    os::unix::net::UnixStream,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use palisade::{Builder, Palisade, prelude::*, sql, sql::Db};
use palisade_tests::{
    client::{Answer, Connection, Request},
    port::free_address,
    server::Server,
    skip,
    token::{token, verifier},
};

#[get("/items/{id}")]
#[require_scope("items:read")]
#[validated]
#[rate_limit("1000/minute", by = subject)]
async fn show(id: Path<u32>) -> Result<String> {
    match *id {
        0 => Err(Problem::not_found()),
        id => Ok(id.to_string()),
    }
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("a test of a panic")
}

#[post("/bytes")]
#[public(reason = "a test of bodies")]
#[validated]
async fn bytes(text: Json<Text<100>>) -> String {
    text.len().to_string()
}

#[get("/rows")]
#[public]
async fn rows(db: Data<Db>) -> Result<String> {
    let one: i64 = sql!("SELECT 1" as (i64,)).fetch_one(&db).await.map(|(one,): (i64,)| one)?;
    Ok(one.to_string())
}

fn builder() -> Builder {
    Palisade::builder().auth(verifier()).endpoints(endpoints![show, panics, bytes])
}

/// The service, and where its metrics are.
fn start(builder: Builder) -> (Server, SocketAddr) {
    let metrics = free_address();
    let server = Server::serve(builder.metrics_bind(metrics.to_string()));
    // Both are bound before the first answer.
    assert_eq!(server.get("/nothing").send().status, 404);
    (server, metrics)
}

fn scrape(metrics: SocketAddr) -> String {
    let answer = Request::new(metrics, "GET", "/metrics").send();
    assert_eq!(answer.status, 200);
    answer.text()
}

/// Counts are raised when an answer is made, and gauges once it is gone: the text that has all these
/// lines, which comes at once or after a moment.
#[track_caller]
fn has(metrics: SocketAddr, lines: &[&str]) -> String {
    let start = Instant::now();
    loop {
        let text = scrape(metrics);
        let missing = lines.iter().find(|line| !text.lines().any(|own| own == **line));
        match missing {
            None => return text,
            Some(line) if start.elapsed() > Duration::from_secs(20) => {
                panic!("{line} is not in\n{text}")
            }
            Some(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[test]
fn requests_are_counted_by_endpoint_and_outcome() {
    let (server, metrics) = start(builder());
    let get = |id: u32| server.get(&format!("/items/{id}"));
    let ada = token("ada", "items:read");
    for _ in 0..3 {
        assert_eq!(get(1).bearer(&ada).send().status, 200);
    }
    assert_eq!(get(0).bearer(&ada).send().status, 404);
    assert_eq!(get(1).send().status, 401);
    assert_eq!(get(1).bearer(&token("ada", "other")).send().status, 403);
    assert_eq!(server.get("/panics").send().status, 500);
    assert_eq!(server.post("/bytes").json("\"four\"").send().status, 200);
    assert_eq!(server.request("BREW", "/panics").send().status, 405);
    let of = "endpoint=\"operate::metrics::show\"";
    let text = has(
        metrics,
        &[
            &format!("palisade_http_requests_total{{{of},method=\"GET\",status=\"2xx\"}} 3"),
            &format!("palisade_http_requests_total{{{of},method=\"GET\",status=\"4xx\"}} 3"),
            &format!("palisade_http_errors_total{{{of},reason=\"not-found\"}} 1"),
            &format!("palisade_http_errors_total{{{of},reason=\"no-credentials\"}} 1"),
            &format!("palisade_http_errors_total{{{of},reason=\"insufficient-scope\"}} 1"),
            &format!("palisade_http_request_duration_seconds_count{{{of}}} 6"),
            &format!("palisade_http_request_duration_seconds_bucket{{{of},le=\"+Inf\"}} 6"),
            &format!("palisade_endpoint_info{{{of},route=\"/items/{{id}}\"}} 1"),
            "palisade_http_requests_total{endpoint=\"operate::metrics::panics\",method=\"GET\",status=\"5xx\"} 1",
            "palisade_http_requests_total{endpoint=\"none\",method=\"OTHER\",status=\"4xx\"} 1",
            "palisade_http_errors_total{endpoint=\"none\",reason=\"not-found\"} 1",
            "palisade_http_requests_in_flight 0",
            "palisade_http_request_body_bytes_total 6",
            "palisade_panics_total 1",
            "palisade_token_cache_lookups_total{outcome=\"hit\"} 3",
            "palisade_token_cache_lookups_total{outcome=\"miss\"} 2",
        ],
    );
    // Nothing that a client chose is in it.
    for secret in ["ada", "127.0.0.1", "BREW", "/items/1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

/// The series of an exposition: its samples without their values.
fn series(text: &str) -> BTreeSet<&str> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.rsplit_once(' ')).map(|(series, _)| series).collect()
}

#[test]
fn ten_thousand_paths_methods_and_hosts_make_no_series() {
    let builder = builder()
        .dangerous_no_service_limit("a test of many requests")
        .host("api.example")
        .host("127.0.0.1");
    let (server, metrics) = start(builder);
    let mut connection = Connection::open(server.address());
    let mut ask = |number: u32| {
        // In turn another path below an endpoint, another path, another method, another host.
        let (method, path, host) = match number % 4 {
            0 => ("GET".to_owned(), format!("/items/{number}"), "api.example".to_owned()),
            1 => ("GET".to_owned(), format!("/path-{number}"), "api.example".to_owned()),
            2 => (format!("METHOD{number}"), format!("/items/{number}"), "api.example".to_owned()),
            _ => ("GET".to_owned(), "/items/1".to_owned(), format!("host-{number}.example")),
        };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        connection.write(head.as_bytes());
        connection.answer().unwrap().status
    };
    let statuses: BTreeSet<_> = (0..8).map(&mut ask).collect();
    assert_eq!(statuses, BTreeSet::from([401, 404, 405, 421]));
    let before = scrape(metrics);
    for number in 8..10_008 {
        ask(number);
    }
    let after = scrape(metrics);
    assert_eq!(series(&before), series(&after));
    assert!(after.contains("{endpoint=\"none\",reason=\"host-not-listed\"} 2502"), "{after}");
    assert!(series(&after).len() < 400, "{}", series(&after).len());
}

#[test]
fn the_endpoint_asks_for_its_scope() {
    let server = Server::serve(builder().metrics_endpoint("ops:metrics"));
    assert_eq!(server.get("/metrics").send().status, 401);
    assert_eq!(server.get("/metrics").bearer(&token("ada", "other")).send().status, 403);
    let get = || server.get("/metrics").bearer(&token("scraper", "ops:metrics"));
    let answer = get().send();
    assert_eq!(answer.status, 200);
    let kind = |answer: &Answer| answer.header("content-type").map(str::to_owned);
    assert_eq!(kind(&answer).as_deref(), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(answer.text().contains("# TYPE palisade_http_requests_total counter\n"));
    let answer = get().header("Accept", "application/openmetrics-text;version=1.0.0").send();
    let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(kind(&answer).as_deref(), Some(expected));
    assert!(answer.text().contains("# TYPE palisade_http_requests counter\n"));
    assert!(answer.text().ends_with("# EOF\n"));
    let failure = builder().metrics_endpoint("ops metrics").build().unwrap_err();
    assert!(failure.complaints()[0].contains("a scope is one word"), "{failure}");
}

#[test]
fn the_port_serves_metrics_and_nothing_else() {
    let (server, metrics) = start(builder());
    assert_eq!(server.get("/metrics").send().status, 404, "not on the port of the service");
    for (method, path, status) in [
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("POST", "/metrics", 405),
        ("GET", "/", 404),
        ("GET", "/items/1", 404),
    ] {
        let mut connection = Connection::open(metrics);
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        connection.write(head.as_bytes());
        let text = String::from_utf8(connection.rest()).unwrap();
        assert!(text.starts_with(&format!("HTTP/1.1 {status} ")), "{method} {path}: {text}");
        let text = text.to_ascii_lowercase();
        assert!(text.contains("cache-control: no-store") && text.contains("nosniff"), "{text}");
    }
    // A page whose name an attacker points here.
    for (host, status) in [("evil.example", 421), ("prometheus:9090", 200), ("10.0.0.7", 200)] {
        let mut connection = Connection::open(metrics);
        let head = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        connection.write(head.as_bytes());
        assert_eq!(connection.answer().unwrap().status, status, "{host}");
    }
}

#[test]
fn slow_and_idle_connections_of_the_port_end() {
    let (_server, metrics) = start(builder());
    let mut slow = Connection::open(metrics);
    slow.write(b"GET /metrics HTTP/1.1\r\nHost: local");
    let mut idle = Connection::open(metrics);
    idle.write(b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Both have five seconds, and the client waits for ten.
    let refusal = String::from_utf8(slow.rest()).unwrap();
    assert!(refusal.is_empty() || refusal.starts_with("HTTP/1.1 408 "), "{refusal}");
    assert!(idle.rest().starts_with(b"HTTP/1.1 200 "));
}

#[test]
fn connections_and_probes_are_counted() {
    let (server, metrics) = start(builder());
    assert_eq!(server.get("/livez").send().status, 200);
    let text = has(
        metrics,
        &[
            "palisade_connections_refused_total 0",
            "palisade_probes_total{probe=\"live\",outcome=\"pass\"} 1",
            "palisade_probes_total{probe=\"ready\",outcome=\"fail\"} 0",
        ],
    );
    assert!(text.contains("# TYPE palisade_connections_open gauge\n"), "{text}");
}

#[test]
fn the_port_may_be_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.sock");
    let server = Server::serve(builder().metrics_bind(format!("unix:{}", path.display())));
    assert_eq!(server.get("/nothing").send().status, 404);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.contains("palisade_build_info"), "{text}");
    drop(server);
}

#[test]
fn a_port_that_cannot_be_is_named() {
    for (bind, says) in [("localhost", "not an address and port"), ("unix:", "the path of a file")]
    {
        let failure = builder().metrics_bind(bind).build().unwrap_err();
        let complaint = &failure.complaints()[0];
        assert!(
            complaint.contains("PALISADE_METRICS_BIND") && complaint.contains(says),
            "{failure}"
        );
    }
}

#[actix_web::test]
async fn the_pool_of_a_database_is_told() {
    let db = Db::options().connections(1).connect("sqlite::memory:").await.unwrap();
    let (server, metrics) = start(
        builder().endpoints(endpoints![rows]).data(db.clone()).database_metrics("notes", &db),
    );
    assert_eq!(server.get("/rows").send().status, 200);
    // A pool that was registered twice has the name of the first registration.
    has(
        metrics,
        &[
            "palisade_db_connections{database=\"sqlite\",state=\"idle\"} 1",
            "palisade_db_connections{database=\"sqlite\",state=\"used\"} 0",
            "palisade_db_connections_max{database=\"sqlite\"} 1",
            "palisade_db_acquired_connections_total{database=\"sqlite\"} 1",
            "palisade_db_waits_total{database=\"sqlite\"} 0",
        ],
    );
    let held = db.begin().await.unwrap();
    let waiting = std::thread::spawn({
        let request = server.get("/rows");
        move || request.send().status
    });
    has(metrics, &["palisade_db_waiting{database=\"sqlite\"} 1"]);
    held.rollback().await.unwrap();
    assert_eq!(waiting.join().unwrap(), 200);
    has(
        metrics,
        &[
            "palisade_db_waits_total{database=\"sqlite\"} 1",
            "palisade_db_waiting{database=\"sqlite\"} 0",
        ],
    );
}

#[test]
fn promtool_has_nothing_against_the_text() {
    let (server, metrics) = start(builder());
    assert_eq!(server.get("/items/1").send().status, 401);
    palisade::metrics::install_recorder().unwrap();
    metrics::describe_counter!("orders_total", "Orders that were taken.");
    metrics::counter!("orders_total", "kind" => "gift").increment(1);
    metrics::describe_histogram!("payment_seconds", "How long payments took.");
    metrics::histogram!("payment_seconds").record(0.2);
    let text = scrape(metrics);
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        skip("promtool", "PALISADE_TEST_PROMETHEUS");
        return;
    };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.is_empty(), "{told}\n{text}");
}
