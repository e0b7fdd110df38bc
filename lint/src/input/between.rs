//! Attributes that stand between two lists of derives.
//!
//! A derive sees the item as it is when its turn comes. An attribute macro below `Input` and above
//! another `#[derive(..)]` may rewrite the fields in between: what `Deserialize` reads would not be
//! what `Input` has seen.

use syn::{Attribute, DeriveInput, Path};

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

/// Notes each attribute above a further `#[derive(..)]` that may rewrite the item.
pub(super) fn refuse(input: &DeriveInput, d: &mut Diagnostics) {
    let Some(last) = input.attrs.iter().rposition(is_derive) else { return };
    for attr in input.attrs.iter().take(last).filter(|attr| !is_inert(attr.path())) {
        let name = attr.path().segments.iter().map(|segment| segment.ident.to_string());
        let name = name.collect::<Vec<_>>().join("::");
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

fn is_derive(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "derive")
}

fn is_inert(path: &Path) -> bool {
    match path.get_ident() {
        Some(word) => INERT.iter().any(|inert| word == inert),
        // `#[rustfmt::skip]`: attributes of tools.
        None => path.segments.first().is_some_and(|first| {
            first.ident == "clippy" || first.ident == "diagnostic" || first.ident == "rustfmt"
        }),
    }
}
