//! The rules of `#[validate(..)]` for a field's size and form, and for a struct.
//!
//! Every rule is read into the model, because the derive emits each one itself: what another
//! `Validate` does cannot take a rule away. What cannot be read is refused.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta, Path, spanned::Spanned as _};

use crate::diagnostic::{Code, Diagnostics, did_you_mean};

/// The most elements of a list, entries of a map or characters of a string that any rule may allow.
const MOST: u64 = 1 << 20;

/// The rules of a field.
const WORDS: [&str; 15] = [
    "contains",
    "credit_card",
    "custom",
    "does_not_contain",
    "email",
    "ip",
    "length",
    "must_match",
    "nested",
    "non_control_character",
    "range",
    "regex",
    "required",
    "skip",
    "url",
];

/// The words of `#[validate(..)]` on a struct.
const STRUCT_WORDS: [&str; 5] = ["context", "crate", "mutable", "nest_all_fields", "schema"];

/// A rule of a field.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it asks.
    pub kind: RuleKind,
    /// The code of `code = ".."`.
    pub code: Option<String>,
    /// The span of the rule.
    pub span: Span,
}

/// What a rule asks.
#[derive(Clone, Debug)]
pub enum RuleKind {
    /// `length(..)`
    Length(Limits),
    /// `range(..)`
    Range(Limits),
    /// `email`
    Email,
    /// `url`
    Url,
    /// `credit_card`
    CreditCard,
    /// `ip`
    Ip(IpVersion),
    /// `non_control_character`
    NonControlCharacter,
    /// `required`
    Required,
    /// `contains(pattern = ..)`
    Contains(Expr),
    /// `does_not_contain(pattern = ..)`
    DoesNotContain(Expr),
    /// `must_match(other = ..)`
    MustMatch(Path),
    /// `regex(path = ..)`
    Regex(Expr),
    /// `custom(function = ..)`
    Custom(Path),
}

/// The bounds of `length` and `range`.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// `min = ..`
    pub min: Option<Expr>,
    /// `max = ..`
    pub max: Option<Expr>,
    /// `equal = ..`
    pub equal: Option<Expr>,
    /// `exclusive_min = ..`
    pub exclusive_min: Option<Expr>,
    /// `exclusive_max = ..`
    pub exclusive_max: Option<Expr>,
}

/// The versions of `ip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// Both.
    Any,
    /// `ip(v4 = true)`
    V4,
    /// `ip(v6 = true)`
    V6,
}

/// A rule about a whole struct: `schema(function = ..)`.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The function.
    pub function: Path,
    /// The code of `code = ".."`.
    pub code: Option<String>,
    /// Whether it is asked only where the fields keep their rules.
    pub skip_on_field_errors: bool,
    /// The span of the rule.
    pub span: Span,
}

/// What `#[validate(..)]` says about a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// Every rule, in the order of the source.
    pub(super) all: Vec<Rule>,
    /// `length(max = ..)` or `length(equal = ..)`; a `min` alone bounds nothing.
    pub(super) length: Option<Expr>,
    /// `regex(path = ..)`.
    pub(super) pattern: Option<Expr>,
    /// `nested`.
    pub(super) nested: bool,
}

impl Rules {
    pub(super) fn new(attrs: &[Attribute], d: &mut Diagnostics) -> Self {
        let mut rules = Self::default();
        for meta in super::arguments(attrs, "validate", d) {
            let word = meta.path().get_ident().map(Ident::to_string).unwrap_or_default();
            match word.as_str() {
                "length" => {
                    let Some((limits, code)) = limits(&meta, d) else { continue };
                    rules.length = bound(&limits, d);
                    let kind = RuleKind::Length(limits);
                    rules.all.push(Rule { kind, code, span: meta.span() });
                }
                "range" => {
                    let Some((limits, code)) = limits(&meta, d) else { continue };
                    let kind = RuleKind::Range(limits);
                    rules.all.push(Rule { kind, code, span: meta.span() });
                }
                "regex" => {
                    rules.pattern = required(&meta, "path", d).map(unquote);
                    if let Some(pattern) = rules.pattern.clone() {
                        rules.push(RuleKind::Regex(pattern), &meta);
                    }
                }
                "contains" => {
                    if let Some(pattern) = required(&meta, "pattern", d) {
                        rules.push(RuleKind::Contains(pattern), &meta);
                    }
                }
                "does_not_contain" => {
                    if let Some(pattern) = required(&meta, "pattern", d) {
                        rules.push(RuleKind::DoesNotContain(pattern), &meta);
                    }
                }
                "must_match" => {
                    if let Some(other) = required(&meta, "other", d).and_then(|p| path(p, d)) {
                        rules.push(RuleKind::MustMatch(other), &meta);
                    }
                }
                "custom" => rules.custom(&meta, d),
                "credit_card" => rules.plain(RuleKind::CreditCard, &meta, d),
                "email" => rules.plain(RuleKind::Email, &meta, d),
                "url" => rules.plain(RuleKind::Url, &meta, d),
                "non_control_character" => rules.plain(RuleKind::NonControlCharacter, &meta, d),
                "required" => rules.plain(RuleKind::Required, &meta, d),
                "ip" => {
                    refuse_half_ip(&meta, d);
                    rules.plain(RuleKind::Ip(version(&meta)), &meta, d);
                }
                "nested" => rules.nested = !is_false(&meta),
                "skip" => {
                    if !is_false(&meta) {
                        d.on(
                            Code::SkippedRules,
                            &meta,
                            "`skip` switches off every rule of this field",
                        )
                        .help("remove it; a value that no request may set takes `#[serde(skip)]`");
                    }
                }
                _ => unknown(&meta, &word, &WORDS, d),
            }
        }
        rules
    }

