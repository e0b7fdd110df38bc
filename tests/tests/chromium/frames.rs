//! Pages in frames of other pages (CWE-1021).

use palisade_tests::chromium::{Chromium, Neighbour, Violation};

use crate::service::Service;

#[test]
fn a_page_is_framed_by_nobody_who_was_not_told_to() {
    let Some(browser) = Chromium::launch() else { return };
    let service = Service::start(&[]);
    let (closed, open) = (service.at("/"), service.at("/framed"));
    let around = |inner: &str| Neighbour::with(&format!("<!doctype html><iframe src={inner}>"));
    let (thief, friend) = (around(&closed), around(&open));

    for origin in [thief.other_site(), thief.same_site()] {
        let page = browser.page();
        page.open(&origin);
        let violated = page.violated();
        let one = |violation: &Violation| (violation.directive.clone(), violation.blocked.clone());
        let all: Vec<_> = violated.iter().map(one).collect();
        assert_eq!(all, [("frame-ancestors".to_owned(), closed.clone())], "{origin}");
        assert_eq!(page.framed(), Vec::<String>::new(), "{origin}");
    }

    let page = browser.page();
    page.open(&friend.same_site());
    assert_eq!((page.framed(), page.violations()), (vec![open], Vec::new()));
    page.open(&friend.other_site());
    assert_eq!(page.violations(), Vec::new());
}
