//! The model of `#[derive(Scope)]`: the scope of each variant, and the scopes that it includes.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Fields, Ident, Lit, LitStr, Path, Variant,
    ext::IdentExt as _,
};

use crate::{
    attribute::{Arg, Args, Call, Value},
    diagnostic::{Code, Diagnostics, did_you_mean},
    literal,
};

/// The attribute of the derive.
const WORD: &str = "scope";

/// A type that derives `Scope`.
#[derive(Clone, Debug)]
pub struct ScopeType {
    /// Its name.
    pub name: Ident,
    /// The path to palisade, where one was given.
    pub krate: Option<Path>,
    /// The scopes, in source order; never empty.
    pub variants: Vec<ScopeVariant>,
}

/// One scope.
#[derive(Clone, Debug)]
pub struct ScopeVariant {
    /// The variant's name.
    pub ident: Ident,
    /// The scope, as it is in a token.
    pub name: String,
    /// The scopes that grant this one, directly or through others, in source order.
    pub granted_by: Vec<String>,
}

/// A variant as it is written.
struct Written {
    ident: Ident,
    name: String,
    name_span: Span,
    grants: Vec<Ident>,
}

impl ScopeType {
    /// Reads the type, or notes everything that is wrong with it.
    pub fn new(input: &DeriveInput, d: &mut Diagnostics) -> Option<Self> {
        let (krate, variants, grants) = d.scope(|d| {
            let krate = read_container(&input.attrs, d);
            let data = plain_enum(input, d)?;
            let variants: Vec<_> =
                data.variants.iter().map(|variant| read_variant(variant, d)).collect();
            let variants = variants.into_iter().collect::<Option<Vec<_>>>()?;
            refuse_same_names(&variants, d);
            let grants = direct_grants(&input.ident, &variants, d);
            Some((krate, variants, grants))
        })?;
        let closed = closure(&grants);
        d.scope(|d| {
            refuse_cycles(&variants, &closed, d);
            Some(())
        })?;
        let variants = (0..variants.len())
            .zip(&variants)
            .map(|(at, own)| ScopeVariant {
                ident: own.ident.clone(),
                name: own.name.clone(),
                granted_by: variants
                    .iter()
                    .zip(&closed)
                    .filter(|(_, grants)| grants.contains(&at))
                    .map(|(granting, _)| granting.name.clone())
                    .collect(),
            })
            .collect();
        Some(Self { name: input.ident.clone(), krate, variants })
    }
}

/// The path to palisade that the type gives, mistakes aside.
pub fn crate_path(input: &DeriveInput) -> Option<Path> {
    let mut ignored = Diagnostics::new();
    let krate = read_container(&input.attrs, &mut ignored);
    // The caller is reporting them already.
    let _reported = ignored.check();
    krate
}

/// `ItemsWrite` is `items:write`, `OrderItemsRead` is `order-items:read`, `Audit` is `audit`: the
/// words in lower case, a colon before the last one, hyphens between the others.
///
/// `None` where the name is not made of ASCII letters and digits in such words.
pub fn name_of(variant: &str) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut characters = variant.chars().peekable();
    let mut before = None::<char>;
    while let Some(character) = characters.next() {
        if !character.is_ascii_alphanumeric() {
            return None;
        }
        let starts = match before {
            None => true,
            // `HTTPRead` is two words, and so is `ItemsRead`.
            Some(before) if character.is_ascii_uppercase() => {
                !before.is_ascii_uppercase()
                    || characters.peek().is_some_and(char::is_ascii_lowercase)
            }
            Some(_) => false,
        };
        if starts {
            words.push(String::new());
        }
        words.last_mut()?.push(character.to_ascii_lowercase());
        before = Some(character);
    }
    let action = words.pop()?;
    Some(if words.is_empty() { action } else { format!("{}:{action}", words.join("-")) })
}

/// `#[scope(crate = path)]` on the type.
fn read_container(attributes: &[Attribute], d: &mut Diagnostics) -> Option<Path> {
    let mut args = read_attribute(attributes, d)??;
    let krate = args.take_crate(d);
    args.finish(&["crate"], d);
    krate
}

