use maud::{Markup, html};
use palisade::{MarkupPage, prelude::*};

fn link(address: &str, label: &str) -> Markup {
    html! {
        a href=(address) { (label) } //~ template_context
        button onclick=(label) { "Go" } //~ template_context
        script { "let label = " (label) } //~ template_context
    }
}
