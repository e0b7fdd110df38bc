//! Where exports of OpenTelemetry go, and in which form.

use std::{
    env,
    net::{SocketAddr, TcpListener},
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use palisade::{Palisade, otel::Otel, prelude::*};
use palisade_tests::{audit, collector::Collector, leaks, server::Server};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use crate::authority::{Authority, Wanted};

#[get("/work")]
#[public]
async fn work() -> &'static str {
    "done"
}

fn serve(otel: Otel) -> Server {
    audit::listen();
    let otel = otel.service_name("tests").metric_interval(Duration::from_secs(1)).unwrap();
    let server = Server::serve(Palisade::builder().endpoints(endpoints![work]).otel(otel));
    assert_eq!(server.get("/work").send().status, 200);
    server
}

/// Runs the service of the tests of spans with these settings.
fn run(settings: &[(&str, &str)]) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["otel::service", "--exact", "--ignored", "--nocapture"])
        .env_remove("RUST_LOG")
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn settings_of_a_signal_take_the_place_of_those_of_all() {
    leaks::secret("a-key-of-all-exports");
    leaks::secret("a-key-of-the-traces");
    let (traces, metrics) = (Collector::start(), Collector::start());
    run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &metrics.endpoint()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a-key-of-all-exports"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/own/in?tenant=a", traces.endpoint())),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=a-key-of-the-traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "9000"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "8000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_SERVICE_NAME", "notes"),
    ]);
    traces.spans(|spans| spans.len() >= 4);
    metrics.number("palisade_build_info", &[], |one| one == 1.0);
    assert!(traces.targets().iter().all(|target| target == "POST /own/in?tenant=a"));
    assert!(metrics.targets().iter().all(|target| target == "POST /v1/metrics"));
    for (collector, name, other) in [(&traces, "x-key", "api-key"), (&metrics, "api-key", "x-key")]
    {
        for headers in collector.headers() {
            assert!(headers.contains_key(name) && !headers.contains_key(other), "{headers:?}");
            assert_eq!(headers["content-encoding"], "gzip");
        }
    }
}

#[test]
fn a_signal_without_an_address_is_not_sent() {
    let metrics = Collector::start();
    let endpoint = format!("{}/v1/metrics", metrics.endpoint());
    run(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &endpoint), ("OTEL_SERVICE_NAME", "notes")]);
    metrics.number("palisade_build_info", &[], |one| one == 1.0);
    assert!(metrics.targets().iter().all(|target| target == "POST /v1/metrics"));
    assert!(metrics.headers().iter().all(|headers| !headers.contains_key("content-encoding")));
}

#[test]
fn an_answer_is_waited_for_as_long_as_the_signal_says() {
    let collector = Collector::start();
    collector.answer(0);
    let start = Instant::now();
    let otel = Otel::new(&collector.endpoint()).unwrap().without_metrics();
    let otel = otel.timeout(Duration::from_secs(500)).unwrap();
    let _server = serve(otel.traces_timeout(Duration::from_millis(300)).unwrap());
    let told = || audit::count(&["telemetry cannot be sent", "no answer within 300ms"]) > 0;
    while !told() {
        assert!(start.elapsed() < Duration::from_secs(60), "the time-out is not kept");
        thread::sleep(Duration::from_millis(20));
    }
}

/// An address that speaks TLS, behind which is the collector.
fn over_tls(authority: &Authority, collector: SocketAddr) -> SocketAddr {
    let issued = authority.issue(Wanted::default());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(issued.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(issued.key.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not trust the certificate ends the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut inner = tokio::net::TcpStream::connect(collector).await.unwrap();
                let _copied = tokio::io::copy_bidirectional(&mut stream, &mut inner).await;
            }
        });
    });
    address
}

#[test]
fn the_certificate_of_the_collector_is_verified_with_the_authority_of_the_settings() {
    let (authority, folder) = (Authority::new("collectors"), tempfile::tempdir().unwrap());
    let collector = Collector::start();
    let port = over_tls(&authority, collector.address()).port();
    let endpoint = format!("https://localhost:{port}");
    let unknown = serve(Otel::new(&endpoint).unwrap());
    let told = || audit::count(&["telemetry cannot be sent", &format!("localhost:{port}")]) > 0;
    let start = Instant::now();
    while !told() {
        assert!(start.elapsed() < Duration::from_secs(60), "an unknown authority is trusted");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(collector.exchanges(), 0);
    drop(unknown);
    let path = folder.path().join("authorities.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    run(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", path.to_str().unwrap()),
        ("OTEL_SERVICE_NAME", "notes"),
    ]);
    collector.spans(|spans| spans.len() >= 4);
    let known = Otel::new(&endpoint).unwrap();
    let _server = serve(known.certificate_authorities(authority.pem().as_bytes()).unwrap());
    collector.spans(|spans| spans.iter().any(|span| span.name == "GET /work"));
}
