//! `#[cross_origin(..)]` and `cors!(..)`: the pages of other origins that may read the responses.

use palisade_policy::{OriginPattern, cors_summary, request_field, response_field};
use proc_macro2::{Span, TokenStream};
use syn::{Lit, LitStr};

use super::{Part, Reason, Spanned, reason};
use crate::{
    attribute::{Args, Attributes, Call, Value, Word},
    diagnostic::{Code, Diagnostics},
    literal,
};

/// The pages of other origins that may read the responses.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    /// `any`: all of them.
    pub any: Option<Span>,
    /// The origins, without mistakes.
    pub origins: Vec<LitStr>,
    /// Whether their requests may have cookies.
    pub credentials: bool,
    /// Further header fields that they may send.
    pub headers: Vec<Spanned<String>>,
    /// Further header fields that they may read.
    pub expose: Vec<Spanned<String>>,
    /// How long a browser caches the response to a preflight request, in seconds.
    pub max_age: Option<u32>,
    /// Why any origin, or credentials, are permitted.
    pub reason: Option<LitStr>,
}

impl Cors {
    /// Parses the tokens between the parentheses of `cors!(..)`.
    pub fn from_tokens(tokens: TokenStream, d: &mut Diagnostics) -> Option<Self> {
        d.scope(|d| {
            let args = Args::read("cors", Span::call_site(), tokens, d)?;
            Some(read_args(args, &mut Vec::new(), d))
        })
    }

    /// The policy in one line, for tables.
    pub fn summary(&self) -> String {
        let origins: Vec<String> = self.origins.iter().map(LitStr::value).collect();
        cors_summary(self.any.is_none().then_some(origins.as_slice()), self.credentials)
    }
}

/// Reads `#[cross_origin("https://app.example", headers("x-api-key"), ..)]`.
pub(super) fn read(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Cors> {
    let Some(given) = attributes.first(Word::CrossOrigin) else { return Part::Absent };
    let Some(args) = given.args.clone() else { return Part::Broken };
    Part::Read(read_args(args, reasons, d))
}

fn read_args(mut args: Args, reasons: &mut Vec<Reason>, d: &mut Diagnostics) -> Cors {
    let word = args.word;
    let mut cors = Cors::default();
    let mut none = None;
    let values = args.take_values();
    if values.is_empty() {
        d.at(Code::MissingArgument, args.span, format!("`{word}` names no origin")).help(format!(
            "write `{word}(\"https://app.example\")`, or `{word}(none)` where no page of another \
             origin reads anything"
        ));
    }
    for value in &values {
        match value {
            Value::Literal(Lit::Str(text)) => read_origin(text, &mut cors, d),
            Value::Call(call) if call.path.is_ident("headers") => {
                read_fields(call, request_field, &mut cors.headers, d);
            }
            Value::Call(call) if call.path.is_ident("expose") => {
                read_fields(call, response_field, &mut cors.expose, d);
            }
            Value::Path(path) if path.is_ident("any") => cors.any = span(value),
            Value::Path(path) if path.is_ident("none") => none = span(value),
            Value::Literal(_) | Value::Path(_) | Value::Call(_) | Value::Tuple(_) => {
                d.on(Code::WrongValue, value, format!("`{word}` takes origins as texts")).help(
                    "write `\"https://app.example\"`, `any`, `none`, `headers(..)` or `expose(..)`",
                );
            }
        }
    }
    if let Some(none) = none
        && (values.len() > 1 || !args.list.is_empty())
    {
        d.at(Code::UnexpectedArgument, none, "`none` excludes other arguments")
            .help(format!("write `{word}(none)`, or leave `none` out"));
    }
    if none.is_none() && cors.any.is_none() && cors.origins.is_empty() && !values.is_empty() {
        let names_one =
            values.iter().any(|value| matches!(value, Value::Literal(_) | Value::Path(_)));
        if !names_one {
            d.at(Code::MissingArgument, args.span, format!("`{word}` names no origin"))
                .help(format!("write `{word}(\"https://app.example\", ..)`"));
        }
    }
    if let Some((name, value)) = args.take("credentials", d) {
        cors.credentials = true;
        if value.word().is_none_or(|word| word != "allow") {
            reason::only_allow(&name, &value, d);
        }
    }
    if let Some(text) = args.take_text("max_age", d) {
        match literal::max_age(&text.value()) {
            Ok(seconds) => cors.max_age = Some(seconds),
            Err(flaw) => d.flaw(text.span(), flaw),
        }
    }
    check_any(&cors, d);
    read_reason(&mut args, &mut cors, reasons, d);
    args.finish(&["credentials", "max_age", "reason"], d);
    cors
}

/// The position of an option.
fn span(value: &Value) -> Option<Span> {
    value.word().map(syn::Ident::span)
}

fn read_origin(text: &LitStr, cors: &mut Cors, d: &mut Diagnostics) {
    let value = text.value();
    match value.parse::<OriginPattern>() {
        Ok(_) if cors.origins.iter().any(|known| known.value() == value) => {
            d.at(Code::RepeatedWord, text.span(), format!("duplicate `{value}`"))
                .help("keep one of them");
        }
        Ok(_) => cors.origins.push(text.clone()),
        Err(error) => {
            d.at(Code::CorsOrigin, text.span(), format!("`{value}` is not an origin"))
                .help(error.to_string());
        }
    }
}

fn read_fields(
    call: &Call,
    read: fn(&str) -> Option<String>,
    fields: &mut Vec<Spanned<String>>,
    d: &mut Diagnostics,
) {
    for value in &call.list {
        let Value::Literal(Lit::Str(text)) = value else {
            d.on(Code::WrongValue, value, "header fields are named by texts")
                .help("write `\"x-api-key\"`");
            continue;
        };
        let name = text.value();
        match read(&name) {
            Some(name) if fields.iter().any(|known| known.value == name) => {
                d.at(Code::RepeatedWord, text.span(), format!("duplicate `{name}`"))
                    .help("keep one of them");
            }
            Some(name) => fields.push(Spanned { value: name, span: text.span() }),
            None => {
                d.at(
                    Code::CorsField,
                    text.span(),
                    format!("`{name}` is not a header that a page can set or read"),
                )
                .help("write the name of one header field; browsers keep some to themselves");
            }
        }
    }
}

fn check_any(cors: &Cors, d: &mut Diagnostics) {
    let Some(any) = cors.any else { return };
    if cors.credentials {
        d.at(Code::CorsAny, any, "`any` with credentials lets every page act as its visitor")
            .help("list the origins, or leave `credentials` out");
    }
    if !cors.origins.is_empty() {
        d.at(Code::CorsAny, any, "`any` cannot be combined with a list of origins")
            .help("keep one of them");
    }
}

fn read_reason(args: &mut Args, cors: &mut Cors, reasons: &mut Vec<Reason>, d: &mut Diagnostics) {
    let weakened = match (cors.any, cors.credentials) {
        (Some(_), _) => Some(format!("{}(any)", args.word)),
        (None, true) => Some(format!("{}(credentials)", args.word)),
        (None, false) => None,
    };
    let Some(word) = weakened else {
        if let Some((name, _)) = args.take("reason", d) {
            d.at(
                Code::UnexpectedArgument,
                name.span(),
                "`reason` has no effect: nothing here is weakened",
            )
            .help("write `any` or `credentials = allow` beside it, or leave it out");
        }
        return;
    };
    let mut found = Vec::new();
    reason::required(&word, args, &mut found, d);
    cors.reason = found.first().map(|reason| reason.text.clone());
    reasons.append(&mut found);
}
