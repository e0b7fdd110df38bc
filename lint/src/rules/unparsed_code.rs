//! Code that the checks cannot read.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reports code that cannot be parsed, syntax that the checks do not know, and code that is
    /// nested too deeply. An `include!` of a file that only the compiler finds, such as the output of a
    /// build script, is a warning; files that a literal names are read wherever they are.
    ///
    /// ## Why it is bad
    /// Code that was not read was not checked. If the check skipped it silently, it would accept any
    /// code there.
    ///
    /// ## Example
    /// ```text
    /// fn broken( {
    /// ```
    ///
    /// ## Use instead
    /// Code that compiles on the stable toolchain.
    ///
    /// ## References
    /// - CWE-1164: Irrelevant Code
    unparsed_code, CWE 1164, Deny, Item, watch &[], check
}

fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
