//! Traces and metrics, as a collector of OpenTelemetry receives them.

use std::{
    env,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use actix_web::rt::System;
use palisade::{
    Builder, Palisade,
    otel::{Otel, QUEUE, Sampler},
    prelude::*,
    sql,
    sql::Db,
};
use palisade_tests::{
    audit,
    client::{Connection, Request},
    collector::{Collector, Span},
    leaks,
    port::free_address,
    server::Server,
    token::{token, verifier},
};

/// A parent that is sampled, as a proxy would send it.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[get("/rows/{name}")]
#[require_scope("rows:read")]
#[validated]
async fn rows(name: Path<Slug>, db: Data<Db>) -> Result<String> {
    let name: &str = &name;
    let (length,): (i64,) = sql!("SELECT length({name})" as (i64,)).fetch_one(&db).await?;
    Ok(length.to_string())
}

#[get("/headers")]
#[public]
async fn headers() -> String {
    let headers = palisade::otel::headers().map(|(name, value)| format!("{name}: {value}\n"));
    headers.collect()
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("a test of a panic with a-secret-of-the-panic")
}

#[get("/slow")]
#[public]
#[timeout("50 ms")]
async fn slow() -> &'static str {
    actix_web::rt::time::sleep(Duration::from_secs(600)).await;
    "too late"
}

#[get("/logs")]
#[public]
async fn logs() -> &'static str {
    tracing::info!("a line of the handler");
    "logged"
}

fn builder(otel: Otel) -> Builder {
    Palisade::builder()
        .auth(verifier())
        .endpoints(endpoints![headers, panics, slow])
        .otel(otel.service_name("tests"))
}

fn otel(collector: &Collector) -> Otel {
    Otel::new(&collector.endpoint()).unwrap()
}

/// A request with a parent that is sampled, unless these flags say otherwise.
fn with_parent(request: Request, flags: &str) -> Request {
    request.header("traceparent", &format!("00-{TRACE}-{PARENT}-{flags}"))
}

fn of_proxy(request: Request) -> Request {
    request.header("X-Forwarded-For", "192.0.2.7")
}

/// The server span of the answer with this id.
fn server_span(collector: &Collector, request_id: &str) -> Span {
    let is_own = |span: &Span| span.get("palisade.request_id") == request_id;
    let spans = collector.spans(|spans| spans.iter().any(is_own));
    spans.into_iter().find(is_own).unwrap()
}

#[test]
fn a_request_is_a_span_above_its_handler_and_its_statements() {
    audit::listen();
    let collector = Collector::start();
    leaks::secret("a-key-of-the-collector");
    leaks::secret("a-value-of-the-statement");
    leaks::secret("a-secret-of-the-query");
    let otel = otel(&collector).header("api-key", "a-key-of-the-collector").unwrap();
    let db = System::new()
        .block_on(async { Db::options().connections(1).connect("sqlite::memory:").await.unwrap() });
    let server = Server::serve(builder(otel).endpoints(endpoints![rows]).data(db));
    let request = server.get("/rows/a-value-of-the-statement?key=a-secret-of-the-query");
    let answer = request.bearer(&token("ada", "rows:read")).send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "24"));
    let id = answer.header("x-request-id").unwrap();
    let span = server_span(&collector, id);
    assert_eq!((span.name.as_str(), span.kind), ("GET /rows/{name}", 2));
    assert!(span.parent_id.is_empty() && !span.is_error, "{span:?}");
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/rows/{name}"),
        ("http.response.status_code", "200"),
        ("url.scheme", "http"),
        ("network.protocol.version", "1.1"),
        ("client.address", "127.0.0.1"),
        ("palisade.outcome", "handled"),
        ("palisade.endpoint", "rows"),
    ] {
        assert_eq!(span.get(name), value, "{name} of {span:?}");
    }
    let trace = collector.trace(&span.trace_id, 3);
    let handler = trace.iter().find(|own| own.kind == 1).unwrap();
    assert_eq!((handler.name.as_str(), handler.parent_id.as_str()), ("rows", &*span.span_id));
    let statement = trace.iter().find(|own| own.kind == 3).unwrap();
    assert_eq!((statement.name.as_str(), &statement.parent_id), ("SELECT", &handler.span_id));
    for (name, value) in [
        ("db.system.name", "sqlite"),
        ("db.operation.name", "SELECT"),
        ("db.query.text", "SELECT length(?1)"),
    ] {
        assert_eq!(statement.get(name), value, "{name} of {statement:?}");
    }
    assert!(statement.get("code.file.path").ends_with("otel.rs"));
    for own in &trace {
        let text = format!("{own:?}");
        for secret in ["a-value-of-the", "a-secret-of", "ada"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
    let event = audit::events("request_id", id).pop().unwrap();
    assert_eq!((&event["trace_id"], &event["span_id"]), (&span.trace_id, &span.span_id));
    assert_eq!(collector.headers()[0]["api-key"], "a-key-of-the-collector");
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "tests");
    assert_eq!(resource["telemetry.sdk.language"], "rust");
}

