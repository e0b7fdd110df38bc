//! Rate limits over real sockets.

use std::{thread, time::Duration};

use actix_web::App;
use palisade::prelude::*;
use palisade_tests::{server::Server, token::token};
use sfv::{BareItem, ListEntry, Parser};
use uuid::Uuid;

use crate::service::{self, GOOD, shared};

#[get("/once-in-a-while")]
#[public]
#[rate_limit("1/4 s", by = ip)]
async fn once_in_a_while() -> &'static str {
    "ok"
}

#[get("/once-an-hour")]
#[public]
#[rate_limit("1/hour", by = ip)]
async fn once_an_hour() -> &'static str {
    "ok"
}

#[get("/hundred")]
#[public]
#[rate_limit("100/hour", by = ip)]
async fn hundred() -> &'static str {
    "ok"
}

#[get("/both")]
#[authenticated]
#[rate_limit("10/minute", by = ip)]
#[rate_limit("5/minute", by = subject, name = "user", burst = 3, cost = 2)]
async fn both() -> &'static str {
    "ok"
}

#[get("/files/{name}")]
#[public]
#[rate_limit("1000/hour", by = ip)]
#[rate_limit("1/hour", by = path("name"))]
#[validated]
async fn by_path(name: Path<Slug>) -> String {
    name.to_string()
}

#[get("/accounts/{id}")]
#[public]
#[rate_limit("1000/hour", by = ip)]
#[rate_limit("1/hour", by = path("id"))]
#[validated]
async fn by_id(id: Path<Uuid>) -> String {
    id.to_string()
}

fn start(builder: palisade::Builder) -> Server {
    let endpoints = endpoints![once_in_a_while, once_an_hour, hundred, both, by_path, by_id];
    let palisade = builder.endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
}

pub(crate) fn items(field: &str) -> Vec<(String, Vec<(String, i64)>)> {
    let list = Parser::new(field).parse::<sfv::List>().unwrap();
    let item = |entry: &ListEntry| {
        let ListEntry::Item(item) = entry else { panic!("an inner list in {field}") };
        let BareItem::String(name) = &item.bare_item else { panic!("no string in {field}") };
        let parameters = item.params.iter().map(|(key, value)| {
            let BareItem::Integer(value) = value else { panic!("no integer in {field}") };
            (key.to_string(), i64::from(*value))
        });
        (name.to_string(), parameters.collect())
    };
    list.iter().map(item).collect()
}

#[test]
fn the_fields_are_structured_and_name_every_policy() {
    let server = start(service::palisade());
    let answer = server.get("/both").bearer(&token("fields", "")).send();
    assert_eq!(answer.status, 200);
    let owned = |parameters: &[(&str, i64)]| {
        parameters.iter().map(|(key, value)| ((*key).to_owned(), *value)).collect::<Vec<_>>()
    };
    assert_eq!(
        items(answer.header("ratelimit-policy").unwrap()),
        [
            ("ip".to_owned(), owned(&[("q", 10), ("w", 60)])),
            ("user".to_owned(), owned(&[("q", 5), ("w", 60)]))
        ]
    );
    assert_eq!(
        items(answer.header("ratelimit").unwrap()),
        [
            ("ip".to_owned(), owned(&[("r", 9), ("t", 6)])),
            ("user".to_owned(), owned(&[("r", 1), ("t", 12)]))
        ]
    );
}

#[test]
fn a_refusal_says_when_to_come_back_and_that_holds() {
    let server = start(service::palisade());
    assert_eq!(server.get("/once-in-a-while").send().status, 200);
    let answer = server.get("/once-in-a-while").send();
    assert_eq!((answer.status, answer.problem().as_str()), (429, "quota-exceeded"));
    assert_eq!(
        answer.json()["type"],
        "https://iana.org/assignments/http-problem-types#quota-exceeded"
    );
    assert_eq!(answer.json()["violated-policies"], serde_json::json!(["ip"]));
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=4).contains(&wait), "{wait}");
    thread::sleep(Duration::from_secs(wait));
    assert_eq!(server.get("/once-in-a-while").send().status, 200);
}

