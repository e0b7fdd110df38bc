//! The fields of the body in limits' keys, and the argument that contains them.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span};
use syn::{LitStr, Type};

use super::{Argument, Limit, LimitKey};
use crate::{
    diagnostic::{Code, Diagnostics},
    literal,
};

/// The parts of the body in limits' keys.
#[derive(Clone, Debug)]
pub struct BodyKey {
    /// The index of the argument that contains the body.
    pub argument: usize,
    /// The fields, each once, by their names.
    pub fields: Vec<BodyField>,
}

/// A field of the body.
#[derive(Clone, Debug)]
pub struct BodyField {
    /// As written: `account.name`.
    pub text: LitStr,
    /// The names from the outside in, each with the span of the literal.
    pub path: Vec<Ident>,
}

/// The arguments that cannot contain the body: types of the prelude.
const OTHERS: &[&str] = &[
    "Principal",
    "Data",
    "ClientAddr",
    "RequestInfo",
    "Query",
    "Path",
    "Owned",
    "Current",
    "Preconditions",
    "Option",
    "OptionalUpload",
    "Upload",
    "UploadedFiles",
    "Vouched",
];

/// Finds the fields for limits by `body(..)`; `None` if there are none, or none that can be found.
///
/// The argument is found by the name of its type, which only helps with the message: the compiler
/// refuses an argument without a body, or without this field.
pub(super) fn read(
    limits: &[Limit],
    arguments: &[Argument],
    d: &mut Diagnostics,
) -> Option<BodyKey> {
    let mut fields = BTreeMap::new();
    for part in limits.iter().flat_map(|limit| &limit.key) {
        if let LimitKey::Body(text) = &part.value {
            fields.entry(text.value()).or_insert_with(|| field(text));
        }
    }
    let first = fields.values().next()?.text.span();
    let argument = argument(arguments, first, d)?;
    Some(BodyKey { argument, fields: fields.into_values().collect() })
}

fn field(text: &LitStr) -> BodyField {
    let value = text.value();
    // The grammar has seen to it that these are names.
    let names = literal::body_field(&value).unwrap_or_default();
    let path = names
        .into_iter()
        .map(|name| match syn::parse_str::<Ident>(name) {
            Ok(_) => Ident::new(name, text.span()),
            // A word of Rust's own: `r#type`.
            Err(_) => Ident::new_raw(name, text.span()),
        })
        .collect();
    BodyField { text: text.clone(), path }
}

fn argument(arguments: &[Argument], at: Span, d: &mut Diagnostics) -> Option<usize> {
    let named = |pick: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let all = arguments.iter().enumerate();
        all.filter(|(_, argument)| last_word(&argument.ty).is_none_or(|word| pick(&word)))
            .map(|(index, _)| index)
            .collect()
    };
    // That there are two is for the compiler to say, which sees the types.
    if let Some(body) = named(&|word| matches!(word, "Json" | "Form")).first() {
        return Some(*body);
    }
    // Another name may be an alias of either.
    match named(&|word| !OTHERS.contains(&word)).as_slice() {
        [one] => Some(*one),
        [] => {
            d.at(Code::LimitBodyArgument, at, "this handler takes no body to count by")
                .help("take it as `Json<T>` or `Form<T>`, or count by something else");
            None
        }
        _ => {
            d.at(Code::LimitBodyArgument, at, "more than one argument may hold the body")
                .help("write its type as `Json<T>` or `Form<T>`, without another name for it");
            None
        }
    }
}

/// The last segment of a type's name; `None` for a type without one.
#[expect(clippy::wildcard_enum_match_arm, reason = "all other forms of types have no name")]
fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Group(group) => last_word(&group.elem),
        Type::Paren(paren) => last_word(&paren.elem),
        _ => None,
    }
}
