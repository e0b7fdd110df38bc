//! The parts of `#[serde(..)]` that decide how and where a value is deserialized.

use proc_macro2::Span;
use syn::{Attribute, LitStr, Meta, spanned::Spanned as _};

use super::vouch::Vouches;
use crate::diagnostic::{Code, Diagnostics};

/// Words that leave the declared types in charge of what is read.
const HARMLESS: &[&str] = &[
    "alias",
    "content",
    "crate",
    "default",
    "deny_unknown_fields",
    "expecting",
    "getter",
    "into",
    "rename",
    "rename_all",
    "rename_all_fields",
    "serialize_with",
    "skip",
    "skip_deserializing",
    "skip_serializing",
    "skip_serializing_if",
    "tag",
    // Serde takes it on a struct of one field alone, whose own bound counts.
    "transparent",
];

/// Words that read something else than the declared types, and what that means.
pub(super) const VOUCHED: &[(&str, &str)] = &[
    ("flatten", "takes over fields that this type does not declare"),
    ("untagged", "lets the value choose its own type"),
    ("from", "reads another type, whose bounds are not checked"),
    ("try_from", "reads another type, whose bounds are not checked"),
    ("with", "reads with a function, which the bounds of the type do not restrict"),
    ("deserialize_with", "reads with a function, which the bounds of the type do not restrict"),
    ("remote", "reads a type of another crate"),
    ("other", "takes every value that no variant declares"),
    ("bound", "replaces the bounds of the reader"),
    ("borrow", "borrows from the request"),
    ("field_identifier", "reads a name instead of a value"),
    ("variant_identifier", "reads a name instead of a value"),
];

/// Those of the words that are vouched for under which the wire has another form than the declared
/// one.
const OPAQUE: [&str; 8] = [
    "from",
    "try_from",
    "with",
    "deserialize_with",
    "remote",
    "other",
    "field_identifier",
    "variant_identifier",
];

/// What `#[serde(..)]` says on one type, variant or field.
#[derive(Clone, Debug, Default)]
pub(super) struct SerdeWords {
    pub(super) deny_unknown_fields: Option<Span>,
    pub(super) default: bool,
    pub(super) skip: bool,
    pub(super) flatten: bool,
    pub(super) tag: Option<String>,
    pub(super) content: Option<String>,
    pub(super) untagged: bool,
    /// Whether the type is encoded as its only field.
    pub(super) transparent: bool,
    /// Whether something else than the declared type is read.
    pub(super) opaque: bool,
    pub(super) rename: Option<String>,
    pub(super) aliases: Vec<String>,
    pub(super) fields_case: Option<String>,
    pub(super) variant_fields_case: Option<String>,
}

impl SerdeWords {
    /// Reads the words, and notes each one that would need an `allow` and has none.
    pub(super) fn new(attrs: &[Attribute], vouches: &mut Vouches, d: &mut Diagnostics) -> Self {
        let mut words = Self::default();
        for meta in super::arguments(attrs, "serde", d) {
            let Some(ident) = meta.path().get_ident() else {
                unknown(&meta, "a path", d);
                continue;
            };
            let word = ident.to_string();
            match word.as_str() {
                "deny_unknown_fields" => words.deny_unknown_fields = Some(ident.span()),
                "default" => words.default = true,
                "skip" | "skip_deserializing" => words.skip = true,
                "flatten" => words.flatten = true,
                "tag" => words.tag = read_name(&meta),
                "content" => words.content = read_name(&meta),
                "alias" => words.aliases.extend(read_name(&meta)),
                "untagged" => words.untagged = true,
                "transparent" => words.transparent = true,
                "rename" => words.rename = read_name(&meta),
                "rename_all" => words.fields_case = read_name(&meta),
                "rename_all_fields" => words.variant_fields_case = read_name(&meta),
                word => words.opaque |= OPAQUE.contains(&word),
            }
            if let Some((_, why)) = VOUCHED.iter().find(|(vouched, _)| *vouched == word) {
                if !vouches.allows(&word) {
                    d.on(Code::SerdeWord, &meta, format!("`{word}` {why}")).help(format!(
                        "do without it, or say why it is safe here: \
                         `#[input(allow({word}), reason = \"..\")]`"
                    ));
                }
            } else if !HARMLESS.contains(&word.as_str()) {
                unknown(&meta, &word, d);
            }
        }
        words
    }

    /// Whether the tag is among the fields.
    pub(super) fn is_internally_tagged(&self) -> bool {
        self.tag.is_some() && self.content.is_none()
    }
}

/// A word of a later serde may read anything: what is not known is refused.
fn unknown(meta: &Meta, word: &str, d: &mut Diagnostics) {
    d.at(Code::SerdeWord, meta.span(), format!("`{word}` is no serde word that is known here"))
        .help("what it would let in has not been reviewed");
}

/// The name that is read: `rename = ".."`, or the `deserialize` part of `rename(..)`.
fn read_name(meta: &Meta) -> Option<String> {
    let Meta::List(list) = meta else { return super::text(meta).map(LitStr::value) };
    let mut name = None;
    // Mistakes in here are serde's to report.
    let _ = list.parse_nested_meta(|part| {
        let value: LitStr = part.value()?.parse()?;
        if part.path.is_ident("deserialize") {
            name = Some(value.value());
        }
        Ok(())
    });
    name
}
