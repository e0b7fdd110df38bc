//! The keys of limits.

use std::fmt;

use proc_macro2::{Ident, Span};
use syn::{Lit, LitStr, Path};

use super::Spanned;
use crate::{
    attribute::{Call, Tuple, Value},
    diagnostic::{Code, Diagnostics, did_you_mean},
    endpoint::written,
    literal,
};

const KEYS: &[&str] = &["ip", "subject", "client", "global", "header", "path", "body", "function"];

/// The syntax of each key with an argument.
const NAMED: &[(&str, &str)] = &[
    ("header", "header(\"..\")"),
    ("path", "path(\"..\")"),
    ("body", "body(\"..\")"),
    ("function", "function(..)"),
];

/// The most parts of a key.
const MAX_PARTS: usize = 4;

/// A part of a limit's key.
#[derive(Clone, Debug)]
pub enum LimitKey {
    /// One count for all requests.
    Global,
    /// One count for each client address.
    Address,
    /// One count for each value of this header.
    Header(String),
    /// One count for each value of this path parameter.
    Path(String),
    /// One count for each authenticated subject.
    Subject,
    /// One count for each OAuth client.
    Client,
    /// One count for each text that this function returns. It gets what the second field lists; if
    /// that is empty, the request.
    Function(Path, Vec<Source>),
    /// One count for each value of this field of the body.
    Body(LitStr),
}

/// The arguments of a function from `of = ..`, none of which the caller chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The client's address.
    Address,
    /// The authenticated subject.
    Subject,
    /// The OAuth client.
    Client,
}

impl Source {
    /// The name in `of = ..`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Address => "ip",
            Self::Subject => "subject",
            Self::Client => "client",
        }
    }
}

impl LimitKey {
    /// The name after `by =`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Address => "ip",
            Self::Header(_) => "header",
            Self::Path(_) => "path",
            Self::Subject => "subject",
            Self::Client => "client",
            Self::Function(..) => "function",
            Self::Body(_) => "body",
        }
    }

    /// Cheap and anonymous keys first.
    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::Global => 0,
            Self::Address => 1,
            Self::Header(_) => 2,
            Self::Path(_) => 3,
            Self::Subject => 4,
            Self::Client => 5,
            Self::Function(..) => 6,
            Self::Body(_) => 7,
        }
    }

    /// The part of the request that the caller chooses here; `None` if there is none.
    ///
    /// A path parameter is counted before the object with this id is looked up, so any id is
    /// possible.
    pub(super) const fn chosen(&self) -> Option<&'static str> {
        match self {
            Self::Header(_) => Some("the header"),
            Self::Path(_) => Some("the path parameter"),
            Self::Body(_) => Some("the field"),
            Self::Function(_, of) if of.is_empty() => {
                Some("the headers and the path, which this function may read")
            }
            Self::Global | Self::Address | Self::Subject | Self::Client | Self::Function(..) => {
                None
            }
        }
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Header(name) | Self::Path(name) => write!(f, "{word}({name})"),
            Self::Function(path, of) => {
                write!(f, "{word}({}", written(path))?;
                for (index, source) in of.iter().enumerate() {
                    let before = if index == 0 { " of " } else { "+" };
                    write!(f, "{before}{}", source.word())?;
                }
                f.write_str(")")
            }
            Self::Body(field) => write!(f, "{word}({})", field.value()),
            Self::Global | Self::Address | Self::Subject | Self::Client => f.write_str(word),
        }
    }
}

/// Reads `by = ..`: a key, or several in parentheses.
pub(super) fn read(value: &Value, d: &mut Diagnostics) -> Option<Vec<Spanned<LimitKey>>> {
    let Value::Tuple(tuple) = value else { return Some(vec![part(value, d)?]) };
    d.scope(|d| Some(several(tuple, value, d)))
}

fn several(tuple: &Tuple, value: &Value, d: &mut Diagnostics) -> Vec<Spanned<LimitKey>> {
    if !(2..=MAX_PARTS).contains(&tuple.list.len()) {
        let help = match tuple.list.as_slice() {
            [] => "write `by = ip`, or `by = (ip, subject)`".to_owned(),
            [_] => "write it without the parentheses".to_owned(),
            _ => format!("write at most {MAX_PARTS}, or a second limit"),
        };
        let count = tuple.list.len();
        let keys = if count == 1 { "key" } else { "keys" };
        d.on(Code::LimitKeyCount, value, format!("a limit by {count} {keys} at once")).help(help);
    }
    let mut parts: Vec<Spanned<LimitKey>> = Vec::new();
    for value in &tuple.list {
        if let Value::Tuple(_) = value {
            d.on(Code::WrongValue, value, "limit keys cannot be nested")
                .help("write all keys side by side: `by = (ip, subject, path(\"id\"))`");
            continue;
        }
        let Some(part) = part(value, d) else { continue };
        let shown = part.value.to_string();
        if let LimitKey::Global = part.value {
            d.at(Code::GlobalAmongKeys, part.span, "`global` cannot be combined with other keys")
                .help("leave `global` out: what is counted apart is not everybody's");
        } else if parts.iter().any(|other| other.value.to_string() == shown) {
            d.at(Code::LimitKeyTwice, part.span, format!("duplicate `{shown}`"))
                .help("keep one of them");
        }
        parts.push(part);
    }
    parts
}

