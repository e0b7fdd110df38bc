//! Templates that do not escape.

use std::collections::BTreeSet;

use super::{Site, Watch};
use crate::page;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds code that disables escaping: `|safe`, `{% filter safe %}`, `|escape("txt")` for anything but HTML,
    /// `{{{ }}}` and `{{& }}` in templates, `{% autoescape false %}`, `PreEscaped(x)` and `new_safe` of
    /// something that is not constant. `#[allow_unsafe(template_safe_filter, reason = "..")]` on the type of an
    /// askama template covers its files.
    ///
    /// ## Why it is bad
    /// The value becomes markup of the page, regardless of its origin.
    ///
    /// ## Example
    /// ```text
    /// <p>{{ comment|safe }}</p>
    /// ```
    ///
    /// ## Use instead
    /// Remove the filter, or sanitize the markup (ammonia) where it is created.
    ///
    /// ## References
    /// - CWE-79: Cross-site Scripting
    template_safe_filter, CWE 79, Warn, Crate, watch &[Watch::Call("new_safe"), Watch::Call("PreEscaped"), Watch::Call("from_safe_string")], check
}

pub(crate) const MESSAGE: &str = "a template puts this into the page without escaping it";
pub(crate) const HELP: &str = "let the template escape it, or clean the markup where it is made";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Call(call) = site else { return };
    if call.arg(0).is_some_and(|a| !a.is_constant() && !a.is_tainted()) {
        walker.report(&RULE, call.span, MESSAGE, HELP);
    }
}

/// The lines of a template that turn escaping off.
pub(crate) fn unescaped(text: &str, mustache: bool) -> Vec<(usize, usize)> {
    let active = without_comments(text);
    let mut found = BTreeSet::new();
    let mut line = 1_usize;
    let mut rest = active.as_str();
    let lines = |text: &str| text.matches('\n').count();
    while let Some(start) = opening(rest) {
        let (before, marked) = rest.split_at(start);
        line = line.saturating_add(lines(before));
        let close = if marked.starts_with("{{") { "}}" } else { "%}" };
        let end = page::closing(marked, close).unwrap_or(marked.len());
        let (tag, after) = marked.split_at(end);
        let words = tag.get(2..).unwrap_or_default();
        if mustache && words.starts_with(['{', '&']) {
            found.insert(line);
        }
        if close == "%}" {
            let packed: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
            if packed.contains("autoescape false") || packed.contains("escape none") {
                found.insert(line);
            }
        }
        for at in filters(words) {
            if is_unescaped(words.get(at..).unwrap_or_default()) {
                found.insert(line.saturating_add(lines(words.get(..at).unwrap_or_default())));
            }
        }
        line = line.saturating_add(lines(tag));
        rest = after;
    }
    let width = |line: usize| {
        let written = text.lines().nth(line.saturating_sub(1));
        written.map_or(1, |written| written.chars().count().saturating_add(1))
    };
    found.into_iter().map(|line| (line, width(line))).collect()
}

fn opening(text: &str) -> Option<usize> {
    match (text.find("{{"), text.find("{%")) {
        (Some(value), Some(tag)) => Some(value.min(tag)),
        (value, tag) => value.or(tag),
    }
}

/// Where the names of filters begin: after `|` outside of quotes, and after `filter` in front.
fn filters(words: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let trimmed = words.trim_start_matches(['-', '~', '+']).trim_start();
    if let Some(rest) = trimmed.strip_prefix("filter")
        && rest.starts_with(char::is_whitespace)
    {
        found.push(words.len().saturating_sub(rest.len()));
    }
    let (mut quoted, mut escaped, mut before) = (false, false, ' ');
    for (at, c) in words.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '|' if !quoted && before != '|' && !words.get(at..).is_some_and(|w| w.starts_with("||")) => {
                found.push(at.saturating_add(1));
            }
            _ => {}
        }
        before = c;
    }
    found
}

/// Whether a filter lets its value through: `safe`, or `escape` for something else than HTML.
fn is_unescaped(filter: &str) -> bool {
    let filter = filter.trim_start();
    let end = filter.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(filter.len());
    let (name, rest) = filter.split_at(end);
    match name {
        "safe" => true,
        "escape" | "e" => rest.trim_start().strip_prefix('(').is_some_and(|arguments| {
            let arguments = arguments.split(')').next().unwrap_or_default();
            // `escaper = "txt"` or `"txt"`; the value of any other form is unknown.
            let by = arguments.rsplit('=').next().unwrap_or_default().trim();
            let by = by.strip_prefix('"').and_then(|by| by.strip_suffix('"'));
            !arguments.trim().is_empty() && !by.is_some_and(page::is_html)
        }),
        _ => false,
    }
}

/// The template with its comments blanked out, line by line.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{#") {
        kept.push_str(before);
        // A comment that never ends hides nothing.
        let Some((comment, after)) = inside.split_once("#}") else {
            kept.push_str("{#");
            rest = inside;
            break;
        };
        kept.extend(comment.chars().filter(|c| *c == '\n'));
        rest = after;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_filters_only_where_they_act() {
        assert_eq!(unescaped("<p>\n{{ a | safe }}\n{{ b|safer }}\nsafe | safe", false).len(), 1);
        assert_eq!(unescaped("{{{raw}}}", true).len(), 1);
        assert_eq!(unescaped("{{{raw}}}", false).len(), 0);
        assert_eq!(unescaped("{# {{ a|safe }}\n #}{{ b|safe }}", false), [(2, 16)]);
        assert_eq!(unescaped("{# {{ a|safe }}", false).len(), 1);
    }

    #[test]
    fn every_way_around_the_escaping_is_found() {
        for text in [
            "{{ q|escape(\"txt\") }}",
            "{{ q | e( \"none\" ) }}",
            "{{ q|escape(escaper = \"txt\") }}",
            "{{ q|e(kind) }}",
            "{{ q\n  |safe }}",
            "{{ f(q|safe) }}",
            "{{ \"}}\" ~ q|safe }}",
            "{% let x = q|safe %}",
            "{% filter safe %}{{ q }}{% endfilter %}",
            "{%- filter lower|escape(\"txt\") -%}{{ q }}{% endfilter %}",
            "{% autoescape false %}",
        ] {
            assert_eq!(unescaped(text, false).len(), 1, "{text}");
        }
        assert_eq!(unescaped("{{ q\n  |safe }}", false), [(2, 11)]);
        assert_eq!(unescaped("{{& q }}", true).len(), 1);
        for text in [
            "{{ q|escape }}",
            "{{ q|e(\"html\") }}",
            "{{ q|escape(escaper = \"html\") }}",
            "{{ \"a|safe\" }}",
            "{{ q|safer }}",
            "{{ a || safe }}",
            "|safe {{ q }} |safe",
            "{% filter lower %}{% endfilter %}",
            "{% if filter %}{% endif %}",
        ] {
            assert!(unescaped(text, false).is_empty(), "{text}");
        }
    }
}
