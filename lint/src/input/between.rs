//! Attributes between two lists of derives.
//!
//! A derive sees the item as it is when its turn comes. An attribute macro below `Input` and above
//! another `#[derive(..)]` may rewrite the fields in between: what `Deserialize` reads would not be
//! what `Input` has seen.

use syn::punctuated::Punctuated;
use syn::{Attribute, DeriveInput, Path, Token};

use crate::diagnostic::{Code, Diagnostics};

/// Attributes of the compiler, of the derives that read the item, and of ours: none of them rewrites
/// it.
const INERT: [&str; 17] = [
    "allow",
    "automatically_derived",
    "cfg",
    "cfg_attr",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "forbid",
    "input",
    "must_use",
    "non_exhaustive",
    "repr",
    "serde",
    "validate",
    "warn",
];

/// Attributes of tools, by their whole paths: a module may have the name of a tool.
const TOOLS: [&str; 12] = [
    "clippy::author",
    "clippy::cognitive_complexity",
    "clippy::dump",
    "clippy::format_args",
    "clippy::has_significant_drop",
    "clippy::msrv",
    "clippy::version",
    "diagnostic::do_not_recommend",
    "diagnostic::on_unimplemented",
    "rustfmt::skip",
    "rustfmt::skip::attributes",
    "rustfmt::skip::macros",
];

/// Notes each attribute above a further `#[derive(..)]` that may rewrite the item.
pub(super) fn refuse(input: &DeriveInput, d: &mut Diagnostics) {
    let Some(last) = input.attrs.iter().rposition(is_derive) else { return };
    for attr in input.attrs.iter().take(last).filter(|attr| !is_inert(attr.path())) {
        let name = name(attr.path());
        d.on(
            Code::AttributeBetweenDerives,
            attr.path(),
            format!("`{name}` stands between `Input` and another derive, and may rewrite the item"),
        )
        .help(
            "write all derives in one `#[derive(..)]`, below the attributes that rewrite the item",
        );
    }
}

/// Derives of the compiler, which read nothing out of a request.
const PLAIN: [&str; 9] =
    ["Clone", "Copy", "Debug", "Default", "Eq", "Hash", "Ord", "PartialEq", "PartialOrd"];

/// The attributes that may rewrite the item between its derives, in the source as it is written: the
/// derive sees only those below itself. `attrs` are without `cfg_attr`.
pub(crate) fn rewriting(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    let reads = |attr: &Attribute| {
        let parser = Punctuated::<Path, Token![,]>::parse_terminated;
        let plain = |path: &Path| {
            path.segments.last().is_some_and(|last| PLAIN.iter().any(|plain| last.ident == plain))
        };
        is_derive(attr)
            && !attr.parse_args_with(parser).is_ok_and(|derives| derives.iter().all(plain))
    };
    let first = attrs.iter().position(reads).unwrap_or(attrs.len());
    let last = attrs.iter().rposition(reads).unwrap_or_default();
    attrs.iter().take(last).skip(first).filter(|attr| !is_inert(attr.path()))
}

/// The path as it is written.
pub(crate) fn name(path: &Path) -> String {
    let names = path.segments.iter().map(|segment| segment.ident.to_string());
    names.collect::<Vec<_>>().join("::")
}

fn is_derive(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "derive")
}

fn is_inert(path: &Path) -> bool {
    match path.get_ident() {
        Some(word) => INERT.iter().any(|inert| word == inert),
        // A path that begins with `::` leads into a dependency.
        None => path.leading_colon.is_none() && TOOLS.contains(&name(path).as_str()),
    }
}