#[test]
fn a_parent_is_taken_from_a_trusted_proxy() {
    let collector = Collector::start();
    let server = Server::serve(builder(otel(&collector)).trusted_proxy("127.0.0.1"));
    let request = with_parent(server.get("/headers"), "01");
    let request =
        request.header("tracestate", "a=1").header("tracestate", "b=2").header("baggage", "k=v");
    let answer = of_proxy(request).send();
    let span = server_span(&collector, answer.header("x-request-id").unwrap());
    assert_eq!((span.trace_id.as_str(), span.parent_id.as_str()), (TRACE, PARENT));
    assert_eq!(span.trace_state, "a=1,b=2");
    assert!(span.is_remote);
    assert_eq!(span.get("client.address"), "192.0.2.7");
    // The handler passes its own span on.
    let handler = collector.trace(TRACE, 2).into_iter().find(|own| own.kind == 1).unwrap();
    let expected = format!("traceparent: 00-{TRACE}-{}-01\ntracestate: a=1,b=2\n", handler.span_id);
    assert_eq!(answer.text(), expected);
    // One that is not sampled is passed on so, and not recorded.
    let answer = of_proxy(with_parent(server.get("/headers"), "00")).send();
    let text = answer.text();
    assert!(text.contains(&format!("00-{TRACE}-")) && text.trim_end().ends_with("-00"), "{text}");
    let later = of_proxy(server.get("/headers")).send();
    server_span(&collector, later.header("x-request-id").unwrap());
    let unsampled = answer.header("x-request-id").unwrap().to_owned();
    let spans = collector.spans(|_| true);
    assert!(!spans.iter().any(|span| span.get("palisade.request_id") == unsampled), "{spans:?}");
}

#[test]
fn a_client_forces_no_sampling_and_chooses_no_trace() {
    let collector = Collector::start();
    let server = Server::serve(builder(otel(&collector).sampler(Sampler::never())));
    let traced = Server::serve(builder(otel(&collector)));
    for _ in 0..20 {
        let text =
            with_parent(server.get("/headers"), "01").header("tracestate", "a=1").send().text();
        assert!(!text.contains(TRACE) && text.trim_end().ends_with("-00"), "{text}");
        assert!(!text.contains("tracestate"), "{text}");
    }
    let answer = with_parent(traced.get("/headers"), "01").send();
    let span = server_span(&collector, answer.header("x-request-id").unwrap());
    assert!(span.trace_id != TRACE && span.parent_id.is_empty(), "{span:?}");
    let spans = collector.spans(|spans| spans.len() >= 2);
    assert_eq!(spans.len(), 2, "{spans:?}");
    // A sampler that does not ask the parent.
    let ignoring = Sampler::never().ignoring_parents();
    let server =
        Server::serve(builder(otel(&collector).sampler(ignoring)).trusted_proxy("127.0.0.1"));
    let text = of_proxy(with_parent(server.get("/headers"), "01")).send().text();
    assert!(text.contains(TRACE) && text.trim_end().ends_with("-00"), "{text}");
}

