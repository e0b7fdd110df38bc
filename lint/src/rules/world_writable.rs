//! Files that everyone may write.

use super::{Site, Watch};
use syn::{Expr, Lit};

use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds file modes that allow all users to write: `0o777`, `0o666`.
    ///
    /// ## Why it is bad
    /// Any user of the machine can replace the file.
    ///
    /// ## Example
    /// ```text
    /// fs::set_permissions(path, Permissions::from_mode(0o777))?;
    /// ```
    ///
    /// ## Use instead
    /// Permissions for the owner only.
    /// ```text
    /// fs::set_permissions(path, Permissions::from_mode(0o600))?;
    /// ```
    ///
    /// ## References
    /// - CWE-732: Incorrect Permission Assignment for Critical Resource
    world_writable, CWE 732, Deny, Item, watch &[Watch::Call("from_mode"), Watch::Method("set_mode"), Watch::Method("mode")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let (expr, span) = match site {
        Site::Call(call) => (call.expr(0), call.span),
        Site::Method(method) if method.args.len() == 1 => (method.expr(0), method.span),
        Site::Method(_) | Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {
            return;
        }
    };
    let Some(Expr::Lit(lit)) = expr else { return };
    let Lit::Int(number) = &lit.lit else { return };
    let octal = number.to_string().starts_with("0o");
    if octal && number.base10_parse::<u32>().is_ok_and(|mode| mode & 0o002 != 0) {
        walker.report(
            &RULE,
            span,
            "every user of the machine may write this file",
            "use `0o600` or `0o640`",
        );
    }
}
