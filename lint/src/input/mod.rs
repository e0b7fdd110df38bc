//! The model of `#[derive(Input)]`: the bound that the type of each field needs.
//!
//! Syntax decides what a field *claims* (a length, `nested`, nothing); whether its type keeps the
//! claim is decided by traits in the code that is emitted, so that aliases and look-alikes change
//! nothing. What would take a value past its declared type (`flatten`, `with`, ..) is refused here
//! unless the type vouches for it with a reason.

pub(crate) mod between;
mod case;
mod field;
mod generics;
mod rules;
mod serde_words;
mod vouch;

use syn::{Attribute, Data, DeriveInput, Fields, Ident, ext::IdentExt as _};

use self::{rules::StructRules, serde_words::SerdeWords, vouch::Vouches};
use crate::{
    diagnostic::{Code, Diagnostics},
    documentation,
};

pub use self::{
    field::{Bound, Field},
    rules::{IpVersion, Limits, Rule, RuleKind, Schema},
    vouch::{ListStyle, Reason},
};

/// A type that derives `Input`.
#[derive(Clone, Debug)]
pub struct InputType {
    /// Its name.
    pub name: Ident,
    /// Its parameters: types that say that they are `Input`, and constants.
    pub generics: syn::Generics,
    /// Its documentation; empty where there is none.
    pub docs: String,
    /// The path to palisade, where one was given.
    pub krate: Option<syn::Path>,
    /// What it is made of.
    pub content: Content,
    /// Whether the wire has another form than the declared one (`try_from`).
    pub opaque: bool,
    /// Rules about the whole.
    pub schemas: Vec<Schema>,
    /// The path to `validator`, where one was given.
    pub validator: Option<syn::Path>,
    /// Whether undeclared fields are dropped.
    pub unknown_fields: bool,
    /// What it weakens, and why.
    pub reasons: Vec<Reason>,
}

/// What an input type is made of.
#[derive(Clone, Debug)]
pub enum Content {
    /// A struct with named fields.
    Struct(Vec<Field>),
    /// A struct of one field that is encoded as that field alone: `struct UserId(u64)`, or one with
    /// `#[serde(transparent)]`.
    Newtype {
        /// The field.
        field: Box<Field>,
        /// Whether it reads `null` and absence as the field does; a tuple does not.
        is_transparent: bool,
    },
    /// An enum.
    Enum {
        /// The fields of all variants, in order.
        fields: Vec<Field>,
        /// The variants that requests can name, in order.
        variants: Vec<Variant>,
        /// How the variant is encoded.
        tagging: Tagging,
        /// Whether every value is a plain text on the wire: no fields, no tag.
        plain: bool,
    },
}

/// How the variant of an enum is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// By the name of the only member.
    External,
    /// By a member among the fields.
    Internal(String),
    /// By a member beside the one that holds the content.
    Adjacent(String, String),
    /// Not at all.
    Untagged,
}

/// What a variant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// Nothing.
    Unit,
    /// One value without a name.
    Newtype,
    /// Values in order.
    Tuple,
    /// Named fields.
    Named,
}

/// A variant of an enum.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name in the source.
    pub name: Ident,
    /// Its names on the wire.
    pub wire_names: Vec<String>,
    /// What it holds.
    pub kind: VariantKind,
    /// Whether the wire has another form than the declared one.
    pub opaque: bool,
    /// How many of the enum's fields are its own.
    pub fields: usize,
}

impl InputType {
    /// Reads the type, or notes everything that is wrong with it.
    pub fn new(input: &DeriveInput, d: &mut Diagnostics) -> Option<Self> {
        d.scope(|d| Self::read(input, d))
    }

    fn read(input: &DeriveInput, d: &mut Diagnostics) -> Option<Self> {
        let owner = input.ident.to_string();
        let mut vouches = Vouches::new(&input.attrs, vouch::CONTAINER, &owner, d);
        let serde = SerdeWords::new(&input.attrs, &mut vouches, d);
        let mut reasons = Vec::new();
        between::refuse(input, d);
        generics::check(input, d);
        let mut struct_rules = StructRules::default();
        let content = match &input.data {
            Data::Struct(data) => {
                struct_rules = StructRules::new(&input.attrs, d);
                let nested = struct_rules.nests_all_fields;
                struct_content(input, &data.fields, &serde, nested, &mut reasons, d)
            }
            Data::Enum(data) => enum_content(input, data, &serde, &vouches, &mut reasons, d),
            Data::Union(data) => {
                d.at(
                    Code::InputUnion,
                    data.union_token.span,
                    format!("`{owner}` is a union: its bytes have more than one meaning"),
                )
                .help("take an enum that derives `Input`");
                None
            }
        };
        check_unknown_fields(input, &serde, &vouches, d);
        let krate = vouches.krate.take();
        let unknown_fields = vouches.unknown_fields.is_some();
        // Those of the type itself precede those of its fields.
        reasons.splice(0..0, vouches.finish(d));
        let content = content?;
        Some(Self {
            name: input.ident.clone(),
            generics: input.generics.clone(),
            docs: documentation(&input.attrs),
            krate,
            content,
            opaque: serde.opaque,
            schemas: struct_rules.schemas,
            validator: struct_rules.validator,
            unknown_fields,
            reasons,
        })
    }
}

