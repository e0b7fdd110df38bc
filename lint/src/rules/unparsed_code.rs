//! Code that the checks cannot read.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reports code that cannot be parsed, syntax that the checks do not know, and code that is
    /// nested too deep to be followed. An `include!` of a file that only the compiler finds, such as
    /// one that a build script writes, is a warning; files that are named by a literal are read,
    /// wherever they are.
    ///
    /// ## Why it is bad
    /// What has not been read has not been checked. A check that skips it in silence would let
    /// anything through.
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
