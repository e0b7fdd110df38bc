//! Forms that a page of another site sends (CWE-352).

use palisade_tests::chromium::{Chromium, Neighbour};

use crate::service::Service;

const SEND: &str = "document.forms[0].submit()";

#[test]
fn a_form_of_another_site_is_refused() {
    let Some(browser) = Chromium::launch() else { return };
    let service = Service::start(&[]);
    let page = browser.page();
    page.open(&service.at("/"));
    let sent = page.arrive(|| {
        page.evaluate(SEND);
    });
    assert_eq!(sent, 200, "{:?}", page.console());
    assert_eq!(page.text("document.body.innerText"), "entered hello");
    assert_eq!(service.count(), 1);

    let document = |kind: &str| {
        format!(
            "<!doctype html><form method=post action={} enctype={kind}>\
             <input name=text value=forged></form>",
            service.at("/entries")
        )
    };
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        let thief = Neighbour::with(&document(kind));
        for origin in [thief.other_site(), thief.same_site()] {
            let page = browser.page();
            page.open(&origin);
            let sent = page.arrive(|| {
                page.evaluate(SEND);
            });
            assert_eq!(sent, 403, "{origin} {kind}");
            assert!(page.text("document.body.innerText").contains("cross-site"), "{origin} {kind}");
        }
    }
    // A page without an origin of its own sends `null`.
    let nobody = document("application/x-www-form-urlencoded");
    let nobody = Neighbour::under("sandbox allow-scripts allow-forms", &nobody);
    let page = browser.page();
    page.open(&nobody.other_site());
    let sent = page.arrive(|| {
        page.evaluate(SEND);
    });
    assert_eq!(sent, 403);
    assert_eq!(service.count(), 1, "a forged entry was taken");
}

#[test]
fn a_form_of_a_listed_origin_is_taken() {
    let Some(browser) = Chromium::launch() else { return };
    // Its own address is known once it runs, and the service's list before that: it learns where to
    // send the form from the fragment.
    let partner = Neighbour::with(
        "<!doctype html><form method=post><input name=text value=friendly></form>\
         <script>document.forms[0].action = location.hash.slice(1)</script>",
    );
    let service = Service::start(&[partner.other_site()]);
    let page = browser.page();
    page.open(&format!("{}/#{}", partner.other_site(), service.at("/entries")));
    let sent = page.arrive(|| {
        page.evaluate(SEND);
    });
    assert_eq!((sent, service.count()), (200, 1));
}
