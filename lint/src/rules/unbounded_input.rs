//! Input types that grow without a bound.

use super::Site;
use proc_macro2::Span;
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{ItemStruct, Type};

use crate::krate::collect::derives;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds types with `Validate` and `Deserialize` whose `String`, `Vec` or map fields have no `length` bound.
    ///
    /// ## Why it is bad
    /// A request of the size of the body limit is parsed, held in memory and often stored.
    ///
    /// ## Example
    /// ```text
    /// #[derive(Deserialize, Validate)] struct New { name: String }
    /// ```
    ///
    /// ## Use instead
    /// A bound; `#[derive(Input)]` requires it.
    /// ```text
    /// #[validate(length(max = 64))] name: String
    /// ```
    ///
    /// ## References
    /// - CWE-770: Allocation of Resources Without Limits or Throttling
    unbounded_input, CWE 770, Warn, Crate, watch &[], check
}

pub(crate) const MESSAGE: &str = "this field of an input type has no bound";
pub(crate) const HELP: &str =
    "add `#[validate(length(max = ..))]`, or derive `Input`, which demands it";

/// The fields of a type that may grow as they like.
pub(crate) fn unbounded(def: &ItemStruct) -> Vec<Span> {
    if !derives(&def.attrs, &["Validate"])
        || !derives(&def.attrs, &["Deserialize"])
        || derives(&def.attrs, &["Input"])
    {
        return Vec::new();
    }
    def.fields
        .iter()
        .filter(|field| grows(&field.ty))
        .filter(|field| {
            let text: String = field
                .attrs
                .iter()
                .filter(|a| a.path().is_ident("validate"))
                .map(|a| a.to_token_stream().to_string())
                .collect();
            ![
                "length",
                "email",
                "url",
                "custom",
                "regex",
                "nested",
                "must_match",
                "does_not_contain",
                "contains",
            ]
            .iter()
            .any(|word| text.contains(word))
                || text.contains("length") && !text.contains("max") && !text.contains("equal")
        })
        .map(|field| field.ident.as_ref().map_or_else(|| field.ty.span(), syn::Ident::span))
        .collect()
}

fn grows(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|s| match s.ident.to_string().as_str() {
        "String" | "Vec" | "HashMap" | "BTreeMap" | "HashSet" | "Value" => true,
        "Option" => match &s.arguments {
            syn::PathArguments::AngleBracketed(args) => args
                .args
                .iter()
                .any(|a| matches!(a, syn::GenericArgument::Type(inner) if grows(inner))),
            syn::PathArguments::None | syn::PathArguments::Parenthesized(_) => false,
        },
        _ => false,
    })
}

/// Asked about types.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
