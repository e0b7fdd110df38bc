//! Pages that another page opens in a window of its own.

use palisade_tests::chromium::{Chromium, Neighbour};

use crate::service::Service;

#[test]
fn who_opens_a_page_has_no_hold_of_it() {
    let Some(browser) = Chromium::launch() else { return };
    let service = Service::start(&[]);
    let opener = Neighbour::with("<!doctype html><title>opener</title>");
    let page = browser.page();
    page.open(&opener.other_site());
    let open = |url: &str| page.evaluate(&format!("void (window.opened = open('{url}'))"));

    open(&format!("{}/another", opener.other_site()));
    page.wait_for("opened.location.pathname === '/another' && opened.document.title === 'opener'");
    assert_eq!(page.evaluate("opened.closed"), false);
    // The handle of a window that this page lost looks like that of a closed one.
    open(&service.at("/"));
    page.wait_for("opened.closed");
}
