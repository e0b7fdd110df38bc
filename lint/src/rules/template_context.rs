//! Values in places of a page where escaping does not help.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reads the templates that stand in `Page(..)`, with those that they extend and include, and maud's
    /// `html!` in a crate that uses palisade, and finds values
    /// in an attribute without quotes; as the whole of an address (`href`, `src`, `action`, `formaction`, ..);
    /// in `<script>`, `<style>`, `style`, `srcdoc` and event attributes; as a name of an element or attribute.
    /// Numbers, ids, `&'static str`, `|json` in scripts and `|urlencode` in addresses are right.
    ///
    /// ## Why it is bad
    /// Escaping keeps a value from ending its element or a quoted attribute, and no more: `x onmouseover=..` is a
    /// second attribute where there are no quotes, and `javascript:..` is an address.
    ///
    /// ## Example
    /// ```text
    /// <a href={{ link }}>
    /// ```
    ///
    /// ## Use instead
    /// Quotes, and a path or an origin in front of the value; JSON for scripts.
    /// ```text
    /// <a href="/notes/{{ id }}">
    /// ```
    ///
    /// ## References
    /// - CWE-79: Cross-site Scripting
    template_context, CWE 79, Deny, Crate, watch &[], check
}

pub(crate) const HELP: &str = "put quotes around the attribute and a fixed path or origin before the value; hand values to scripts as JSON (`|json`) or in a `data-` attribute";

/// Asked about the templates of a crate.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
