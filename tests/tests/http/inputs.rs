//! Input is checked, and a mistake is reported with its place and rule.

use palisade_tests::{client::Answer, token::token};
use serde_json::json;

use crate::service::shared;

fn create(body: &str) -> Answer {
    shared().post("/items").bearer(&token("inputs", "items:write")).json(body).send()
}

#[test]
fn broken_json_is_400_without_a_word_of_it() {
    for body in
        ["", "{", "nul", r#"{"name":"a" "qty":1}"#, r#"{"name":"a","qty":1} x"#, "\u{feff}{}"]
    {
        let answer = create(body);
        assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-body"), "{body}");
        assert!(answer.json().get("detail").is_none());
    }
}

#[test]
fn every_broken_rule_is_named_by_pointer_and_code() {
    let answer = create(r#"{"name":"","qty":0}"#);
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"));
    let errors = answer.json()["errors"].clone();
    let mut errors = errors.as_array().unwrap().clone();
    errors.sort_by_key(|error| error["pointer"].to_string());
    assert_eq!(
        errors,
        [
            json!({"in": "body", "pointer": "/name", "code": "length", "min": 1, "max": 64}),
            json!({"in": "body", "pointer": "/qty", "code": "range", "min": 1, "max": 1000}),
        ]
    );
}

#[test]
fn a_wrong_shape_is_422_with_its_place() {
    for (body, pointer, code) in [
        (r#"{"name":"a","qty":"3"}"#, "/qty", "type"),
        (r#"{"name":"a","qty":3.0}"#, "/qty", "type"),
        (r#"{"name":"a","qty":-1}"#, "/qty", "value"),
        (r#"{"name":null,"qty":1}"#, "/name", "type"),
        (r#"{"name":"a","qty":1,"admin":true}"#, "/admin", "unknown_field"),
        (r#"{"name":"a"}"#, "/qty", "missing"),
        (r#"{"name":"a","qty":1,"qty":2}"#, "/qty", "duplicate"),
    ] {
        let answer = create(body);
        assert_eq!(answer.status, 422, "{body}");
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["pointer"], pointer, "{body} {error}");
        assert_eq!(error["code"], code, "{body}");
    }
}

#[test]
fn a_rejected_value_is_never_told() {
    for body in [
        r#"{"name":"marker-7f3a","qty":0}"#,
        r#"{"name":"a","qty":"marker-7f3a"}"#,
        r#"{"name":{"marker-7f3a":1},"qty":1}"#,
        r#"{"name":"a","qty":1} marker-7f3a"#,
    ] {
        let answer = create(body);
        assert!(answer.status >= 400);
        assert!(!answer.text().contains("marker-7f3a"), "{}", answer.text());
    }
}

#[test]
fn path_parameters_are_checked() {
    let show = |id: &str| {
        shared().get(&format!("/items/{id}")).bearer(&token("inputs", "items:read")).send()
    };
    assert_eq!(show("7").text(), "7");
    for bad in ["0", "-1", "x", "7.0", "%37x", "99999999999", "+7", "7%20"] {
        let answer = show(bad);
        assert_eq!(answer.status, 422, "{bad} {}", answer.text());
        assert_eq!(answer.json()["errors"][0]["in"], "path", "{bad}");
    }
}

#[test]
fn nested_scopes_are_read_as_written() {
    for (scopes, status) in [
        ("items:read", 200),
        ("items:admin audit", 200),
        ("items:admin", 403),
        ("audit", 403),
        ("items:reader", 403),
        ("", 403),
    ] {
        let answer = shared().get("/items/7").bearer(&token("inputs", scopes)).send();
        assert_eq!(answer.status, status, "{scopes}");
        if status == 403 {
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer error=\"insufficient_scope\", scope=\"items:read items:admin audit\"")
            );
        }
    }
}
