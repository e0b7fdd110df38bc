//! A type that derives `Template`: its attribute, its fields, its documentation.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Expr, ExprLit, Fields, GenericArgument, Lit, Meta, Path, PathArguments, Token, Type,
};

use super::known::Shape;
use crate::taint::value::FileId;

/// A type that derives `Template`, or a variant that has a template of its own.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) name: String,
    pub(super) item: Vec<String>,
    pub(super) file: FileId,
    /// The span of its name.
    pub(super) span: Span,
    pub(super) path: Option<String>,
    pub(super) source: Option<String>,
    pub(super) ext: Option<String>,
    pub(super) escape: Option<String>,
    /// The configuration that it names.
    pub(super) config: Option<String>,
    /// Whether it names a syntax of its own.
    pub(super) syntax: bool,
    pub(super) fields: BTreeMap<String, Shape>,
}

impl Template {
    /// Takes in what attributes say; whether they say anything.
    pub(super) fn read(&mut self, attributes: &[Attribute]) -> bool {
        let metas = metas(attributes);
        let mut said = false;
        for meta in metas.iter().filter(|meta| meta.path().is_ident("template")) {
            said = true;
            let Meta::List(list) = meta else { continue };
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            for meta in list.parse_args_with(parser).unwrap_or_default() {
                let Meta::NameValue(pair) = &meta else { continue };
                let Some(key) = pair.path.get_ident() else { continue };
                let value = text(&pair.value);
                match key.unraw().to_string().as_str() {
                    "path" => self.path = value,
                    "source" => self.source = value,
                    // An extension that is not a literal is not one that escapes.
                    "ext" => self.ext = Some(value.unwrap_or_default()),
                    "escape" => self.escape = Some(value.unwrap_or_default()),
                    "config" => self.config = Some(value.unwrap_or_default()),
                    "syntax" => self.syntax = value.is_none_or(|name| name != "default"),
                    "in_doc" => self.source = in_doc(&metas),
                    _ => {}
                }
            }
        }
        said
    }
}

/// Attributes, those under `cfg_attr` included: in some build they are there.
pub(super) fn metas(attributes: &[Attribute]) -> Vec<Meta> {
    fn add(meta: &Meta, all: &mut Vec<Meta>) {
        match meta {
            Meta::List(list) if list.path.is_ident("cfg_attr") => {
                let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
                let inside = list.parse_args_with(parser).unwrap_or_default();
                inside.iter().skip(1).for_each(|meta| add(meta, all));
            }
            Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => all.push(meta.clone()),
        }
    }
    let mut all = Vec::new();
    attributes.iter().for_each(|attribute| add(&attribute.meta, &mut all));
    all
}

/// The paths that a type derives.
pub(crate) fn derived(attributes: &[Attribute]) -> Vec<Path> {
    let parser = Punctuated::<Path, Token![,]>::parse_terminated;
    metas(attributes)
        .iter()
        .filter(|meta| meta.path().is_ident("derive"))
        .filter_map(|meta| meta.require_list().ok()?.parse_args_with(parser).ok())
        .flatten()
        .collect()
}

/// The template in the documentation: the content of its code blocks for askama.
fn in_doc(metas: &[Meta]) -> Option<String> {
    let mut found: Option<String> = None;
    let mut fence: Option<(String, bool)> = None;
    let docs = metas.iter().filter_map(|meta| match meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => text(&pair.value),
        Meta::Path(_) | Meta::List(_) | Meta::NameValue(_) => None,
    });
    let docs = docs.collect::<Vec<_>>().join("\n");
    for line in docs.lines() {
        let trimmed = line.trim();
        let marks = trimmed.chars().take_while(|c| matches!(c, '`' | '~')).count();
        match &fence {
            Some((open, ours)) => {
                if trimmed.starts_with(open.as_str()) {
                    fence = None;
                } else if *ours {
                    let source = found.get_or_insert_default();
                    source.push_str(line);
                    source.push('\n');
                }
            }
            None if marks >= 3 => {
                let (open, info) = trimmed.split_at(marks);
                let mut words = info.split(|c: char| c == ',' || c.is_whitespace());
                let ours =
                    words.any(|w| matches!(w, "askama" | "j2" | "jinja" | "jinja2" | "rinja"));
                fence = Some((open.to_owned(), ours));
            }
            None => {}
        }
    }
    found
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only a literal has a text that is known")]
fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        Expr::Group(inner) => text(&inner.expr),
        Expr::Paren(inner) => text(&inner.expr),
        _ => None,
    }
}

/// The named fields of a struct or a variant. `items` gives where a path leads.
pub(super) fn fields(
    fields: &Fields,
    items: &dyn Fn(&Path) -> BTreeSet<Vec<String>>,
) -> BTreeMap<String, Shape> {
    let named = fields.iter().filter_map(|field| {
        let name = field.ident.as_ref()?.unraw().to_string();
        Some((name, shape(&field.ty, items)))
    });
    named.collect()
}

/// What is known of the values of a type.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing is known of other types")]
fn shape(ty: &Type, items: &dyn Fn(&Path) -> BTreeSet<Vec<String>>) -> Shape {
    if is_plain(ty) {
        return Shape::Plain;
    }
    match ty {
        Type::Reference(inner) => shape(&inner.elem, items),
        Type::Paren(inner) => shape(&inner.elem, items),
        Type::Group(inner) => shape(&inner.elem, items),
        Type::Array(inner) => Shape::Many(Box::new(shape(&inner.elem, items))),
        Type::Slice(inner) => Shape::Many(Box::new(shape(&inner.elem, items))),
        Type::Tuple(inner) => {
            Shape::Tuple(inner.elems.iter().map(|inner| shape(inner, items)).collect())
        }
        Type::Path(path) => {
            let last = path.path.segments.last().map(|last| last.ident.to_string());
            let inner = type_argument(&path.path);
            let inner = inner.map_or(Shape::Unknown, |inner| shape(inner, items));
            match last.as_deref() {
                Some(
                    "Vec" | "VecDeque" | "BTreeSet" | "HashSet" | "IndexSet" | "SmallVec"
                    | "Option",
                ) => Shape::Many(Box::new(inner)),
                Some("Box" | "Rc" | "Arc" | "Cow") => inner,
                _ => {
                    // Only the compiler distinguishes several items of one name.
                    let mut known = items(&path.path).into_iter();
                    match (known.next(), known.next()) {
                        (Some(item), None) => Shape::Item(item),
                        _ => Shape::Unknown,
                    }
                }
            }
        }
        _ => Shape::Unknown,
    }
}

/// Whether values of a type are written in the source, or made of digits, letters and dashes.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other type is as plain")]
pub(super) fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Reference(inner) => {
            inner.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
                || is_plain(&inner.elem)
        }
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            matches!(
                name.as_str(),
                "u8" | "u16"
                    | "u32"
                    | "u64"
                    | "u128"
                    | "usize"
                    | "i8"
                    | "i16"
                    | "i32"
                    | "i64"
                    | "i128"
                    | "isize"
                    | "bool"
                    | "f32"
                    | "f64"
                    | "Uuid"
                    | "FormToken"
                    | "Nonce"
            ) || name.starts_with("NonZero")
        }),
        _ => false,
    }
}

/// The first type among the arguments of a path.
pub(super) fn type_argument(path: &Path) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| {
        let GenericArgument::Type(ty) = argument else { return None };
        Some(ty)
    })
}
