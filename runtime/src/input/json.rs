//! Reads JSON bodies.

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_path_to_error::{Path, Segment, Track};

use super::{
    admitted::Input,
    condition::At,
    faults,
    field::Form,
    members::{self, Finding},
    pointer::Pointer,
    rejection::Rejection,
    report::{Place, Report},
    seal::Checked,
    wire::Wire,
};

/// A repeated member.
const DUPLICATE: &str = "duplicate";

/// Reads a JSON body.
///
/// The whole body is one document: anything after it is refused, and so are a 128th level of
/// nesting and a field that the type does not declare. A repeated member is refused in every
/// object, including maps and free-form values; names are compared without their escapes. A list
/// instead of an object is refused, and the reverse. The declared names and lists apply to a manual
/// `Deserialize` too.
///
/// All of this is checked before a type is deserialized, and so is the stack that the types need,
/// level by level: a document that needs more than a worker has is refused.
///
/// # Errors
///
/// [`Rejection::Malformed`] for invalid JSON (RFC 8259), and for a document with too many levels.
/// [`Rejection::Invalid`] for JSON that does not fit the type, or that breaks its rules: all
/// positions, up to 32. A number out of its type's range, a key that is not a number and an element
/// too many are syntax errors for serde, but not for RFC 8259.
pub fn from_json<T: Input + DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    // After a fault there was no further comparison, not even of the depth: such a body is not
    // deserialized.
    let finding = members::compare(body, T::wire());
    if finding.is_none()
        && let Ok(value) = serde_json::from_slice::<T>(body)
    {
        let mut report = Report::new(Place::Body);
        let Checked { .. } = value.check(&mut report);
        return report.admit(value);
    }
    Err(refused(body, T::wire(), &At::root(), finding, || locate::<T>(body)))
}

/// Compares the document in a field at `at` with the declaration of the field's type, before the
/// type deserializes it.
///
/// # Errors
///
/// As [`from_json`].
pub(super) fn examine(text: &str, wire: Wire, at: &At<'_>) -> Result<(), Rejection> {
    match members::compare(text.as_bytes(), wire) {
        None => Ok(()),
        finding => Err(refused_at(text, wire, at, finding, Pointer::default(), "invalid")),
    }
}

/// Deserializes the document in a field, which was compared before. The error is a pointer into the
/// document, and the broken rule.
pub(super) fn read_seed<'de, S: DeserializeSeed<'de>>(
    text: &'de str,
    seed: S,
) -> Result<S::Value, (Pointer, &'static str)> {
    let mut document = serde_json::Deserializer::from_str(text);
    let mut track = Track::new();
    let value = seed.deserialize(serde_path_to_error::Deserializer::new(&mut document, &mut track));
    match value {
        Ok(value) => match document.end() {
            Ok(()) => Ok(value),
            Err(_) => Err((Pointer::default(), "invalid")),
        },
        // The text contains input of the client. It is read here and not passed on.
        Err(error) => Err((pointer(&track.path()), code(&error.to_string()))),
    }
}

/// All faults of a document at `at`, which its type refused: at least this rule at this position.
#[cold]
pub(super) fn refused_at(
    text: &str,
    wire: Wire,
    at: &At<'_>,
    finding: Option<Finding>,
    below: Pointer,
    code: &'static str,
) -> Rejection {
    refused(text.as_bytes(), wire, at, finding, || {
        Rejection::one(Place::Body, below.below(&at.pointer()), code)
    })
}

/// All faults of a document at `at`; `otherwise` if its declared types have none.
#[cold]
fn refused(
    body: &[u8],
    wire: Wire,
    at: &At<'_>,
    finding: Option<Finding>,
    otherwise: impl FnOnce() -> Rejection,
) -> Rejection {
    // Serde may have refused a type before it reached the invalid JSON.
    if !is_json(body) {
        return Rejection::Malformed;
    }
    let found = match finding {
        Some(Finding::Duplicate(pointer)) => Some((pointer, DUPLICATE)),
        Some(Finding::UnknownField(pointer)) => Some((pointer, "unknown_field")),
        Some(Finding::Type(pointer)) => Some((pointer, "type")),
        Some(Finding::TooDeep) => return Rejection::Malformed,
        None => None,
    };
    let mut report = Report::new(Place::Body);
    faults::find(body, wire, at, &mut report);
    if let Some((pointer, code)) = found {
        // In a value without a declared form no other check finds it.
        report.push_new(pointer.below(&at.pointer()), code.into(), |_| None);
    }
    report.admit(()).err().unwrap_or_else(otherwise)
}

/// Whether a body is JSON, with numbers of any size. Nested levels need no stack.
#[cold]
fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Finds the position of a fault that only serde detects: of a manual `Deserialize`, or of a value
/// without a declared form.
#[cold]
fn locate<T: Input + DeserializeOwned>(body: &[u8]) -> Rejection {
    let mut document = serde_json::Deserializer::from_slice(body);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut document) else {
        // It was refused, so it remains refused. A type that reads less than the whole document
        // gets here.
        return Rejection::one(Place::Body, Pointer::default(), "invalid");
    };
    let mut pointer = pointer(error.path());
    // The text contains input of the client. It is read here and not passed on.
    let text = error.inner().to_string();
    let code = code(&text);
    // For these two, only serde's message contains the field.
    if matches!(code, "missing" | DUPLICATE)
        && let Some(name) = quoted(&text).and_then(|name| Form::of::<T>().declared_name(name))
    {
        pointer = pointer.name(name);
    }
    Rejection::one(Place::Body, pointer, code)
}

fn pointer(path: &Path) -> Pointer {
    path.iter().fold(Pointer::default(), |pointer, segment| match segment {
        Segment::Seq { index } => pointer.index(*index),
        Segment::Map { key } => pointer.name(key),
        Segment::Enum { variant } => pointer.name(variant),
        Segment::Unknown => pointer,
    })
}

/// The code of the rule in serde's message. Its first words are fixed; a message that begins
/// otherwise comes from a type of the service.
pub(super) fn code(text: &str) -> &'static str {
    const CODES: [(&str, &str); 10] = [
        ("number out of range", "value"),
        // Half a surrogate pair: valid JSON, but not a string (RFC 8259 section 8.2).
        ("lone leading surrogate", "value"),
        ("unexpected end of hex escape", "value"),
        ("invalid type: ", "type"),
        ("invalid value: ", "value"),
        ("invalid length ", "length"),
        ("unknown variant `", "variant"),
        ("unknown field `", "unknown_field"),
        ("missing field `", "missing"),
        ("duplicate field `", DUPLICATE),
    ];
    CODES.iter().find(|(start, _)| text.starts_with(start)).map_or("invalid", |(_, code)| code)
}

/// The text between the first and the last backtick; the position after it has none.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('`')?;
    rest.rsplit_once('`').map(|(name, _)| name)
}
