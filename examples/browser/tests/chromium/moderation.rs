//! The administrator's session.

use palisade_tests::chromium::{Chromium, Key, Neighbour, Page};
use serde_json::json;

use crate::instance::{Instance, PASSWORD};

/// Logs in by keyboard, from the page that asks for it.
fn log_in(page: &Page<'_>, book: &Instance) {
    page.open(&book.at("/admin"));
    assert_eq!(page.text("location.pathname"), "/login");
    fill(page, "admin", PASSWORD);
    assert_eq!(page.arrive(|| page.press(Key::Enter)), 200);
    assert_eq!(page.text("location.pathname"), "/admin");
}

fn fill(page: &Page<'_>, name: &str, password: &str) {
    page.evaluate("document.forms[0].reset(); document.getElementById('name').focus()");
    page.write(name);
    page.press(Key::Tab);
    page.write(password);
}

fn click(page: &Page<'_>, button: &str) -> u16 {
    page.arrive(|| {
        page.evaluate(&format!("document.querySelector({}).click()", json!(button)));
    })
}

#[test]
fn no_script_sees_the_cookie_and_a_log_out_takes_it_away() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("one");
    book.write("two");
    let page = browser.page();
    log_in(&page, &book);
    let cookies = page.cookies();
    let [cookie] = cookies.as_slice() else { panic!("{cookies:?}") };
    for (what, expected) in [
        ("name", json!("__Host-session")),
        ("httpOnly", json!(true)),
        ("secure", json!(true)),
        ("sameSite", json!("Strict")),
        ("path", json!("/")),
    ] {
        assert_eq!(cookie[what], expected, "{cookie}");
    }
    assert_eq!(page.text("document.cookie"), "");
    page.evaluate("document.cookie = 'own=1'");
    assert_eq!(page.text("document.cookie"), "own=1", "cookies work here");

    assert_eq!(click(&page, ".entries button"), 200);
    assert_eq!(page.text("location.pathname"), "/admin");
    assert_eq!(book.texts(""), ["one"]);

    assert_eq!(click(&page, "form[action='/logout'] button"), 200);
    assert_eq!(page.text("location.pathname"), "/");
    // The session's cookie is gone. One that the service did not set stays, as do those of sibling hosts.
    let cookies = page.cookies();
    let left: Vec<_> = cookies.iter().map(|cookie| &cookie["name"]).collect();
    assert_eq!(left, [&json!("own")]);
    page.open(&book.at("/admin"));
    assert_eq!(page.text("location.pathname"), "/login");
}

#[test]
fn a_wrong_password_is_told_in_the_page() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    let page = browser.page();
    page.open(&book.at("/login"));
    fill(&page, "admin", "wrong horse battery");
    page.press(Key::Enter);
    let status = "document.querySelector('[role=status]').textContent";
    page.wait_for(&format!("{status} === 'The name or the password is wrong.'"));
    assert_eq!(page.cookies(), [json!(null); 0]);

    page.allow_script(false);
    page.open(&book.at("/login"));
    fill(&page, "admin", PASSWORD);
    assert_eq!(page.arrive(|| page.press(Key::Enter)), 200);
    assert_eq!(page.text("location.pathname"), "/admin", "without a script");
}

#[test]
fn another_site_has_no_use_of_the_session() {
    let Some(browser) = Chromium::launch() else { return };
    let book = Instance::start(&[]);
    book.write("one");
    let form = format!(
        "<!doctype html><form method=post action={}></form>",
        book.at("/admin/entries/1/delete")
    );
    let frame = format!("<!doctype html><iframe src={}></iframe>", book.at("/admin"));
    let (form, frame) = (Neighbour::with(&form), Neighbour::with(&frame));

    let page = browser.page();
    log_in(&page, &book);
    // To another port of the same machine the browser sends the cookie: what refuses is the service.
    for thief in [form.other_site(), form.same_site()] {
        page.open(&thief);
        let sent = page.arrive(|| {
            page.evaluate("document.forms[0].submit()");
        });
        assert_eq!(sent, 403, "{thief}");
        assert!(page.text("document.body.innerText").contains("cross-site"), "{thief}");
    }
    assert_eq!(page.violations(), []);
    page.open(&frame.same_site());
    assert_eq!(page.violated()[0].directive, "frame-ancestors");
    assert_eq!(page.framed(), Vec::<String>::new());
    assert_eq!(book.texts(""), ["one"]);

    page.open(&book.at("/admin"));
    assert_eq!(click(&page, ".entries button"), 200);
    assert_eq!(book.texts(""), Vec::<String>::new());
}
