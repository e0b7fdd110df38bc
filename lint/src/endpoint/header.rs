//! `#[headers(..)]`: response headers that differ on one endpoint.

use proc_macro2::Span;
use syn::{Lit, LitStr};

use super::{Part, Spanned};
use crate::{
    attribute::{Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
    literal,
};

/// Overrides of response headers.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// The `Cache-Control` value.
    pub cache: Option<Spanned<String>>,
    /// The `Content-Security-Policy` value.
    pub csp: Option<LitStr>,
    /// Where `cache` lets shared caches keep the response.
    pub shared_cache: Option<Span>,
}

/// Reads `#[headers(csp = "..", cache = ..)]`.
pub(super) fn read(attributes: &Attributes, d: &mut Diagnostics) -> Part<Headers> {
    let Some(given) = attributes.first(Word::Headers) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    if args.list.is_empty() {
        d.at(Code::MissingArgument, args.span, "`headers` says nothing")
            .help("write `headers(cache = ..)` or `headers(csp = \"..\")`");
        return Part::Broken;
    }
    let mut headers = Headers::default();
    if let Some(csp) = args.take_text("csp", d) {
        if let Err(flaw) = literal::content_security_policy(&csp.value()) {
            d.flaw(csp.span(), flaw);
        }
        headers.csp = Some(csp);
    }
    if let Some((_, value)) = args.take("cache", d) {
        read_cache(&value, &mut headers, d);
    }
    args.finish(&["csp", "cache"], d);
    Part::Read(headers)
}

fn read_cache(value: &Value, headers: &mut Headers, d: &mut Diagnostics) {
    match value {
        Value::Path(path) if path.is_ident("no_store") => {
            let span = path.get_ident().map_or_else(Span::call_site, syn::Ident::span);
            headers.cache = Some(Spanned { value: "no-store".to_owned(), span });
        }
        Value::Literal(Lit::Str(text)) => {
            let span = text.span();
            match literal::cache_control(&text.value()) {
                Ok(shared) => {
                    headers.shared_cache = shared.then_some(span);
                    headers.cache = Some(Spanned { value: text.value(), span });
                }
                Err(flaw) => d.flaw(span, flaw),
            }
        }
        Value::Path(_) | Value::Literal(_) | Value::Call(_) | Value::Tuple(_) => {
            d.on(Code::WrongValue, value, "`cache` takes `no_store` or a text")
                .help("write `cache = no_store` or `cache = \"private, max-age=60\"`");
        }
    }
}