#[test]
fn exactly_the_quota_passes_over_all_workers() {
    let server = start(service::palisade());
    let passed: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let request = server.get("/hundred");
                scope
                    .spawn(move || (0..50).filter(|_| request.clone().send().status == 200).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(passed, 100);
}

#[test]
fn a_spoofed_forwarded_address_is_no_new_key() {
    let server = start(service::palisade());
    assert_eq!(server.get("/once-an-hour").send().status, 200);
    for (name, value) in [
        ("X-Forwarded-For", "198.51.100.1"),
        ("Forwarded", "for=198.51.100.1"),
        ("X-Real-IP", "198.51.100.1"),
        ("CF-Connecting-IP", "198.51.100.1"),
    ] {
        let answer = server.get("/once-an-hour").header(name, value).send();
        assert_eq!(answer.status, 429, "{name}");
    }
}

#[test]
fn a_trusted_proxy_speaks_for_its_clients_only() {
    let server = start(service::palisade().trusted_proxy("127.0.0.1"));
    let from = |forwarded: &str| {
        server.get("/once-an-hour").header("X-Forwarded-For", forwarded).send().status
    };
    assert_eq!(from("198.51.100.1"), 200);
    assert_eq!(from("198.51.100.2"), 200);
    assert_eq!(from("198.51.100.1"), 429);
    assert_eq!(from("6.6.6.6, 198.51.100.1"), 429, "the left-most entry is the client's own");
    assert_eq!(from("::ffff:198.51.100.1"), 429, "a mapped address is the same address");
    assert_eq!(from("2001:db8:0:1::1"), 200);
    assert_eq!(from("2001:db8:0:ff::1"), 429, "one client has its whole /56");
    assert_eq!(from("2001:db8:0:100::1"), 200);
}

#[test]
fn every_spelling_of_a_path_is_one_key() {
    let server = start(service::palisade());
    assert_eq!(server.get("/files/report").send().status, 200);
    assert_eq!(server.get("/files/report").send().status, 429);
    assert_eq!(server.get("/files/%72eport").send().status, 429);
    assert_eq!(server.get("/files/other").send().status, 200);

    let id = "550e8400-e29b-41d4-a716-446655440000";
    assert_eq!(server.get(&format!("/accounts/{id}")).send().text(), id);
    for other in [id.to_uppercase(), id.replace('-', ""), format!("urn:uuid:{id}")] {
        let answer = server.get(&format!("/accounts/{other}")).send();
        assert_eq!(answer.status, 429, "{other} is the same account");
    }
}

#[test]
fn only_failures_count_where_that_is_said() {
    let login = |qty: u32| {
        let body = format!(r#"{{"name":"ada","qty":{qty}}}"#);
        shared().post("/login").header("X-Client", "failures").json(&body).send().status
    };
    for _ in 0..5 {
        assert_eq!(login(1), 204);
    }
    assert_eq!([login(2), login(1), login(2)], [401, 204, 401]);
    assert_eq!(login(1), 429, "two failures spent the quota, for good passwords too");
    let other = shared().post("/login").header("X-Client", "failures-2").json(GOOD).send();
    assert_eq!(other.status, 401);
}

/// Who logs in with the right password while the service is overloaded is not locked out for it.
#[test]
fn an_outage_is_no_failure_of_its_caller() {
    let login = |qty: u32| {
        let body = format!(r#"{{"name":"ada","qty":{qty}}}"#);
        shared().post("/login").header("X-Client", "outage").json(&body).send().status
    };
    for _ in 0..5 {
        assert_eq!(login(9), 503);
    }
    assert_eq!([login(1), login(2), login(2), login(1)], [204, 401, 401, 429]);
}

#[test]
fn the_services_own_limit_counts_unknown_paths() {
    let builder = service::palisade().service_limit(5, Duration::from_secs(3600), 5);
    let server = start(builder);
    let statuses: Vec<_> =
        (0..7).map(|i| server.get(&format!("/scan-{i}")).send().status).collect();
    assert_eq!(statuses, [404, 404, 404, 404, 404, 429, 429]);
    let answer = server.get("/hundred").send();
    assert_eq!(answer.status, 429);
    assert_eq!(items(answer.header("ratelimit-policy").unwrap()).len(), 1);
}

#[test]
fn a_refusal_by_one_limit_spends_no_other() {
    let server = start(service::palisade());
    let spender = token("both", "");
    assert_eq!(server.get("/both").bearer(&spender).send().status, 200);
    // The subject has one unit left and a request costs two.
    let refused = server.get("/both").bearer(&spender).send();
    assert_eq!(refused.status, 429);
    assert_eq!(refused.json()["violated-policies"], serde_json::json!(["user"]));
}
