//! Pages as people see and hear them.

use palisade_tests::chromium::{Chromium, Page, Scheme};
use serde_json::json;

use crate::instance::{Instance, PASSWORD};

/// Texts whose colour is less than 4.5 times as bright or as dark as what is behind them (WCAG 2.2,
/// 1.4.3).
const FAINT: &str = "
    (() => {
        const parts = colour => colour.match(/[0-9.]+/g).map(Number);
        const linear = part =>
            part <= 10.31475 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4;
        const light = ([red, green, blue]) =>
            0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
        const behind = element => {
            for (let one = element; one; one = one.parentElement) {
                const [red, green, blue, alpha] = parts(getComputedStyle(one).backgroundColor);
                if (alpha !== 0) return [red, green, blue];
            }
            return [NaN];
        };
        const faint = [];
        for (const element of document.body.querySelectorAll('*')) {
            const own = [...element.childNodes].some(
                node => node.nodeType === Node.TEXT_NODE && node.data.trim());
            const shown = element.checkVisibility() && !element.matches('script, style');
            if (!shown || !(own || element.matches('input'))) continue;
            const pair = [light(parts(getComputedStyle(element).color)), light(behind(element))];
            const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            if (!(ratio >= 4.5)) faint.push(`${element.outerHTML}: ${ratio}`);
        }
        return faint;
    })()";

/// Each page, with a session.
fn each_page(page: &Page<'_>, book: &Instance, look: impl Fn(&Page<'_>, &str)) {
    for path in ["/", "/?search=nothing", "/login", "/greet?name=Ada", "/admin"] {
        assert_eq!(page.open(&book.at(path)), 200, "{path}");
        look(page, path);
    }
}

fn with_session(page: &Page<'_>, book: &Instance) {
    page.open(&book.at("/login"));
    page.evaluate("document.getElementById('name').value = 'admin'");
    page.evaluate(&format!("document.getElementById('password').value = {}", json!(PASSWORD)));
    page.arrive(|| {
        page.evaluate("document.getElementById('login').requestSubmit()");
    });
    assert_eq!(page.text("location.pathname"), "/admin");
}

#[test]
fn texts_are_readable_by_day_and_by_night_and_on_a_phone() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write(&"long".repeat(120));
    book.write("short");
    let page = browser.page();
    with_session(&page, &book);
    let paper = |page: &Page<'_>| page.text("getComputedStyle(document.body).backgroundColor");
    let mut papers = Vec::new();
    for scheme in [Scheme::Light, Scheme::Dark] {
        page.prefer(scheme);
        each_page(&page, &book, |page, path| {
            assert_eq!(page.evaluate(FAINT), json!([]), "{path} {scheme:?}");
        });
        papers.push(paper(&page));
    }
    assert_ne!(papers[0], papers[1], "night is as bright as day");
    page.viewport(320, 640);
    each_page(&page, &book, |page, path| {
        let width = page.evaluate("document.documentElement.scrollWidth");
        assert_eq!(width, 320, "{path} is wider than a phone");
    });
}

#[test]
fn things_have_names_for_those_who_hear_them() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("short");
    let page = browser.page();
    page.open(&book.at("/"));
    assert_eq!(page.named("textbox"), ["Leave a line"]);
    assert_eq!(page.named("searchbox"), ["Search"]);
    assert_eq!(page.named("button"), ["Send", "Find"]);
    assert_eq!(page.named("navigation"), ["Pages"]);
    assert_eq!(page.named("heading"), ["Guest book", "Entries 1 in the book"]);
    page.open(&book.at("/login"));
    assert_eq!(page.named("textbox"), ["Name", "Password"]);
    page.open(&book.at("/greet?name=Ada"));
    assert_eq!(page.named("heading"), ["Hello, Ada!"]);
    with_session(&page, &book);
    assert_eq!(page.named("button"), ["Log out", "Find", "Delete"]);
}

/// The browser says what a log-out has cleared.
fn is_note(line: &str) -> bool {
    line.contains("Clear-Site-Data header on")
}

#[test]
fn no_page_breaks_its_own_policy() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("short");
    let page = browser.page();
    with_session(&page, &book);
    each_page(&page, &book, |_, _| {});
    page.open(&book.at("/"));
    page.evaluate("document.getElementById('text').value = 'sent by script'");
    page.evaluate("document.getElementById('leave').requestSubmit()");
    page.wait_for("document.querySelectorAll('#entries li').length === 2");
    page.open(&book.at("/admin"));
    for button in [".entries button", "form[action='/logout'] button"] {
        page.arrive(|| {
            page.evaluate(&format!("document.querySelector({}).click()", json!(button)));
        });
    }
    assert_eq!(page.violations(), []);
    let console: Vec<_> = page.console().into_iter().filter(|line| !is_note(line)).collect();
    assert_eq!(console, Vec::<String>::new());
}
