//! Certificates that are not checked.

use syn::spanned::Spanned as _;

use super::{Site, Watch};
use crate::finding::Level;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds clients that accept any certificate: `danger_accept_invalid_certs(true)`, `SslVerifyMode::NONE`, rustls' `.dangerous()`.
    ///
    /// ## Why it is bad
    /// Without verification, an attacker between the two ends can read and change all data.
    ///
    /// ## Example
    /// ```text
    /// let client = Client::builder().danger_accept_invalid_certs(true).build()?;
    /// ```
    ///
    /// ## Use instead
    /// Add the root certificate of your own authority to the trusted ones.
    /// ```text
    /// let client = Client::builder().add_root_certificate(root).build()?;
    /// ```
    ///
    /// ## References
    /// - CWE-295: Improper Certificate Validation
    tls_verify_off, CWE 295, Deny, Item, watch &[Watch::Method("danger_accept_invalid_certs"), Watch::Method("danger_accept_invalid_hostnames"), Watch::Method("accept_invalid_certs"), Watch::Method("accept_invalid_hostnames"), Watch::Method("set_verify"), Watch::Method("dangerous"), Watch::Method("with_custom_certificate_verifier"), Watch::Method("danger_disable_certificate_verification"), Watch::Method("tls_danger_accept_invalid_certs")], check
}

const MESSAGE: &str = "certificates are not checked";
const SWITCH: &str = "a setting can turn the check of certificates off";
const HELP: &str = "add the root certificate of your own authority (`add_root_certificate`)";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Method(method) = site else { return };
    let setting = walker.branches > 0;
    match method.name {
        "set_verify" => {
            let none = method
                .arg(0)
                .and_then(|a| a.function.as_ref())
                .is_some_and(|name| name.ends_with("SslVerifyMode::NONE"));
            if none {
                walker.report(&RULE, method.span, MESSAGE, HELP);
            }
        }
        "dangerous" | "with_custom_certificate_verifier" => {
            if method.name == "dangerous" && method.args.is_empty() && setting {
                walker.report_level(&RULE, Level::Warn, method.span, SWITCH, HELP);
            } else if method.name == "dangerous" && method.args.is_empty() {
                walker.report(&RULE, method.span, MESSAGE, HELP);
            }
        }
        _ => match method.arg(0) {
            Some(arg) if arg.marks.has(Marks::TRUE) && setting => {
                walker.report_level(&RULE, Level::Warn, method.span, SWITCH, HELP);
            }
            Some(arg) if arg.marks.has(Marks::TRUE) => match method.expr(0) {
                Some(expr @ syn::Expr::Lit(_)) => walker.report_fix(
                    &RULE,
                    method.span,
                    MESSAGE,
                    HELP,
                    (expr.span(), "false".to_owned()),
                ),
                _ => walker.report(&RULE, method.span, MESSAGE, HELP),
            },
            Some(arg) if arg.marks.has(Marks::FALSE) => {}
            // A switch of the configuration is off by default, one hopes.
            Some(_) => walker.report_level(&RULE, Level::Warn, method.span, SWITCH, HELP),
            None => {}
        },
    }
}
