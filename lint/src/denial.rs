//! The deny rules over a handler, as mistakes of the handler.

use proc_macro2::{Span, TokenTree};
use syn::ItemFn;

use crate::{
    attribute::{Entry, Word},
    diagnostic::{Code, Diagnostic},
    finding::Finding,
    item::{Context, ItemFinding, analyse_item},
    rules,
};

/// Every pattern of `item` that a deny rule refuses, and every `allow_unsafe` in it that silences
/// nothing.
///
/// `item` is the function as it was written, all attributes but `entry` still on it.
pub fn denials(entry: &Entry, item: &ItemFn) -> Vec<Diagnostic> {
    let context = Context { allowed: silenced_by(entry).into_iter().collect() };
    analyse_item(item, &context).into_iter().map(diagnostic).collect()
}

/// The rule that the attribute which the compiler took off silences for the whole handler.
fn silenced_by(entry: &Entry) -> Option<(String, Span)> {
    if entry.word != Word::AllowUnsafe {
        return None;
    }
    match entry.tokens.clone().into_iter().next() {
        Some(TokenTree::Ident(rule)) => Some((rule.to_string(), rule.span())),
        _ => None,
    }
}

fn diagnostic(found: ItemFinding) -> Diagnostic {
    let ItemFinding { finding, span } = found;
    let is_unused = finding.rule == rules::unused_suppression::RULE.name;
    let (code, help) = if is_unused {
        (Code::UnusedSuppression, finding.help)
    } else {
        (Code::DeniedPattern, explained(&finding))
    };
    Diagnostic { code, start: span, end: span, message: finding.message, help: Some(help) }
}

/// The fix, the way that the data took, and where to read on.
fn explained(finding: &Finding) -> String {
    let Finding { help, trace, rule, cwe, .. } = finding;
    let mut text = help.clone();
    // The last step is the place that the error points at.
    let steps = trace.split_last().map(|(_, steps)| steps).unwrap_or_default();
    for step in steps {
        text.push_str(&format!("\nnote: line {}: {}", step.line, step.note));
    }
    text.push_str(&format!(
        "\nnote: {rule} (CWE-{cwe}); `cargo palisade explain {rule}` says more"
    ));
    text
}
