//! `#[input(..)]`: the weakened defaults of a type, with reasons.
//!
//! On a type: `#[input(crate = path)]`, `#[input(unknown_fields = allow, reason = "..")]`,
//! `#[input(allow(untagged), reason = "..")]`. On a variant or a field: `#[input(allow(flatten),
//! reason = "..")]`, where `allow(unbounded)` on a field permits a free-form value such as
//! `serde_json::Value`. One reason covers all options of its attribute.
//!
//! `allow(partial_pattern)` on a field lets its `regex` match a part of the text.
//!
//! On a struct's field also words that weaken nothing: `#[input(empty = absent)]`, where the field says
//! what its absence means; `#[input(list = repeat)]`, `#[input(list = comma)]` and `#[input(checkbox)]`,
//! which say how a query string or a form writes it; `#[input(json)]`, a document in a part of a form; and
//! `#[input(schemes("https", "ftp"))]`, the schemes of its rule `url`.

use proc_macro2::Span;
use syn::{Attribute, Ident, LitStr, Meta, punctuated::Punctuated, spanned::Spanned as _};

use super::serde_words::VOUCHED;
use crate::{
    attribute::refuse_local_crate,
    diagnostic::{Code, Diagnostics, did_you_mean},
    endpoint::refuse_empty_reason,
};

/// The words of `#[input(..)]` on a type.
pub(super) const CONTAINER: &[&str] = &["allow", "reason", "unknown_fields", "crate"];
/// The words of `#[input(..)]` on a variant.
pub(super) const VARIANT: &[&str] = &["allow", "reason"];
/// The words of `#[input(..)]` on a field of a variant, which no query string has.
pub(super) const VARIANT_FIELD: &[&str] = &["allow", "reason"];
/// The words of `#[input(..)]` on a field of a struct.
pub(super) const FIELD: &[&str] =
    &["allow", "reason", "empty", "schemes", "list", "checkbox", "json"];

/// A free-form value, which no bound is asked of.
const UNBOUNDED: &str = "unbounded";
/// A pattern that matches only a part of a string.
const PARTIAL_PATTERN: &str = "partial_pattern";
/// Schemes whose addresses run as code where they are followed.
const ACTIVE_SCHEMES: [&str; 2] = ["javascript", "vbscript"];

/// How a list is written in a query string or a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStyle {
    /// The name once for each element.
    Repeat,
    /// The elements in one value.
    Comma,
}

/// What was weakened, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What was weakened, and where: `input(flatten) NewItem.extra`.
    pub word: String,
    /// The reason, as written.
    pub reason: String,
}

/// The words of one `#[input(..)]`.
#[derive(Default)]
struct Words {
    /// What they weaken.
    weakened: Vec<String>,
    reason: Option<(Span, String)>,
    /// Every known word, once.
    seen: Vec<String>,
}

/// What `#[input(..)]` says on one type, variant or field.
#[derive(Debug, Default)]
pub(super) struct Vouches {
    pub(super) krate: Option<syn::Path>,
    pub(super) unknown_fields: Option<Span>,
    pub(super) empty_is_absent: bool,
    /// With the span of the word.
    pub(super) list: Option<(Span, ListStyle)>,
    /// With the span of the word.
    pub(super) checkbox: Option<Span>,
    /// With the span of the word.
    pub(super) json: Option<Span>,
    pub(super) schemes: Option<(Span, Vec<String>)>,
    allowed: Vec<(Ident, bool)>,
    reasons: Vec<Reason>,
}

