//! Conditions on items: code that is only compiled for tests, and attributes under a condition.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Attributes that make a function a test.
const TESTS: [&str; 5] = ["test", "bench", "rstest", "proptest", "test_case"];

/// Whether an item with these attributes exists in test builds alone: `#[cfg(test)]`,
/// `#[cfg(all(unix, test))]`, `#[test]`, `#[actix_web::test]`.
#[must_use]
pub fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        if attribute.path().is_ident("cfg") {
            return attribute.parse_args::<Meta>().is_ok_and(|condition| needs_test(&condition));
        }
        let last = attribute.path().segments.last();
        last.is_some_and(|last| TESTS.iter().any(|name| last.ident == name))
    })
}

/// The attributes inside of one: those of a `#[cfg_attr(.., ..)]`, whether or not its condition
/// holds, or the attribute itself.
#[must_use]
pub fn unfolded(attribute: &Attribute) -> Vec<Attribute> {
    if !attribute.path().is_ident("cfg_attr") {
        return vec![attribute.clone()];
    }
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let inner = attribute.parse_args_with(parser).unwrap_or_default();
    let inner = inner.into_iter().skip(1);
    inner.flat_map(|meta| unfolded(&Attribute { meta, ..attribute.clone() })).collect()
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
        // An empty `any()` never holds, in a test build neither.
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
    fn conditions_that_need_a_test_build_differ_from_those_that_do_not() {
        for yes in [
            "#[cfg(test)]",
            "#[cfg(all(unix, test))]",
            "#[cfg(any(test))]",
            "#[cfg(all(any(test), not(windows)))]",
            "#[actix_web::test]",
            "#[rstest]",
        ] {
            assert!(test_only(yes), "{yes}");
        }
        for no in [
            "#[cfg(not(test))]",
            "#[cfg(any(test, feature = \"x\"))]",
            "#[cfg(feature = \"latest\")]",
            "#[cfg(feature = \"test\")]",
            "#[cfg(all(unix, windows))]",
            "#[cfg(any())]",
            "#[inline]",
        ] {
            assert!(!test_only(no), "{no}");
        }
    }
}
