//! The service that the browser is pointed at.

use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::App;
use palisade::{
    Palisade,
    page::{DangerousHtml, dangerous_html},
    prelude::*,
};
use palisade_tests::{client::Request, server::Server};

/// What visitors have left.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    count: AtomicUsize,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEntry {
    #[validate(length(min = 1, max = 100))]
    text: String,
}

/// A page with a form.
#[get("/")]
#[public]
async fn page() -> DangerousHtml {
    dangerous_html(
        "<!doctype html><title>service</title><form method=post action=/entries>\
         <input name=text value=hello></form>",
        "nothing of a visitor's stands in it",
    )
}

/// The same page, which any site may frame.
#[get("/framed")]
#[public]
#[headers(
    csp = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors *",
    reason = "the tests frame it from another origin"
)]
async fn framed() -> DangerousHtml {
    dangerous_html("<!doctype html>framed", "nothing of a visitor's stands in it")
}

#[post("/entries")]
#[public(reason = "visitors write without an account")]
#[validated]
async fn enter(entries: Data<Entries>, entry: Form<NewEntry>) -> String {
    entries.count.fetch_add(1, Ordering::SeqCst);
    format!("entered {}", entry.text)
}

#[post("/items")]
#[public(reason = "pages of listed origins write here")]
#[validated]
async fn create(entries: Data<Entries>, entry: Json<NewEntry>) -> Created<String> {
    entries.count.fetch_add(1, Ordering::SeqCst);
    Created(entry.text.clone())
}

#[get("/count")]
#[public]
async fn count(entries: Data<Entries>) -> String {
    entries.count.load(Ordering::SeqCst).to_string()
}

/// A JSON answer that would be a script, and a page, to a browser that guesses.
#[get("/api")]
#[public]
async fn api() -> Json<&'static str> {
    Json("<script>document.title = 'guessed'</script>")
}

/// The service, which lets pages of these origins read its answers.
pub(crate) struct Service {
    server: Server,
}

impl Service {
    pub(crate) fn start(origins: &[String]) -> Self {
        let palisade = Palisade::builder()
            .dangerous_no_service_limit("a browser sends what a test tells it to")
            .endpoints(endpoints![page, framed, enter, create, count, api]);
        let palisade = origins.iter().fold(palisade, |palisade, own| palisade.cors_origin(own));
        let palisade = palisade.build().unwrap();
        let entries = Data::new(Entries::default());
        let server = Server::start(move || {
            App::new()
                .app_data(entries.clone())
                .configure(|config| palisade.mount(config))
                .wrap(palisade.clone())
        });
        Self { server }
    }

    /// The address of one of its resources.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    /// How many entries it has taken.
    pub(crate) fn count(&self) -> usize {
        let answer = Request::new(self.server.address(), "GET", "/count").send();
        answer.text().parse().unwrap()
    }
}
