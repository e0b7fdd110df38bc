//! Scripts that a visitor leaves (CWE-79).

use palisade_tests::chromium::Chromium;

use crate::{hole::Hole, instance::Instance};

const SCRIPT: &str = "<script>document.title = 'stolen'</script>";
const IMAGE: &str = "<img src=/nothing onerror=\"document.title = 'stolen'\">";

#[test]
fn a_stored_script_is_shown_as_text() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write(IMAGE);
    book.write(SCRIPT);
    let page = browser.page();
    let shown = "[...document.querySelectorAll('#entries p')].map(p => p.textContent).join('\\n')";
    page.open(&book.at("/"));
    assert_eq!(page.text(shown), format!("{SCRIPT}\n{IMAGE}"));
    // The page's own script puts another one there.
    page.evaluate("document.getElementById('text').focus()");
    page.write(IMAGE);
    page.evaluate("document.getElementById('leave').requestSubmit()");
    page.wait_for("document.querySelectorAll('#entries p').length === 3");
    assert_eq!(page.text(shown), format!("{IMAGE}\n{SCRIPT}\n{IMAGE}"));
    assert_eq!(page.evaluate("document.querySelectorAll('#entries :is(img, script)').length"), 0);
    assert_eq!(page.text("document.title"), "Guest book");

    page.open(&book.at("/greet?name=%3Cimg%20src%3D/nothing%20onerror%3Dalert(1)%3E"));
    let heading = page.text("document.querySelector('h1').textContent");
    assert_eq!(heading, "Hello, <img src=/nothing onerror=alert(1)>!");
    assert_eq!(page.evaluate("document.images.length"), 0);
}

#[test]
fn a_script_that_slips_into_a_page_does_not_run() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write(IMAGE);
    book.write(SCRIPT);
    let there = "document.querySelector('#entries script') && document.images.length";

    let guarded = Hole::at(book.address, true);
    let page = browser.page();
    page.open(&guarded.url());
    assert_eq!(page.evaluate(there), 1, "the hole does not work");
    let violations = page.violated();
    let mut refused: Vec<_> = violations.iter().map(|one| one.directive.as_str()).collect();
    refused.sort_unstable();
    assert_eq!(refused, ["script-src-attr", "script-src-elem"]);
    assert!(violations.iter().all(|one| !one.report_only), "{violations:?}");
    assert_eq!(page.text("document.title"), "Guest book");
    // The page's own script runs: the policy has its nonce.
    page.wait_for("!document.querySelector('time').textContent.includes('UTC')");

    let open = Hole::at(book.address, false);
    let page = browser.page();
    page.open(&open.url());
    assert_eq!(page.evaluate(there), 1);
    page.wait_for("document.title === 'stolen'");
}

#[test]
fn a_text_does_not_become_markup_by_script() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("hello");
    let set = "(() => { try { document.body.innerHTML = '<p>changed'; return 'set' } \
               catch (error) { return error.name } })()";
    let page = browser.page();
    page.open(&book.at("/"));
    assert_eq!(page.text(set), "TypeError");
    let violated = page.violated();
    assert_eq!(violated[0].directive, "require-trusted-types-for");
    page.open(&Hole::at(book.address, false).url());
    assert_eq!(page.text(set), "set");
}
