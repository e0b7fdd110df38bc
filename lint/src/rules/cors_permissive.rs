//! Any site may call with the user's cookies.

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds `Cors::permissive()` and any origin together with credentials (refused), and any origin alone (a warning).
    ///
    /// ## Why it is bad
    /// A page of any site can read the responses to requests that the user's browser sends with its cookies.
    ///
    /// ## Example
    /// ```text
    /// let cors = Cors::default().allow_any_origin().supports_credentials();
    /// ```
    ///
    /// ## Use instead
    /// The list of your own origins.
    /// ```text
    /// let cors = Cors::default().allowed_origin("https://app.example.com").supports_credentials();
    /// ```
    ///
    /// ## References
    /// - CWE-942: Permissive Cross-domain Policy
    cors_permissive, CWE 942, Deny, Item, watch &[Watch::Call("permissive"), Watch::Call("very_permissive"), Watch::Method("allow_any_origin"), Watch::Method("supports_credentials"), Watch::Method("allow_credentials"), Watch::Method("allow_origin"), Watch::Method("allowed_origin_fn"), Watch::Method("send_wildcard"), Watch::Method("allowed_origin")], check
}

const MESSAGE: &str = "any site may call this service with the user's credentials";
const ALONE: &str = "any site may read what this service answers";
const HELP: &str = "list the origins that may call";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => match (call.name.parent(), call.name.last()) {
            ("Cors", "permissive") | ("CorsLayer", "very_permissive") => {
                walker.report(&RULE, call.span, MESSAGE, HELP);
            }
            ("CorsLayer", "permissive") => {
                walker.report_level(&RULE, Level::Warn, call.span, ALONE, HELP);
            }
            _ => {}
        },
        Site::Method(method) => {
            let cors =
                method.recv.ty.as_ref().is_some_and(|t| {
                    matches!(t.peeled().last(), "Cors" | "CorsLayer" | "CorsOptions")
                });
            let any = match method.name {
                "allow_any_origin" => true,
                "allow_origin" => {
                    cors && method.arg(0).is_some_and(|a| {
                        a.text.whole() == Some("*")
                            || a.function.as_ref().is_some_and(|f| f.last() == "Any")
                    })
                }
                _ => false,
            };
            let credentials = matches!(method.name, "supports_credentials" | "allow_credentials")
                && method.arg(0).is_none_or(|a| !a.marks.has(Marks::FALSE));
            if credentials && method.recv.marks.has(Marks::ANY_ORIGIN)
                || any && method.recv.marks.has(Marks::CREDENTIALS)
            {
                walker.report(&RULE, method.span, MESSAGE, HELP);
            } else if any && cors {
                walker.report_level(&RULE, Level::Warn, method.span, ALONE, HELP);
            }
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}
