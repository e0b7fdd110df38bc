//! JSON that does not fit its type: what is well-formed is 422, and each mistake is reported at its
//! place.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use actix_web::App;
use palisade::{Palisade, prelude::*};
use palisade_tests::{client::Answer, server::Server};
use validator::ValidationError;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Line {
    sku: Text<4>,
    #[serde(alias = "amount")]
    #[validate(range(min = 1))]
    qty: u8,
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Pay {
    Card { number: Text<20>, year: u16 },
    Iban { iban: Text<34> },
}

#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "by", content = "at", rename_all = "lowercase", deny_unknown_fields)]
enum Notice {
    Mail { address: Text<8> },
    Call(u32, u32),
    Never,
}

#[derive(Deserialize, Serialize, Input)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Ship {
    Post {
        street: Text<20>,
        zip: u32,
    },
    #[serde(alias = "shop")]
    Pickup(Text<9>),
    Nowhere,
}

#[derive(Deserialize, Serialize, Input)]
#[serde(untagged, deny_unknown_fields)]
#[input(allow(untagged), reason = "two generations of clients")]
enum Size {
    Number(u8),
    Area { width: u8, height: u8 },
    Named { name: Text<4> },
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of the frame stand beside those of the text")]
struct Frame {
    width: u8,
    color: Option<Text<6>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of the frame stand beside those of the text")]
struct Picture {
    title: Text<8>,
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "one level on the wire")]
    frame: Frame,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Order {
    #[validate(nested, length(min = 1, max = 2), custom(function = "few"))]
    lines: Vec<Line>,
    pay: Pay,
    ship: Option<Ship>,
    notice: Option<Notice>,
    size: Option<Size>,
    #[validate(length(max = 4))]
    counts: Option<HashMap<u32, u32>>,
    #[validate(length(max = 4))]
    flags: Option<BTreeMap<bool, u8>>,
    r: Option<f32>,
    d: Option<f64>,
    t: Option<(u8, u8)>,
    a: Option<[u8; 3]>,
    #[validate(range(exclusive_min = 0.0, exclusive_max = 5.0))]
    share: Option<f64>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Framed {
    #[validate(nested)]
    frame: Frame,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[input(unknown_fields = allow, reason = "the fields of the frame stand beside those of the text")]
struct Poster {
    title: Text<8>,
    #[serde(flatten)]
    #[validate(nested)]
    #[input(allow(flatten), reason = "one level on the wire")]
    frame: Option<Framed>,
}

/// Serde reads the fields of a variant after its tag, from a copy of the object.
#[derive(Deserialize, Serialize, Input)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Parcel {
    Paid { pay: Pay },
}

fn few(lines: &[Line]) -> Result<(), ValidationError> {
    let all: u32 = lines.iter().map(|line| u32::from(line.qty)).sum();
    if all < 100 { Ok(()) } else { Err(ValidationError::new("too_much")) }
}

#[post("/orders")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn order(_order: Json<Order>) -> NoContent {
    NoContent
}

#[post("/pictures")]
#[public(reason = "the test calls it without an account")]
#[validated(unknown_fields = allow, reason = "the fields of the frame stand beside those of the text")]
async fn picture(picture: Json<Picture>) -> String {
    let Picture { title, frame } = picture.into_inner();
    format!("{title} {} {:?}", frame.width, frame.color)
}

#[post("/posters")]
#[public(reason = "the test calls it without an account")]
#[validated(unknown_fields = allow, reason = "the fields of the frame stand beside those of the text")]
async fn poster(poster: Json<Poster>) -> String {
    format!("{} {:?}", poster.title, poster.frame.as_ref().map(|framed| framed.frame.width))
}

#[post("/parcels")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn parcel(_parcel: Json<Parcel>) -> NoContent {
    NoContent
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let palisade =
        Palisade::builder().endpoints(endpoints![order, picture, parcel, poster]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

const CARD: &str = r#"{"type": "card", "number": "1", "year": 2}"#;
const LINES: &str = r#"[{"sku": "a", "qty": 1}]"#;

/// The answer to an order with these members besides what it needs.
fn send(members: &str) -> Answer {
    send_whole(&format!("{{\"lines\": {LINES}, \"pay\": {CARD}{members}}}"))
}

fn send_whole(body: &str) -> Answer {
    SERVER.post("/orders").json(body).send()
}

/// What an answer says is wrong: `pointer code` and the bounds.
fn told(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    let told = |error: &serde_json::Value| {
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        let mut told = format!("{} {}", text("pointer"), text("code"));
        for bound in ["min", "max", "equal", "exclusive_min", "exclusive_max"] {
            if let Some(number) = error.get(bound) {
                told.push_str(&format!(" {bound}={number}"));
            }
        }
        told
    };
    errors.iter().map(told).collect()
}

#[track_caller]
fn refuses(answer: &Answer, expected: &[&str]) {
    assert_eq!(
        (answer.status, told(answer)),
        (422, expected.iter().map(|e| (*e).to_owned()).collect())
    );
}

#[test]
fn what_fits_is_taken() {
    for members in [
        "",
        r#", "ship": "nowhere", "size": 3, "t": [1, 2], "a": [1, 2, 3], "r": 1e38, "d": 1e308"#,
        r#", "ship": {"nowhere": null}, "size": {"width": 1, "height": 2}, "counts": {"7": 1}"#,
        r#", "ship": {"post": {"zip": 1, "street": "a"}}, "flags": {"true": 1}, "size": null"#,
        r#", "ship": {"shop": "x"}, "notice": {"at": {"address": "a"}, "by": "mail"}"#,
        r#", "notice": {"by": "call", "at": [1, 2]}"#,
        r#", "notice": {"by": "never"}, "size": {"name": "a"}, "share": 4.5"#,
        r#", "notice": {"by": "never", "at": null}"#,
    ] {
        let answer = send(members);
        assert_eq!(answer.status, 204, "{members}: {}", answer.text());
    }
}

#[test]
fn what_is_not_well_formed_is_malformed() {
    for body in [
        "[object ReadableStream]",
        "[object Object]",
        "\"x\" trailing",
        "7 7",
        "{\"lines\": 7} x",
        "undefined",
        "{\"lines\": 01}",
        "{\"lines\": [1,]}",
        "",
    ] {
        let answer = send_whole(body);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-body"), "{body}");
    }
}

#[test]
fn numbers_and_keys_out_of_range_are_well_formed() {
    refuses(&send(r#", "counts": {"x": 2}"#), &["/counts/x type"]);
    refuses(&send(r#", "counts": {"01": 2}"#), &["/counts/01 type"]);
    refuses(&send(r#", "counts": {"4294967296": 2}"#), &["/counts/4294967296 value"]);
    refuses(&send(r#", "counts": {"1": -2}"#), &["/counts/1 value"]);
    refuses(&send(r#", "counts": {" 1": 2}"#), &["/counts/ 1 type"]);
    refuses(&send(r#", "flags": {"True": 1}"#), &["/flags/True type"]);
    refuses(&send(r#", "r": 1e39"#), &["/r value"]);
    refuses(&send(r#", "d": 1e309"#), &["/d value"]);
    refuses(&send(r#", "d": -1e999, "t": [1e400, 1]"#), &["/d value", "/t/0 value"]);
    let nines = "9".repeat(400);
    refuses(&send(&format!(", \"d\": {nines}")), &["/d value"]);
}

#[test]
fn a_text_that_is_no_unicode_is_well_formed() {
    refuses(
        &send_whole(&format!(r#"{{"lines": [{{"sku": "\ud800", "qty": 1}}], "pay": {CARD}}}"#)),
        &["/lines/0/sku value"],
    );
}

#[test]
fn tuples_and_arrays_tell_how_many_elements_they_have() {
    for (members, expected) in [
        (r#", "t": [1, 2, 3]"#, "/t length equal=2"),
        (r#", "t": [1]"#, "/t length equal=2"),
        (r#", "t": []"#, "/t length equal=2"),
        (r#", "a": [1, 2, 3, 4]"#, "/a length equal=3"),
        (r#", "a": [1, 2]"#, "/a length equal=3"),
        (r#", "t": [1, 256]"#, "/t/1 value"),
        (r#", "a": [1, "x", 3]"#, "/a/1 type"),
        (r#", "notice": {"by": "call", "at": [1]}"#, "/notice/at length equal=2"),
        (r#", "notice": {"at": [1, 2, 3], "by": "call"}"#, "/notice/at length equal=2"),
    ] {
        let answer = send(members);
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{members}");
    }
    refuses(&send(r#", "t": ["x", 2, 3]"#), &["/t/0 type", "/t length equal=2"]);
}

#[test]
fn enums_by_the_name_of_a_member_tell_the_variant() {
    for (value, expected) in [
        ("{}", "/ship variant"),
        (r#"{"post": {"street": "a", "zip": 1}, "pickup": "x"}"#, "/ship variant"),
        (r#"{"nope": 1}"#, "/ship variant"),
        ("\"nope\"", "/ship variant"),
        ("\"post\"", "/ship type"),
        ("7", "/ship type"),
        (r#"{"nowhere": 1}"#, "/ship/nowhere type"),
        (r#"{"pickup": 1}"#, "/ship/pickup type"),
        (r#"{"shop": "1234567890"}"#, "/ship/shop length"),
        (r#"{"post": {"street": "a"}}"#, "/ship/post/zip missing"),
        (r#"{"post": {"street": "a", "zip": 1, "x": 1}}"#, "/ship/post/x unknown_field"),
        (r#"{"post": ["a", 1]}"#, "/ship/post type"),
    ] {
        let answer = send(&format!(", \"ship\": {value}"));
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{value}");
    }
}

#[test]
fn enums_with_a_tag_tell_the_inner_member() {
    for (value, expected) in [
        (r#"{"type": "card", "number": "1", "year": "x"}"#, "/pay/year type"),
        (r#"{"year": "x", "number": "1", "type": "card"}"#, "/pay/year type"),
        (r#"{"type": "card", "number": "1", "year": 65536}"#, "/pay/year value"),
        (r#"{"type": "card", "number": "1", "year": 1, "cvc": 2}"#, "/pay/cvc unknown_field"),
        (r#"{"type": "card", "number": "123456789012345678901", "year": 1}"#, "/pay/number length"),
        (r#"{"type": "card", "number": "1"}"#, "/pay/year missing"),
        (r#"{"number": "1", "year": 1}"#, "/pay/type missing"),
        (r#"{"type": "card", "number": "1", "year": 1, "type": "card"}"#, "/pay/type duplicate"),
        (r#"{"type": "cash", "number": "1", "year": 1}"#, "/pay/type variant"),
        (r#"{"type": 1, "number": "1", "year": 1}"#, "/pay/type type"),
        (r#"{"type": "iban", "iban": null}"#, "/pay/iban type"),
        ("null", "/pay type"),
        (r#"["card", "1", 2]"#, "/pay type"),
    ] {
        let answer = send_whole(&format!(r#"{{"lines": {LINES}, "pay": {value}}}"#));
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{value}");
    }
    for (value, expected) in [
        (r#"{"by": "mail", "at": {"address": 1}}"#, "/notice/at/address type"),
        (r#"{"at": {"address": "123456789"}, "by": "mail"}"#, "/notice/at/address length"),
        (r#"{"by": "mail", "at": {}}"#, "/notice/at/address missing"),
        (r#"{"by": "mail"}"#, "/notice/at missing"),
        (r#"{"at": {"address": "a"}}"#, "/notice/by missing"),
        (r#"{"by": "post", "at": {}}"#, "/notice/by variant"),
        (r#"{"by": "mail", "at": {"address": "a", "x": 1}}"#, "/notice/at/x unknown_field"),
        (r#"{"by": "mail", "at": {"address": "a"}, "x": 1}"#, "/notice/x unknown_field"),
        (r#"{"by": "call", "at": [1, "x"]}"#, "/notice/at/1 type"),
    ] {
        let answer = send(&format!(", \"notice\": {value}"));
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{value}");
    }
}

#[test]
fn untagged_and_flattened_types_tell_the_inner_member() {
    for (members, expected) in [
        (r#", "size": 256"#, "/size value"),
        (r#", "size": "x""#, "/size type"),
        (r#", "size": {"width": 1, "height": "x"}"#, "/size/height type"),
        (r#", "size": {"width": 1}"#, "/size/height missing"),
        (r#", "size": {"name": "12345"}"#, "/size/name length"),
    ] {
        let answer = send(members);
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{members}");
    }
    let hang = |body: &str| SERVER.post("/pictures").json(body).send();
    assert_eq!(hang(r#"{"title": "a", "width": 1, "x": 1}"#).text(), "a 1 None");
    for (body, expected) in [
        (r#"{"title": "a", "width": "x"}"#, "/width type"),
        (r#"{"title": "a", "width": 256, "x": 1}"#, "/width value"),
        (r#"{"title": "a"}"#, "/width missing"),
        (r#"{"title": "123456789", "width": 1}"#, "/title length"),
        (r#"{"title": "a", "width": 1, "color": "1234567"}"#, "/color length"),
    ] {
        refuses(&hang(body), &[expected]);
    }
}

#[test]
fn one_mistake_hides_no_other() {
    let line = |sku: &str, qty: &str| format!(r#"{{"sku": {sku}, "qty": {qty}}}"#);
    let lines = |lines: &[String]| {
        send_whole(&format!(r#"{{"lines": [{}], "pay": {CARD}}}"#, lines.join(", ")))
    };
    let (good, none) = (line("\"a\"", "1"), line("\"b\"", "0"));
    refuses(
        &lines(&[good.clone(), none.clone(), none.clone()]),
        &["/lines length min=1 max=2", "/lines/1/qty range min=1", "/lines/2/qty range min=1"],
    );
    refuses(
        &lines(&[line("\"a\"", "200"), none]),
        &["/lines too_much", "/lines/1/qty range min=1"],
    );
    refuses(
        &lines(&[good, line("7", "\"x\""), line("\"12345\"", "256")]),
        &["/lines/1/sku type", "/lines/1/qty type", "/lines/2/sku length", "/lines/2/qty value"],
    );
    refuses(
        &send_whole(r#"{"lines": [["a", 1]], "pay": {"type": "card", "x": 1, "year": 1}, "y": 2}"#),
        &["/lines/0 type", "/pay/x unknown_field", "/pay/number missing", "/y unknown_field"],
    );
    refuses(&send(r#", "share": 5.0"#), &["/share range exclusive_min=0.0 exclusive_max=5.0"]);
    refuses(&send_whole("{}"), &["/lines missing", "/pay missing"]);
}

#[test]
fn an_answer_tells_thirty_two_mistakes_at_most() {
    let lines = |count: usize| vec![r#"{"sku": "a", "qty": "x"}"#; count].join(", ");
    for (count, expected) in [(31, 32), (40, 32), (1_000, 32)] {
        let body = format!(r#"{{"lines": [{}], "pay": 7}}"#, lines(count));
        let answer = send_whole(&body);
        assert_eq!((answer.status, told(&answer).len()), (422, expected), "{count}");
    }
}

#[test]
fn names_that_repeat_are_told_at_every_depth() {
    let many: String = (0..9).map(|n| format!("\"{n}\": 1, ")).collect();
    for (members, expected) in [
        (r#", "counts": {"1": 1, "2": 2, "1": 1}"#.to_owned(), &["/counts/1 duplicate"][..]),
        (r#", "counts": {"1": 1, "\u0031": 2}"#.to_owned(), &["/counts/1 duplicate"]),
        (format!(r#", "counts": {{{many}"4": 1}}"#), &["/counts/4 duplicate"]),
        (
            r#", "ship": {"post": {"street": "a", "street": "b", "zip": 1}}"#.to_owned(),
            &["/ship/post/street duplicate"],
        ),
        (
            r#", "notice": {"by": "mail", "at": {"address": "a", "address": "b"}}"#.to_owned(),
            &["/notice/at/address duplicate"],
        ),
        (
            r#", "size": {"width": 1, "height": 2, "width": 1}"#.to_owned(),
            &["/size/width duplicate"],
        ),
        (r#", "t": [1, 2], "t": [1, 2]"#.to_owned(), &["/t duplicate"]),
    ] {
        let answer = send(&members);
        let expected: Vec<_> = expected.iter().map(|own| (*own).to_owned()).collect();
        assert_eq!((answer.status, told(&answer)), (422, expected), "{members}");
    }
}

#[test]
fn an_array_is_no_object_and_an_object_no_array_at_every_depth() {
    for (members, expected) in [
        (r#", "ship": {"post": ["a", 1]}"#, "/ship/post type"),
        (r#", "ship": ["post", {"street": "a", "zip": 1}]"#, "/ship type"),
        (r#", "notice": {"by": "mail", "at": ["a"]}"#, "/notice/at type"),
        (r#", "notice": ["mail", {"address": "a"}]"#, "/notice type"),
        (r#", "size": [1, 2]"#, "/size type"),
        (r#", "counts": [[1, 2]]"#, "/counts type"),
        (r#", "t": {"0": 1, "1": 2}"#, "/t type"),
        (r#", "a": {"0": 1, "1": 2, "2": 3}"#, "/a type"),
    ] {
        let answer = send(members);
        assert_eq!((answer.status, told(&answer)), (422, vec![expected.to_owned()]), "{members}");
    }
}

#[test]
fn flattened_fields_that_may_be_absent_are_not_missing() {
    let hang = |body: &str| SERVER.post("/posters").json(body).send();
    assert_eq!(hang(r#"{"title": "a", "width": 1}"#).text(), "a Some(1)");
    assert_eq!(hang(r#"{"title": "a"}"#).text(), "a None");
    refuses(&hang(r#"{"title": 7}"#), &["/title type"]);
    refuses(&hang(r#"{"title": 7, "width": 1}"#), &["/title type"]);
}

#[test]
fn the_number_of_a_variant_is_no_tag() {
    let send = |tag: &str| {
        let pay = format!(r#"{{"type": {tag}, "number": "1", "year": 2}}"#);
        SERVER.post("/parcels").json(&format!(r#"{{"kind": "paid", "pay": {pay}}}"#)).send()
    };
    assert_eq!(send("\"card\"").status, 204);
    refuses(&send("0"), &["/pay/type type"]);
    refuses(
        &send_whole(&format!(
            r#"{{"lines": {LINES}, "pay": {{"type": 0, "number": "1", "year": 2}}}}"#
        )),
        &["/pay/type type"],
    );
}

#[test]
fn a_field_has_all_of_its_names() {
    let lines = |line: &str| send_whole(&format!(r#"{{"lines": [{line}], "pay": {CARD}}}"#));
    assert_eq!(lines(r#"{"sku": "a", "amount": 1}"#).status, 204);
    refuses(&lines(r#"{"sku": 7, "amount": 1}"#), &["/lines/0/sku type"]);
    refuses(&lines(r#"{"sku": "a", "amount": 256}"#), &["/lines/0/amount value"]);
    refuses(&lines(r#"{"sku": "a", "amount": 1, "qty": 1}"#), &["/lines/0/qty duplicate"]);
}

#[test]
fn a_name_that_repeats_is_told_beside_another_mistake() {
    let twice = r#"{"type": "card", "number": "1", "year": 1, "type": "card"}"#;
    refuses(
        &send_whole(&format!(r#"{{"lines": {LINES}, "y": 2, "pay": {twice}}}"#)),
        &["/y unknown_field", "/pay/type duplicate"],
    );
    refuses(
        &send(r#", "y": 2, "counts": {"1": 1, "2": 1, "1": 2}"#),
        &["/y unknown_field", "/counts/1 duplicate"],
    );
}