    fn push(&mut self, kind: RuleKind, meta: &Meta) {
        self.all.push(Rule { kind, code: code(meta), span: meta.span() });
    }

    /// A rule that needs no argument.
    fn plain(&mut self, kind: RuleKind, meta: &Meta, d: &mut Diagnostics) {
        if arguments(meta, d).is_some() {
            self.push(kind, meta);
        }
    }

    fn custom(&mut self, meta: &Meta, d: &mut Diagnostics) {
        if refuse_context(meta, d) {
            return;
        }
        if let Some(function) = required(meta, "function", d).and_then(|value| path(value, d)) {
            self.push(RuleKind::Custom(function), meta);
        }
    }
}

/// What `#[validate(..)]` says about a struct as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct StructRules {
    /// `schema(function = ..)`
    pub(super) schemas: Vec<Schema>,
    /// `crate = path`
    pub(super) validator: Option<Path>,
    /// `nest_all_fields`
    pub(super) nests_all_fields: bool,
}

impl StructRules {
    pub(super) fn new(attrs: &[Attribute], d: &mut Diagnostics) -> Self {
        let mut rules = Self::default();
        for meta in super::arguments(attrs, "validate", d) {
            let word = meta.path().get_ident().map(Ident::to_string).unwrap_or_default();
            match word.as_str() {
                "schema" => {
                    if refuse_context(&meta, d) {
                        continue;
                    }
                    let function = required(&meta, "function", d).and_then(|value| path(value, d));
                    let skip = argument(&meta, "skip_on_field_errors");
                    if let Some(function) = function {
                        rules.schemas.push(Schema {
                            function,
                            code: code(&meta),
                            skip_on_field_errors: skip.is_none() || is_true(skip.as_ref()),
                            span: meta.span(),
                        });
                    }
                }
                "nest_all_fields" => rules.nests_all_fields = !is_false(&meta),
                "crate" => {
                    if let Meta::NameValue(pair) = meta {
                        rules.validator = path(pair.value, d);
                    }
                }
                "context" | "mutable" => {}
                _ => unknown(&meta, &word, &STRUCT_WORDS, d),
            }
        }
        rules
    }
}

/// Refuses a rule that asks for a context: no request has one, so nothing would run the rule.
fn refuse_context(meta: &Meta, d: &mut Diagnostics) -> bool {
    let Some(value) = argument(meta, "use_context") else { return false };
    if matches!(&value, Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value) {
        return false;
    }
    d.on(Code::SkippedRules, meta, "a rule with `use_context` never runs here")
        .help("write a function of the value alone, or check the rest in the handler");
    true
}

/// A rule that the derive would not emit bounds nothing.
fn unknown(meta: &Meta, word: &str, known: &[&str], d: &mut Diagnostics) {
    let help = match did_you_mean(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known words here: {}", known.join(", ")),
    };
    d.on(Code::UnknownWord, meta.path(), format!("unknown word `{word}` in `validate`")).help(help);
}

/// The code of `code = ".."`.
fn code(meta: &Meta) -> Option<String> {
    text(&argument(meta, "code")?)
}

/// A string literal; the `validator` crate refuses another kind of value.
fn text(value: &Expr) -> Option<String> {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value else { return None };
    Some(text.value())
}

/// The value of `rule(name = value)`. What cannot be read is noted elsewhere.
fn argument(meta: &Meta, name: &str) -> Option<Expr> {
    find(parse(meta).ok()?, name)
}

/// The value of `rule(name = value)`, without which the rule asks nothing.
fn required(meta: &Meta, name: &str, d: &mut Diagnostics) -> Option<Expr> {
    let value = find(arguments(meta, d)?, name);
    if value.is_none() {
        let rule = meta.path().get_ident().map(Ident::to_string).unwrap_or_default();
        d.on(Code::MissingArgument, meta, format!("`{rule}` needs `{name}`"))
            .help(format!("write `{rule}({name} = ..)`"));
    }
    value
}

fn find(arguments: Vec<(String, Expr)>, name: &str) -> Option<Expr> {
    arguments.into_iter().find_map(|(own, value)| (own == name).then_some(value))
}

