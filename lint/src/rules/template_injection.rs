//! Outside data as a template.

use super::{Site, Watch};
use crate::taint::class::Class;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data as the source of a template: `Tera::one_off`, `render_str`, `render_template`, `add_raw_template`.
    ///
    /// ## Why it is bad
    /// The author of a template can read all of its variables and call all of its functions.
    ///
    /// ## Example
    /// ```text
    /// let page = Tera::one_off(&form.template, &context, true)?;
    /// ```
    ///
    /// ## Use instead
    /// A template from a file, with the data as a variable.
    /// ```text
    /// let page = tera.render("greeting.html", &context)?;
    /// ```
    ///
    /// ## References
    /// - CWE-1336: Improper Neutralization of Special Elements Used in a Template Engine
    template_injection, CWE 1336, Deny, Item, watch &[Watch::CallOf("Tera"), Watch::Method("render_str"), Watch::Method("render_template"), Watch::Method("add_raw_template"), Watch::Method("register_template_string"), Watch::Method("template_from_str"), Watch::Method("render_template_with_context"), Watch::Method("render_named_str"), Watch::Method("add_template"), Watch::Method("render_from_string")], check
}

const MESSAGE: &str = "request data becomes a template";
const HELP: &str = "keep templates in files and hand the data over as variables";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let value = match site {
        Site::Call(call) if call.name.last() == "one_off" => call.arg(0).map(|v| (v, call.span)),
        Site::Method(method) => match method.name {
            "add_raw_template"
            | "register_template_string"
            | "render_named_str"
            | "add_template" => method.arg(1),
            _ => method.arg(0),
        }
        .map(|v| (v, method.span)),
        Site::Call(_) | Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => None,
    };
    if let Some((value, span)) = value {
        walker.flow(&RULE, Class::TEMPLATE, value, span, MESSAGE, HELP);
    }
}
