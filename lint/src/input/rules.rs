//! What `#[validate(..)]` says about a field's size and form.

use proc_macro2::Span;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, spanned::Spanned as _};

use crate::diagnostic::{Code, Diagnostics};

/// Elements of a list, entries of a map or characters of a text that any rule may allow.
const MOST: u64 = 1 << 20;

/// A condition of ours next to a rule of `validator`.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The rule.
    pub rule: ConditionRule,
    /// The code under which `validator` reports it.
    pub code: String,
    /// Where the rule stands.
    pub span: Span,
}

/// The rules that have a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionRule {
    /// `credit_card`
    CreditCard,
    /// `email`
    Email,
    /// `url`
    Url,
}

/// What `#[validate(..)]` says about a field.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// `length(max = ..)` or `length(equal = ..)`; a `min` alone bounds nothing.
    pub(super) length: Option<Expr>,
    /// `regex(path = ..)`.
    pub(super) pattern: Option<Expr>,
    /// Rules that take more than their names promise.
    pub(super) conditions: Vec<Condition>,
    /// `nested`.
    pub(super) nested: bool,
}

impl Rules {
    pub(super) fn new(attrs: &[Attribute], d: &mut Diagnostics) -> Self {
        let mut rules = Self::default();
        for meta in super::arguments(attrs, "validate", d) {
            // An unknown rule is validator's to refuse.
            let Some(word) = meta.path().get_ident() else { continue };
            match word.to_string().as_str() {
                "length" => rules.length = length(&meta, d),
                "regex" => {
                    rules.pattern = argument(&meta, "path", d).map(unquote);
                }
                "credit_card" => rules.condition(ConditionRule::CreditCard, &meta, d),
                "email" => rules.condition(ConditionRule::Email, &meta, d),
                "url" => rules.condition(ConditionRule::Url, &meta, d),
                "ip" => refuse_half_ip(&meta, d),
                "nested" => rules.nested = !is_false(&meta),
                "skip" if !is_false(&meta) => {
                    d.on(Code::SkippedRules, &meta, "`skip` switches off every rule of this field")
                        .help("remove it; a value that no request may set takes `#[serde(skip)]`");
                }
                _ => {}
            }
        }
        rules
    }

    fn condition(&mut self, rule: ConditionRule, meta: &Meta, d: &mut Diagnostics) {
        let code = match argument(meta, "code", d) {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(code), .. })) => code.value(),
            // Another kind of value is validator's to refuse.
            _ => meta.path().get_ident().map(ToString::to_string).unwrap_or_default(),
        };
        self.conditions.push(Condition { rule, code, span: meta.span() });
    }
}

/// The value of `rule(name = value)`.
fn argument(meta: &Meta, name: &str, d: &mut Diagnostics) -> Option<Expr> {
    let Meta::List(list) = meta else { return None };
    type Parts = syn::punctuated::Punctuated<Meta, syn::Token![,]>;
    match list.parse_args_with(Parts::parse_terminated) {
        Ok(parts) => parts.into_iter().find_map(|part| match part {
            Meta::NameValue(pair) if pair.path.is_ident(name) => Some(pair.value),
            Meta::NameValue(_) | Meta::List(_) | Meta::Path(_) => None,
        }),
        Err(error) => {
            d.unreadable(&error);
            None
        }
    }
}

/// Refuses `ip(v4 = false)`, which `validator` takes for `ip`: both versions pass.
fn refuse_half_ip(meta: &Meta, d: &mut Diagnostics) {
    for (off, other) in [("v4", "v6"), ("v6", "v4")] {
        let is_off = matches!(
            argument(meta, off, d),
            Some(Expr::Lit(ExprLit { lit: Lit::Bool(value), .. })) if !value.value
        );
        if is_off && argument(meta, other, d).is_none() {
            d.on(Code::WrongValue, meta, format!("`{off} = false` alone takes both versions"))
                .help(format!("write `ip({other} = true)`"));
        }
    }
}

/// Whether the type says `#[validate(nest_all_fields)]`.
pub(super) fn nests_all_fields(attrs: &[Attribute]) -> bool {
    let mut ignored = Diagnostics::new();
    let found = super::arguments(attrs, "validate", &mut ignored)
        .iter()
        .any(|meta| meta.path().is_ident("nest_all_fields") && !is_false(meta));
    // What cannot be read on the type is validator's to report: it bounds no field.
    let _ = ignored.check();
    found
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

fn length(meta: &Meta, d: &mut Diagnostics) -> Option<Expr> {
    let Meta::List(list) = meta else { return None };
    let mut bound = None;
    type Parts = syn::punctuated::Punctuated<Meta, syn::Token![,]>;
    let parts = match list.parse_args_with(Parts::parse_terminated) {
        Ok(parts) => parts,
        Err(error) => {
            d.unreadable(&error);
            return None;
        }
    };
    for part in parts {
        if let Meta::NameValue(pair) = part
            && (pair.path.is_ident("max") || pair.path.is_ident("equal"))
        {
            bound = Some(unquote(pair.value));
        }
    }
    if let Some(Expr::Lit(ExprLit { lit: Lit::Int(number), .. })) = &bound
        && number.base10_parse::<u64>().map_or(true, |number| number > MOST)
    {
        d.at(Code::LengthTooLarge, number.span(), format!("a length of {number} bounds nothing"))
            .help(format!("at most {MOST}; larger data is an upload, not a field"));
    }
    bound
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

fn is_false(meta: &Meta) -> bool {
    matches!(meta, Meta::NameValue(pair)
        if matches!(&pair.value, Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) if !value.value))
}
