//! Comparisons that tell how much was right.

use super::{Site, Watch};
use syn::Expr;

use super::words::is_compared_secret;
use crate::taint::place::target_name;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds `==` and `!=` on tokens, keys, signatures and password hashes.
    ///
    /// ## Why it is bad
    /// The comparison stops at the first wrong byte, so its time reveals how many bytes were right.
    ///
    /// ## Example
    /// ```text
    /// if given_token == expected_token { .. }
    /// ```
    ///
    /// ## Use instead
    /// A comparison in constant time.
    /// ```text
    /// if given_token.as_bytes().ct_eq(expected_token.as_bytes()).into() { .. }
    /// ```
    ///
    /// ## References
    /// - CWE-208: Observable Timing Discrepancy
    timing_compare, CWE 208, Warn, Item, watch &[Watch::Compare], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Compare(compare) = site else { return };
    let sides = [compare.left, compare.right];
    let secret = sides.iter().any(|(expr, value)| {
        target_name(expr).is_some_and(|name| is_compared_secret(&name))
            && !measured(expr)
            && value.ty.as_ref().and_then(super::super::krate::ty::Ty::holds_text) != Some(false)
    });
    let constant = sides.iter().any(|(_, value)| {
        value.is_constant()
            || value.marks.has(Marks::TRUE)
            || value.marks.has(Marks::FALSE)
            || value.text.whole().is_some()
    });
    // Two fields that the user typed twice.
    let both = sides.iter().all(|(expr, _)| {
        target_name(expr).is_some_and(|name| name.contains("password") || name.contains("confirm"))
    });
    if secret && !constant && !both {
        walker.report(
            &RULE,
            compare.span,
            "the time of this comparison tells how much of the secret was right",
            "compare in constant time (`subtle::ConstantTimeEq`)",
        );
    }
}

/// `token.len()`, `token.is_empty()`
fn measured(expr: &Expr) -> bool {
    matches!(expr, Expr::MethodCall(call) if matches!(call.method.to_string().as_str(), "len" | "is_empty" | "count" | "is_some" | "is_none" | "kind" | "ty" | "span" | "peek"))
}
