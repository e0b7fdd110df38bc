//! Tokens that never end, or are meant for someone else.

use syn::spanned::Spanned as _;

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds `validate_exp = false` (refused), `validate_aud = false` and an empty list of required claims (a warning).
    ///
    /// ## Why it is bad
    /// A leaked token remains valid forever; a token for another service is valid for this one.
    ///
    /// ## Example
    /// ```text
    /// validation.validate_exp = false;
    /// ```
    ///
    /// ## Use instead
    /// Keep the checks enabled and set the audience.
    /// ```text
    /// validation.set_audience(&["items"]);
    /// ```
    ///
    /// ## References
    /// - CWE-613: Insufficient Session Expiration
    jwt_weak_claims, CWE 613, Deny, Item, watch &[Watch::Bind, Watch::Method("set_required_spec_claims")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Bind(bind) if bind.value.marks.has(Marks::FALSE) => match bind.name {
            "validate_exp" => {
                let help = "leave it on: tokens have to end";
                let message = "tokens are accepted after their end";
                match bind.expr {
                    Some(expr @ syn::Expr::Lit(_)) => walker.report_fix(
                        &RULE,
                        bind.span,
                        message,
                        help,
                        (expr.span(), "true".to_owned()),
                    ),
                    _ => walker.report(&RULE, bind.span, message, help),
                }
            }
            "validate_aud" => {
                let help = "name the audience with `set_audience`";
                walker.report_level(
                    &RULE,
                    Level::Warn,
                    bind.span,
                    "tokens that are meant for another service are accepted",
                    help,
                );
            }
            _ => {}
        },
        Site::Method(method) => {
            let empty =
                method.arg(0).is_some_and(|a| a.fields.as_ref().is_some_and(|f| f.0.is_empty()));
            if empty {
                walker.report_level(
                    &RULE,
                    Level::Warn,
                    method.span,
                    "no claim is required of a token",
                    "require `exp`, `iss` and `aud`",
                );
            }
        }
        Site::Bind(_) | Site::Call(_) | Site::Macro(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}