fn read_attribute(attributes: &[Attribute], d: &mut Diagnostics) -> Option<Option<Args>> {
    Args::of_attribute(WORD, attributes, "#[scope(\"items:write\")]", d)
}

fn plain_enum<'a>(input: &'a DeriveInput, d: &mut Diagnostics) -> Option<&'a DataEnum> {
    let name = &input.ident;
    let what = match &input.data {
        Data::Enum(data) if input.generics.params.is_empty() => {
            if !data.variants.is_empty() {
                return Some(data);
            }
            "has no variants, so that it names no scope"
        }
        Data::Enum(_) => "has parameters, and a scope has none",
        Data::Struct(_) | Data::Union(_) => "is not an enum",
    };
    d.at(Code::NotAScopeEnum, name.span(), format!("`{name}` {what}"))
        .help("write an enum with one variant for each scope");
    None
}

fn read_variant(variant: &Variant, d: &mut Diagnostics) -> Option<Written> {
    let ident = &variant.ident;
    if !matches!(variant.fields, Fields::Unit) {
        d.at(
            Code::ScopeVariantFields,
            ident.span(),
            format!("the variant `{ident}` has fields, and a scope is a fixed string"),
        )
        .help("write one variant without fields for each scope");
        return None;
    }
    let args = read_attribute(&variant.attrs, d)?;
    d.scope(|d| read_name(ident, args, d))
}

/// The scope of a variant, and what it grants.
fn read_name(ident: &Ident, args: Option<Args>, d: &mut Diagnostics) -> Option<Written> {
    let (mut text, mut grants) = (None::<LitStr>, Vec::new());
    if let Some(mut args) = args {
        let span = args.span;
        let list = std::mem::take(&mut args.list);
        if list.is_empty() {
            d.at(Code::MissingArgument, span, "`scope` needs arguments")
                .help("write `#[scope(\"items:write\")]`, or leave it out");
        }
        for arg in list {
            match arg {
                Arg::Value(Value::Literal(Lit::Str(name))) if text.is_none() => text = Some(name),
                Arg::Value(Value::Call(call)) if call.path.is_ident("grants") => {
                    read_grants(call, &mut grants, d);
                }
                other @ (Arg::Value(_) | Arg::Named(..)) => args.list.push(other),
            }
        }
        refuse_others(args, d);
    }
    let (name, name_span) = match &text {
        Some(text) => (text.value(), text.span()),
        None => {
            let Some(name) = name_of(&ident.unraw().to_string()) else {
                d.at(
                    Code::UnnamedScope,
                    ident.span(),
                    format!("`{ident}` makes no scope: its words are not ASCII letters and digits"),
                )
                .help("name the scope: `#[scope(\"items:write\")]`");
                return None;
            };
            (name, ident.span())
        }
    };
    // A star means something only to people; what it is to mean is written beside it.
    let checked = if grants.is_empty() { literal::scope } else { literal::scope_token };
    if let Err(flaw) = checked(&name) {
        d.flaw(name_span, flaw);
    }
    Some(Written { ident: ident.clone(), name, name_span, grants })
}

fn read_grants(call: Call, grants: &mut Vec<Ident>, d: &mut Diagnostics) {
    if call.list.is_empty() || !grants.is_empty() {
        d.on(Code::EmptyGroup, &call.path, "`grants` names its scopes once, and at least one")
            .help("write `grants(ItemsRead, ItemsWrite)`");
    }
    for value in call.list {
        match value.word() {
            Some(ident) if grants.contains(ident) => {
                d.at(Code::DuplicateScope, ident.span(), format!("`{ident}` is granted twice"))
                    .help("keep one of them");
            }
            Some(ident) => grants.push(ident.clone()),
            None => {
                d.on(Code::WrongValue, &value, "`grants` takes names of variants")
                    .help("write `grants(ItemsRead, ItemsWrite)`");
            }
        }
    }
}

