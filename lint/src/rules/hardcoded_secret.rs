//! Secrets that are written in the source.

use syn::Expr;

use super::words::is_secret;
use super::{Site, Watch};
use crate::taint::value::{Marks, Value};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds literals in secret-named variables, constants and fields, in keys of tokens and cookies, in `basic_auth` and `bearer_auth`, and passwords in connection URLs. Tests are excluded.
    ///
    /// ## Why it is bad
    /// A reader of the source, of an old copy or of the binary has the secret, and it cannot be changed without a release.
    ///
    /// ## Example
    /// ```text
    /// const JWT_SECRET: &str = "kX92mfP0sQ7aLw31";
    /// ```
    ///
    /// ## Use instead
    /// The settings.
    /// ```text
    /// let secret: SecretString = settings.jwt_secret.clone();
    /// ```
    ///
    /// ## References
    /// - CWE-798: Use of Hard-coded Credentials
    hardcoded_secret, CWE 798, Deny, File, watch &[Watch::Bind, Watch::Call("from_secret"), Watch::Call("from_base64_secret"), Watch::Call("derive_from"), Watch::Call("new_from_slice"), Watch::Call("connect"), Watch::Call("connect_lazy"), Watch::Call("open"), Watch::CallOf("Key"), Watch::Method("basic_auth"), Watch::Method("bearer_auth"), Watch::Method("password")], check
}

const MESSAGE: &str = "a secret is written in the source";
const HELP: &str = "read it from the settings into a `SecretString`";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Bind(bind) => {
            let literal = bind.expr.is_some_and(is_literal);
            if literal && (is_secret(bind.name) && looks_real(bind.value) || has_login(bind.value))
            {
                walker.report(&RULE, bind.span, MESSAGE, HELP);
            }
        }
        Site::Call(call) => {
            let keyed = match (call.name.parent(), call.name.last()) {
                ("EncodingKey" | "DecodingKey" | "HS256Key" | "HS384Key" | "HS512Key", _) => true,
                ("Key", "from" | "derive_from") => {
                    call.name.is(
                        &["actix_web", "cookie", "axum_extra", "tower_cookies", "biscotti"],
                        "Key::from",
                    ) || call.name.ends_with("Key::derive_from")
                }
                ("Hmac" | "HmacSha256" | "HmacSha512", "new_from_slice") => true,
                _ => false,
            };
            if keyed
                && call.arg(0).is_some_and(|a| {
                    a.marks.has(Marks::CONSTANT) && a.text.whole().is_some_and(|t| !t.is_empty())
                })
            {
                walker.report(&RULE, call.span, MESSAGE, HELP);
            }
            if call
                .args
                .iter()
                .zip(call.exprs)
                .any(|(value, expr)| is_literal(expr) && has_login(value))
            {
                walker.report(&RULE, call.span, MESSAGE, HELP);
            }
        }
        Site::Method(method) => {
            let arg = if method.name == "basic_auth" { method.arg(1) } else { method.arg(0) };
            let mysterious = method.name != "password" || method.args.len() == 1;
            if mysterious && arg.is_some_and(|a| a.is_constant() && looks_real(a)) {
                walker.report(&RULE, method.span, MESSAGE, HELP);
            }
        }
        Site::Macro(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}

/// A string that could be a secret: neither the name of one nor a placeholder.
fn looks_real(value: &Value) -> bool {
    let Some(text) = value.text.whole() else { return false };
    let name_like = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || matches!(c, '_' | '-' | ' ' | '.' | '/' | ':'))
        && text.chars().any(|c| matches!(c, '_' | ' ' | '/' | ':' | '.'));
    let variable = text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let blank = [
        "<",
        ">",
        "${",
        "{{",
        "***",
        "xxx",
        "example",
        "placeholder",
        "redacted",
        "%s",
        "{}",
        "::",
        "$",
    ]
    .iter()
    .any(|b| text.to_ascii_lowercase().contains(b));
    // A word of plain letters is a label as often as not, unless it is a password people use.
    let word = text.chars().all(|c| c.is_ascii_alphabetic());
    let common =
        ["secret", "password", "changeme", "letmein", "hunter", "admin", "supersecret", "qwerty"]
            .iter()
            .any(|c| text.to_ascii_lowercase().starts_with(c))
            && text.len() >= 5;
    text.chars().count() >= 6
        && !name_like
        && !variable
        && !blank
        && (!word || common || text.len() >= 24)
        && !text.contains(' ')
}

/// `scheme://user:password@host`
fn has_login(value: &Value) -> bool {
    let Some((scheme, rest)) = value.text.raw().split_once("://") else { return false };
    let Some((login, host)) = rest.split_once('@') else { return false };
    let Some((user, password)) = login.split_once(':') else { return false };
    let plain = |t: &str| !t.is_empty() && !t.contains(['\0', '/', ' ', '{', '<', '$', '*']);
    let sample = matches!(password, "password" | "pass" | "postgres" | "user" | "pwd" | "root")
        && (host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("host"));
    plain(scheme) && plain(user) && plain(password) && !sample
}

fn is_literal(expr: &Expr) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else is written out")]
    match expr {
        Expr::Lit(_) => true,
        Expr::Reference(inner) => is_literal(&inner.expr),
        Expr::Paren(inner) => is_literal(&inner.expr),
        Expr::Group(inner) => is_literal(&inner.expr),
        Expr::MethodCall(call) => {
            matches!(
                call.method.to_string().as_str(),
                "to_string" | "to_owned" | "into" | "as_bytes" | "to_vec"
            ) && is_literal(&call.receiver)
        }
        Expr::Call(call) => {
            call.args.len() == 1
                && call.args.first().is_some_and(is_literal)
                && matches!(&*call.func, Expr::Path(p) if p.path.segments.last().is_some_and(|s| matches!(s.ident.to_string().as_str(), "from" | "Some" | "new")))
        }
        _ => false,
    }
}
