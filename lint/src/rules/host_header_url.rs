//! A URL built on the host that the client names.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::text::HOLE;
use crate::taint::value::SourceKind;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds the `Host` header, in any of its forms (`connection_info().host()`, `X-Forwarded-Host`), as the host of a URL.
    ///
    /// ## Why it is bad
    /// The client chooses this header. A password-reset link with it leads to the attacker, and a cache may store it for all users.
    ///
    /// ## Example
    /// ```text
    /// let link = format!("https://{}/reset/{token}", req.connection_info().host());
    /// ```
    ///
    /// ## Use instead
    /// The base URL from the settings.
    /// ```text
    /// let link = format!("{}/reset/{token}", settings.base_url);
    /// ```
    ///
    /// ## References
    /// - CWE-644: Improper Neutralization of HTTP Headers
    /// - CWE-640: Weak Password Recovery
    host_header_url, CWE 644, Warn, Item, watch &[Watch::Macro("format")], check
}

pub(crate) const MESSAGE: &str = "the host that the client names becomes the host of a URL";
pub(crate) const HELP: &str = "build links on a base URL from the settings";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Macro(mac) = site else { return };
    let url = mac.text.text.raw().split_once("://").is_some_and(|(_, rest)| rest.starts_with(HOLE));
    let from_host = mac
        .text
        .all_taints()
        .iter()
        .any(|taint| taint.origin.kind == SourceKind::Host && !taint.safe.has(Class::REDIRECT));
    if url && from_host {
        walker.report(&RULE, mac.span, MESSAGE, HELP);
    }
}
