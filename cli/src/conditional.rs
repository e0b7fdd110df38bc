//! Conditions on items, as the inventory shows them.

use palisade_lint::endpoint::written;
use syn::Attribute;

pub use palisade_lint::is_test_only;

/// The `#[cfg(..)]` conditions of an item, as written, in order.
pub fn conditions(attributes: &[Attribute]) -> Vec<String> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .map(|list| written(&list.tokens))
        .collect()
}
