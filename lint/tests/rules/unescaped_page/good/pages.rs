use askama::filters::Safe;
use palisade::{Page, prelude::*};

#[derive(askama::Template)]
#[template(path = "hello.html.j2")]
struct Hello {
    name: String,
}

async fn hello(name: Query<Name>) -> Page<Hello> {
    Page(Hello { name: name.into_inner().name })
}

// trap: a template of a message, which is not a page
#[derive(askama::Template)]
#[template(path = "mail.txt")]
struct Mail {
    name: String,
}

fn mail(name: String) -> String {
    Mail { name }.to_string()
}

#[derive(askama::Template)]
#[template(path = "old.txt", escape = "html")]
struct Old {
    name: String,
}

async fn old(page: Old) -> impl Responder {
    Page(page)
}

fn line() -> Safe<&'static str> {
    Safe("<br>")
}

trait HtmlSafe {}

impl HtmlSafe for Own {}

fn cleaned(text: &str) -> Safe<String> {
    Safe(ammonia::clean(text))
}

// trap: a variable with the name of a filter, and a wrapper of another template
fn named(safe: bool) -> bool {
    use askama::filters::*;

    safe
}

impl askama::Template for Wrapped {
    fn render_into_with_values(&self, to: &mut W, values: &dyn Values) -> askama::Result<()> {
        self.0.render_into_with_values(to, values)
    }
}