#[test]
fn a_malformed_parent_begins_a_new_trace() {
    let collector = Collector::start();
    let server = Server::serve(builder(otel(&collector)).trusted_proxy("127.0.0.1"));
    let good = format!("00-{TRACE}-{PARENT}-01");
    let zeros = |count: usize| "0".repeat(count);
    let malformed = [
        "00".to_owned(),
        good[..54].to_owned(),
        format!("{good}-"),
        format!("{good}-x"),
        format!("{good}0"),
        good.to_uppercase(),
        good.replace('-', "_"),
        good.replace("00-4", "ff-4"),
        good.replace("00-4", "0x-4"),
        good.replace("-01", "-0g"),
        good.replace(TRACE, &zeros(32)),
        good.replace(PARENT, &zeros(16)),
        format!("01{}x", &good[2..]),
        format!("01{}-{}", &good[2..], "a".repeat(200)),
        format!("{good}, {good}"),
    ];
    let sent = malformed.map(|bad| {
        let answer = of_proxy(server.get("/headers").header("traceparent", &bad)).send();
        assert_eq!(answer.status, 200, "{bad}");
        assert!(!answer.text().contains(TRACE), "{bad}");
        (bad, answer.header("x-request-id").unwrap().to_owned())
    });
    for (bad, id) in sent {
        let span = server_span(&collector, &id);
        assert!(span.trace_id != TRACE && span.parent_id.is_empty(), "{bad}: {span:?}");
    }
    // Two of them: which one did the proxy write?
    let twice = server.get("/headers").header("traceparent", &good).header("traceparent", &good);
    assert!(!of_proxy(twice).send().text().contains(TRACE));
    // A later version may have more.
    let later = format!("01{}-more", &good[2..]);
    let answer = of_proxy(server.get("/headers").header("traceparent", &later)).send();
    assert!(answer.text().starts_with(&format!("traceparent: 00-{TRACE}-")), "{}", answer.text());
    // A malformed state does not take the parent with it.
    let request = with_parent(server.get("/headers"), "01").header("tracestate", "A=1");
    let text = of_proxy(request).send().text();
    assert!(text.contains(TRACE) && !text.contains("tracestate"), "{text}");
}

#[test]
fn without_a_collector_the_parent_of_a_trusted_proxy_is_passed_on() {
    let plain = || Palisade::builder().endpoints(endpoints![headers]);
    let server = Server::serve(plain().trusted_proxy("127.0.0.1"));
    let request = with_parent(server.get("/headers"), "01").header("tracestate", "a=1");
    let expected = format!("traceparent: 00-{TRACE}-{PARENT}-01\ntracestate: a=1\n");
    assert_eq!(of_proxy(request).send().text(), expected);
    let server = Server::serve(plain());
    assert_eq!(with_parent(server.get("/headers"), "01").send().text(), "");
}

#[test]
fn refusals_and_failures_are_told_by_their_codes() {
    let collector = Collector::start();
    let db = System::new()
        .block_on(async { Db::options().connections(1).connect("sqlite::memory:").await.unwrap() });
    let blocked = Server::serve(builder(otel(&collector)).blocked_network("127.0.0.0/8"));
    let server = Server::serve(builder(otel(&collector)).endpoints(endpoints![rows]).data(db));
    let token = token("ada", "other");
    for (request, status, outcome, error, route) in [
        (server.get("/rows/a"), "401", "no-credentials", "", "/rows/{name}"),
        (server.get("/rows/a").bearer(&token), "403", "insufficient-scope", "", "/rows/{name}"),
        (server.get("/no/such/path"), "404", "not-found", "", ""),
        (server.request("BREW", "/headers"), "405", "method-not-allowed", "", ""),
        (server.get("/headers").header("Host", "second"), "400", "", "", ""),
        (server.get("/panics"), "500", "handled", "internal", "/panics"),
        (server.get("/slow"), "504", "handled", "timeout", "/slow"),
        (blocked.get("/headers"), "403", "network-blocked", "", ""),
    ] {
        let answer = request.send();
        assert_eq!(answer.status.to_string(), status);
        let Some(id) = answer.header("x-request-id") else { continue };
        let span = server_span(&collector, id);
        assert_eq!(span.get("http.response.status_code"), status, "{span:?}");
        assert_eq!(span.get("error.type"), error, "{span:?}");
        assert_eq!(span.get("http.route"), route, "{span:?}");
        assert_eq!(span.is_error, !error.is_empty(), "{span:?}");
        if !outcome.is_empty() {
            assert_eq!(span.get("palisade.outcome"), outcome, "{span:?}");
        }
        if status == "405" {
            assert_eq!((span.name.as_str(), span.get("http.request.method")), ("HTTP", "_OTHER"));
        }
        if status.starts_with('5') {
            let handler = collector.trace(&span.trace_id, 2).into_iter().find(|own| own.kind == 1);
            let expected = if status == "500" { "panic" } else { "timeout" };
            assert_eq!(handler.unwrap().get("error.type"), expected);
        }
    }
    // Probes for health have no span.
    assert_eq!(server.get("/livez").send().status, 200);
    let last = server.get("/headers").send();
    server_span(&collector, last.header("x-request-id").unwrap());
    let spans = collector.spans(|_| true);
    let is_probe = |span: &Span| span.name == "GET" && span.get("palisade.outcome") == "answered";
    assert!(!spans.iter().any(is_probe), "{spans:?}");
    // The log has the message of a panic, and no span has.
    assert!(!format!("{spans:?}").contains("a-secret-of-the-panic"), "{spans:?}");
}

