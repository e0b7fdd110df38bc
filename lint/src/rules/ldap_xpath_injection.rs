//! Outside data in an LDAP filter or an `XPath` expression.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data in the filter or the base of an LDAP search, and in `XPath` expressions.
    ///
    /// ## Why it is bad
    /// `*)(uid=*))(|(uid=*` in a name makes a filter match every entry.
    ///
    /// ## Example
    /// ```text
    /// ldap.search(BASE, Scope::Subtree, &format!("(uid={})", form.name), vec!["cn"])?;
    /// ```
    ///
    /// ## Use instead
    /// Escape the value.
    /// ```text
    /// ldap.search(BASE, Scope::Subtree, &format!("(uid={})", ldap_escape(&form.name)), vec!["cn"])?;
    /// ```
    ///
    /// ## References
    /// - CWE-90: LDAP Injection
    /// - CWE-643: `XPath` Injection
    ldap_xpath_injection, CWE 90, Deny, Item, watch &[Watch::Method("search"), Watch::Method("streaming_search"), Watch::Method("simple_bind"), Watch::Method("evaluate"), Watch::Method("select"), Watch::Method("find_nodes"), Watch::Method("with_search_options"), Watch::Call("evaluate_xpath"), Watch::Call("build_xpath"), Watch::Method("build")], check
}

const MESSAGE: &str = "request data becomes part of a search expression";
const HELP: &str =
    "escape it (`ldap3::ldap_escape`, `dn_escape`), or compare it with what is allowed";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => {
            if call.name.last() == "evaluate_xpath"
                && let Some(second) = call.arg(1)
            {
                walker.flow(&RULE, Class::DIRECTORY, second, call.span, MESSAGE, HELP);
            }
        }
        Site::Method(method) => {
            let ldap = method.on(&["ldap3"], "LdapConn")
                || method.on(&["ldap3"], "Ldap")
                || method.recv_name().contains("ldap");
            let xpath = matches!(method.name, "build" | "evaluate" | "find_nodes" | "select")
                && (method.on(&[], "Factory")
                    || method.on(&[], "XPathFactory")
                    || method.recv_name().contains("xpath"));
            if ldap && matches!(method.name, "search" | "streaming_search" | "simple_bind") || xpath
            {
                for value in method.args.iter().take(3) {
                    walker.flow(&RULE, Class::DIRECTORY, value, method.span, MESSAGE, HELP);
                }
            }
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}
