//! Conditions on items, as in the inventory.

use palisade_lint::endpoint::written;
use syn::{Attribute, Meta, Token, punctuated::Punctuated};

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

/// The conditions under which one of several places is compiled; empty if one of them always is.
pub fn of_places(places: &[&[String]]) -> Vec<String> {
    match places {
        [] => Vec::new(),
        [only] => only.to_vec(),
        several if several.iter().any(|conditions| conditions.is_empty()) => Vec::new(),
        several => {
            let each = several.iter().map(|conditions| match conditions {
                [only] => only.clone(),
                all => format!("all({})", all.join(", ")),
            });
            let mut each: Vec<String> = each.collect();
            each.dedup();
            if let [only] = each.as_slice() {
                vec![only.clone()]
            } else {
                vec![format!("any({})", each.join(", "))]
            }
        }
    }
}

/// Whether a `#[cfg(..)]` is never true: `#[cfg(any())]`.
pub fn is_never(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .any(|list| {
            // `false` is a literal, not the name of a condition.
            let condition = syn::parse2::<Meta>(list.tokens.clone());
            list.tokens.to_string() == "false"
                || condition.is_ok_and(|condition| truth(&condition) == Some(false))
        })
}

/// The value of a condition that is the same in every build.
fn truth(condition: &Meta) -> Option<bool> {
    let list = match condition {
        Meta::List(list) => list,
        Meta::Path(_) | Meta::NameValue(_) => return None,
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let inner = list.parse_args_with(parser).ok()?;
    let mut all = inner.iter().map(truth);
    if list.path.is_ident("not") {
        return all.next()?.map(|inner| !inner);
    }
    // One that decides is enough; without it, each has to be known.
    let decides = if list.path.is_ident("any") {
        true
    } else if list.path.is_ident("all") {
        false
    } else {
        return None;
    };
    let all: Vec<Option<bool>> = all.collect();
    if all.contains(&Some(decides)) {
        return Some(decides);
    }
    all.iter().all(Option::is_some).then_some(!decides)
}

#[cfg(test)]
mod tests {
    use super::is_never;

    #[test]
    fn what_can_never_hold_is_told_from_what_may() {
        let is_never = |condition: &str| {
            let item: syn::ItemFn =
                syn::parse_str(&format!("#[cfg({condition})] fn f() {{}}")).unwrap();
            is_never(&item.attrs)
        };
        for never in ["any()", "not(all())", "all(unix, any())", "any(any(), not(all()))", "false"]
        {
            assert!(is_never(never), "{never}");
        }
        for may in ["all()", "unix", "any(unix, any())", "not(unix)", "feature = \"x\"", "true"] {
            assert!(!is_never(may), "{may}");
        }
    }
}
