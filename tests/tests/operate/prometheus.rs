//! A real Prometheus, with the files of `examples/observability`.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use palisade::{Palisade, prelude::*, sql, sql::Db};
use palisade_tests::{
    audit_schema::Validated,
    port::free_address,
    prometheus::{FILES, Prometheus, promtool},
    server::Server,
    token::{token, verifier},
};
use serde_json::Value;

use crate::authority::{Authority, Wanted};

/// What a service without a shared store and without a certificate does not count.
const ABSENT: [&str; 2] = ["palisade_limit_store_", "palisade_tls_certificate_"];

#[get("/orders")]
#[require_scope("orders:read")]
#[rate_limit("5/minute", by = subject)]
async fn orders(db: Data<Db>) -> Result<String> {
    let one = sql!("SELECT 1" as (i64,)).fetch_one(&db).await?;
    Ok(one.0.to_string())
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

/// The expressions of the dashboard, with its variables filled in.
fn of_dashboard() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(FILES).join("dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut all = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let expression = expression
                .replace("$__rate_interval", "30s")
                .replace("$instance", ".*")
                .replace("$job", "palisade");
            assert!(!expression.contains('$'), "{expression}");
            all.push((panel["title"].as_str().unwrap().to_owned(), expression));
        }
    }
    assert!(all.len() > 20, "{all:?}");
    all
}

#[test]
fn every_expression_of_the_dashboard_has_data_and_every_rule_is_evaluated() {
    let metrics = free_address();
    let Some(prometheus) = Prometheus::launch(metrics) else { return };
    let runtime = actix_web::rt::System::new();
    let db = runtime.block_on(Db::connect("sqlite::memory:")).unwrap();
    let builder = Palisade::builder()
        .auth(verifier())
        .audit_sink(Validated::default())
        .database_metrics("orders", &db)
        .data(db)
        .metrics_bind(metrics.to_string())
        .endpoints(endpoints![orders]);
    let server = Server::serve(builder);
    let ask = || {
        let one = token("ada", "orders:read");
        for request in
            [server.get("/orders").bearer(&one), server.get("/orders"), server.get("/nothing")]
        {
            request.send();
        }
    };
    ask();
    let wanted = "count_over_time(palisade_build_info{job=\"palisade\"}[30s]) >= 4";
    ask();
    let found = prometheus.query_until_there(wanted, Duration::from_secs(60));
    assert_eq!(found.len(), 1, "the service is not scraped: {}", prometheus.get("/api/v1/targets"));
    for (panel, expression) in of_dashboard() {
        // There is no shared store and no certificate here: the expressions are evaluated, without data.
        let is_absent = ABSENT.iter().any(|name| expression.contains(name));
        ask();
        let patience = if is_absent { Duration::ZERO } else { Duration::from_secs(20) };
        let found = prometheus.query_until_there(&expression, patience);
        assert!(is_absent || !found.is_empty(), "{panel}: {expression}");
    }
    // A quantile is a number, and not that of an empty histogram.
    let quantile = "histogram_quantile(0.99, sum by (le) (rate(palisade_http_request_duration_seconds_bucket[30s])))";
    let start = Instant::now();
    let seconds = loop {
        ask();
        let found = prometheus.query_until_there(quantile, Duration::from_secs(20));
        let seconds: f64 = found[0]["value"][1].as_str().unwrap().parse().unwrap();
        // There is none as long as all requests came before the first scrape.
        if !seconds.is_nan() || start.elapsed() > Duration::from_secs(20) {
            break seconds;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(seconds > 0.0 && seconds < 30.0, "{seconds}");
    let rules = prometheus.get("/api/v1/rules");
    let groups = rules["data"]["groups"].as_array().unwrap();
    let rules: Vec<_> =
        groups.iter().flat_map(|group| group["rules"].as_array().unwrap()).collect();
    assert!(rules.len() >= 15, "{rules:?}");
    for rule in rules {
        assert_eq!(rule["health"], "ok", "{rule}");
        prometheus.query(rule["query"].as_str().unwrap());
    }
    // Each metric that the files name is one of the service.
    let names = prometheus.get("/api/v1/label/__name__/values");
    let names: Vec<_> =
        names["data"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let files = ["dashboard.json", "alerts.yml"];
    let text: String =
        files.iter().map(|file| fs::read_to_string(Path::new(FILES).join(file)).unwrap()).collect();
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for name in text.split(|c| !is_part(c)).filter(|word| word.starts_with("palisade_")) {
        let is_absent = ABSENT.iter().any(|absent| name.starts_with(absent));
        assert!(names.contains(&name) || is_absent, "{name}");
    }
    drop(runtime);
}

#[test]
fn the_expiry_of_a_certificate_is_in_the_panel_and_raises_the_alert() {
    let metrics = free_address();
    let Some(prometheus) = Prometheus::launch(metrics) else { return };
    let (authority, folder) = (Authority::new("servers"), tempfile::tempdir().unwrap());
    let soon = authority.issue(Wanted { from: -80, until: 10, ..Wanted::default() });
    let builder = Palisade::builder()
        .endpoints(endpoints![ping])
        .tls(soon.write(folder.path(), "own"))
        .metrics_bind(metrics.to_string());
    let _server = Server::serve(builder);
    let days = of_dashboard().into_iter().find(|(panel, _)| panel.contains("certificates"));
    let found = prometheus.query_until_there(&days.unwrap().1, Duration::from_secs(60));
    assert_eq!(found.len(), 1, "{}", prometheus.get("/api/v1/targets"));
    assert_eq!(found[0]["metric"]["certificate"], "localhost");
    let days: f64 = found[0]["value"][1].as_str().unwrap().parse().unwrap();
    assert!(days > 9.9 && days < 10.1, "{days}");
    let pending = "ALERTS{alertname=\"CertificateExpires\",certificate=\"localhost\"}";
    assert_eq!(prometheus.query_until_there(pending, Duration::from_secs(60)).len(), 1);
    let page = prometheus.query("ALERTS{alertname=\"CertificateExpiresNow\"}");
    assert!(page.is_empty(), "{page:?}");
}

#[test]
fn promtool_has_nothing_against_the_files() {
    for args in [
        &["check", "config", "prometheus.yml"][..],
        &["check", "rules", "alerts.yml"],
        &["test", "rules", "alerts_test.yml"],
    ] {
        let Some((is_fine, told)) = promtool(args) else { return };
        assert!(is_fine, "{args:?}: {told}");
    }
}