impl Vouches {
    pub(super) fn new(
        attrs: &[Attribute],
        known: &[&str],
        owner: &str,
        d: &mut Diagnostics,
    ) -> Self {
        let mut vouches = Self::default();
        // A reason belongs to its own attribute, so each one is read alone.
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("input")) {
            vouches.read(attr, known, owner, d);
        }
        vouches
    }

    /// Whether this word is allowed; the `allow` counts as used.
    pub(super) fn allows(&mut self, word: &str) -> bool {
        match self.allowed.iter_mut().find(|(allowed, _)| allowed == word) {
            Some((_, used)) => {
                *used = true;
                true
            }
            None => false,
        }
    }

    /// Whether no bound is asked of this field.
    pub(super) fn allows_unbounded(&mut self) -> bool {
        self.allows(UNBOUNDED)
    }

    /// Whether the pattern of this field may match only a part of a string.
    pub(super) fn allows_partial_pattern(&mut self) -> bool {
        self.allows(PARTIAL_PATTERN)
    }

    /// Notes every `allow` that allowed nothing, and hands the reasons over.
    pub(super) fn finish(self, d: &mut Diagnostics) -> Vec<Reason> {
        for (word, used) in &self.allowed {
            if !used {
                d.at(
                    Code::NothingAllowed,
                    word.span(),
                    format!("`allow({word})` has no effect: there is no `{word}` here"),
                )
                .help("remove it, or put it on the type, variant or field that needs it");
            }
        }
        self.reasons
    }

    fn read(&mut self, attr: &Attribute, known: &[&str], owner: &str, d: &mut Diagnostics) {
        let mut words = Words::default();
        let readable = d.scope(|d| {
            self.read_words(attr, known, &mut words, d);
            Some(())
        });
        let Words { weakened, reason, seen } = words;
        if !weakened.is_empty() && !seen.iter().any(|word| word == "reason") {
            d.on(Code::MissingReason, &attr.meta, "this weakens a default without a reason")
                .help("add `reason = \"..\"`");
        }
        if let Some((span, text)) = reason {
            // What it was meant for may be what is wrong.
            if weakened.is_empty() && readable.is_some() {
                d.at(
                    Code::UnexpectedArgument,
                    span,
                    "`reason` has no effect: nothing here is weakened",
                )
                .help("`reason` goes with `allow(..)` or `unknown_fields = allow`");
            }
            self.reasons.extend(weakened.into_iter().map(|word| Reason {
                word: format!("input({word}) {owner}"),
                reason: text.clone(),
            }));
        }
    }

    fn read_words(
        &mut self,
        attr: &Attribute,
        known: &[&str],
        words: &mut Words,
        d: &mut Diagnostics,
    ) {
        let Words { weakened, reason, seen } = words;
        for meta in super::arguments(std::slice::from_ref(attr), "input", d) {
            let word = meta.path().get_ident().map(Ident::to_string).unwrap_or_default();
            if !known.contains(&word.as_str()) {
                let help = match did_you_mean(&word, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known words here: {}", known.join(", ")),
                };
                d.on(Code::UnknownWord, meta.path(), format!("unknown word `{word}` in `input`"))
                    .help(help);
                continue;
            }
            if seen.contains(&word) {
                d.on(Code::RepeatedWord, &meta, format!("duplicate `{word}`"));
                continue;
            }
            match word.as_str() {
                "allow" => self.read_allow(&meta, weakened, d),
                "reason" => *reason = read_reason(&meta, d),
                "unknown_fields" => {
                    if super::path(&meta).is_some_and(|path| path.is_ident("allow")) {
                        self.unknown_fields = Some(meta.span());
                        weakened.push("unknown_fields".to_owned());
                    } else {
                        wrong(&meta, "`unknown_fields` takes `allow`", d);
                    }
                }
                "schemes" => self.schemes = read_schemes(&meta, d).map(|all| (meta.span(), all)),
                "list" => {
                    let style = super::path(&meta).and_then(|path| {
                        let is = |word: &str| path.is_ident(word);
                        let comma = is("comma").then_some(ListStyle::Comma);
                        is("repeat").then_some(ListStyle::Repeat).or(comma)
                    });
                    match style {
                        Some(style) => self.list = Some((meta.span(), style)),
                        None => wrong(&meta, "`list` takes `repeat` or `comma`", d),
                    }
                }
                "checkbox" => self.checkbox = read_plain(&meta, &word, d),
                "json" => self.json = read_plain(&meta, &word, d),
                "empty" => {
                    if super::path(&meta).is_some_and(|path| path.is_ident("absent")) {
                        self.empty_is_absent = true;
                    } else {
                        wrong(&meta, "`empty` takes `absent`", d);
                    }
                }
                _ => match super::path(&meta) {
                    Some(path) => {
                        refuse_local_crate(path, d);
                        self.krate = Some(path.clone());
                    }
                    None => wrong(&meta, "`crate` takes the path to palisade", d),
                },
            }
            seen.push(word);
        }
    }

    fn read_allow(&mut self, meta: &Meta, weakened: &mut Vec<String>, d: &mut Diagnostics) {
        let Meta::List(list) = meta else {
            wrong(meta, "`allow` takes the words that it allows: `allow(flatten)`", d);
            return;
        };
        let words =
            match list.parse_args_with(Punctuated::<Ident, syn::Token![,]>::parse_terminated) {
                Ok(words) => words,
                Err(error) => {
                    d.unreadable(&error);
                    return;
                }
            };
        if words.is_empty() {
            d.on(Code::MissingArgument, meta, "`allow` without a word allows nothing");
        }
        let known = || VOUCHED.iter().map(|(word, _)| *word).chain([UNBOUNDED, PARTIAL_PATTERN]);
        for word in words {
            let text = word.to_string();
            if !known().any(|known| known == text) {
                let help = match did_you_mean(&text, known()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => {
                        format!("what can be allowed: {}", known().collect::<Vec<_>>().join(", "))
                    }
                };
                d.at(Code::UnknownWord, word.span(), format!("`{text}` is not a word of `allow`"))
                    .help(help);
                continue;
            }
            if self.allowed.iter().any(|(allowed, _)| *allowed == text) {
                d.at(Code::RepeatedWord, word.span(), format!("duplicate `{text}` in `allow`"));
                continue;
            }
            weakened.push(text);
            self.allowed.push((word, false));
        }
    }
}

