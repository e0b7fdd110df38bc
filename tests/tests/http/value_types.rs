//! Types of the standard library, of other crates and newtypes as input.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use actix_web::App;
use chrono::{DateTime, NaiveDate, Utc};
use jiff::{Timestamp, Zoned, civil};
use palisade::{Palisade, prelude::*};
use palisade_tests::server::Server;
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretBox};
use serde_json::{Value, json};
use url::Url;

#[derive(Deserialize, Serialize, Input, Clone, Copy, PartialEq, Eq, Hash)]
struct UserId(u64);

#[derive(Deserialize, Serialize, Input)]
struct Title(Text<8>);

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Name {
    #[validate(length(min = 2, max = 4))]
    name: String,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Values {
    owner: Option<UserId>,
    title: Option<Title>,
    first_name: Option<Name>,
    #[validate(length(max = 4))]
    #[input(list = comma)]
    members: Option<Vec<UserId>>,
    #[serde(rename = "at")]
    day: Option<NaiveDate>,
    time: Option<DateTime<Utc>>,
    civil: Option<civil::Date>,
    stamp: Option<Timestamp>,
    zoned: Option<Zoned>,
    date: Option<time::Date>,
    price: Option<Decimal>,
    link: Option<Url>,
    #[input(schemes("https", "ftp"))]
    mirror: Option<Url>,
    peer: Option<SocketAddr>,
    #[validate(email)]
    mail: Option<Text<254>>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Body {
    #[validate(nested)]
    values: Values,
    wait: Option<Duration>,
    since: Option<SystemTime>,
    #[validate(length(max = 4))]
    scores: Option<HashMap<UserId, u8>>,
    secret: Option<SecretBox<Text<8>>>,
}

#[post("/values")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn post_values(body: Json<Body>) -> Json<Value> {
    let Body { values, wait, since, scores, secret } = body.into_inner();
    let secret = secret.map(|secret| secret.expose_secret().len());
    let scores: Option<u8> = scores.map(|scores| scores.values().sum());
    let since = since.and_then(|since| since.elapsed().ok()).map(|_| true);
    Json(
        json!({"values": values, "wait": wait, "since": since, "scores": scores, "secret": secret}),
    )
}

#[get("/values")]
#[public]
#[validated]
async fn get_values(values: Query<Values>) -> Json<Values> {
    Json(values.into_inner())
}

#[post("/form")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn form_values(values: Form<Values>) -> Json<Values> {
    Json(values.into_inner())
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Place {
    owner: UserId,
    day: NaiveDate,
    time: DateTime<Utc>,
    civil: civil::Date,
    stamp: Timestamp,
    date: time::Date,
    price: Decimal,
    peer: SocketAddr,
}

#[get("/at/{owner}/{day}/{time}/{civil}/{stamp}/{date}/{price}/{peer}")]
#[public]
#[validated]
async fn at(place: Path<Place>) -> Json<Place> {
    Json(place.into_inner())
}

#[get("/users/{id}")]
#[public]
#[validated]
async fn user(id: Path<UserId>) -> Json<UserId> {
    Json(id.into_inner())
}

#[get("/users/{id}/days/{day}")]
#[public]
#[validated]
async fn day(path: Path<(UserId, NaiveDate)>) -> Json<NaiveDate> {
    Json(path.1)
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let endpoints = endpoints![post_values, get_values, form_values, at, user, day];
    let palisade = Palisade::builder().endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

const GOOD: [(&str, &str); 14] = [
    ("owner", "7"),
    ("title", "\"Tea\""),
    ("firstName", "\"Ada\""),
    ("at", "\"2026-02-28\""),
    ("time", "\"2026-02-28T13:30:00Z\""),
    ("civil", "\"2026-02-28\""),
    ("stamp", "\"2026-02-28T13:30:00Z\""),
    ("zoned", "\"2026-02-28T13:30:00+01:00[+01:00]\""),
    ("date", "\"2026-02-28\""),
    ("price", "\"19.90\""),
    ("link", "\"https://example.com/a\""),
    ("mirror", "\"ftp://example.com/a\""),
    ("peer", "\"[::1]:80\""),
    ("mail", "\"ada@example.com\""),
];

#[test]
fn every_type_is_read_from_a_body_and_a_query() {
    for (name, text) in GOOD {
        let answer =
            SERVER.post("/values").json(&format!("{{\"values\": {{\"{name}\": {text}}}}}")).send();
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!((answer.status, &answer.json()["values"][name]), (200, &value), "{name}");
        let plain = text.trim_matches('"').replace('+', "%2B");
        let answer = SERVER.get(&format!("/values?{name}={plain}")).send();
        assert_eq!((answer.status, &answer.json()[name]), (200, &value), "{name} in a query");
        let form = SERVER.post("/form").header("Content-Type", "application/x-www-form-urlencoded");
        let answer = form.body(format!("{name}={plain}")).send();
        assert_eq!((answer.status, &answer.json()[name]), (200, &value), "{name} in a form");
    }
    let stamp = "2026-02-28T13:30:00Z";
    let date = "2026-02-28";
    let target = format!("/at/7/{date}/{stamp}/{date}/{stamp}/{date}/19.90/[::1]:80");
    let answer = SERVER.get(&target.replace('[', "%5B").replace(']', "%5D")).send();
    let read = json!({
        "owner": 7, "day": date, "time": stamp, "civil": date, "stamp": stamp, "date": date,
        "price": "19.90", "peer": "[::1]:80",
    });
    assert_eq!((answer.status, answer.json()), (200, read), "in a path");
    let wrong = target.replace("19.90", "x").replace('[', "%5B").replace(']', "%5D");
    assert_eq!(SERVER.get(&wrong).send().json()["errors"][0]["pointer"], "/price");
    let rest =
        r#""wait": {"secs": 3, "nanos": 0}, "scores": {"7": 1, "8": 2}, "secret": "hunter2""#;
    let since = r#""since": {"secs_since_epoch": 3, "nanos_since_epoch": 0}"#;
    let answer =
        SERVER.post("/values").json(&format!("{{\"values\": {{}}, {rest}, {since}}}")).send();
    let read = answer.json();
    assert_eq!(read["wait"], json!({"secs": 3, "nanos": 0}), "{}", answer.text());
    assert_eq!(
        (&read["scores"], &read["secret"], &read["since"]),
        (&json!(3), &json!(7), &json!(true))
    );
    let number = SERVER.post("/values").json(r#"{"values": {"price": 19.9}}"#).send();
    assert_eq!(number.status, 200, "{}", number.text());
}

#[test]
fn what_does_not_fit_is_told_by_its_name_on_the_wire() {
    for (name, text, code) in [
        ("owner", "-7", "value"),
        ("owner", "\"x\"", "type"),
        ("title", "\"123456789\"", "length"),
        ("firstName", "\"A\"", "length"),
        ("firstName", "\"Grace\"", "length"),
        ("at", "\"2026-02-30\"", "invalid"),
        ("time", "\"yesterday\"", "invalid"),
        ("civil", "\"2026-02-30\"", "invalid"),
        ("stamp", "7", "type"),
        ("date", "\"2026-13-01\"", "invalid"),
        ("date", "[2026, 59]", "type"),
        ("price", "\"1,5\"", "value"),
        ("link", "\"javascript:alert(1)\"", "url"),
        ("link", "\"ftp://example.com/\"", "url"),
        ("link", "\"no address\"", "invalid"),
        ("mirror", "\"http://example.com/\"", "url"),
        ("peer", "\"localhost\"", "invalid"),
        ("mail", "\"ada\"", "email"),
        ("members", "[1, \"x\"]", "type"),
        ("first_name", "\"Ada\"", "unknown_field"),
    ] {
        let answer =
            SERVER.post("/values").json(&format!("{{\"values\": {{\"{name}\": {text}}}}}")).send();
        let errors = &answer.json()["errors"];
        let mut pointer = format!("/values/{name}");
        if name == "members" {
            pointer.push_str("/1");
        }
        let told = (answer.status, &errors[0]["pointer"], &errors[0]["code"]);
        assert_eq!(told, (422, &json!(pointer), &json!(code)), "{name} {text}: {}", answer.text());
    }
    let long = format!("\"https://example.com/{}\"", "a".repeat(2100));
    let answer =
        SERVER.post("/values").json(&format!("{{\"values\": {{\"link\": {long}}}}}")).send();
    assert_eq!(
        answer.json()["errors"],
        json!([
            {"in": "body", "pointer": "/values/link", "code": "length", "max": 2048},
        ])
    );
    for (body, pointer) in [
        (r#"{"values": {}, "wait": [3, 0]}"#, "/wait"),
        (r#"{"values": {}, "wait": {"secs": -3, "nanos": 0}}"#, "/wait/secs"),
        (r#"{"values": {}, "wait": {"secs": 3}}"#, "/wait/nanos"),
        (r#"{"values": {}, "scores": {"x": 3}}"#, "/scores/x"),
        (r#"{"values": {}, "secret": "hunter2hunter2"}"#, "/secret"),
    ] {
        let answer = SERVER.post("/values").json(body).send();
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["pointer"]),
            (422, &json!(pointer)),
            "{body}"
        );
        assert!(!answer.text().contains("hunter2"));
    }
}

#[test]
fn newtypes_and_dates_come_from_a_path() {
    assert_eq!(SERVER.get("/users/7").send().text(), "7");
    assert_eq!(SERVER.get("/users/07").send().json()["errors"][0]["pointer"], "/id");
    assert_eq!(SERVER.get("/users/7/days/2026-02-28").send().text(), "\"2026-02-28\"");
    assert_eq!(SERVER.get("/users/7/days/2026-02-30").send().status, 422);
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of another type stand beside these")]
struct Numbers {
    count: Option<u8>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of another type stand beside these")]
struct Texts {
    note: Option<Text<4>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of another type stand beside these")]
struct WithNumbers {
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "one level on the wire")]
    numbers: Numbers,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of another type stand beside these")]
struct WithTexts {
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "one level on the wire")]
    texts: Texts,
}

#[get("/numbers")]
#[public]
#[validated(unknown_fields = allow, reason = "the fields of another type stand beside these")]
async fn get_numbers(query: Query<WithNumbers>) -> String {
    query.numbers.count.unwrap_or_default().to_string()
}

#[post("/numbers")]
#[public(reason = "the test calls it without an account")]
#[validated(unknown_fields = allow, reason = "the fields of another type stand beside these")]
async fn post_numbers(body: Json<WithNumbers>) -> String {
    body.numbers.count.unwrap_or_default().to_string()
}

#[get("/texts")]
#[public]
#[validated(unknown_fields = allow, reason = "the fields of another type stand beside these")]
async fn get_texts(query: Query<WithTexts>) -> String {
    query.texts.note.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_flattened_number_that_no_query_string_could_fill_keeps_the_service_from_starting() {
    let failure = Palisade::builder().endpoints(endpoints![get_numbers]).build().unwrap_err();
    assert!(
        failure.to_string().contains("takes the field `count` of a flattened type"),
        "{failure}"
    );
    let fine = Palisade::builder().endpoints(endpoints![post_numbers, get_texts]).build().unwrap();
    let server =
        Server::start(move || App::new().configure(|config| fine.mount(config)).wrap(fine.clone()));
    assert_eq!(server.get("/texts?note=tea").send().text(), "tea");
    assert_eq!(server.post("/numbers").json(r#"{"count": 3}"#).send().text(), "3");
}
