//! Builders of responses, cookies and similar types: the settings that rules check.

use syn::Expr;

use super::value::{Marks, Value};
use super::walk::Walker;
use crate::krate::ty::Ty;

impl Walker<'_> {
    /// Builders whose settings rules ask for.
    pub(super) fn fluent(
        &mut self,
        name: &str,
        recv: &Value,
        recv_expr: &Expr,
        args: &[Value],
    ) -> Option<Value> {
        let first = args.first();
        let mut value = recv.clone();
        value.cond = None;
        let set = |mark: Marks, value: &Value| value.clone().marked(mark);
        let is_true = first.is_none_or(|f| !f.marks.has(Marks::FALSE));
        let ty = recv.ty.as_ref().map(Ty::peeled);
        let last = ty.as_ref().map_or("", |t| t.last());
        let response =
            matches!(last, "HttpResponse" | "HttpResponseBuilder" | "Response" | "Builder");
        Some(match name {
            "secure" => {
                if is_true {
                    set(Marks::COOKIE_SECURE, &value)
                } else {
                    value
                }
            }
            "http_only" => {
                if is_true {
                    set(Marks::COOKIE_HTTP_ONLY, &value)
                } else {
                    value
                }
            }
            "same_site" => set(Marks::COOKIE_SAME_SITE, &value),
            // Takes the cookie away: there is nothing left to protect.
            "make_removal" => {
                let all = Marks::COOKIE_SECURE
                    .with(Marks::COOKIE_HTTP_ONLY)
                    .with(Marks::COOKIE_SAME_SITE);
                self.mix(recv_expr, |v| v.marks = v.marks.with(all));
                Value::constant()
            }
            "removal" if last == "CookieBuilder" || last == "Cookie" => set(
                Marks::COOKIE_SECURE.with(Marks::COOKIE_HTTP_ONLY).with(Marks::COOKIE_SAME_SITE),
                &value,
            ),
            "set_secure" | "set_http_only" | "set_same_site" => {
                let mark = match name {
                    "set_secure" => Marks::COOKIE_SECURE,
                    "set_http_only" => Marks::COOKIE_HTTP_ONLY,
                    _ => Marks::COOKIE_SAME_SITE,
                };
                let on = is_true && first.is_none_or(|f| !f.marks.has(Marks::FALSE));
                if on {
                    self.mix(recv_expr, |v| v.marks = v.marks.with(mark));
                }
                Value::constant()
            }
            "content_type" if response || first.is_some() => {
                let kind = first.map(media_type).unwrap_or_default();
                value.marked(kind)
            }
            "insert_header" | "append_header" | "header" | "set_header" if response => {
                let (key, content) = header_pair(args)?;
                if key.eq_ignore_ascii_case("content-type") {
                    value.marked(media_type(&content))
                } else {
                    value
                }
            }
            "status" if response => value,
            "body" | "json" | "finish" | "streaming" | "message_body" if response => Value {
                ty: Some(Ty::named("actix_web::HttpResponse")),
                marks: recv.marks,
                ..Value::default()
            },
            "allow_any_origin" if last == "Cors" => value.marked(Marks::ANY_ORIGIN),
            "allow_origin" if last == "CorsLayer" => {
                let any =
                    first.is_some_and(|f| f.function.as_ref().is_some_and(|n| n.last() == "Any"));
                if any { value.marked(Marks::ANY_ORIGIN) } else { value }
            }
            "supports_credentials" | "allow_credentials"
                if matches!(last, "Cors" | "CorsLayer") =>
            {
                value.marked(Marks::CREDENTIALS)
            }
            "current_dir" | "env" | "envs" | "stdin" | "stdout" | "stderr" | "env_clear"
            | "kill_on_drop"
                if last == "Command" =>
            {
                value
            }
            "read" | "write" | "append" | "create" | "truncate" | "create_new" | "mode"
            | "custom_flags"
                if last == "OpenOptions" =>
            {
                value
            }
            "timeout" | "query" | "bearer_auth" | "basic_auth" | "headers" | "form"
            | "multipart"
                if recv.pending.is_some() =>
            {
                value
            }
            "build" if last == "ClientBuilder" => Value::typed(Some(Ty::named("reqwest::Client"))),
            _ => return None,
        })
    }
}

/// The name and the value of a header that is given as a pair or as two arguments.
pub(crate) fn header_pair(args: &[Value]) -> Option<(String, Value)> {
    let (key, content) = match args {
        [pair] => (pair.field("0"), pair.field("1")),
        [key, content] => (key.clone(), content.clone()),
        _ => return None,
    };
    let word = key
        .text
        .whole()
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .or_else(|| key.function.as_ref().map(|f| f.last().replace('_', "-")))?;
    Some((word, content))
}

pub(crate) fn media_type(value: &Value) -> Marks {
    let text = value.text.prefix().to_ascii_lowercase();
    let named = value
        .function
        .as_ref()
        .map(|f| format!("{}::{}", f.parent(), f.last()).to_ascii_lowercase())
        .unwrap_or_default();
    if text.contains("html") || text.contains("svg") || named.contains("html") {
        Marks::TYPE_HTML
    } else if text.is_empty() && named.is_empty() && value.is_tainted() {
        Marks::default()
    } else {
        Marks::TYPE_OTHER
    }
}

pub(super) fn marks_of_constructor(parent: &str, last: &str) -> Marks {
    if parent == "HttpResponse" || parent == "Response" || parent == "HttpResponseBuilder" {
        return match last {
            "InternalServerError"
            | "BadGateway"
            | "ServiceUnavailable"
            | "GatewayTimeout"
            | "NotImplemented" => Marks::SERVER_ERROR,
            "Found" | "SeeOther" | "MovedPermanently" | "TemporaryRedirect"
            | "PermanentRedirect" => Marks::REDIRECTION,
            _ => Marks::default(),
        };
    }
    Marks::default()
}
