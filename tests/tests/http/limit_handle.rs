//! Limits in the hands of the service: asked, blocked, adjusted and measured over sockets.

use std::{net::IpAddr, time::Duration};

use actix_web::App;
use palisade::{
    Palisade,
    limit::{HandleError, KeyPart, Limits, Metrics},
    prelude::*,
};
use palisade_tests::{audit, server::Server, token::token};

use crate::service;

#[get("/work")]
#[public]
#[rate_limit("10/hour", by = ip)]
async fn work() -> &'static str {
    "ok"
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    address: IpAddr,
    #[validate(length(max = 16))]
    what: String,
}

#[post("/changes")]
#[require_scope("limits:write")]
#[validated]
async fn change(change: Json<Change>, limits: Data<Limits>) -> Result<String> {
    let by_address = limits.of::<work>("ip")?;
    let key = [KeyPart::Address(change.address)];
    match change.what.as_str() {
        "ask" => {}
        "reset" => by_address.reset(&key).await?,
        "block" => by_address.block(&key, Duration::from_secs(600)).await?,
        "unblock" => by_address.unblock(&key).await?,
        "tighten" => by_address.set_rate(2, Duration::from_secs(3_600), 2)?,
        "restore" => by_address.restore(),
        _ => return Err(Problem::bad_request("no such change")),
    }
    let standing = by_address.standing(&key).await?;
    Ok(format!("{} {}", standing.remaining, standing.blocked.is_some()))
}

#[get("/metrics")]
#[require_scope("metrics:read")]
async fn scrape(limits: Data<Limits>) -> Metrics {
    limits.metrics()
}

/// No endpoint of this service.
#[get("/elsewhere")]
#[public]
#[rate_limit("1/hour", by = ip)]
async fn elsewhere() -> &'static str {
    "ok"
}

fn start() -> (Server, Palisade) {
    let builder = service::palisade().service_limit(1_000, Duration::from_secs(3_600), 1_000);
    let palisade = builder.endpoints(endpoints![work, change, scrape]).build().unwrap();
    let app = palisade.clone();
    let server =
        Server::start(move || App::new().configure(|config| app.mount(config)).wrap(app.clone()));
    (server, palisade)
}

fn say(server: &Server, what: &str) -> String {
    let body = format!(r#"{{"address":"127.0.0.1","what":"{what}"}}"#);
    let answer = server.post("/changes").bearer(&token("admin", "limits:write")).json(&body).send();
    assert_eq!(answer.status, 200, "{what}: {}", answer.text());
    answer.text()
}

#[test]
fn a_handler_asks_resets_and_blocks() {
    audit::listen();
    let (server, _palisade) = start();
    let ask = || server.get("/work").send().status;
    assert_eq!([ask(), ask(), ask()], [200; 3]);
    assert_eq!(say(&server, "ask"), "7 false");
    assert_eq!(say(&server, "reset"), "10 false");
    assert_eq!(say(&server, "block"), "0 true");
    let refused = server.get("/work").send();
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((590..=600).contains(&wait), "{wait}");
    assert_eq!(say(&server, "unblock"), "10 false");
    assert_eq!(ask(), 200);
    for event in ["reset", "blocked", "unblocked"] {
        let events = audit::events("event", event);
        let told = events.iter().any(|event| event["endpoint"].ends_with("limit_handle::work"));
        assert!(told, "{event}: {events:?}");
    }
    // Who may not does not.
    let body = r#"{"address":"127.0.0.1","what":"unblock"}"#;
    let refused = server.post("/changes").bearer(&token("a", "other")).json(body).send();
    assert_eq!(refused.status, 403);
}

#[test]
fn what_is_set_holds_at_once_in_every_worker_and_in_the_fields() {
    audit::listen();
    let (server, _palisade) = start();
    let policy = || {
        // Each on a connection of its own: now this worker answers, now that.
        let answers = (0..4).map(|_| server.get("/work").send());
        let fields = answers.map(|answer| answer.header("ratelimit-policy").unwrap().to_owned());
        let fields: Vec<_> = fields.collect();
        assert!(fields.iter().all(|field| *field == fields[0]), "{fields:?}");
        fields[0].clone()
    };
    assert_eq!(policy(), "\"service\";q=1000;w=3600, \"ip\";q=10;w=3600");
    // The requests have used four times six minutes of the hour: of the two halves of the new quota
    // one is left.
    assert_eq!(say(&server, "tighten"), "1 false");
    assert_eq!(policy(), "\"service\";q=1000;w=3600, \"ip\";q=2;w=3600");
    assert_eq!(server.get("/work").send().status, 429);
    assert_eq!(say(&server, "restore"), "1 false", "what was spent stays spent");
    assert_eq!(policy(), "\"service\";q=1000;w=3600, \"ip\";q=10;w=3600");
    let events = audit::events("event", "adjusted");
    assert!(events.iter().any(|event| event["quota"] == "2" && event["policy"] == "ip"));
}

#[test]
fn the_services_own_limit_is_adjusted_too() {
    let (server, palisade) = start();
    let service = palisade.limits().service().unwrap();
    assert_eq!(server.get("/nothing").send().status, 404);
    service.set_rate(2, Duration::from_secs(3_600), 2).unwrap();
    let answer = server.get("/nothing").send();
    assert_eq!(answer.header("ratelimit-policy"), Some("\"service\";q=2;w=3600"));
    let statuses = [(); 3].map(|()| server.get("/nothing").send().status);
    assert_eq!(statuses[2], 429, "{statuses:?}");
    service.restore();
    assert_eq!(server.get("/nothing").send().status, 404);
}

#[test]
fn a_limit_of_another_service_is_no_limit_of_this_one() {
    let (_server, palisade) = start();
    let limits = palisade.limits();
    assert!(matches!(limits.of::<elsewhere>("ip"), Err(HandleError::NoSuchLimit(..))));
    assert!(matches!(limits.of::<work>("subject"), Err(HandleError::NoSuchLimit(..))));
    assert!(limits.of::<work>("ip").is_ok());
}

#[test]
fn metrics_count_and_can_be_mounted() {
    let (server, palisade) = start();
    let statuses: Vec<_> = (0..12).map(|_| server.get("/work").send().status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    let answer = server.get("/metrics").bearer(&token("scraper", "metrics:read")).send();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some(Metrics::CONTENT_TYPE));
    let text = answer.text();
    let labels = "endpoint=\"http::limit_handle::work\",policy=\"ip\"";
    for line in [
        format!("palisade_limit_decisions_total{{{labels},outcome=\"allowed\"}} 10"),
        format!("palisade_limit_decisions_total{{{labels},outcome=\"refused\"}} 2"),
        format!("palisade_limit_bans_total{{{labels}}} 0"),
    ] {
        assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    let metrics = palisade.limits().metrics();
    let of_work = |table: &&palisade::limit::TableMetrics| {
        table.table == "spent"
            && table.endpoint == "http::limit_handle::work"
            && table.policy == "ip"
    };
    let spent = metrics.tables.iter().find(of_work).unwrap();
    assert_eq!(spent.used, 1, "the address, in the limit's own table");
    assert_eq!(server.get("/metrics").send().status, 401);
}
