//! Answers and pages of other origins.

use palisade_tests::chromium::{Chromium, Neighbour, Page};
use serde_json::{Value, json};

use crate::service::Service;

/// What a script of the page gets when it asks for this.
fn fetched(page: &Page<'_>, url: &str, options: &Value) -> Value {
    page.evaluate(&format!(
        "fetch({}, {options}).then(
            async answer => ({{status: answer.status, text: await answer.text()}}),
            error => ({{error: error.name}}))",
        json!(url)
    ))
}

fn posting(text: &str) -> Value {
    json!({
        "method": "POST",
        "headers": {"content-type": "application/json"},
        "body": json!({"text": text}).to_string(),
    })
}

#[test]
fn answers_are_read_by_pages_of_listed_origins_alone() {
    let Some(browser) = Chromium::launch() else { return };
    let (listed, other) = (Neighbour::with("listed"), Neighbour::with("other"));
    let service = Service::start(&[listed.other_site()]);
    let refused = json!({"error": "TypeError"});

    let page = browser.page();
    page.open(&listed.other_site());
    assert_eq!(
        fetched(&page, &service.at("/count"), &json!({})),
        json!({"status": 200, "text": "0"})
    );
    let created = fetched(&page, &service.at("/items"), &posting("a"));
    assert_eq!(created, json!({"status": 201, "text": "\"a\""}));
    // The real refusal, and not what looks like a network that is down.
    let missing = fetched(&page, &service.at("/nowhere"), &json!({}));
    assert_eq!(missing["status"], 404, "{missing}");
    let invalid = fetched(&page, &service.at("/items"), &posting(""));
    assert_eq!(invalid["status"], 422, "{invalid}");
    assert_eq!(service.count(), 1);

    for origin in [other.other_site(), other.same_site(), listed.same_site()] {
        let page = browser.page();
        page.open(&origin);
        for path in ["/count", "/nowhere", "/api"] {
            assert_eq!(fetched(&page, &service.at(path), &json!({})), refused, "{origin} {path}");
        }
        assert_eq!(fetched(&page, &service.at("/items"), &posting("b")), refused, "{origin}");
        // Without a preflight: what a form could send too.
        let simple = json!({
            "method": "POST", "mode": "no-cors", "body": "text=b",
            "headers": {"content-type": "application/x-www-form-urlencoded"},
        });
        let _opaque_or_refused = fetched(&page, &service.at("/entries"), &simple);
    }
    assert_eq!(service.count(), 1, "a page of another origin has written");
}

#[test]
fn an_answer_is_no_part_of_another_page() {
    let Some(browser) = Chromium::launch() else { return };
    let service = Service::start(&[]);
    let library = Neighbour::with("var loaded = true");
    let including = |url: &str| {
        let page = browser.page();
        let document = format!(
            "<!doctype html><script src={url} onload=\"document.title='loaded'\" \
             onerror=\"document.title='refused'\"></script>"
        );
        let around = Neighbour::with(&document);
        page.open(&around.other_site());
        page.wait_for("document.title !== ''");
        page.text("document.title")
    };
    assert_eq!(including(&service.at("/api")), "refused");
    assert_eq!(including(&service.at("/count")), "refused");
    assert_eq!(including(&library.other_site()), "loaded");
}

#[test]
fn json_is_shown_and_not_run() {
    let Some(browser) = Chromium::launch() else { return };
    let service = Service::start(&[]);
    let page = browser.page();
    page.open(&service.at("/api"));
    assert_ne!(page.text("document.title"), "guessed");
    assert_eq!(page.evaluate("document.scripts.length"), 0);
    assert!(page.text("document.body.innerText").contains("<script>"));

    // The same text, from a server that calls it a page.
    let careless = Neighbour::with("\"<script>document.title = 'guessed'</script>\"");
    page.open(&careless.other_site());
    assert_eq!(page.text("document.title"), "guessed");
}
