//! Values in places of a page where escaping does not help.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reads the askama templates of a crate that uses palisade, with those that they extend, include and
    /// import, and maud's `html!`, and finds values
    /// in an attribute without quotes; as the whole of an address (`href`, `src`, `action`, `formaction`, ..);
    /// in `<script>`, `<style>`, `style`, `srcdoc` and event attributes; as a name of an element or attribute.
    /// Every branch counts, and a single `/` in front of a value settles no address: `//host` is one. Templates
    /// are looked up as askama does, beside the one that names them and in the `dirs` of `askama.toml`; one that
    /// is not found is a finding, because it is not judged.
    /// Numbers, ids, `&'static str`, texts that the template writes, `|json` in scripts and `|urlencode_strict`
    /// in addresses are right, also by way of a field, a loop, `{% let %}` or the arguments of a macro.
    /// `#[allow_unsafe(template_context, reason = "..")]` on a template's type covers its files.
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
