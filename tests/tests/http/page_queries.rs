//! Query fields that links carry from elsewhere: pages drop them, and APIs refuse them.

use std::sync::LazyLock;

use actix_web::{App, Either, http::StatusCode};
use maud::html;
use palisade::{
    MarkupPage, Palisade,
    page::{DangerousHtml, dangerous_html},
    prelude::*,
};
use palisade_tests::server::Server;

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Search {
    q: Option<Text<8>>,
    #[serde(default)]
    #[input(empty = absent)]
    page: u8,
}

impl Search {
    fn shown(&self) -> String {
        format!("{} {}", self.q.as_ref().map_or("all", |q| q), self.page)
    }

    fn page(&self) -> MarkupPage {
        MarkupPage(html! { p { (self.shown()) } })
    }
}

type Shown = Result<MarkupPage>;

#[get("/page")]
#[public]
#[validated]
async fn page(search: Query<Search>) -> MarkupPage {
    search.page()
}

#[get("/result")]
#[public]
#[validated]
async fn result(search: Query<Search>) -> Shown {
    Ok(search.page())
}

#[get("/either")]
#[public]
#[validated]
async fn either(search: Query<Search>) -> Either<(MarkupPage, StatusCode), NoContent> {
    Either::Left((search.page(), StatusCode::OK))
}

#[get("/raw")]
#[public]
#[validated]
async fn raw(search: Query<Search>) -> DangerousHtml {
    dangerous_html(format!("<p>{}</p>", search.page), "a number, which holds no markup")
}

#[get("/api")]
#[public]
#[validated]
async fn api(search: Query<Search>) -> Json<String> {
    Json(search.shown())
}

#[get("/api-result")]
#[public]
#[validated]
async fn api_result(search: Query<Search>) -> Result<String> {
    Ok(search.shown())
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let endpoints = endpoints![page, result, either, raw, api, api_result];
    let palisade = Palisade::builder().endpoints(endpoints).build().unwrap();
    Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    })
});

const ADDED: [&str; 5] = [
    "fbclid=IwAR0",
    "gclid=1&utm_source=news&utm_medium=mail&utm_campaign=a%20b",
    "utm_term=1&utm_term=2",
    "utm_content=%ff&utm_id=1",
    "mc_cid",
];

#[test]
fn a_page_drops_what_links_carry() {
    for path in ["/page", "/result", "/either", "/raw"] {
        for added in ADDED {
            for query in [format!("q=tea&page=2&{added}"), format!("{added}&q=tea&page=2")] {
                let answer = SERVER.get(&format!("{path}?{query}")).send();
                assert_eq!(answer.status, 200, "{path}?{query}: {}", answer.text());
                let shown = if path == "/raw" { "<p>2</p>" } else { "<p>tea 2</p>" };
                assert_eq!(answer.text(), shown, "{path}?{query}");
            }
        }
    }
}

#[test]
fn a_page_refuses_what_its_own_fields_refuse() {
    for query in ["q=much+too+long", "page=x", "page=1&page=2", "q=a&q=b"] {
        assert_eq!(SERVER.get(&format!("/page?{query}")).send().status, 422, "{query}");
    }
    assert_eq!(SERVER.get("/page?q=%ff").send().status, 400);
    // A field by its name in another spelling is the field.
    assert_eq!(SERVER.get("/page?%71=tea&pa%67e=2").send().text(), "<p>tea 2</p>");
    assert_eq!(SERVER.get("/page?q=tea&%71=tea").send().status, 422);
}

#[test]
fn an_api_refuses_what_links_carry() {
    for path in ["/api", "/api-result"] {
        assert_eq!(SERVER.get(&format!("{path}?q=tea")).send().status, 200);
        let answer = SERVER.get(&format!("{path}?q=tea&fbclid=1")).send();
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["errors"][0]["code"], "unknown_field");
    }
}