fn part(value: &Value, d: &mut Diagnostics) -> Option<Spanned<LimitKey>> {
    match value {
        Value::Path(path) => {
            let Some(word) = path.get_ident() else {
                d.on(
                    Code::UnknownLimitKey,
                    value,
                    format!("`{}` is not a limit key", written(path)),
                )
                .help(format!("a function of yours is `by = function({})`", written(path)));
                return None;
            };
            let key = match word.to_string().as_str() {
                "ip" => LimitKey::Address,
                "subject" => LimitKey::Subject,
                "client" => LimitKey::Client,
                "global" => LimitKey::Global,
                other => {
                    match NAMED.iter().find(|(name, _)| *name == other) {
                        Some((name, form)) => {
                            d.at(
                                Code::MissingArgument,
                                word.span(),
                                format!("`{name}` needs an argument"),
                            )
                            .help(format!("write `{form}`"));
                        }
                        None => unknown(other, value, d),
                    }
                    return None;
                }
            };
            Some(Spanned { value: key, span: word.span() })
        }
        Value::Call(call) => named(call, value, d),
        Value::Literal(_) => {
            unknown("this literal", value, d);
            None
        }
        Value::Tuple(_) => {
            unknown("a group", value, d);
            None
        }
    }
}

/// `header("x-api-key")`, `function(tenant)`.
fn named(call: &Call, value: &Value, d: &mut Diagnostics) -> Option<Spanned<LimitKey>> {
    let word = call.path.get_ident().map(Ident::to_string).unwrap_or_default();
    let Some((_, form)) = NAMED.iter().find(|(name, _)| *name == word) else {
        match word.as_str() {
            "ip" | "subject" | "client" | "global" => {
                d.on(Code::WrongValue, value, format!("`{word}` takes no arguments"))
                    .help(format!("write `by = {word}`"));
            }
            "" => unknown("this call", value, d),
            other => unknown(other, value, d),
        }
        return None;
    };
    if word == "function" {
        return function(call, value, d);
    }
    let [Value::Literal(Lit::Str(text))] = call.list.as_slice() else {
        d.on(Code::WrongValue, value, format!("`{word}` takes one text"))
            .help(format!("write `{form}`"));
        return None;
    };
    let span = text.span();
    let key = match word.as_str() {
        "header" => literal::header_name(&text.value()).map(LimitKey::Header),
        "body" => literal::body_field(&text.value()).map(|_| LimitKey::Body(text.clone())),
        _ => Ok(LimitKey::Path(text.value())),
    };
    match key {
        Ok(value) => Some(Spanned { value, span }),
        Err(flaw) => {
            d.flaw(span, flaw);
            None
        }
    }
}

fn function(call: &Call, value: &Value, d: &mut Diagnostics) -> Option<Spanned<LimitKey>> {
    let help = if call.named.is_empty() {
        "write the path of a `fn(&KeyRequest<'_>) -> Option<String>`: `function(tenant)`"
    } else {
        "write the path of a `fn(&KeySources<'_>) -> Option<String>`: `function(tenant, of = ip)`"
    };
    let of = d.scope(|d| Some(sources(call, d)));
    match call.list.as_slice() {
        [Value::Path(path)] => {
            let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
            Some(Spanned { value: LimitKey::Function(path.clone(), of?), span })
        }
        [other] => {
            d.on(Code::LimitFunction, other, "this is not the path of a function").help(help);
            None
        }
        _ => {
            d.on(Code::LimitFunction, value, "`function` takes the path of one function")
                .help(help);
            None
        }
    }
}

/// Reads `of = subject`, `of = (ip, subject)`; empty where it is not written.
fn sources(call: &Call, d: &mut Diagnostics) -> Vec<Source> {
    let mut sources = Vec::new();
    for (index, (name, value)) in call.named.iter().enumerate() {
        if name != "of" {
            d.at(Code::UnknownWord, name.span(), format!("`function` has no option `{name}`"))
                .help("it has `of`: `function(tenant, of = subject)`");
            continue;
        }
        if index > 0 {
            d.at(Code::RepeatedWord, name.span(), "duplicate option `of` in `function`")
                .help("write one: `of = (ip, subject)`");
            continue;
        }
        let values = if let Value::Tuple(tuple) = value {
            tuple.list.as_slice()
        } else {
            std::slice::from_ref(value)
        };
        for value in values {
            match value.word().map(ToString::to_string).as_deref() {
                Some("ip") => sources.push(Source::Address),
                Some("subject") => sources.push(Source::Subject),
                Some("client") => sources.push(Source::Client),
                _ => {
                    d.on(
                        Code::LimitFunctionSource,
                        value,
                        "`of` takes keys that no caller chooses",
                    )
                    .help("write `of = ip`, `of = subject` or `of = client`, or leave `of` out");
                }
            }
        }
        if values.is_empty() {
            d.on(Code::LimitFunctionSource, value, "`of` needs a key")
                .help("write `of = ip`, `of = subject` or `of = client`, or leave `of` out");
        }
    }
    sources.sort_unstable();
    sources.dedup();
    sources
}

fn unknown(word: &str, value: &Value, d: &mut Diagnostics) {
    d.on(Code::UnknownLimitKey, value, format!("`{word}` is not a limit key"));
    match meant(word) {
        Some(near) => d.help(format!("did you mean `{near}`?")),
        None => d.help(
            "count by `ip`, `subject`, `client`, `global`, `header(\"..\")`, `path(\"..\")`, \
             `body(\"..\")` or `function(..)`",
        ),
    };
}

/// The correct key for another spelling.
fn meant(word: &str) -> Option<&'static str> {
    match word {
        "address" | "addr" | "client_ip" | "peer" | "remote" => Some("ip"),
        "user" | "sub" | "principal" | "identity" | "account" => Some("subject"),
        "client_id" | "app" | "azp" => Some("client"),
        "all" | "everybody" | "service" => Some("global"),
        "field" | "json" | "form" => Some("body"),
        "param" | "parameter" | "segment" => Some("path"),
        "key" | "fn" | "custom" | "extractor" => Some("function"),
        other => did_you_mean(other, KEYS.iter().copied()),
    }
}
