use maud::{Markup, PreEscaped, PreEscaped as Verbatim, Render, html};
use palisade::{MarkupPage, prelude::*};

impl Render for Raw {
    fn render_to(&self, to: &mut String) {
        to.push_str(&self.0); //~ unescaped_page
    }
}

impl maud::Render for Made {
    fn render(&self) -> Markup {
        PreEscaped(format!("<b>{}</b>", self.0)) //~ unescaped_page
    }
}

impl Render for Formatted {
    fn render_to(&self, to: &mut String) {
        write!(to, "<b>{}</b>", self.0); //~ unescaped_page
        fill(to); //~ unescaped_page
        let other = to; //~ unescaped_page
    }
}

async fn stored(db: Data<Db>) -> MarkupPage {
    let note = load(&db).await;
    MarkupPage(html! {
        p { (PreEscaped(note.text())) } //~ unescaped_page
        @for text in &note.parts {
            div { (Verbatim(text)) (maud::PreEscaped(&text)) } //~ unescaped_page
        }
        (note.parts.iter().map(PreEscaped).next()) //~ unescaped_page
    })
}

async fn loaded(db: Data<Db>) -> Markup {
    PreEscaped(load(&db).await) //~ unescaped_page
}

fn by_field(text: String) -> Markup {
    Markup { 0: text } //~ unescaped_page
}

fn by_name(texts: Vec<String>) -> Vec<Markup> {
    texts.into_iter().map(PreEscaped).collect() //~ unescaped_page
}

macro_rules! raw {
    ($value:expr) => {
        PreEscaped($value) //~ unescaped_page
    };
}
