//! Conditions on items: what is compiled for tests alone, and what the others say.

use palisade_lint::endpoint::written;
use syn::{Attribute, Meta, Token, punctuated::Punctuated};

/// Whether an item with these attributes exists in test builds alone.
pub fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("cfg") {
            return attribute.parse_args::<Meta>().is_ok_and(|condition| needs_test(&condition));
        }
        // `#[test]`, `#[actix_web::test]`, `#[tokio::test]`.
        attribute.path().segments.last().is_some_and(|last| last.ident == "test")
    })
}

/// The `#[cfg(..)]` conditions of an item, as written, in order.
pub fn conditions(attributes: &[Attribute]) -> Vec<String> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .filter_map(|attribute| attribute.meta.require_list().ok())
        .map(|list| written(&list.tokens))
        .collect()
}

/// Whether the condition cannot hold outside a test build.
fn needs_test(condition: &Meta) -> bool {
    if let Meta::Path(path) = condition {
        return path.is_ident("test");
    }
    let Meta::List(list) = condition else { return false };
    let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return false;
    };
    if list.path.is_ident("all") {
        parts.iter().any(needs_test)
    } else {
        // An empty `any()` never holds; it is no test either.
        list.path.is_ident("any") && !parts.is_empty() && parts.iter().all(needs_test)
    }
}

#[cfg(test)]
mod tests {
    use syn::{ItemFn, parse_str};

    use super::is_test_only;

    fn test_only(attribute: &str) -> bool {
        let item: ItemFn = parse_str(&format!("{attribute} fn f() {{}}")).unwrap();
        is_test_only(&item.attrs)
    }

    #[test]
    fn conditions_that_need_a_test_build_are_told_from_those_that_do_not() {
        for yes in
            ["#[cfg(test)]", "#[cfg(all(unix, test))]", "#[cfg(any(test))]", "#[actix_web::test]"]
        {
            assert!(test_only(yes), "{yes}");
        }
        for no in [
            "#[cfg(not(test))]",
            "#[cfg(any(test, feature = \"x\"))]",
            "#[cfg(all(unix, windows))]",
            "#[cfg(any())]",
            "#[inline]",
        ] {
            assert!(!test_only(no), "{no}");
        }
    }
}
