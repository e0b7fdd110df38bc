//! Outside data in a body without a content type.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data in the body of a response without a content type.
    ///
    /// ## Why it is bad
    /// Browsers guess the type of a body without a content type; text that starts like a page is displayed as a page.
    ///
    /// ## Example
    /// ```text
    /// HttpResponse::Ok().body(query.name.clone())
    /// ```
    ///
    /// ## Use instead
    /// Set the content type.
    /// ```text
    /// HttpResponse::Ok().content_type(ContentType::plaintext()).body(query.name.clone())
    /// ```
    ///
    /// ## References
    /// - CWE-79: Cross-site Scripting
    /// - CWE-116: Improper Encoding or Escaping of Output
    sniffable_body, CWE 79, Warn, Item, watch &[Watch::Method("body")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Method(method) = site else { return };
    let Some(value) = method.arg(0) else { return };
    let response = method
        .recv
        .ty
        .as_ref()
        .is_some_and(|ty| matches!(ty.peeled().last(), "HttpResponse" | "HttpResponseBuilder"));
    let marks = method.recv.marks;
    let typed = marks.has(Marks::TYPE_HTML) || marks.has(Marks::TYPE_OTHER);
    if response && !typed && !value.text.reads_like_html() {
        walker.flow(
            &RULE,
            Class::HTML,
            value,
            method.span,
            "request data is sent back in a body that does not say what it is",
            "set a content type (`ContentType::plaintext()`), or answer with `Json`",
        );
    }
}
