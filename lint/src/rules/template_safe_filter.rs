//! Templates that do not escape.

use super::{Site, Watch};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds what turns escaping off: `|safe` and `{{{ }}}` in templates, `{% autoescape false %}`, `PreEscaped(x)` and `new_safe` of something that is not constant.
    ///
    /// ## Why it is bad
    /// What is put there reaches the page as markup, whoever wrote it.
    ///
    /// ## Example
    /// ```text
    /// <p>{{ comment|safe }}</p>
    /// ```
    ///
    /// ## Use instead
    /// Leave the filter out, or clean the markup (ammonia) where it is made.
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
    let mut found = Vec::new();
    let active = without_comments(text);
    for (line, (content, written)) in active.lines().zip(text.lines()).enumerate() {
        let packed: String = content.split_whitespace().collect::<Vec<_>>().join(" ");
        let filter = packed.match_indices('|').any(|(at, _)| {
            let rest = packed.get(at.saturating_add(1)..).unwrap_or_default().trim_start();
            rest.strip_prefix("safe")
                .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
                && packed.get(..at).unwrap_or_default().contains("{{")
        });
        let off = packed.contains("autoescape false")
            || packed.contains("escape none")
            || mustache && packed.contains("{{{");
        if filter || off {
            found.push((line.saturating_add(1), written.chars().count().saturating_add(1)));
        }
    }
    found
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
}
