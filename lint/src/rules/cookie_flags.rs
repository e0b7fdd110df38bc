//! Cookies without their flags.

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::value::{Marks, Value};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds cookies that are put into a response without `secure(true)`, `http_only(true)` and `same_site(..)`.
    ///
    /// ## Why it is bad
    /// Without `Secure`, the cookie is sent unencrypted; without `HttpOnly`, any script can read it; without `SameSite`, requests of other sites include it.
    ///
    /// ## Example
    /// ```text
    /// HttpResponse::Ok().cookie(Cookie::new("session", id)).finish()
    /// ```
    ///
    /// ## Use instead
    /// All three.
    /// ```text
    /// Cookie::build("session", id).secure(true).http_only(true).same_site(SameSite::Lax).finish()
    /// ```
    ///
    /// ## References
    /// - CWE-614: Sensitive Cookie Without `Secure`
    /// - CWE-1004: Sensitive Cookie Without `HttpOnly`
    /// - CWE-1275: Sensitive Cookie with Improper `SameSite`
    cookie_flags, CWE 614, Deny, Item, watch &[Watch::Method("cookie"), Watch::Method("add_cookie"), Watch::Method("add")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Method(method) = site else { return };
    let Some(cookie) = method.arg(0) else { return };
    if !cookie.ty.as_ref().is_some_and(|t| matches!(t.peeled().last(), "Cookie" | "CookieBuilder"))
        || cookie.is_tainted() && method.name == "add"
    {
        return;
    }
    let missing: Vec<&str> = [
        (Marks::COOKIE_SECURE, "secure"),
        (Marks::COOKIE_HTTP_ONLY, "http_only"),
        (Marks::COOKIE_SAME_SITE, "same_site"),
    ]
    .into_iter()
    .filter(|(mark, _)| !cookie.marks.has(*mark))
    .map(|(_, name)| name)
    .collect();
    if !missing.is_empty() {
        let message = format!("a cookie is sent without {}", missing.join(", "));
        let level = if is_preference(cookie) { Level::Warn } else { Level::Deny };
        walker.report_level(
            &RULE,
            level,
            method.span,
            &message,
            "chain `.secure(true).http_only(true).same_site(SameSite::Lax)`",
        );
    }
}

/// Whether the name of a cookie says that it holds a taste and no right.
fn is_preference(cookie: &Value) -> bool {
    cookie.text.whole().is_some_and(|name| {
        name.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
            matches!(
                word,
                "theme"
                    | "lang"
                    | "language"
                    | "locale"
                    | "dark"
                    | "color"
                    | "consent"
                    | "count"
                    | "timezone"
                    | "tz"
                    | "currency"
                    | "view"
                    | "layout"
                    | "sidebar"
            )
        })
    })
}
