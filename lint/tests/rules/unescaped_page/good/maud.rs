use maud::{Escaper, Markup, PreEscaped, Render, html};
use palisade::{MarkupPage, prelude::*};

const LOGO: &str = "<svg></svg>";

impl Render for Note {
    fn render_to(&self, to: &mut String) {
        html! { p { (self.0) } }.render_to(to);
        to.push_str("<br>");
        to.push_str(LOGO);
        write!(to, "<hr>");
        Render::render_to(&self.1, to);
        write!(Escaper::new(to), "{}", self.0);
    }
}

impl Render for Tag {
    fn render(&self) -> Markup {
        html! { b { (self.0) } }
    }
}

// trap: markup that is written in the source, made by `html!`, or cleaned
fn page(icon: &'static str, text: &str, wide: bool) -> Markup {
    html! {
        (PreEscaped("<br>")) (PreEscaped(LOGO)) (PreEscaped(icon))
        (PreEscaped(include_str!("icon.svg"))) (PreEscaped(ammonia::clean(text)))
        (PreEscaped(html! { p { (text) } }.into_string()))
        (PreEscaped(if wide { "<hr>" } else { "<br>" }))
        @let PreEscaped(inner) = other();
        (inner)
    }
}

fn types(parts: Vec<PreEscaped<String>>) -> PreEscaped<&'static str> {
    let PreEscaped(first) = first(parts);
    PreEscaped(concat!("<p>", "</p>"))
}

mod own {
    struct PreEscaped(String);

    trait Render {}

    impl Render for PreEscaped {
        fn render_to(&self, to: &mut String) {
            to.push_str(&self.0);
        }
    }

    fn own(text: String) -> PreEscaped {
        PreEscaped(text)
    }
}
