//! JSON documents in parts of a form, as clients that are made of an `OpenAPI` document, Spring, fetch and curl
//! send them.

use palisade_tests::client::Answer;
use serde_json::{Value, json};

use crate::{
    file::png,
    service::{Part, Service},
};

fn described(service: &Service, parts: &[Part<'_>]) -> Answer {
    let png = png();
    let file = Part::file("image/png", &png);
    service.send("/described", &[parts, &[file]].concat())
}

fn told(answer: &Answer) -> (u16, Vec<(String, String)>) {
    let problem = answer.json();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let errors = errors.iter().map(|error| (text(error, "pointer"), text(error, "code")));
    (answer.status, errors.collect())
}

const META: &str = r#"{"title": "Lamps", "tags": ["brass"], "place": [1, 2]}"#;

#[test]
fn a_document_beside_a_file_is_read_however_a_client_writes_it() {
    let service = Service::start();
    let meta = Part::text("meta", META);
    for part in [
        // curl -F 'meta={..};type=application/json'
        Part { media_type: Some("application/json"), ..meta },
        Part { media_type: Some("application/json; charset=\"UTF-8\""), ..meta },
        Part { media_type: Some("application/vnd.api+json"), ..meta },
        // fetch with `new Blob([json], {type: "application/json"})`
        Part { media_type: Some("application/json"), name: Some("blob"), ..meta },
        // curl -F 'meta={..}', and `append("meta", JSON.stringify(..))`: a part without a type is
        // text.
        meta,
        Part { media_type: Some("text/plain; charset=utf-8"), ..meta },
        Part { media_type: Some("application/octet-stream"), ..meta },
    ] {
        let answer = described(&service, &[part]);
        let read = json!([{"title": "Lamps", "tags": ["brass"], "place": [1, 2]}, [], null]);
        assert_eq!((answer.status, answer.json()), (200, read), "{}", part.head());
    }
    let lines = Part::text("lines", r#"[{"sku": "a"}, {"sku": "b"}]"#);
    let note = Part::text("note", "two");
    let answer = described(&service, &[meta, lines, note]);
    assert_eq!(answer.json()[1], json!([{"sku": "a"}, {"sku": "b"}]), "{}", answer.text());
    assert_eq!(answer.json()[2], "two");
    service.assert_nothing_is_left("documents beside files");
}

#[test]
fn a_document_in_a_part_is_held_to_its_type() {
    let service = Service::start();
    let meta = |text| described(&service, &[Part::text("meta", text)]);
    for (text, errors) in [
        (r#"{"tags": []}"#, &[("/meta/title", "missing"), ("/meta/place", "missing")][..]),
        (r#"{"title": "", "tags": [], "place": [1, 2]}"#, &[("/meta/title", "length")]),
        (
            r#"{"title": "x", "tags": ["123456789"], "place": [1]}"#,
            &[("/meta/tags/0", "length"), ("/meta/place", "length")],
        ),
        (
            r#"{"title": "x", "title": "y", "tags": [], "place": [1, 2]}"#,
            &[("/meta/title", "duplicate")],
        ),
        (
            r#"{"title": "x", "tags": [], "place": [1, 2], "a/b": 1}"#,
            &[("/meta/a~1b", "unknown_field")],
        ),
        (r#"["x", [], [1, 2]]"#, &[("/meta", "type")]),
        ("7", &[("/meta", "type")]),
        ("null", &[("/meta", "type")]),
    ] {
        let answer = meta(text);
        let (status, found) = told(&answer);
        let found: Vec<_> = found.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!((status, found.as_slice()), (422, errors), "{text}: {}", answer.text());
    }
    assert_eq!(told(&described(&service, &[])).1, [("/meta".to_owned(), "missing".to_owned())]);
    let deep = "[".repeat(2_000);
    for text in ["{", "", "{} {}", "meta", &deep] {
        let answer = meta(text);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-body"), "{text}");
    }
    let long = format!("{META}{}", " ".repeat(17_000));
    assert_eq!(told(&meta(&long)), (422, vec![("/meta".to_owned(), "length".to_owned())]));
    let part = Part::text("meta", META);
    let twice = told(&described(&service, &[part, part]));
    assert_eq!(twice, (422, vec![("/meta".to_owned(), "duplicate".to_owned())]));
    service.assert_nothing_is_left("documents that do not fit");
}

#[test]
fn a_part_of_another_type_than_its_field_is_415() {
    let service = Service::start();
    let meta = Part::text("meta", META);
    let note = Part::text("note", "two");
    let typed = |part: Part<'static>, media_type| Part { media_type: Some(media_type), ..part };
    for (parts, pointer) in [
        (vec![typed(meta, "image/png")], "/meta"),
        (vec![typed(meta, "application/json; charset=utf-16")], "/meta"),
        (vec![typed(meta, "application/merge-patch+json")], "/meta"),
        (vec![typed(meta, "json")], "/meta"),
        (vec![meta, typed(note, "application/json")], "/note"),
        (vec![meta, typed(note, "text/html")], "/note"),
    ] {
        let answer = described(&service, &parts);
        let error = vec![(pointer.to_owned(), "media_type".to_owned())];
        assert_eq!(told(&answer), (415, error), "{}", parts[parts.len() - 1].head());
    }
    service.assert_nothing_is_left("parts of other types");
}

#[test]
fn lists_and_other_names_of_fields_come_in_parts_too() {
    let service = Service::start();
    let png = png();
    let file = Part::file("image/png", &png);
    let send = |parts: &[Part<'_>]| service.send("/listed", &[parts, &[file]].concat());
    let text = Part::text;
    let answer =
        send(&[text("tag", "a"), text("tag", "b"), text("ids", "1,2"), text("sold", "on")]);
    assert_eq!(answer.json(), json!([["a", "b"], [1, 2], true, null]), "{}", answer.text());
    assert_eq!(send(&[]).json(), json!([[], [], false, null]));
    // Under its other name, and a field of a flattened type.
    let answer = send(&[text("tag[]", "a"), text("street", "Main")]);
    assert_eq!(answer.json(), json!([["a"], [], false, "Main"]), "{}", answer.text());
    let many = send(&vec![text("tag", "a"); 4]);
    assert_eq!(told(&many), (422, vec![("/tag".to_owned(), "length".to_owned())]));
    let endless = send(&vec![text("tag", "a"); 80]);
    assert!(matches!(endless.status, 400 | 422), "{}", endless.status);
    let twice = send(&[text("ids", "1"), text("ids", "2")]);
    assert_eq!(told(&twice), (422, vec![("/ids".to_owned(), "duplicate".to_owned())]));
    let unknown = send(&[text("town", "x")]);
    assert_eq!(told(&unknown), (422, vec![("/town".to_owned(), "unknown_field".to_owned())]));
    service.assert_nothing_is_left("lists in parts");
}
