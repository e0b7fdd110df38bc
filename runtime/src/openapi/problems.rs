//! The schemas of problem documents (RFC 9457).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::Kind;

/// The name of a kind's schema.
pub(super) fn name(kind: Kind) -> String {
    let words = kind.name().split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.fold("Problem".to_owned(), |name, word| name + &word)
}

/// The schema of a response with one of these kinds.
pub(super) fn schema(kinds: &BTreeSet<Name>) -> Value {
    let mut references = kinds
        .iter()
        .map(|Name(kind)| json!({ "$ref": format!("#/components/schemas/{}", name(*kind)) }));
    match (references.next(), kinds.len()) {
        (Some(only), 1) => only,
        (Some(first), _) => {
            json!({ "oneOf": std::iter::once(first).chain(references).collect::<Vec<_>>() })
        }
        (None, _) => json!({ "$ref": "#/components/schemas/Problem" }),
    }
}

/// A kind, ordered by the list of all kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name(pub(super) Kind);

impl Name {
    fn place(self) -> usize {
        Kind::ALL.iter().position(|kind| *kind == self.0).unwrap_or(usize::MAX)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

/// The schemas of these kinds, and those that they refer to.
pub(super) fn components(kinds: &BTreeSet<Name>) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("FieldError".to_owned(), field_error());
    all.insert("Problem".to_owned(), problem());
    for Name(kind) in kinds {
        all.insert(
            name(*kind),
            json!({
                "type": "object",
                "description": kind.title(),
                "allOf": [{ "$ref": "#/components/schemas/Problem" }],
                "properties": {
                    "type": { "const": kind.uri() },
                    "title": { "const": kind.title() },
                    "status": { "const": kind.status().as_u16() },
                },
                "required": ["type", "title", "status"],
                "unevaluatedProperties": false,
            }),
        );
    }
    all
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Why a request failed (RFC 9457).",
        "properties": {
            "type": {
                "type": "string", "format": "uri", "maxLength": 256,
                "description": "The type of the problem; it never changes.",
            },
            "title": {
                "type": "string", "maxLength": 256,
                "description": "The title of the type: the same for every occurrence.",
            },
            "status": {
                "type": "integer", "format": "int32", "minimum": 400, "maximum": 599,
                "description": "The status of the answer.",
            },
            "detail": {
                "type": "string", "maxLength": 4_096,
                "description": "What went wrong in this case; never in an answer from 500 up.",
            },
            "errors": {
                "type": "array", "maxItems": 32,
                "items": { "$ref": "#/components/schemas/FieldError" },
                "description": "The fields that broke a rule.",
            },
            "violated-policies": {
                "type": "array", "maxItems": 64,
                "items": { "type": "string", "maxLength": 256 },
                "description": "The names of the limits that are spent \
                                (draft-ietf-httpapi-ratelimit-headers).",
            },
            "request_id": {
                "type": "string", "maxLength": 256,
                "description": "The id under which the log has the failure; from 500 up alone.",
            },
            "cause": {
                "type": "array", "maxItems": 1_000,
                "items": { "type": "string", "maxLength": 65_536 },
                "description": "The error and its sources, outermost first; in development alone, \
                                where the service shows them.",
            },
        },
        "required": ["type", "title", "status"],
    })
}

fn field_error() -> Value {
    let bound = |description: &str| json!({ "type": "number", "description": description });
    json!({
        "type": "object",
        "description": "A broken rule. The rejected value is never returned.",
        "properties": {
            "in": {
                "type": "string", "enum": ["body", "query", "path"],
                "description": "The part of the request.",
            },
            "pointer": {
                "type": "string", "maxLength": 8_192,
                "description": "The place in it, as a JSON pointer (RFC 6901).",
            },
            "code": {
                "type": "string", "maxLength": 256,
                "description": "The rule: `type`, `value`, `length`, `missing`, `unknown_field`, \
                                `duplicate`, `variant`, `invalid`, or one of the service's own.",
            },
            "min": bound("The least value or length."),
            "max": bound("The greatest value or length."),
            "equal": bound("The only permitted length."),
            "exclusive_min": bound("Values are greater than this."),
            "exclusive_max": bound("Values are less than this."),
        },
        "required": ["in", "pointer", "code"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Name, components, name, schema};
    use crate::Kind;

    #[test]
    fn each_kind_is_told_by_its_type() {
        let all: BTreeSet<_> = Kind::ALL.iter().copied().map(Name).collect();
        assert_eq!(components(&all).len(), Kind::ALL.len() + 2, "no two share a name");
        assert_eq!(name(Kind::BodyTooLarge), "ProblemBodyTooLarge");
        let one = BTreeSet::from([Name(Kind::NotFound)]);
        assert_eq!(schema(&one)["$ref"], "#/components/schemas/ProblemNotFound");
        let two = BTreeSet::from([Name(Kind::BadRequest), Name(Kind::MalformedBody)]);
        assert_eq!(schema(&two)["oneOf"].as_array().unwrap().len(), 2);
    }
}