/// The path to palisade that the type gives, mistakes aside.
pub fn crate_path(input: &DeriveInput) -> Option<syn::Path> {
    let mut ignored = Diagnostics::new();
    let vouches = Vouches::new(&input.attrs, vouch::CONTAINER, "", &mut ignored);
    // The caller is reporting them already.
    let _ = ignored.check();
    vouches.krate
}

fn struct_content(
    input: &DeriveInput,
    fields: &Fields,
    serde: &SerdeWords,
    nested: bool,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Option<Content> {
    let mut reader = field::Reader {
        owner: input.ident.to_string(),
        case: serde.fields_case.clone(),
        default: serde.default,
        nested,
        words: vouch::FIELD,
    };
    let (fields, is_tuple) = match fields {
        Fields::Named(fields) => (&fields.named, false),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => (&fields.unnamed, true),
        Fields::Unnamed(_) | Fields::Unit => {
            d.at(
                Code::InputUnnamedFields,
                input.ident.span(),
                format!(
                    "`{}` has no named fields, so no rule could be written for it",
                    input.ident
                ),
            )
            .help(
                "name the fields; one field alone may represent the type (`struct UserId(u64)`), and a \
                 path takes tuples such as `Path<(Slug, u32)>` as they are",
            );
            return None;
        }
    };
    if is_tuple {
        rules::refuse_in_tuple(&input.attrs, d);
        for field in fields {
            rules::refuse_in_tuple(&field.attrs, d);
        }
    }
    if !is_tuple && !serde.transparent {
        return Some(Content::Struct(reader.read_all(fields, reasons, d)));
    }
    // The field that is the encoding of the whole type has no name that a query string could give
    // it.
    reader.words = vouch::VARIANT_FIELD;
    let mut fields = reader.read_all(fields, reasons, d).into_iter();
    match (fields.next(), fields.next()) {
        (Some(field), None) => {
            Some(Content::Newtype { field: Box::new(field), is_transparent: serde.transparent })
        }
        // Serde refuses a `transparent` type of several fields, or of none.
        (Some(_), Some(_)) | (None, _) => None,
    }
}

fn enum_content(
    input: &DeriveInput,
    data: &syn::DataEnum,
    serde: &SerdeWords,
    vouches: &Vouches,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Option<Content> {
    let (mut all, mut variants) = (Vec::new(), Vec::new());
    rules::refuse_in_enum(&input.attrs, d);
    for variant in &data.variants {
        rules::refuse_in_enum(&variant.attrs, d);
        for field in &variant.fields {
            rules::refuse_in_enum(&field.attrs, d);
        }
        let owner = format!("{}::{}", input.ident, variant.ident);
        let mut allowed = Vouches::new(&variant.attrs, vouch::VARIANT, &owner, d);
        let words = SerdeWords::new(&variant.attrs, &mut allowed, d);
        reasons.extend(allowed.finish(d));
        let unit = matches!(variant.fields, Fields::Unit);
        if unit && serde.is_internally_tagged() && vouches.unknown_fields.is_none() && !words.skip {
            d.at(
                Code::TaggedUnitVariant,
                variant.ident.span(),
                format!("the variant `{}` drops everything next to its tag", variant.ident),
            )
            .help(format!("write `{} {{}}`, which refuses unknown fields", variant.ident));
        }
        if words.skip {
            continue;
        }
        let reader = field::Reader {
            owner,
            case: words.fields_case.clone().or_else(|| serde.variant_fields_case.clone()),
            default: false,
            nested: false,
            words: vouch::VARIANT_FIELD,
        };
        let before = all.len();
        match &variant.fields {
            Fields::Named(fields) => all.extend(reader.read_all(&fields.named, reasons, d)),
            Fields::Unnamed(fields) => all.extend(reader.read_all(&fields.unnamed, reasons, d)),
            Fields::Unit => {}
        }
        let fields = all.len().saturating_sub(before);
        let name = variant.ident.unraw().to_string();
        let wire_name = words.rename.clone().unwrap_or_else(|| match &serde.fields_case {
            Some(rule) => case::rename_variant(rule, &name),
            None => name,
        });
        variants.push(Variant {
            name: variant.ident.clone(),
            wire_names: [wire_name].into_iter().chain(words.aliases).collect(),
            kind: match &variant.fields {
                Fields::Named(_) => VariantKind::Named,
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => VariantKind::Newtype,
                Fields::Unnamed(_) => VariantKind::Tuple,
                Fields::Unit => VariantKind::Unit,
            },
            opaque: words.opaque || words.untagged,
            fields,
        });
    }
    let tagging = match (&serde.tag, &serde.content) {
        _ if serde.untagged => Tagging::Untagged,
        (Some(tag), Some(content)) => Tagging::Adjacent(tag.clone(), content.clone()),
        (Some(tag), None) => Tagging::Internal(tag.clone()),
        (None, _) => Tagging::External,
    };
    let plain = data.variants.iter().all(|variant| matches!(variant.fields, Fields::Unit))
        && tagging == Tagging::External;
    Some(Content::Enum { fields: all, variants, tagging, plain })
}

fn check_unknown_fields(
    input: &DeriveInput,
    serde: &SerdeWords,
    vouches: &Vouches,
    d: &mut Diagnostics,
) {
    match (serde.deny_unknown_fields, vouches.unknown_fields) {
        (Some(_), None) => {}
        (Some(_), Some(allowed)) => {
            d.at(
                Code::UnknownFieldsTwice,
                allowed,
                format!("`{}` both refuses and allows unknown fields", input.ident),
            )
            .help("keep `#[serde(deny_unknown_fields)]`, or the reason for doing without it");
        }
        (None, Some(allowed)) if is_newtype(&input.data, serde) => {
            d.at(
                Code::NothingAllowed,
                allowed,
                format!(
                    "`{}` is read as its field is, whose type says this for itself",
                    input.ident
                ),
            )
            .help("remove it, or put it on the type of the field");
        }
        (None, Some(_)) => {}
        // The type is encoded as its only field, so there are no others.
        (None, None) if serde.transparent => {}
        (None, None) if has_named_fields(&input.data) || serde.tag.is_some() => {
            d.at(
                Code::UnknownFieldsDropped,
                input.ident.span(),
                format!("`{}` would drop fields that it does not declare", input.ident),
            )
            .help(
                "add `#[serde(deny_unknown_fields)]`, or say why not: \
                 `#[input(unknown_fields = allow, reason = \"..\")]`",
            );
        }
        (None, None) => {}
    }
}

/// Whether the type is encoded as one of its fields.
fn is_newtype(data: &Data, serde: &SerdeWords) -> bool {
    match data {
        Data::Struct(data) => serde.transparent || matches!(data.fields, Fields::Unnamed(_)),
        Data::Enum(_) | Data::Union(_) => false,
    }
}

/// Whether values have named fields anywhere; what else is wrong is reported elsewhere.
fn has_named_fields(data: &Data) -> bool {
    match data {
        Data::Struct(data) => matches!(data.fields, Fields::Named(_)),
        Data::Enum(data) => {
            data.variants.iter().any(|variant| matches!(variant.fields, Fields::Named(_)))
        }
        Data::Union(_) => false,
    }
}

/// The arguments of every attribute of this name.
fn arguments(attrs: &[Attribute], name: &str, d: &mut Diagnostics) -> Vec<syn::Meta> {
    let mut all = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        type List = syn::punctuated::Punctuated<syn::Meta, syn::Token![,]>;
        // What cannot be read is refused: it may be a word that matters.
        match attr.parse_args_with(List::parse_terminated) {
            Ok(list) => all.extend(list),
            Err(error) => {
                d.unreadable(&error);
            }
        }
    }
    all
}

/// The text of `word = ".."`.
fn text(meta: &syn::Meta) -> Option<&syn::LitStr> {
    if let syn::Meta::NameValue(pair) = meta
        && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
    {
        return Some(text);
    }
    None
}

/// The path of `word = path`.
fn path(meta: &syn::Meta) -> Option<&syn::Path> {
    if let syn::Meta::NameValue(pair) = meta
        && let syn::Expr::Path(syn::ExprPath { qself: None, path, .. }) = &pair.value
    {
        return Some(path);
    }
    None
}

#[cfg(test)]
mod tests;
