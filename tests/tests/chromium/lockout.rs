//! A page of another site that tries to spend what its visitor needs.

use actix_web::App;
use palisade::{
    Palisade,
    page::{DangerousHtml, dangerous_html},
    prelude::*,
};
use palisade_tests::{
    chromium::{Chromium, Neighbour, Page},
    server::Server,
};
use serde_json::json;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Login {
    email: Text<254>,
    password: Text<128>,
}

#[get("/login")]
#[public]
#[rate_limit("20/hour", by = ip)]
async fn login_page() -> DangerousHtml {
    dangerous_html(
        "<!doctype html><form method=post action=/login><input name=email value=ada@example.org>\
         <input name=password value=right></form>",
        "nothing of a visitor's stands in it",
    )
}

/// The limits that the documentation recommends for a login.
#[post("/login")]
#[public(reason = "whoever logs in has no identity yet")]
#[rate_limit("20/hour", by = ip, count = failures, ban = "30 refusals in 1 hour, 1 day")]
#[rate_limit("5/15 min", by = body("email"), count = failures)]
#[concurrency_limit(4, by = ip)]
#[validated]
async fn log_in(login: Form<Login>) -> Result<&'static str> {
    if login.password.as_str() == "right" {
        Ok("welcome")
    } else {
        Err(Problem::new(palisade::Kind::InvalidGrant))
    }
}

/// Has the page's script send this request so often.
fn flood(page: &Page<'_>, url: &str, options: &str) {
    page.evaluate(&format!(
        "(async () => {{ for (let i = 0; i < 50; i++) \
         await fetch({}, {options}).catch(() => null); return true }})()",
        json!(url)
    ));
}

#[test]
fn a_page_of_another_site_keeps_no_visitor_from_logging_in() {
    let Some(browser) = Chromium::launch() else { return };
    let palisade = Palisade::builder().endpoints(endpoints![login_page, log_in]).build().unwrap();
    let own = palisade.clone();
    let server =
        Server::start(move || App::new().configure(|config| own.mount(config)).wrap(own.clone()));
    let login = format!("http://{}/login", server.address());
    let refused = |limit: &str, endpoint: &str| {
        let metrics = palisade.limits().metrics();
        let own = |one: &&palisade::limit::LimitMetrics| {
            one.endpoint.ends_with(endpoint) && one.policy == limit
        };
        metrics.limits.iter().filter(own).map(|one| one.refused).sum::<u64>()
    };

    let neighbour = Neighbour::with("<!doctype html>another site");
    for origin in [neighbour.other_site(), neighbour.same_site()] {
        let page = browser.page();
        page.open(&origin);
        flood(&page, &login, "{method: 'POST', mode: 'no-cors', body: 'x'}");
        flood(&page, &login, "{mode: 'no-cors'}");
    }
    // The page is counted: its own requests for the login page are refused by now.
    assert!(refused("ip", "login_page") >= 50);
    assert_eq!(refused("ip", "log_in"), 0);

    let page = browser.page();
    assert_eq!(page.open(&login), 200);
    let sent = page.arrive(|| {
        page.evaluate("document.forms[0].submit()");
    });
    assert_eq!((sent, page.text("document.body.textContent").as_str()), (200, "welcome"));
}
