//! How many lines of the log refusals cost.

use std::time::Instant;

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{
    audit::{self, Fields},
    client::Connection,
    server::Server,
};

use crate::service;

#[post("/entries")]
#[public(reason = "a test of the log")]
async fn enter_wrong() -> Result<NoContent> {
    Err(Problem::new(palisade::Kind::InvalidGrant))
}

#[get("/few")]
#[public]
#[rate_limit("1/day", by = ip)]
async fn few() -> &'static str {
    "ok"
}

#[get("/never")]
#[authenticated]
async fn never() -> &'static str {
    "ok"
}

/// Mounted beside the endpoints.
async fn away() -> HttpResponse {
    HttpResponse::ServiceUnavailable().finish()
}

struct Service {
    server: Server,
    palisade: Palisade,
}

impl Service {
    fn start() -> Self {
        audit::listen();
        let palisade = service::palisade()
            .trusted_proxy("127.0.0.1")
            .endpoints(endpoints![enter_wrong, few, never])
            .build()
            .unwrap();
        let own = palisade.clone();
        let server = Server::start(move || {
            App::new()
                .configure(|config| own.mount(config))
                .route("/away", actix_web::web::get().to(away))
                .wrap(own.clone())
        });
        Self { server, palisade }
    }

    /// Sends a request so often on one connection, as this client; the statuses.
    fn flood(&self, start: &str, client: &str, times: usize) -> Vec<u16> {
        let mut connection = Connection::open(self.server.address());
        let host = self.server.address();
        let request = format!(
            "{start} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {client}\r\n\
             Origin: https://evil.example\r\nAccess-Control-Request-Method: GET\r\n\
             Content-Length: 0\r\n\r\n"
        );
        let mut statuses = Vec::new();
        // As many at once as the sockets hold.
        for batch in 0..times.div_ceil(20) {
            let now = 20.min(times - batch * 20);
            connection.write(request.repeat(now).as_bytes());
            statuses.extend((0..now).map(|_| connection.answer().unwrap().status));
        }
        statuses
    }
}

fn number(event: &Fields, name: &str) -> u64 {
    event.get(name).map_or(0, |number| number.parse().unwrap())
}

#[test]
fn a_flood_of_refusals_writes_a_line_a_second() {
    const TIMES: usize = 2_000;
    for (index, (start, status)) in [
        ("GET /a/..;/b", 400),
        ("OPTIONS /few", 403),
        ("GET /nowhere", 404),
        ("DELETE /few", 405),
        ("GET /never", 401),
        ("GET /few", 429),
        ("POST /entries", 403),
    ]
    .into_iter()
    .enumerate()
    {
        let service = Service::start();
        let client = format!("203.0.113.{index}");
        let began = Instant::now();
        let statuses = service.flood(start, &client, TIMES);
        let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
        let refused = statuses.iter().filter(|own| **own == status).count();
        assert!(refused >= TIMES - 1, "{start}: {statuses:?}");
        let events = audit::events("client", &client);
        let lines: Vec<_> =
            events.iter().filter(|event| event["status"] == status.to_string()).collect();
        let bytes: usize = lines
            .iter()
            .flat_map(|line| line.iter())
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum();
        println!(
            "{start}: {refused} refusals in {seconds} s, {} lines, about {bytes} bytes",
            lines.len()
        );
        assert!((10..=11 + seconds).contains(&lines.len()), "{start}: {} lines", lines.len());
        let metrics = service.palisade.limits().metrics();
        let counted: u64 = metrics.refusals.iter().map(|(_, count)| count).sum();
        assert_eq!(counted, u64::try_from(refused).unwrap(), "{:?}", metrics.refusals);
        let written = u64::try_from(lines.len()).unwrap();
        assert_eq!(metrics.suppressed_lines, counted - written);
    }
}

#[test]
fn the_next_line_says_how_many_were_suppressed() {
    let service = Service::start();
    let client = "203.0.113.100";
    service.flood("GET /a/..;/b", client, 300);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    service.flood("GET /a/..;/b", client, 1);
    let events = audit::events("client", client);
    let told: u64 = events.iter().map(|event| number(event, "suppressed")).sum();
    // However long it took: the last line is written, and has the number of all suppressed ones.
    assert_eq!(told + u64::try_from(events.len()).unwrap(), 301, "{events:?}");
    assert!(told > 200, "{events:?}");
}

#[test]
fn every_login_that_fails_has_its_line() {
    let service = Service::start();
    let client = "203.0.113.101";
    for _ in 0..50 {
        let request = service.server.post("/entries").header("X-Forwarded-For", client);
        assert_eq!(request.send().status, 400);
    }
    let events = audit::events("client", client);
    assert_eq!(events.iter().filter(|event| event["status"] == "400").count(), 50);
}

#[test]
fn one_cause_does_not_silence_another() {
    let service = Service::start();
    let client = "203.0.113.102";
    service.flood("GET /a/..;/b", client, 300);
    service.flood("GET /never", client, 1);
    service.flood("GET /a/..;/b", "203.0.113.103", 1);
    let events = audit::events("client", client);
    assert!(events.iter().any(|event| event["status"] == "401"));
    assert_eq!(audit::events("client", "203.0.113.103").len(), 1);
}

#[test]
fn many_networks_that_send_one_cause_leave_the_lines_of_others() {
    let service = Service::start();
    for last in 0..100 {
        service.flood("GET /a/..;/b", &format!("192.0.2.{last}"), 5);
    }
    let other = "203.0.113.104";
    assert_eq!(service.flood("GET /never", other, 1), [401]);
    assert_eq!(service.flood("GET /away", other, 1), [503]);
    assert!(service.palisade.limits().metrics().suppressed_lines > 0, "the flood is not bounded");
    let events = audit::events("client", other);
    let statuses: Vec<_> = events.iter().map(|event| event["status"].as_str()).collect();
    assert_eq!(statuses, ["401", "503"], "{events:?}");
}

/// A method is any word, as long as a head may be: lines of that length would push those of others out of
/// the log's queue.
#[test]
fn a_line_has_the_beginning_of_a_long_method() {
    let service = Service::start();
    let long = "M".repeat(40_000);
    for (index, (start, method)) in [
        (format!("{long} /nowhere"), "M".repeat(24)),
        (format!("{long} /few"), "M".repeat(24)),
        ("UPDATEREDIRECTREF /few".to_owned(), "UPDATEREDIRECTREF".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let client = format!("203.0.113.{}", 200 + index);
        service.flood(&start, &client, 1);
        let events = audit::events("client", &client);
        assert_eq!(events.iter().map(|event| &event["method"]).collect::<Vec<_>>(), [&method]);
    }
}