/// The span of a word that takes no value.
fn read_plain(meta: &Meta, word: &str, d: &mut Diagnostics) -> Option<Span> {
    match meta {
        Meta::Path(_) => Some(meta.span()),
        Meta::List(_) | Meta::NameValue(_) => {
            wrong(meta, &format!("`{word}` takes no value"), d);
            None
        }
    }
}

/// The texts of `schemes("https", ..)`, each a scheme of RFC 3986 section 3.1 in lower case.
fn read_schemes(meta: &Meta, d: &mut Diagnostics) -> Option<Vec<String>> {
    const FORM: &str = "`schemes` takes texts: `schemes(\"https\")`";
    let Meta::List(list) = meta else {
        wrong(meta, FORM, d);
        return None;
    };
    let texts = match list.parse_args_with(Punctuated::<LitStr, syn::Token![,]>::parse_terminated) {
        Ok(texts) => texts,
        Err(error) => {
            d.unreadable(&error);
            return None;
        }
    };
    if texts.is_empty() {
        d.on(Code::MissingArgument, meta, "`schemes` without a scheme lets nothing through");
    }
    let mut schemes = Vec::new();
    for text in texts {
        let scheme = text.value();
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'+' | b'-' | b'.')
            });
        if !is_scheme {
            d.at(Code::WrongValue, text.span(), format!("{scheme:?} is not a URL scheme"))
                .help("write it in lower case and without `:`, as in `\"https\"`");
        } else if ACTIVE_SCHEMES.contains(&scheme.as_str()) {
            d.at(Code::WrongValue, text.span(), format!("`{scheme}` URLs run as code"))
                .help("store such code as a string that is never used as a link");
        }
        schemes.push(scheme);
    }
    Some(schemes)
}

fn read_reason(meta: &Meta, d: &mut Diagnostics) -> Option<(Span, String)> {
    let Some(text) = super::text(meta) else {
        wrong(meta, "`reason` takes a string: `reason = \"..\"`", d);
        return None;
    };
    let reason = text.value().trim().to_owned();
    refuse_empty_reason("input", &reason, text.span(), d);
    Some((text.span(), reason))
}

fn wrong(meta: &Meta, message: &str, d: &mut Diagnostics) {
    d.on(Code::WrongValue, meta, message);
}
