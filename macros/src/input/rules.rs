//! The rules of a struct, each as the derive of `validator` would ask it.
//!
//! That derive looks through up to two `Option`s by their names, hands numbers over by value and
//! everything else by reference. Rules are written for it, so the same is done here.

use palisade_lint::input::{Field, InputType, IpVersion, Limits, Rule, RuleKind, Schema};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{GenericArgument, Ident, Member, PathArguments, Type, spanned::Spanned as _};

use crate::{emit::option, paths::InputPaths};

/// Types that `validator` hands over by value.
const NUMBERS: [&str; 14] = [
    "usize", "u8", "u16", "u32", "u64", "u128", "isize", "i8", "i16", "i32", "i64", "i128", "f32",
    "f64",
];

/// The rules and conditions of every field, then those of the whole.
pub(super) fn of_struct(fields: &[Field], model: &InputType, paths: &InputPaths) -> TokenStream {
    let each = fields.iter().map(|field| of_field(field, model));
    with_whole(&quote!(#(#each)*), model, paths)
}

/// The rules of the fields, then those of the whole.
fn with_whole(fields: &TokenStream, model: &InputType, paths: &InputPaths) -> TokenStream {
    let InputPaths { input_by_hand, input_whole, .. } = paths;
    let before = (!model.schemas.is_empty()).then(|| {
        quote! {
            let __palisade_before = __palisade_report.count();
        }
    });
    let after = before.is_some().then(|| {
        quote! {
            let __palisade_kept = __palisade_report.count() == __palisade_before;
        }
    });
    let schemas = model.schemas.iter().map(of_whole);
    // With parameters the `Validate` is a derived one, which adds nothing.
    let by_hand = model.generics.params.is_empty().then(|| {
        quote! {
            __palisade_report.own_rules(
                self,
                __palisade_at,
                #input_by_hand::<Self, { #input_whole::<Self>::IS_DERIVED }>::RULES,
            );
        }
    });
    quote! {
        #before
        #fields
        #after
        #(#schemas)*
        #by_hand
    }
}

fn of_whole(schema: &Schema) -> TokenStream {
    let span = Span::call_site().located_at(schema.span);
    let (function, code) = (&schema.function, option(schema.code.as_ref()));
    let asked = if schema.skip_on_field_errors { quote!(__palisade_kept) } else { quote!(true) };
    quote_spanned! {span=>
        if #asked {
            __palisade_report.custom(__palisade_at, #function(self), #code);
        }
    }
}

fn of_field(field: &Field, model: &InputType) -> TokenStream {
    let name = &field.name;
    let member = format_ident!("{}", field.rust_name);
    let at = (!field.flatten).then(|| quote!(let __palisade_at = &__palisade_at.name(#name);));
    let value = Value::new(&field.ty, &member);
    let own = field.rules.iter().map(|rule| value.rule(rule, field, model));
    let conditions = of_type(field, &Member::Named(member.clone()), model);
    quote! {
        {
            #at
            #(#own)*
            #conditions
        }
    }
}

/// The rules and conditions of the only field of a newtype, then those of the type.
pub(super) fn of_newtype(field: &Field, model: &InputType, paths: &InputPaths) -> TokenStream {
    let field = match field.rust_name.parse::<usize>() {
        // Rules on a tuple are refused: `Validate` is derived for named fields alone.
        Ok(index) => of_type(field, &Member::from(index), model),
        Err(_) => {
            let member = format_ident!("{}", field.rust_name);
            let value = Value::new(&field.ty, &member);
            let own = field.rules.iter().map(|rule| value.rule(rule, field, model));
            let conditions = of_type(field, &Member::Named(member.clone()), model);
            quote!(#(#own)* #conditions)
        }
    };
    with_whole(&field, model, paths)
}

/// What the type of a field asks, in the place that is current.
fn of_type(field: &Field, member: &Member, model: &InputType) -> TokenStream {
    let has_url = field.rules.iter().any(|rule| matches!(rule.kind, RuleKind::Url));
    match &field.schemes {
        // Its own conditions name the schemes of the web.
        Some(schemes) if !has_url => {
            let span = field.ty.span();
            let InputPaths { check_schemes, .. } = InputPaths::new(model.krate.as_ref(), span);
            // These are found as the function has them, and not where the type is written.
            let (this, rest) = (quote!(self), quote!(__palisade_at, __palisade_report));
            quote_spanned! {span=>
                #check_schemes(&#this.#member, &[#(#schemes),*], #rest);
            }
        }
        Some(_) | None => {
            let InputPaths { input_inner, .. } =
                InputPaths::new(model.krate.as_ref(), Span::call_site());
            let ty = &field.ty;
            quote! {
                #input_inner::<#ty>::conditions_of(&self.#member, __palisade_at, __palisade_report);
            }
        }
    }
}

/// A field, as a rule gets it.
struct Value<'a> {
    member: &'a Ident,
    /// How many `Option`s are looked through.
    options: usize,
    is_number: bool,
    is_reference: bool,
}

impl<'a> Value<'a> {
    fn new(ty: &Type, member: &'a Ident) -> Self {
        Self {
            member,
            options: options(ty),
            is_number: is_number(ty, 2),
            is_reference: matches!(ty, Type::Reference(_)),
        }
    }

    /// The value where it is there.
    fn actual(&self) -> TokenStream {
        let member = self.member;
        if self.options > 0 { quote!(#member) } else { quote!(self.#member) }
    }

    /// A reference to that.
    fn lent(&self) -> TokenStream {
        let value = self.actual();
        // Behind an `Option` it is bound as one, save a number.
        if self.options > 0 && !self.is_number { value } else { quote!(&#value) }
    }

    fn rule(&self, rule: &Rule, field: &Field, model: &InputType) -> TokenStream {
        // `self` is found as the function has it.
        let span = Span::call_site().located_at(rule.span);
        let asked = self.ask(rule, span, model);
        let condition = self.condition(rule, span, field, model);
        let member = self.member;
        let pattern = if self.is_number { quote!(#member) } else { quote!(ref #member) };
        let some = quote!(::core::option::Option::Some);
        let asked = match (&rule.kind, self.options) {
            (RuleKind::Required, _) | (_, 0) => asked,
            (_, 1) => quote_spanned!(span=> if let #some(#pattern) = self.#member { #asked }),
            (_, _) => {
                quote_spanned!(span=> if let #some(#some(#pattern)) = self.#member { #asked })
            }
        };
        quote!(#asked #condition)
    }

    /// Asks a rule, and reports it where it does not hold.
    fn ask(&self, rule: &Rule, span: Span, model: &InputType) -> TokenStream {
        let paths = InputPaths::new(model.krate.as_ref(), span);
        let InputPaths { input_rules, validate_must_match, .. } = &paths;
        let (value, lent, member) = (self.actual(), self.lent(), self.member);
        let code = code(rule);
        // By the path of the trait: a trait of the service may have a method of the same name.
        let holds = match &rule.kind {
            RuleKind::Length(limits) => {
                let Limits { min, max, equal, .. } = limits;
                let limits = [min, max, equal].map(|limit| option(limit.as_ref()));
                return quote_spanned! {span=>
                    __palisade_report.length(__palisade_at, #lent, [#(#limits),*], #code);
                };
            }
            RuleKind::Range(limits) => {
                let Limits { min, max, exclusive_min, exclusive_max, .. } = limits;
                let limits = [min, max, exclusive_min, exclusive_max];
                let limits = limits.map(|limit| option(limit.as_ref()));
                return quote_spanned! {span=>
                    __palisade_report.range(__palisade_at, #lent, [#(#limits),*], #code);
                };
            }
            RuleKind::Email => {
                quote_spanned!(span=> #input_rules::ValidateEmail::validate_email(#lent))
            }
            RuleKind::Url => quote_spanned!(span=> #input_rules::ValidateUrl::validate_url(#lent)),
            RuleKind::CreditCard => {
                let validator = match &model.validator {
                    Some(path) => path.to_token_stream(),
                    None => quote_spanned!(span=> ::validator),
                };
                // A feature of `validator`, which the service turns on and palisade does not.
                quote_spanned! {span=>
                    #validator::ValidateCreditCard::validate_credit_card(#lent)
                }
            }
            RuleKind::Ip(version) => {
                let method = match version {
                    IpVersion::Any => Ident::new("validate_ip", span),
                    IpVersion::V4 => Ident::new("validate_ipv4", span),
                    IpVersion::V6 => Ident::new("validate_ipv6", span),
                };
                quote_spanned!(span=> #input_rules::ValidateIp::#method(#lent))
            }
            RuleKind::NonControlCharacter => quote_spanned! {span=>
                #input_rules::ValidateNonControlCharacter::validate_non_control_character(#lent)
            },
            RuleKind::Required => quote_spanned! {span=>
                #input_rules::ValidateRequired::validate_required(&self.#member)
            },
            RuleKind::Contains(pattern) => quote_spanned! {span=>
                #input_rules::ValidateContains::validate_contains(#lent, #pattern)
            },
            RuleKind::DoesNotContain(pattern) => quote_spanned! {span=>
                #input_rules::ValidateDoesNotContain::validate_does_not_contain(#lent, #pattern)
            },
            RuleKind::MustMatch(other) => {
                quote_spanned!(span=> #validate_must_match(&#value, &self.#other))
            }
            RuleKind::Regex(pattern) => quote_spanned! {span=>
                #input_rules::ValidateRegex::validate_regex(#lent, &#pattern)
            },
            RuleKind::Custom(function) => {
                let by_value = self.is_number || self.is_reference;
                let value = if by_value { value } else { quote!(&#value) };
                let code = option(rule.code.as_ref());
                return quote_spanned! {span=>
                    __palisade_report.custom(__palisade_at, #function(#value), #code);
                };
            }
        };
        quote_spanned!(span=> __palisade_report.rule(__palisade_at, #holds, #code);)
    }

    /// What a rule asks besides what its name says in `validator`.
    fn condition(
        &self,
        rule: &Rule,
        span: Span,
        field: &Field,
        model: &InputType,
    ) -> Option<TokenStream> {
        let InputPaths { check_credit_card, check_email, check_url, .. } =
            InputPaths::new(model.krate.as_ref(), span);
        let (member, code) = (self.member, code(rule));
        let value = quote_spanned!(span=> &self.#member);
        let rest = quote!(#code, __palisade_at, __palisade_report);
        match rule.kind {
            RuleKind::CreditCard => Some(quote_spanned!(span=> #check_credit_card(#value, #rest);)),
            RuleKind::Email => Some(quote_spanned!(span=> #check_email(#value, #rest);)),
            RuleKind::Url => {
                let schemes = schemes(field);
                Some(quote_spanned!(span=> #check_url(#value, &[#(#schemes),*], #rest);))
            }
            RuleKind::Length(_)
            | RuleKind::Range(_)
            | RuleKind::Ip(_)
            | RuleKind::NonControlCharacter
            | RuleKind::Required
            | RuleKind::Contains(_)
            | RuleKind::DoesNotContain(_)
            | RuleKind::MustMatch(_)
            | RuleKind::Regex(_)
            | RuleKind::Custom(_) => None,
        }
    }
}

/// The schemes that the rule `url` of a field takes: those of the web unless the field names others.
pub(super) fn schemes(field: &Field) -> Vec<String> {
    let web = || ["http", "https"].map(str::to_owned).to_vec();
    field.schemes.clone().unwrap_or_else(web)
}

/// The code under which a rule is reported.
fn code(rule: &Rule) -> String {
    let name = match &rule.kind {
        RuleKind::Length(_) => "length",
        RuleKind::Range(_) => "range",
        RuleKind::Email => "email",
        RuleKind::Url => "url",
        RuleKind::CreditCard => "credit_card",
        RuleKind::Ip(_) => "ip",
        RuleKind::NonControlCharacter => "non_control_character",
        RuleKind::Required => "required",
        RuleKind::Contains(_) => "contains",
        RuleKind::DoesNotContain(_) => "does_not_contain",
        RuleKind::MustMatch(_) => "must_match",
        RuleKind::Regex(_) => "regex",
        RuleKind::Custom(_) => "custom",
    };
    rule.code.clone().unwrap_or_else(|| name.to_owned())
}

/// The type in `Option<..>`, by its name: `Option`, `std::option::Option`, `core::option::Option`.
fn in_option(ty: &Type) -> Option<Option<&Type>> {
    let Type::Path(path) = ty else { return None };
    let names: Vec<_> =
        path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    if !matches!(names.as_slice(), ["Option"] | ["std" | "core", "option", "Option"]) {
        return None;
    }
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.first()?.arguments else {
        return Some(None);
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(ty)) => Some(Some(ty)),
        Some(_) | None => Some(None),
    }
}

fn options(ty: &Type) -> usize {
    match in_option(ty) {
        Some(inner) => inner.map_or(0, options).saturating_add(1),
        None => 0,
    }
}

/// Whether the type is a number, or an `Option` of one.
fn is_number(ty: &Type, options: usize) -> bool {
    let Type::Path(path) = ty else { return false };
    if let Some(name) = path.path.get_ident() {
        return NUMBERS.iter().any(|number| name == number);
    }
    // Only the plain name is one that `validator` compares with.
    options > 0
        && path.path.segments.len() == 1
        && in_option(ty).flatten().is_some_and(|inner| is_number(inner, options - 1))
}
