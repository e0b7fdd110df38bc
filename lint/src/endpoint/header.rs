//! `#[headers(..)]`: response headers that differ on one endpoint.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{Lit, LitStr, Path};

use super::{
    Part, ProfileKind, ResourcePolicy, Spanned,
    reason::{self, Reason},
};
use crate::{
    attribute::{Args, Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
    literal::{self, CspText, Flaw, PermissionsText},
};

const OPTIONS: [&str; 7] =
    ["profile", "csp", "report_only", "permissions", "cache", "resource_policy", "reason"];

/// Overrides of response headers.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// What the answers are.
    pub profile: Option<Spanned<ProfileKind>>,
    /// The `Cache-Control` value.
    pub cache: Option<Spanned<String>>,
    /// The `Content-Security-Policy` of its pages.
    pub csp: Option<Written<CspText>>,
    /// The report-only policy of its pages.
    pub report_only: Option<Written<CspText>>,
    /// The `Permissions-Policy` of its pages.
    pub permissions: Option<Written<PermissionsText>>,
    /// Which sites' pages may embed its answers.
    pub resource: Option<Spanned<ResourcePolicy>>,
    /// Where `cache` lets shared caches keep the response.
    pub shared_cache: Option<Span>,
}

/// A policy: its literal, or the path of a constant.
#[derive(Clone, Debug)]
pub enum Written<T> {
    /// A literal, and its parsed value.
    Text(LitStr, T),
    /// A constant of the policy's type.
    Path(Path),
}

impl<T> Written<T> {
    /// The source text.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text, _) => text.value(),
            Self::Path(path) => path.to_token_stream().to_string(),
        }
    }
}

/// Reads `#[headers(csp = "..", cache = ..)]`.
pub(super) fn read(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Headers> {
    let Some(given) = attributes.first(Word::Headers) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    if args.list.is_empty() {
        d.at(Code::MissingArgument, args.span, "`headers` needs arguments")
            .help("write `headers(cache = ..)` or `headers(csp = \"..\")`");
        return Part::Broken;
    }
    let excused = reason::optional("headers", &mut args, reasons, d);
    let mut headers = Headers::default();
    let mut weakens = false;
    headers.profile = read_profile(&mut args, d);
    if let Some(Spanned { value: ProfileKind::Html, span }) = headers.profile {
        weakens = true;
        if !excused {
            d.at(Code::MissingReason, span, "`html` lets a handler make pages out of texts")
                .help("return `Page`, or give a `reason`: what escapes what callers have written?");
        }
    }
    headers.resource = read_resource(&mut args, d);
    if let Some(Spanned { span, .. }) = headers.resource {
        weakens = true;
        if !excused {
            d.at(Code::MissingReason, span, "pages of other origins may embed what this answers")
                .help("give a `reason`: who embeds it, and what do their visitors see?");
        }
    }
    headers.csp = read_policy("csp", &mut args, d, |text| literal::csp(text, &[], excused));
    headers.report_only =
        read_policy("report_only", &mut args, d, |text| literal::csp_report_only(text, &[]));
    headers.permissions =
        read_policy("permissions", &mut args, d, |text| literal::permissions(text, excused));
    weakens |= match &headers.csp {
        Some(Written::Text(_, text)) => text.weakens,
        _ => false,
    };
    weakens |= match &headers.permissions {
        Some(Written::Text(_, text)) => text.weakens,
        _ => false,
    };
    if let Some((_, value)) = args.take("cache", d) {
        read_cache(&value, &mut headers, d);
    }
    if excused && !weakens && d.is_empty() {
        d.at(Code::UnexpectedArgument, args.span, "nothing in `headers` weakens a default")
            .help("leave the reason out: a constant has its own");
    }
    args.finish(&OPTIONS, d);
    Part::Read(headers)
}

fn read_profile(args: &mut Args, d: &mut Diagnostics) -> Option<Spanned<ProfileKind>> {
    let (_, value) = args.take("profile", d)?;
    let found = value.word().and_then(|word| {
        let profile = match word.to_string().as_str() {
            "json" => ProfileKind::Json,
            "html" => ProfileKind::Html,
            "download" => ProfileKind::Download,
            _ => return None,
        };
        Some(Spanned { value: profile, span: word.span() })
    });
    if found.is_none() {
        d.on(Code::WrongValue, &value, "`profile` is one of `json`, `html` and `download`")
            .help("write `profile = download` for files to be saved");
    }
    found
}

fn read_resource(args: &mut Args, d: &mut Diagnostics) -> Option<Spanned<ResourcePolicy>> {
    let (_, value) = args.take("resource_policy", d)?;
    let found = value.word().and_then(|word| {
        let resource = match word.to_string().as_str() {
            "same_site" => ResourcePolicy::SameSite,
            "cross_origin" => ResourcePolicy::CrossOrigin,
            _ => return None,
        };
        Some(Spanned { value: resource, span: word.span() })
    });
    if found.is_none() {
        d.on(Code::WrongValue, &value, "`resource_policy` is `same_site` or `cross_origin`")
            .help("leave it out where pages of this origin alone embed what this answers");
    }
    found
}

fn read_policy<T>(
    name: &str,
    args: &mut Args,
    d: &mut Diagnostics,
    check: impl FnOnce(&str) -> Result<T, Vec<Flaw>>,
) -> Option<Written<T>> {
    match args.take(name, d)? {
        (_, Value::Literal(Lit::Str(text))) => match check(&text.value()) {
            Ok(checked) => Some(Written::Text(text, checked)),
            Err(flaws) => {
                for flaw in flaws {
                    d.flaw(text.span(), flaw);
                }
                None
            }
        },
        (_, Value::Path(path)) => Some(Written::Path(path)),
        (_, value @ (Value::Literal(_) | Value::Call(_) | Value::Tuple(_))) => {
            d.on(Code::WrongValue, &value, format!("`{name}` takes a string or a constant"))
                .help(format!("write `{name} = \"..\"`, or the path of a checked policy"));
            None
        }
    }
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
            d.on(Code::WrongValue, value, "`cache` takes `no_store` or a string")
                .help("write `cache = no_store` or `cache = \"private, max-age=60\"`");
        }
    }
}
