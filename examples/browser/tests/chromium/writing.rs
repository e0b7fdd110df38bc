//! Writing into the book: with the script, without it, and by keyboard.

use palisade_tests::chromium::{Chromium, Key, Page};

use crate::instance::Instance;

const STATUS: &str = "document.querySelector('[role=status]').textContent";

/// What has the focus.
fn focused(page: &Page<'_>) -> String {
    let name = "document.activeElement.id || document.activeElement.textContent.trim()";
    page.text(name)
}

#[test]
fn the_keyboard_reaches_everything_and_enter_sends() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    let page = browser.page();
    page.open(&book.at("/"));
    let order = [
        "Skip to the content",
        "Guest book",
        "Greeting",
        "Moderation",
        "text",
        "Send",
        "search",
        "Find",
    ];
    for expected in order {
        page.press(Key::Tab);
        assert_eq!(focused(&page), expected);
        let outline = "getComputedStyle(document.activeElement).outlineWidth";
        assert_eq!(page.text(outline), "3px", "{expected}: nobody sees the focus");
    }
    for expected in order.iter().rev().skip(1) {
        page.press(Key::BackTab);
        assert_eq!(focused(&page), *expected);
    }
    page.press(Key::Enter);
    page.wait_for("location.hash === '#main'");
    page.press(Key::Tab);
    assert_eq!(focused(&page), "text", "the link skips the navigation");

    page.evaluate("window.same = true");
    page.write("by keys");
    page.press(Key::Enter);
    page.wait_for(&format!("{STATUS} === 'Your line is in the book.'"));
    assert_eq!(page.text("document.querySelector('#entries p').textContent"), "by keys");
    assert_eq!(page.text("document.getElementById('count').textContent"), "1");
    assert_eq!(page.text("document.getElementById('text').value"), "");
    assert_eq!(page.evaluate("window.same"), true, "the page was loaded anew");
    assert_eq!(focused(&page), "text", "the next line can be written at once");
    assert_eq!(book.texts(""), ["by keys"]);
}

#[test]
fn refusals_are_told_in_the_page() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    let page = browser.page();
    page.open(&book.at("/"));
    page.evaluate("document.getElementById('text').focus()");
    page.write(" ");
    page.press(Key::Enter);
    page.wait_for(&format!("{STATUS} === 'Please write one line of at most 500 characters.'"));

    // One more may come every three seconds: on a slow machine just before this one.
    let refused = (0..5).any(|_| {
        page.evaluate("document.getElementById('text').value = ''");
        page.write("too many");
        let more = || book.form("/entries", &[("text", "more")]).send().status;
        assert!((0..200).any(|_| more() == 429), "there is no limit");
        page.press(Key::Enter);
        page.wait_for(&format!("!/^(Please|One moment)/.test({STATUS})"));
        page.text(STATUS).starts_with("That was too often. Try again in ")
    });
    assert!(refused, "{}", page.text(STATUS));
    assert_eq!(page.text("document.getElementById('text').value"), "too many", "it is kept");
}

#[test]
fn a_browser_without_script_writes_and_searches_too() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("another");
    let page = browser.page();
    page.allow_script(false);
    page.open(&book.at("/"));
    page.evaluate("document.getElementById('text').focus()");
    page.write("without a script");
    assert_eq!(page.arrive(|| page.press(Key::Enter)), 200);
    assert_eq!(page.text("location.pathname"), "/");
    assert_eq!(book.texts(""), ["without a script", "another"]);
    let times = page.text("document.querySelector('time').textContent");
    assert!(times.ends_with(" UTC"), "{times}: a script has run");

    page.evaluate("document.getElementById('search').focus()");
    page.write("SCRIPT");
    assert_eq!(page.arrive(|| page.press(Key::Enter)), 200);
    assert_eq!(page.text("location.search"), "?search=SCRIPT");
    let found = "[...document.querySelectorAll('#entries p')].map(p => p.textContent).join()";
    assert_eq!(page.text(found), "without a script");
}
