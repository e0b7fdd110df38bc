//! Outside data as a regular expression.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::class::Class;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as the pattern of a regular expression.
    ///
    /// ## Why it is bad
    /// An attacker can write a pattern that matches everything, that needs gigabytes when it is compiled, or that runs for years in a backtracking engine.
    ///
    /// ## Example
    /// ```text
    /// let pattern = Regex::new(&query.pattern)?;
    /// ```
    ///
    /// ## Use instead
    /// Escape it.
    /// ```text
    /// let pattern = Regex::new(&regex::escape(&query.pattern))?;
    /// ```
    ///
    /// ## References
    /// - CWE-730: Denial of Service
    /// - CWE-1333: Inefficient Regular Expression Complexity
    regex_injection, CWE 730, Deny, Item, watch &[Watch::CallOf("Regex"), Watch::CallOf("RegexBuilder"), Watch::CallOf("RegexSet"), Watch::CallOf("FancyRegex")], check
}

const MESSAGE: &str = "request data becomes a regular expression";
const HELP: &str = "escape it with `regex::escape`";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Call(call) = site else { return };
    if call.name.known == Known::Local || !matches!(call.name.last(), "new") {
        return;
    }
    if let Some(first) = call.arg(0) {
        walker.flow(&RULE, Class::REGEX, first, call.span, MESSAGE, HELP);
    }
}
