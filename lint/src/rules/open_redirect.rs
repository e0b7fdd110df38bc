//! Outside data that decides where a browser is sent.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::class::Class;
use crate::taint::value::Value;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data in a `Location` or `Refresh` header or a redirect. A preceding constant path is accepted, but `/` alone is not, because `//evil.example` is a host.
    ///
    /// ## Why it is bad
    /// Phishing often begins with a link to the real site that redirects to a copy of its login page.
    ///
    /// ## Example
    /// ```text
    /// HttpResponse::Found().insert_header((LOCATION, query.next.clone())).finish()
    /// ```
    ///
    /// ## Use instead
    /// Match on the allowed targets.
    /// ```text
    /// let next = match query.next.as_str() { "orders" => "/orders", _ => "/" };
    /// HttpResponse::Found().insert_header((LOCATION, next)).finish()
    /// ```
    ///
    /// ## References
    /// - CWE-601: Open Redirect
    open_redirect, CWE 601, Deny, Item, watch &[Watch::CallOf("Redirect"), Watch::CallOf("Response"), Watch::CallOf("HttpResponse"), Watch::CallOf("web"), Watch::Call("Redirect"), Watch::Call("RedirectRaw"), Watch::Call("redirect"), Watch::Call("see_other"), Watch::Call("found"), Watch::Call("temporary"), Watch::Method("insert_header"), Watch::Method("append_header"), Watch::Method("header"), Watch::Method("set_header"), Watch::Method("insert"), Watch::Method("append"), Watch::Method("redirect"), Watch::Pair], check
}

const MESSAGE: &str = "request data decides where the browser is sent";
const HELP: &str =
    "match on the targets that are allowed, or demand a path that starts with one slash";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => {
            let name = call.name;
            if name.known == Known::Local {
                return;
            }
            let value = match (name.parent(), name.last()) {
                (
                    "Redirect",
                    "to" | "temporary" | "permanent" | "found" | "see_other" | "moved"
                    | "moved_permanent" | "temporary_redirect" | "permanent_redirect",
                ) => call.arg(0),
                ("Redirect", "new" | "with_status") | ("web", "redirect") => call.args.last(),
                (
                    "Redirect",
                    "permanent_to" | "temporary_to" | "other" | "with_status_code" | "uri"
                    | "found_to" | "see",
                ) => call.args.last(),
                ("Response" | "HttpResponse", last) if last.starts_with("redirect") => call.arg(0),
                ("redirect", _) | ("warp" | "reply", "redirect") => call.args.last(),
                ("" | "modifiers" | "response" | "web", "Redirect" | "RedirectRaw") => call.arg(0),
                _ => None,
            };
            if let Some(value) = value {
                walker.flow(&RULE, Class::REDIRECT, value, call.span, MESSAGE, HELP);
            }
        }
        // `(LOCATION, target)` as an argument of `insert_header` or in a response of its own.
        Site::Pair(pair) => {
            if names_target(pair.key) {
                walker.flow(&RULE, Class::REDIRECT, pair.value, pair.span, MESSAGE, HELP);
            }
        }
        Site::Method(method) => {
            if let ("redirect", Some(first)) = (method.name, method.arg(0)) {
                if method.typed()
                    && method.recv.ty.as_ref().is_some_and(|t| t.last().contains("Respon"))
                {
                    walker.flow(&RULE, Class::REDIRECT, first, method.span, MESSAGE, HELP);
                }
            } else if let [key, value] = method.args
                && names_target(key)
            {
                walker.flow(&RULE, Class::REDIRECT, value, method.span, MESSAGE, HELP);
            }
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) => {}
    }
}

/// Whether a header sends a browser elsewhere.
fn names_target(key: &Value) -> bool {
    let is = |text: &str| ["location", "refresh"].iter().any(|own| text.eq_ignore_ascii_case(own));
    key.text.whole().is_some_and(is) || key.function.as_ref().is_some_and(|name| is(name.last()))
}
