//! Merge patches: `null` is distinguished from an absent member, and their media type is accepted
//! where a type declares them.

use std::sync::LazyLock;

use actix_web::App;
use palisade::{Palisade, input::Patch, prelude::*};
use palisade_tests::{client::Answer, server::Server};
use serde_json::json;

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Place {
    #[serde(default)]
    street: Patch<Text<8>>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    #[validate(length(min = 1, max = 4))]
    title: Patch<String>,
    #[serde(default)]
    #[validate(range(max = 9))]
    stars: Patch<u8>,
    #[serde(default)]
    weight: Patch<f32>,
    #[serde(default)]
    #[validate(nested)]
    place: Patch<Place>,
}

#[derive(Deserialize, Serialize, Validate, Input)]
#[serde(transparent)]
struct Boxed {
    #[validate(nested)]
    change: Box<Change>,
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Whole {
    title: Option<Text<4>>,
}

#[patch("/applied")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn apply(patch: Json<Change>) -> String {
    let Change { title, stars, .. } = patch.into_inner();
    let mut kept = Some("Coffee".to_owned());
    title.apply(&mut kept);
    format!("{kept:?} {:?}", stars.into_change())
}

fn told<T>(patch: &Patch<T>, show: impl Fn(&T) -> String) -> String {
    match patch {
        Patch::Absent => "absent".to_owned(),
        Patch::Null => "null".to_owned(),
        Patch::Value(value) => show(value),
    }
}

#[patch("/notes")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn change(change: Json<Change>) -> String {
    format!(
        "{} {} {}",
        told(&change.title, String::clone),
        told(&change.stars, u8::to_string),
        told(&change.place, |place| told(&place.street, ToString::to_string)),
    )
}

#[patch("/boxed")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn boxed(boxed: Json<Boxed>) -> String {
    told(&boxed.change.stars, u8::to_string)
}

#[patch("/whole")]
#[public(reason = "the test calls it without an account")]
#[validated]
async fn whole(whole: Json<Whole>) -> String {
    format!("{:?}", whole.title)
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let palisade =
        Palisade::builder().endpoints(endpoints![change, boxed, whole, apply]).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

fn send(path: &str, content_type: &str, body: &str) -> Answer {
    SERVER.request("PATCH", path).header("Content-Type", content_type).body(body).send()
}

const MERGE: &str = "application/merge-patch+json";

#[test]
fn null_is_told_from_an_absent_member() {
    for (body, expected) in [
        ("{}", "absent absent absent"),
        (r#"{"title": null}"#, "null absent absent"),
        (r#"{"title": "Tea", "stars": null, "place": null}"#, "Tea null null"),
        (r#"{"title": "Tea", "weight": 1e38}"#, "Tea absent absent"),
        (r#"{"stars": 3, "place": {}}"#, "absent 3 absent"),
        (r#"{"place": {"street": null}}"#, "absent absent null"),
        (r#"{"place": {"street": "Mill"}}"#, "absent absent Mill"),
    ] {
        for content_type in [MERGE, "application/json"] {
            let answer = send("/notes", content_type, body);
            assert_eq!((answer.status, answer.text().as_str()), (200, expected), "{body}");
        }
    }
}

#[test]
fn rules_hold_for_the_value_of_a_patch() {
    for (body, pointer, code) in [
        (r#"{"title": ""}"#, "/title", "length"),
        (r#"{"title": "12345"}"#, "/title", "length"),
        (r#"{"title": 7}"#, "/title", "type"),
        (r#"{"stars": 10}"#, "/stars", "range"),
        (r#"{"stars": 256}"#, "/stars", "value"),
        (r#"{"weight": 1e39}"#, "/weight", "value"),
        (r#"{"place": {"street": "123456789"}}"#, "/place/street", "length"),
        (r#"{"place": {"x": 1}}"#, "/place/x", "unknown_field"),
    ] {
        let errors = send("/notes", MERGE, body).json()["errors"].clone();
        let only = (&errors[0]["pointer"], &errors[0]["code"], errors.as_array().map(Vec::len));
        assert_eq!(only, (&json!(pointer), &json!(code), Some(1)), "{body}");
    }
}

#[test]
fn the_media_type_of_patches_is_taken_where_it_is_declared() {
    let answer = send("/whole", MERGE, "{}");
    assert_eq!(answer.status, 415);
    assert_eq!(answer.header("accept-patch"), Some("application/json"));
    let answer = send("/boxed", MERGE, r#"{"stars": null}"#);
    assert_eq!((answer.status, answer.text().as_str()), (200, "null"));
    let answer = send("/notes", "application/json-patch+json", "[]");
    assert_eq!(answer.status, 415);
    let taken = Some("application/merge-patch+json, application/json");
    assert_eq!((answer.header("accept-patch"), answer.header("accept")), (taken, taken));
}

#[test]
fn null_removes_what_there_is_and_an_absent_member_does_not() {
    for (body, expected) in [
        ("{}", r#"Some("Coffee") None"#),
        (r#"{"title": null, "stars": null}"#, "None Some(None)"),
        (r#"{"title": "Tea", "stars": 3}"#, r#"Some("Tea") Some(Some(3))"#),
    ] {
        assert_eq!(send("/applied", MERGE, body).text(), expected, "{body}");
    }
}
