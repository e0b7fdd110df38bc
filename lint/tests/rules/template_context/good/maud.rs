use maud::{Markup, PreEscaped, html};
use palisade::{MarkupPage, prelude::*};

const HOME: &str = "/";

// trap: addresses that are written in the source, or begin there
fn link(logo: &'static str, id: u64, label: &str) -> Markup {
    html! {
        img src=(logo) alt=(label);
        a href=(HOME) { "Home" }
        a href={ "/notes/" (label) } title=(label) { (label) }
        a href=(id) { (label) }
        script { (PreEscaped(include_str!("a.js"))) }
    }
}