/// What is neither the scope's text nor its grants.
fn refuse_others(args: Args, d: &mut Diagnostics) {
    for arg in args.list {
        match arg {
            Arg::Value(Value::Call(call)) => {
                let written = call.path.to_token_stream().to_string().replace(' ', "");
                d.on(Code::UnknownWord, &call.path, format!("`scope` has no option `{written}`"));
                match did_you_mean(&written, ["grants"]) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help("it has `grants(..)`"),
                };
            }
            Arg::Value(value) => {
                d.on(Code::UnexpectedArgument, &value, "`scope` takes one text and `grants(..)`")
                    .help("write `#[scope(\"items:*\", grants(ItemsRead, ItemsWrite))]`");
            }
            Arg::Named(name, _) => {
                d.at(Code::UnknownWord, name.span(), format!("`scope` has no option `{name}`"))
                    .help("on a variant it has the scope's text and `grants(..)`");
            }
        }
    }
}

fn refuse_same_names(variants: &[Written], d: &mut Diagnostics) {
    let mut seen: Vec<&Written> = Vec::new();
    for variant in variants {
        if let Some(first) = seen.iter().find(|first| first.name == variant.name) {
            d.at(
                Code::ScopeNamedTwice,
                variant.name_span,
                format!(
                    "`{}` and `{}` are both the scope `{}`",
                    first.ident, variant.ident, variant.name
                ),
            )
            .help("give one of them another text, or take it out");
        }
        seen.push(variant);
    }
}

/// For each variant the places of those that it grants by itself.
fn direct_grants(owner: &Ident, variants: &[Written], d: &mut Diagnostics) -> Vec<Vec<usize>> {
    let place = |ident: &Ident| variants.iter().position(|variant| variant.ident == *ident);
    let mut all = Vec::with_capacity(variants.len());
    for variant in variants {
        let mut own = Vec::new();
        for granted in &variant.grants {
            match place(granted) {
                Some(_) if *granted == variant.ident => {
                    d.at(Code::UnknownGrant, granted.span(), format!("`{granted}` grants itself"))
                        .help("name the other scopes that it grants");
                }
                Some(at) => own.push(at),
                None => {
                    let message = format!("`{owner}` has no variant `{granted}`");
                    d.at(Code::UnknownGrant, granted.span(), message);
                    let known: Vec<_> =
                        variants.iter().map(|variant| variant.ident.to_string()).collect();
                    let near = did_you_mean(&granted.to_string(), known.iter().map(String::as_str));
                    match near {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help("`grants` takes variants of the same type"),
                    };
                }
            }
        }
        all.push(own);
    }
    all
}

/// What is granted directly or through others.
fn closure(direct: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let reach = |start: &Vec<usize>| {
        let (mut open, mut reached) = (start.clone(), Vec::new());
        while let Some(at) = open.pop() {
            if !reached.contains(&at) {
                reached.push(at);
                open.extend(direct.get(at).into_iter().flatten());
            }
        }
        reached
    };
    direct.iter().map(reach).collect()
}

