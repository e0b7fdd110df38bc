//! Concatenated strings: the text before untrusted data decides what the data can still do.

use proc_macro2::Span;

use super::class::Class;
use super::text::{HOLE, Text};
use super::value::{Marks, Note, Part, Taint, Value, add};
use super::walk::Walker;

impl Walker<'_> {
    /// The text made of `pieces`, one after another.
    pub(crate) fn concat(&self, pieces: &[Value], span: Span) -> Value {
        let mut text = Text::known("");
        let mut taints: Vec<Taint> = Vec::new();
        let mut secret = None;
        let (mut constant, mut settled_all) = (true, true);
        for piece in pieces {
            let settled = settled_by(&text);
            for taint in piece.all_taints() {
                let safe = taint.safe.or(settled);
                add(&mut taints, Taint { part: Part::Derived, safe, ..taint });
            }
            text = text.then(&piece.text);
            if secret.is_none() {
                secret.clone_from(&piece.secret);
            }
            constant &= piece.is_constant();
            settled_all &= piece.is_settled();
        }
        let marks = match (constant, settled_all) {
            (true, _) => Marks::CONSTANT,
            (_, true) => Marks::CHECKED,
            _ => Marks::default(),
        };
        Value { taints, text, marks, secret, ..Value::default() }.through(
            self.scope.file,
            span,
            &Note::Formatted,
        )
    }
}

/// The dangers that are excluded for the text after `before`.
pub(crate) fn settled_by(before: &Text) -> Class {
    let raw = before.raw();
    if raw.is_empty() {
        return Class::NONE;
    }
    let mut safe = Class::OPTION.or(Class::PATH_ROOT);
    if let Some((_, rest)) = raw.split_once("://") {
        // The host is settled once something ends it, or once an earlier part has named it.
        let ended = rest.char_indices().any(|(at, c)| at > 0 && matches!(c, '/' | '?' | '#'))
            || rest.contains(HOLE);
        if ended {
            safe = safe.or(Class::REDIRECT).or(Class::REQUEST);
        } else if rest.ends_with(':') && rest.len() > 1 {
            safe = safe.or(Class::REDIRECT);
        }
        return safe;
    }
    let mut chars = raw.chars();
    match (chars.next(), chars.next()) {
        (Some('/' | '\\'), None) => safe.or(Class::SITE_SCHEME).or(Class::REQUEST),
        (Some('/'), Some('/' | '\\')) => {
            let host = raw.get(2..).unwrap_or_default();
            if host.contains('/') {
                safe.or(Class::REDIRECT).or(Class::REQUEST)
            } else {
                safe.or(Class::SITE_SCHEME)
            }
        }
        (Some('/' | '?' | '#' | HOLE), _) => safe.or(Class::REDIRECT).or(Class::REQUEST),
        _ => {
            // `users/{x}`, `127.0.0.1:{port}`, `mailto:{x}`.
            if raw.contains(['/', ':', '?', HOLE]) {
                safe = safe.or(Class::REQUEST).or(Class::REDIRECT);
            }
            safe
        }
    }
}

impl Walker<'_> {
    /// `replace` that escapes the characters that make a string dangerous.
    pub(super) fn replaced(&mut self, recv: &Value, args: &[Value]) -> Value {
        let from = args.first().and_then(|a| a.text.whole()).unwrap_or_default();
        let to = args.get(1).and_then(|a| a.text.whole());
        let mut value = recv.derived();
        value.text = recv.text.clone();
        if recv.text.whole().is_some() {
            // A template that is filled in.
            value.text = Text::known(recv.text.raw().split(from).next().unwrap_or_default())
                .then(&Text::unknown());
        }
        let class = match (from, to) {
            ("<", Some(to)) if to != "<" => Class::HTML,
            ("'", Some("''" | "\\'")) | ("\"", Some("\"\"")) | ("`", Some("``")) => Class::SQL,
            ("/", Some(to)) if !to.contains('/') => Class::PATH.or(Class::SITE_SLASHES),
            ("'", Some("'\\''" | "'\"'\"'")) => Class::COMMAND,
            _ => Class::NONE,
        };
        let mut value = value.cleaned(class);
        if let Some(put) = args.get(1) {
            let lead = settled_by(&value.text);
            value.absorb(&put.clone().cleaned(lead));
        }
        value.ty.clone_from(&recv.ty);
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settled_host_is_safe() {
        for text in
            ["https://api.example.com/", "https://api.example.com/items/", "/items/", "http://a?x="]
        {
            assert!(settled_by(&Text::known(text)).has(Class::REDIRECT), "{text}");
        }
        for text in ["https://", "https://api.", "/", "//", "", "www."] {
            assert!(!settled_by(&Text::known(text)).has(Class::REDIRECT), "{text}");
        }
    }

    #[test]
    fn the_part_behind_a_configured_base_is_safe() {
        let base = Text::known("").then(&Text::unknown());
        assert!(settled_by(&base).has(Class::REQUEST));
        let scheme = base.then(&Text::known("://"));
        assert!(!settled_by(&scheme).has(Class::REQUEST));
    }
}
