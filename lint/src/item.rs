//! One function, as a macro gets it.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ItemFn;

use crate::finding::{Finding, Level, Place};
use crate::krate::analyse::finding_of;
use crate::krate::name::Names;
use crate::rules;
use crate::suppress;
use crate::taint::source::Trust;
use crate::taint::walk::{Scope, Walker};

/// What is known around a function.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Rules that are silenced for the whole function, each with the span of the attribute.
    pub allowed: Vec<(String, Span)>,
}

/// A finding, and the token that a compile error about it points at.
#[derive(Clone, Debug)]
pub struct ItemFinding {
    /// What was found.
    pub finding: Finding,
    /// The token it is about.
    pub span: Span,
}

/// Judges a handler by every deny rule that needs no more than its body, and the values in its
/// `html!` by their positions.
///
/// `allow_unsafe` on statements and expressions is obeyed; one that silences nothing is a finding.
#[must_use]
pub fn analyse_item(function: &ItemFn, context: &Context) -> Vec<ItemFinding> {
    let names = Names::default();
    let scope = Scope {
        names: &names,
        index: None,
        file: 0,
        audit: false,
        item_only: true,
        in_test: false,
    };
    let mut walker = Walker::new(scope);
    walker.generics = Some(&function.sig.generics);
    walker.is_async = function.sig.asyncness.is_some();
    walker.bind_params(&function.sig, Trust::Handler, &[]);
    walker.run(&function.block);

    let files = [String::new()];
    // Tokens are made anew only for the few functions that silence something.
    let suppressions = if suppress::is_mentioned(function) {
        suppress::collect(function.to_token_stream(), "")
    } else {
        Vec::new()
    };
    let mut used = vec![false; suppressions.len()];
    let mut used_outer = vec![false; context.allowed.len()];
    let mut out = Vec::new();
    let markup = rules::beyond::markup_hits(function);
    for hit in walker.hits.into_iter().chain(markup) {
        if hit.level != Level::Deny {
            continue;
        }
        let finding = finding_of(&hit, &files);
        let mut silenced = false;
        for (found, used) in suppressions.iter().zip(&mut used) {
            let own = &found.suppression;
            if own.rule == finding.rule
                && own.mistake.is_none()
                && own.covers.contains(&finding.place)
            {
                *used = true;
                silenced = true;
            }
        }
        for ((rule, _), used) in context.allowed.iter().zip(&mut used_outer) {
            if rule == finding.rule {
                *used = true;
                silenced = true;
            }
        }
        if !silenced {
            out.push(ItemFinding { finding, span: hit.span });
        }
    }
    // Mistakes in the attributes themselves are the model's to report, and rules that the CLI
    // judges are its own to complain about.
    let judged =
        |rule: &str| rules::find(rule).is_some_and(|r| r.in_macros() && r.level == Level::Deny);
    for (found, used) in suppressions.iter().zip(used) {
        if !used && found.suppression.mistake.is_none() && judged(&found.suppression.rule) {
            out.push(unused(&found.suppression.rule, found.span));
        }
    }
    for ((rule, span), used) in context.allowed.iter().zip(used_outer) {
        if !used && judged(rule) {
            out.push(unused(rule, *span));
        }
    }
    out
}

fn unused(silenced: &str, span: Span) -> ItemFinding {
    let rule = &rules::unused_suppression::RULE;
    ItemFinding {
        finding: Finding {
            file: String::new(),
            place: Place::of(span),
            rule: rule.name,
            cwe: rule.cwe,
            level: Level::Deny,
            message: format!("`allow_unsafe({silenced})` silences nothing"),
            help: "remove the attribute".to_owned(),
            trace: Vec::new(),
            fix: None,
        },
        span,
    }
}
