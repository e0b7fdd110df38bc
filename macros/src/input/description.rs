//! What an input type says of itself in the OpenAPI document, with the feature `openapi` alone.
//!
//! The rules are emitted as checks elsewhere; here they are data. Bounds may be any expressions, so
//! each is a function that gives its value.

use palisade_lint::input::{Field, IpVersion, Limits, RuleKind};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

use crate::{emit::option, paths::InputPaths};

/// `const DOCS: &str`, where the type has documentation.
pub(super) fn of_type(docs: &str) -> Option<TokenStream> {
    let is_wanted = cfg!(feature = "openapi") && !docs.is_empty();
    is_wanted.then(|| quote!(const DOCS: &'static ::core::primitive::str = #docs;))
}

/// `.documented(..)` and `.with_rules(..)`, behind a field of the list.
pub(super) fn of_field(field: &Field, krate: Option<&syn::Path>) -> Option<TokenStream> {
    if !cfg!(feature = "openapi") {
        return None;
    }
    let paths = InputPaths::new(krate, proc_macro2::Span::call_site());
    let InputPaths { input_rule, .. } = &paths;
    let docs = &field.docs;
    let docs = (!docs.is_empty()).then(|| quote!(.documented(#docs)));
    let mut rules: Vec<_> =
        field.rules.iter().filter_map(|rule| self::rule(&rule.kind, &paths)).collect();
    let has_url = field.rules.iter().any(|rule| matches!(rule.kind, RuleKind::Url));
    if has_url || field.schemes.is_some() {
        let schemes = super::rules::schemes(field);
        rules.push(quote!(#input_rule::Url(&[#(#schemes),*])));
    }
    let rules = (!rules.is_empty()).then(|| quote!(.with_rules(&[#(#rules),*])));
    Some(quote!(#docs #rules))
}

/// A rule by itself; `None` for `url`, which goes with the schemes of its field.
fn rule(kind: &RuleKind, paths: &InputPaths) -> Option<TokenStream> {
    let InputPaths { input_rule, .. } = paths;
    Some(match kind {
        RuleKind::Length(Limits { min, max, equal, .. }) => {
            let limits =
                [min, max, equal].map(|limit| option(limit.as_ref().map(|one| quote!(#one))));
            quote!(#input_rule::Length(|| [#(#limits),*]))
        }
        RuleKind::Range(Limits { min, max, exclusive_min, exclusive_max, .. }) => {
            let limits = [min, max, exclusive_min, exclusive_max]
                .map(|limit| option(limit.as_ref().map(|one| number(one, paths))));
            quote!(#input_rule::Range(|| [#(#limits),*]))
        }
        RuleKind::Email => quote!(#input_rule::Email),
        RuleKind::Url => return None,
        RuleKind::CreditCard => quote!(#input_rule::Other("credit_card")),
        RuleKind::Ip(IpVersion::Any) => quote!(#input_rule::Ip),
        RuleKind::Ip(IpVersion::V4) => quote!(#input_rule::Ipv4),
        RuleKind::Ip(IpVersion::V6) => quote!(#input_rule::Ipv6),
        RuleKind::NonControlCharacter => quote!(#input_rule::NonControlCharacter),
        RuleKind::Required => quote!(#input_rule::Required),
        RuleKind::Contains(text) => quote!(#input_rule::Contains(|| (#text).to_string())),
        RuleKind::DoesNotContain(text) => {
            quote!(#input_rule::Without(|| (#text).to_string()))
        }
        RuleKind::MustMatch(_) => quote!(#input_rule::Other("must_match")),
        RuleKind::Regex(pattern) => {
            quote!(#input_rule::Pattern(|| #input_rule::pattern_of(&#pattern)))
        }
        RuleKind::Custom(function) => {
            let name = function.segments.last().map(|last| last.ident.to_string());
            let name = name.unwrap_or_default();
            quote!(#input_rule::Other(#name))
        }
    })
}

/// A bound of a range: a literal as it is written, since it may be of any type of numbers.
fn number(bound: &Expr, paths: &InputPaths) -> TokenStream {
    let InputPaths { input_number, .. } = paths;
    match literal(bound) {
        Some(text) => quote!(#input_number::written(#text)),
        None => quote!(#input_number::of(#bound)),
    }
}

fn literal(bound: &Expr) -> Option<String> {
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) = bound {
        return literal(expr).map(|text| format!("-{text}"));
    }
    let Expr::Lit(ExprLit { lit, .. }) = bound else { return None };
    if let Lit::Int(number) = lit {
        return Some(number.base10_digits().to_owned());
    }
    let Lit::Float(number) = lit else { return None };
    Some(number.base10_digits().to_owned())
}