fn refuse_cycles(variants: &[Written], closed: &[Vec<usize>], d: &mut Diagnostics) {
    let mut cycle =
        closed.iter().enumerate().filter(|(at, grants)| grants.contains(at)).map(|(at, _)| at);
    // One message for the cycle, at the first of its scopes.
    let Some(first) = cycle.next().and_then(|at| variants.get(at)) else { return };
    d.at(
        Code::GrantCycle,
        first.ident.span(),
        format!("the grants of `{}` form a cycle, so these scopes are equivalent", first.ident),
    )
    .help("take out the grant that points upwards");
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    use super::{Code, Diagnostics, ScopeType, name_of};

    fn read(input: &DeriveInput) -> Result<Vec<(String, Vec<String>)>, Vec<Code>> {
        let mut d = Diagnostics::new();
        let model = ScopeType::new(input, &mut d);
        match d.check() {
            Ok(()) => {
                let variants = model.unwrap().variants.into_iter();
                Ok(variants.map(|variant| (variant.name, variant.granted_by)).collect())
            }
            Err(found) => Err(found.into_iter().map(|one| one.code).collect()),
        }
    }

    #[test]
    fn names_are_made_of_the_variants_words() {
        for (variant, name) in [
            ("ItemsWrite", "items:write"),
            ("OrderItemsRead", "order-items:read"),
            ("Audit", "audit"),
            ("HTTPRead", "http:read"),
            ("V2Read", "v2:read"),
            ("A", "a"),
        ] {
            assert_eq!(name_of(variant).as_deref(), Some(name), "{variant}");
        }
        for variant in ["", "Items_Write", "ÄpfelRead"] {
            assert_eq!(name_of(variant), None, "{variant}");
        }
    }

    #[test]
    fn grants_reach_through_others() {
        let found = read(&parse_quote! {
            enum Scope {
                ItemsRead,
                #[scope("items.write", grants(ItemsRead))]
                ItemsWrite,
                #[scope("items:*", grants(ItemsWrite))]
                Items,
                #[scope(grants(Items))]
                Admin,
                Audit,
            }
        });
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(
            found.unwrap(),
            [
                ("items:read".to_owned(), names(&["items.write", "items:*", "admin"])),
                ("items.write".to_owned(), names(&["items:*", "admin"])),
                ("items:*".to_owned(), names(&["admin"])),
                ("admin".to_owned(), names(&[])),
                ("audit".to_owned(), names(&[])),
            ]
        );
    }

    #[test]
    fn each_mistake_is_one() {
        let cases: Vec<(DeriveInput, Code)> = vec![
            (
                parse_quote!(
                    struct Scope;
                ),
                Code::NotAScopeEnum,
            ),
            (
                parse_quote!(
                    enum Scope {}
                ),
                Code::NotAScopeEnum,
            ),
            (
                parse_quote!(
                    enum Scope<T> {
                        A(T),
                    }
                ),
                Code::NotAScopeEnum,
            ),
            (
                parse_quote!(
                    enum Scope {
                        A(u8),
                        B,
                    }
                ),
                Code::ScopeVariantFields,
            ),
            (
                parse_quote!(
                    enum Scope {
                        A_B,
                    }
                ),
                Code::UnnamedScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        A,
                        #[scope("a")]
                        B,
                    }
                ),
                Code::ScopeNamedTwice,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("")]
                        A,
                    }
                ),
                Code::EmptyScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a b")]
                        A,
                    }
                ),
                Code::MalformedScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a:*")]
                        A,
                    }
                ),
                Code::WildcardScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("*")]
                        A,
                    }
                ),
                Code::WildcardScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a *", grants(B))]
                        A,
                        B,
                    }
                ),
                Code::MalformedScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants(A))]
                        A,
                    }
                ),
                Code::UnknownGrant,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants(C))]
                        A,
                        B,
                    }
                ),
                Code::UnknownGrant,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants(B, B))]
                        A,
                        B,
                    }
                ),
                Code::DuplicateScope,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants())]
                        A,
                    }
                ),
                Code::EmptyGroup,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants("b"))]
                        A,
                        B,
                    }
                ),
                Code::WrongValue,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope()]
                        A,
                    }
                ),
                Code::MissingArgument,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope]
                        A,
                    }
                ),
                Code::UnreadableSyntax,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope = "a"]
                        A,
                    }
                ),
                Code::UnreadableSyntax,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a", "b")]
                        A,
                    }
                ),
                Code::UnexpectedArgument,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a", grant(B))]
                        A,
                        B,
                    }
                ),
                Code::UnknownWord,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope("a")]
                        #[scope("b")]
                        A,
                    }
                ),
                Code::RepeatedAttribute,
            ),
            (
                parse_quote!(
                    #[scope("a")]
                    enum Scope {
                        A,
                    }
                ),
                Code::UnexpectedArgument,
            ),
            (
                parse_quote!(
                    enum Scope {
                        #[scope(grants(B))]
                        A,
                        #[scope(grants(A))]
                        B,
                    }
                ),
                Code::GrantCycle,
            ),
        ];
        for (input, code) in cases {
            assert_eq!(read(&input), Err(vec![code]), "{input:?}");
        }
    }
}