#[test]
fn an_outage_of_the_collector_delays_no_request_and_is_one_event() {
    audit::listen();
    let address = free_address();
    let endpoint = format!("http://{address}");
    let server = Server::serve(builder(Otel::new(&endpoint).unwrap()));
    let collector = address.to_string();
    let lost = || audit::count(&["telemetry cannot be sent", &collector]);
    let (before, start) = (lost(), Instant::now());
    let first = server.get("/headers").send();
    let mut connection = Connection::open(server.address());
    for _ in 0..200 {
        connection.write(server.get("/headers").head().as_bytes());
        connection.write(b"\r\n");
        assert_eq!(connection.answer().unwrap().status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    while lost() == before && start.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(20));
    }
    // Further attempts are not reported again.
    thread::sleep(Duration::from_millis(2_500));
    assert_eq!(lost(), before + 1);
    let back = Collector::at(address);
    server_span(&back, first.header("x-request-id").unwrap());
    while audit::count(&["is sent to the OpenTelemetry collector again", &collector]) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_collector_that_hangs_fills_a_queue_of_bounded_length() {
    let collector = Collector::start();
    collector.answer(0);
    let builder = builder(otel(&collector))
        .metrics_endpoint("ops:metrics")
        .dangerous_no_service_limit("a test of many requests");
    let server = Server::serve(builder);
    let mut connection = Connection::open(server.address());
    let (requests, start) = (QUEUE, Instant::now());
    // Two spans each, of which the queue and two messages take a part.
    for _ in 0..requests {
        connection.write(server.get("/headers").head().as_bytes());
        connection.write(b"\r\n");
        assert_eq!(connection.answer().unwrap().status, 200);
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let scrape = server.get("/metrics").bearer(&token("ops", "ops:metrics")).send().text();
    let line =
        scrape.lines().find_map(|line| line.strip_prefix("palisade_otel_dropped_spans_total "));
    let dropped: usize = line.unwrap().parse().unwrap();
    assert!((QUEUE / 4..=QUEUE).contains(&dropped), "{dropped}");
    // The end of the service does not wait for it longer than it says.
    let (mut server, start) = (server, Instant::now());
    drop(connection);
    server.tell();
    while !server.has_ended() {
        assert!(start.elapsed() < Duration::from_secs(20), "the service does not end");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_a_collector_refuses_is_dropped_and_counted() {
    let collector = Collector::start();
    collector.reject(1);
    let builder = builder(otel(&collector)).metrics_endpoint("ops:metrics");
    let server = Server::serve(builder);
    let dropped = || {
        let scrape = server.get("/metrics").bearer(&token("ops", "ops:metrics")).send().text();
        let line =
            scrape.lines().find_map(|line| line.strip_prefix("palisade_otel_dropped_spans_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let wait = |least: u64| {
        let start = Instant::now();
        while dropped() < least {
            assert!(start.elapsed() < Duration::from_secs(30), "{} are dropped", dropped());
            thread::sleep(Duration::from_millis(200));
        }
    };
    assert_eq!(server.get("/headers").send().status, 200);
    wait(1);
    collector.reject(0);
    collector.answer(400);
    let before = dropped();
    assert_eq!(server.get("/headers").send().status, 200);
    wait(before + 2);
    // 503 does not refuse the spans: they are sent again later.
    collector.answer(503);
    let kept = server.get("/headers").send();
    let exchanges = collector.exchanges();
    let start = Instant::now();
    while collector.exchanges() < exchanges + 1 && start.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(20));
    }
    collector.answer(200);
    server_span(&collector, kept.header("x-request-id").unwrap());
}

#[test]
fn what_is_left_is_sent_when_the_service_stops() {
    let collector = Collector::start();
    // Metrics are sent after a minute otherwise.
    let mut server = Server::serve(builder(otel(&collector)));
    let answer = server.get("/headers").send();
    server.tell();
    server_span(&collector, answer.header("x-request-id").unwrap());
    let labels = [("endpoint", "operate::otel::headers"), ("status", "2xx")];
    collector.number("palisade_http_requests", &labels, |count| count == 1.0);
    let start = Instant::now();
    while !server.has_ended() {
        assert!(start.elapsed() < Duration::from_secs(20), "the service does not end");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn metrics_arrive_with_bounded_attributes() {
    let collector = Collector::start();
    let otel = otel(&collector).without_traces().metric_interval(Duration::from_secs(1)).unwrap();
    let server = Server::serve(builder(otel));
    for _ in 0..3 {
        assert_eq!(server.get("/headers?a=b").send().status, 200);
    }
    assert_eq!(server.request("BREW", "/headers").send().status, 405);
    let endpoint = ("endpoint", "operate::otel::headers");
    let labels = [endpoint, ("method", "GET"), ("status", "2xx")];
    collector.number("palisade_http_requests", &labels, |count| count == 3.0);
    let labels = [("endpoint", "none"), ("method", "OTHER"), ("status", "4xx")];
    collector.number("palisade_http_requests", &labels, |count| count == 1.0);
    collector.number("palisade_build_info", &[], |one| one == 1.0);
    collector.number("process_resident_memory_bytes", &[], |bytes| bytes > 1e6);
    let histogram = collector.metric("palisade_http_request_duration_seconds");
    assert_eq!(histogram.unit, "s");
    let text = format!("{histogram:?}");
    assert!(text.contains("explicit_bounds: [0.001, 0.0025"), "{text}");
    // Each number of the text is one of the metrics.
    for name in
        ["palisade_limit_decisions", "palisade_connections_open", "palisade_otel_dropped_spans"]
    {
        assert!(!collector.metric(name).description.is_empty());
    }
    assert!(collector.spans(|_| true).is_empty());
}

/// Run by the test below in a process of its own, whose standard error is the log, and whose environment
/// says where telemetry goes.
#[test]
#[ignore = "needs a process whose standard error is read"]
fn service() {
    let _log = palisade::log::init().unwrap();
    let builder = Palisade::from_env().unwrap().endpoints(endpoints![logs, panics]);
    let server = Server::serve(builder);
    assert_eq!(server.get("/logs").send().status, 200);
    assert_eq!(server.get("/panics").send().status, 500);
    let mut server = server;
    server.tell();
    let start = Instant::now();
    while !server.has_ended() && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn lines_of_the_log_have_the_ids_and_the_environment_configures_all() {
    let collector = Collector::start();
    let output = Command::new(env::current_exe().unwrap())
        .args(["otel::service", "--exact", "--ignored", "--nocapture"])
        .env_remove("RUST_LOG")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20key-of-the-environment")
        .env("OTEL_SERVICE_NAME", "notes")
        .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests")
        .env("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
        .env("OTEL_TRACES_SAMPLER_ARG", "1")
        // Not set, by the standard.
        .env("OTEL_SDK_DISABLED", "")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let log = String::from_utf8(output.stderr).unwrap();
    let spans = collector.spans(|spans| spans.len() >= 4);
    let handler = |name: &str| spans.iter().find(|own| own.kind == 1 && own.name == name).unwrap();
    let line = |part: &str| log.lines().find(|line| line.contains(part)).unwrap();
    let ids = |span: &Span| format!("trace_id={} span_id={}", span.trace_id, span.span_id);
    let own = line("a line of the handler");
    assert!(own.ends_with(&ids(handler("logs"))), "{own}");
    let panic = line("a thread panicked");
    assert!(panic.contains(&ids(handler("panics"))), "{panic}");
    let request = spans.iter().find(|own| own.kind == 2 && own.name == "GET /logs").unwrap();
    let event = log.lines().find(|line| line.contains("palisade::audit") && line.contains("/logs"));
    let event = event.unwrap();
    assert!(event.contains(&request.trace_id) && event.matches("trace_id").count() == 1, "{event}");
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "notes");
    assert_eq!(resource["deployment.environment.name"], "tests");
    assert_eq!(collector.headers()[0]["api-key"], "a key-of-the-environment");
    assert!(!log.contains("key-of-the-environment"), "{log}");
}
