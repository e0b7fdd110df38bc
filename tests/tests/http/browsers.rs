//! CORS and requests from other sites.

use palisade_tests::{client::Request, token::token};

use crate::service::{GOOD, shared};

const LISTED: &str = "https://app.example";

fn preflight(origin: &str) -> Request {
    shared()
        .request("OPTIONS", "/items")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,content-type")
}

#[test]
fn a_preflight_of_a_listed_origin_is_answered_without_a_token() {
    let answer = preflight(LISTED).send();
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some(LISTED));
    assert!(answer.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(answer.header("access-control-allow-credentials").is_none());
    assert!(answer.header("vary").unwrap().contains("Origin"));
    assert_eq!(answer.header("x-frame-options"), Some("deny"));
}

#[test]
fn a_preflight_of_another_origin_is_refused() {
    for origin in
        ["https://evil.example", "https://app.example.evil.example", "null", "http://app.example"]
    {
        let answer = preflight(origin).send();
        assert_eq!(answer.status, 403, "{origin}");
        assert!(answer.header("access-control-allow-origin").is_none(), "{origin}");
        assert_eq!(answer.problem(), "cross-site");
    }
}

#[test]
fn refusals_carry_the_cors_fields() {
    let statuses = [
        shared().post("/items").header("Origin", LISTED).send(),
        shared().get("/nowhere").header("Origin", LISTED).send(),
        shared().get("/panics").header("Origin", LISTED).send(),
        shared()
            .post("/items")
            .header("Origin", LISTED)
            .bearer(&token("cors", "items:write"))
            .json("{}")
            .send(),
    ]
    .map(|answer| {
        assert_eq!(answer.header("access-control-allow-origin"), Some(LISTED), "{}", answer.status);
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.to_ascii_lowercase().contains("retry-after"), "{exposed}");
        answer.status
    });
    assert_eq!(statuses, [401, 404, 500, 422]);
}

#[test]
fn answers_vary_by_origin_also_where_none_was_sent() {
    let answer = shared().get("/ping").send();
    assert!(answer.all("vary").iter().any(|value| value.contains("Origin")));
    let answer = shared().get("/ping").header("Origin", "https://evil.example").send();
    assert_eq!(answer.status, 200);
    assert!(answer.header("access-control-allow-origin").is_none());
    assert!(answer.all("vary").iter().any(|value| value.contains("Origin")));
}

#[test]
fn requests_from_other_sites_are_refused() {
    let create = |fields: &[(&str, &str)]| {
        let request = shared().post("/items").bearer(&token("sites", "items:write"));
        let request =
            fields.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.json(GOOD).send()
    };
    let own = format!("http://{}", shared().address());
    for (fields, status) in [
        (&[][..], 201),
        (&[("Sec-Fetch-Site", "same-origin")], 201),
        (&[("Sec-Fetch-Site", "none")], 201),
        (&[("Sec-Fetch-Site", "cross-site"), ("Origin", LISTED)], 201),
        (&[("Origin", own.as_str())], 201),
        (&[("Sec-Fetch-Site", "same-site")], 403),
        (&[("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Origin", "https://evil.example")], 403),
        (&[("Origin", "null")], 403),
    ] {
        let answer = create(fields);
        assert_eq!(answer.status, status, "{fields:?} {}", answer.text());
        assert!(answer.all("vary").iter().any(|value| value.contains("Sec-Fetch-Site")));
    }
}
