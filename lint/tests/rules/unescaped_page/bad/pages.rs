use askama::filters::{HtmlSafe, Safe};
use palisade::{Page, Page as Shown, prelude::*};

#[derive(askama::Template)]
#[template(path = "hello.md")]
struct Hello { //~ unescaped_page
    name: String,
}

async fn hello(name: Query<Name>) -> Page<Hello> {
    Page(Hello { name: name.into_inner().name })
}

#[derive(Template)]
#[template(source = "<p>{{ q }}</p>", ext = "txt")]
struct Plain { //~ unescaped_page
    q: String,
}

async fn plain() -> impl Responder {
    Page(Plain { q: String::new() })
}

#[derive(Template)]
#[template(source = "<p>{{ q }}</p>", ext = "html", escape = "none")]
struct Unescaped { //~ unescaped_page
    q: String,
}

async fn unescaped() -> impl Responder {
    let page = Unescaped { q: String::new() };
    Shown(page)
}

#[derive(Template)]
#[template(path = "page.js", syntax = "angled")]
struct Angled { //~ unescaped_page
    q: String,
}

async fn angled() -> Result<Shown<Angled>> {
    Ok(Shown(Angled::new()))
}

#[derive(Template)]
#[template(path = "drawing.svg")]
struct Drawing { //~ unescaped_page
    q: String,
}

async fn drawing(page: Drawing) -> impl Responder {
    Page(page)
}

mod filters {
    pub fn bold(text: &str) -> askama::Result<askama::filters::Safe<String>> {
        Ok(askama::filters::Safe(format!("<b>{text}</b>"))) //~ unescaped_page
    }
}

fn other(text: String) -> Safe<String> {
    Safe(text) //~ unescaped_page
}

impl HtmlSafe for Raw {} //~ unescaped_page

fn output(text: String) -> impl std::fmt::Display {
    askama::filters::HtmlSafeOutput(text) //~ unescaped_page
}

fn filtered(text: String) {
    askama::filters::safe(text, askama::filters::Html); //~ unescaped_page
}

fn by_field(text: String) -> Safe<String> {
    Safe { 0: text } //~ unescaped_page
}

impl askama::Template for Raw {
    fn render_into_with_values(&self, to: &mut W, values: &dyn Values) -> askama::Result<()> { //~ unescaped_page
        to.write_str(&self.0)
    }
}
