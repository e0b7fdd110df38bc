//! Pages that are not escaped as HTML.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reports content of a page that is not escaped as HTML:
    ///
    /// - an askama template in `Page(..)` whose `ext`, `escape` or file ending is not one that askama escapes
    ///   as HTML (`html`, `htm`, `xml`, `svg`, `j2`, `jinja`, `jinja2`, `askama`, `rinja`, and what
    ///   `askama.toml` adds);
    /// - an `askama.toml`, or another file that `config` names, that assigns another escaper to one of those
    ///   endings, or that cannot be read;
    /// - a custom `syntax`, also through `default_syntax`;
    /// - askama's `Safe`, `HtmlSafeOutput` and `filters::safe`, and maud's `PreEscaped`, around anything but
    ///   literals, constants, `&'static str` parameters, other markup of `html!`, and what a function such as
    ///   `ammonia::clean` has cleaned;
    /// - `filters::Text`, and an `impl HtmlSafe`;
    /// - an `impl` of maud's `Render` or askama's `Template` that writes into the buffer itself, other than
    ///   constants, `other.render_to(buffer)` and maud's `Escaper`.
    ///
    /// A page whose type the check cannot resolve is reported if any template of the crate is not escaped.
    /// So is one of another package, whose templates are not read.
    ///
    /// ## Why it is bad
    /// The response is HTML regardless of the file name, so input of a caller becomes markup of the page.
    ///
    /// ## Example
    /// ```text
    /// #[template(path = "hello.md")]
    /// struct Hello { name: String }
    ///
    /// async fn hello() -> Page<Hello> { .. }
    /// ```
    ///
    /// ## Use instead
    /// A template that escapes.
    /// ```text
    /// #[template(path = "hello.html")]
    /// ```
    ///
    /// ## References
    /// - CWE-116: Improper Encoding or Escaping of Output
    /// - CWE-79: Cross-site Scripting
    unescaped_page, CWE 116, Deny, Crate, watch &[], check
}

pub(crate) const HELP: &str = "let askama escape it: a file that ends in `.html`, or `ext = \"html\"` without `escape`";

/// Asked about the templates of a crate.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
