//! Pages of other origins, as `PALISADE_CORS_ORIGINS` lists them or not.

use palisade_tests::chromium::{Chromium, Neighbour, Page};
use serde_json::{Value, json};

use crate::instance::Instance;

/// What a script of the page gets.
fn fetched(page: &Page<'_>, url: &str, options: &Value) -> Value {
    page.evaluate(&format!(
        "fetch({}, {options}).then(
            async answer => ({{status: answer.status, text: await answer.text()}}),
            error => ({{error: error.name}}))",
        json!(url)
    ))
}

#[test]
fn listed_origins_read_and_write_and_others_do_neither() {
    let Some(browser) = Chromium::launch() else { return };
    let (listed, other) = (Neighbour::with("listed"), Neighbour::with("other"));
    let book = Instance::start(&[("PALISADE_CORS_ORIGINS", listed.other_site().as_str())]);
    let count = book.at("/api/entries/count");
    let posting = json!({
        "method": "POST",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": "text=from%20afar",
    });
    let refused = json!({"error": "TypeError"});

    let page = browser.page();
    page.open(&listed.other_site());
    assert_eq!(fetched(&page, &count, &json!({})), json!({"status": 200, "text": "0"}));
    assert_eq!(fetched(&page, &book.at("/entries"), &posting)["status"], 200);
    assert_eq!(fetched(&page, &count, &json!({})), json!({"status": 200, "text": "1"}));
    // Pages of other sites cannot read what a session grants, whether they are listed or not.
    for path in ["/login", "/admin"] {
        assert_eq!(fetched(&page, &book.at(path), &json!({})), refused, "{path}");
    }

    for origin in [other.other_site(), other.same_site(), listed.same_site()] {
        let page = browser.page();
        page.open(&origin);
        assert_eq!(fetched(&page, &count, &json!({})), refused, "{origin}");
        assert_eq!(fetched(&page, &book.at("/entries"), &posting), refused, "{origin}");
    }
    assert_eq!(book.texts(""), ["from afar"]);
}

#[test]
fn a_form_of_another_site_writes_nothing() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    let page = browser.page();
    let forged = format!(
        "<!doctype html><form method=post action={}><input name=text value=forged></form>",
        book.at("/entries")
    );
    page.open(&Neighbour::with(&forged).other_site());
    let sent = page.arrive(|| {
        page.evaluate("document.forms[0].submit()");
    });
    assert_eq!(sent, 403);

    // Neither is the book shown in a frame, where a visitor could be led to write.
    let around = format!("<!doctype html><iframe src={}></iframe>", book.at("/"));
    page.open(&Neighbour::with(&around).other_site());
    assert_eq!(page.violated()[0].directive, "frame-ancestors");

    page.open(&book.at("/"));
    page.evaluate("document.getElementById('text').value = 'own'");
    let sent = page.arrive(|| {
        page.evaluate("document.getElementById('leave').submit()");
    });
    assert_eq!(sent, 200);
    assert_eq!(book.texts(""), ["own"]);
}