/// The names and values of `rule(name = value, ..)`; `None` where they cannot be read, which is
/// noted.
fn arguments(meta: &Meta, d: &mut Diagnostics) -> Option<Vec<(String, Expr)>> {
    match parse(meta) {
        Ok(arguments) => Some(arguments),
        Err(error) => {
            d.unreadable(&error);
            None
        }
    }
}

fn parse(meta: &Meta) -> syn::Result<Vec<(String, Expr)>> {
    let Meta::List(list) = meta else { return Ok(Vec::new()) };
    type Parts = syn::punctuated::Punctuated<Meta, syn::Token![,]>;
    let parts = list.parse_args_with(Parts::parse_terminated)?;
    let named = parts.into_iter().filter_map(|part| match part {
        Meta::NameValue(pair) => Some((pair.path.get_ident().map(Ident::to_string)?, pair.value)),
        // A word alone is `word = true`.
        Meta::Path(path) => {
            Some((path.get_ident().map(Ident::to_string)?, syn::parse_quote!(true)))
        }
        Meta::List(_) => None,
    });
    Ok(named.collect())
}

/// A path, or a string literal that holds one.
fn path(value: Expr, d: &mut Diagnostics) -> Option<Path> {
    let value = unquote(value);
    if let Expr::Path(path) = &value
        && path.qself.is_none()
    {
        return Some(path.path.clone());
    }
    d.on(Code::WrongValue, &value, "this is not a path");
    None
}

/// Refuses `ip(v4 = false)`, which `validator` takes for `ip`: both versions pass.
fn refuse_half_ip(meta: &Meta, d: &mut Diagnostics) {
    for (off, other) in [("v4", "v6"), ("v6", "v4")] {
        let is_off = matches!(
            argument(meta, off),
            Some(Expr::Lit(ExprLit { lit: Lit::Bool(value), .. })) if !value.value
        );
        if is_off && argument(meta, other).is_none() {
            d.on(Code::WrongValue, meta, format!("`{off} = false` alone takes both versions"))
                .help(format!("write `ip({other} = true)`"));
        }
    }
}

fn version(meta: &Meta) -> IpVersion {
    let four = is_true(argument(meta, "v4").as_ref());
    let six = is_true(argument(meta, "v6").as_ref());
    match (four, six) {
        (true, false) => IpVersion::V4,
        (false, true) => IpVersion::V6,
        (true, true) | (false, false) => IpVersion::Any,
    }
}

/// Refuses rules where nothing runs them: `Validate` takes structs alone, but other derives (those of
/// API documentation) know `#[validate(..)]` too, so it compiles and bounds nothing.
pub(super) fn refuse_in_enum(attrs: &[Attribute], d: &mut Diagnostics) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("validate")) {
        d.on(Code::SkippedRules, attr.path(), "nothing runs the rules of an enum").help(
            "take types that carry their bound, such as `Text<64>`, or a struct with these rules",
        );
    }
}

/// Refuses rules on a tuple of one field, for the same reason.
pub(super) fn refuse_in_tuple(attrs: &[Attribute], d: &mut Diagnostics) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("validate")) {
        d.on(Code::SkippedRules, attr.path(), "nothing runs the rules of a tuple")
            .help("name the field, and write `#[serde(transparent)]` on the type");
    }
}

/// The bounds and the code of `length` and `range`.
fn limits(meta: &Meta, d: &mut Diagnostics) -> Option<(Limits, Option<String>)> {
    let mut limits = Limits::default();
    let mut code = None;
    for (name, value) in arguments(meta, d)? {
        let place = match name.as_str() {
            "min" => &mut limits.min,
            "max" => &mut limits.max,
            "equal" => &mut limits.equal,
            "exclusive_min" => &mut limits.exclusive_min,
            "exclusive_max" => &mut limits.exclusive_max,
            "code" => {
                code = code.or_else(|| text(&value));
                continue;
            }
            // Another name is validator's to refuse.
            _ => continue,
        };
        *place = Some(unquote(value));
    }
    Some((limits, code))
}

/// The most that a length allows.
fn bound(limits: &Limits, d: &mut Diagnostics) -> Option<Expr> {
    let bound = limits.equal.as_ref().or(limits.max.as_ref())?;
    if let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = bound
        && number.base10_parse::<u64>().map_or(true, |number| number > MOST)
    {
        d.at(
            Code::LengthTooLarge,
            number.span(),
            format!("a length of {number} is too large to be a bound"),
        )
        .help(format!("at most {MOST}; larger data is an upload, not a field"));
    }
    Some(bound.clone())
}

/// `max = "MAX"` is how validator also takes an expression.
fn unquote(value: Expr) -> Expr {
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &value
        && let Ok(expression) = text.parse::<Expr>()
    {
        return expression;
    }
    value
}

fn is_true(value: Option<&Expr>) -> bool {
    matches!(value, Some(Expr::Lit(ExprLit { lit: Lit::Bool(value), .. })) if value.value)
}

fn is_false(meta: &Meta) -> bool {
    matches!(meta, Meta::NameValue(pair)
        if matches!(&pair.value, Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value))
}
