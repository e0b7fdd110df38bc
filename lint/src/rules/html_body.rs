//! Outside data in a page without escaping.

use super::{Call, Method, Pair, Site, Watch};
use crate::krate::name::Known;
use crate::taint::class::Class;
use crate::taint::builder::{header_pair, media_type};
use crate::taint::value::{Marks, Value};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds request data in HTML that is built by hand: `Html(..)`, a body with an HTML content type, a body that looks like markup, `PreEscaped`, `set_inner_html`.
    ///
    /// ## Why it is bad
    /// `<script>` in a name runs in the browser of every user who opens the page, with their session.
    ///
    /// ## Example
    /// ```text
    /// HttpResponse::Ok().content_type("text/html").body(format!("<h1>Hello {}</h1>", query.name))
    /// ```
    ///
    /// ## Use instead
    /// A template engine that escapes, or an escaping function.
    /// ```text
    /// HttpResponse::Ok().content_type("text/html").body(format!("<h1>Hello {}</h1>", encode_text(&query.name)))
    /// ```
    ///
    /// ## References
    /// - CWE-79: Cross-site Scripting
    /// - OWASP Top 10 A03: Injection
    html_body, CWE 79, Deny, Item, watch &[Watch::CallOf("Html"), Watch::CallOf("RawHtml"), Watch::CallOf("Body"), Watch::CallOf("Full"), Watch::CallOf("Response"), Watch::CallOf("HttpResponse"), Watch::Call("Html"), Watch::Call("RawHtml"), Watch::Call("PreEscaped"), Watch::Call("RawCss"), Watch::Call("RawJavaScript"), Watch::Call("RawXml"), Watch::CallOf("Raw"), Watch::CallOf("Trusted"), Watch::CallOf("MarkupDisplay"), Watch::Call("html"), Watch::Call("from_html_unchecked"), Watch::Call("Raw"), Watch::Call("HtmlString"), Watch::Call("Markup"), Watch::Method("body"), Watch::Method("set_body"), Watch::Method("set_inner_html"), Watch::Method("insert_adjacent_html"), Watch::Method("message_body"), Watch::Method("write_all"), Watch::Method("write"), Watch::Method("set_outer_html"), Watch::Method("body_string"), Watch::Method("inner_html"), Watch::Pair], check
}

pub(crate) const MESSAGE: &str = "request data becomes part of a page without being escaped";
pub(crate) const HELP: &str = "use a template that escapes, or escape the value (`html_escape::encode_text`)";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call) => check_call(call, walker),
        Site::Method(method) => check_method(method, walker),
        Site::Pair(pair) => check_pair(pair, walker),
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) => {}
    }
}

/// `([(CONTENT_TYPE, "text/html")], page)` as a response.
fn check_pair(pair: &Pair<'_>, walker: &mut Walker<'_>) {
    let Some(headers) = &pair.key.fields else { return };
    let html = headers.0.values().any(|header| {
        header_pair(std::slice::from_ref(header)).is_some_and(|(name, content)| {
            name.eq_ignore_ascii_case("content-type") && media_type(&content).has(Marks::TYPE_HTML)
        })
    });
    if html {
        walker.flow(&RULE, Class::HTML, pair.value, pair.span, MESSAGE, HELP);
    }
}

/// Whether a value or a part of it holds markup.
fn reads_like_page(value: &Value) -> bool {
    value.text.reads_like_html()
        || value.fields.as_ref().is_some_and(|fields| fields.0.values().any(reads_like_page))
}

/// The crates whose types hold HTML as it is and have names that others may have too.
const BUILDERS: &[&str] = &["askama", "build_html", "horrorshow", "maud", "typed_html"];

fn check_call(call: &Call<'_>, walker: &mut Walker<'_>) {
    let Some(first) = call.arg(0) else { return };
    let name = call.name;
    if name.known == Known::Local {
        return;
    }
    let page = match (name.parent(), name.last()) {
        // A style or a script of the client's making is as good as a page of theirs.
        (_, "Html" | "RawHtml" | "PreEscaped" | "RawCss" | "RawJavaScript" | "RawXml")
        | ("Html" | "RawHtml", "new" | "from" | "from_html_unchecked") => true,
        ("reply" | "response", "html") => true,
        ("Raw" | "Trusted" | "Markup" | "MarkupDisplay", "new" | "new_safe" | "from") => {
            name.known == Known::External || walker.may_be_of(BUILDERS, name)
        }
        // A body made by hand is a page when it reads like one.
        ("Body" | "Full", "from" | "new")
        | (
            "Response" | "HttpResponse",
            "new" | "with_body" | "from_string" | "html" | "with" | "from_data",
        ) => name.last() == "html" || call.args.iter().any(reads_like_page),
        _ => false,
    };
    if page {
        let value = call.args.iter().find(|value| value.endangers(Class::HTML)).unwrap_or(first);
        walker.flow(&RULE, Class::HTML, value, call.span, MESSAGE, HELP);
    }
}

fn check_method(method: &Method<'_>, walker: &mut Walker<'_>) {
    let Some(value) = method.args.last() else { return };
    let ty = method.recv.ty.as_ref().map(super::super::krate::ty::Ty::peeled);
    let last = ty.as_ref().map_or("", |ty| ty.last());
    let page = match method.name {
        "set_inner_html" | "insert_adjacent_html" | "set_outer_html" | "inner_html" => true,
        "body" | "set_body" | "message_body" | "body_string" => {
            let marks = method.recv.marks;
            let response = is_response(last);
            let asked = matches!(
                last,
                "RequestBuilder"
                    | "ClientRequest"
                    | "Request"
                    | "Client"
                    | "Message"
                    | "MessageBuilder"
                    | "Email"
                    | "Notification"
            );
            (response && marks.has(Marks::TYPE_HTML))
                || (!asked && value.text.reads_like_html() && !marks.has(Marks::TYPE_OTHER))
        }
        // A server without a framework.
        "write_all" | "write" => {
            value.text.raw().contains("HTTP/1.") && value.text.reads_like_html()
        }
        _ => false,
    };
    if page {
        walker.flow(&RULE, Class::HTML, value, method.span, MESSAGE, HELP);
    }
}

pub(crate) fn is_response(last: &str) -> bool {
    matches!(
        last,
        "HttpResponse" | "HttpResponseBuilder" | "Response" | "Builder" | "ResponseBuilder"
    )
}
