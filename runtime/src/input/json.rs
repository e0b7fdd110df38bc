//! Reading JSON bodies.

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

/// A member that is named twice.
const DUPLICATE: &str = "duplicate";

/// Reads a JSON body.
///
/// The whole body is one document: anything after it is refused, so is a 128th level of nesting, and
/// a field that the type does not declare. A member that is named twice is refused in every object,
/// those of maps and free-form values included; names are compared without their escapes. A list in
/// place of an object is refused, and the reverse. What the declared types say about names and lists
/// holds for a `Deserialize` by hand too.
///
/// All of this is compared before a type reads anything. So is what the types take of the stack, level
/// by level: a document that takes more than a worker has is refused.
///
/// # Errors
///
/// [`Rejection::Malformed`] for what is not JSON (RFC 8259), and for a document with too many
/// levels. [`Rejection::Invalid`] for JSON that does not fit the type, or that fits and breaks its
/// rules: all places, up to 32. A number out of its type's range, a key that is not a number and an
/// element too many are syntax errors for serde, but not for RFC 8259.
pub fn from_json<T: Input + DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    // Behind a mistake nothing was compared, depth included: the types read none of such a body.
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
        // The text holds what the client sent. It is read here and goes nowhere.
        Err(error) => Err((pointer(&track.path()), code(&error.to_string()))),
    }
}

/// All that is wrong with a document at `at`, which its type refused: at least this rule at this place.
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

/// All that is wrong with a document at `at`; `otherwise` where its declared types find nothing.
#[cold]
fn refused(
    body: &[u8],
    wire: Wire,
    at: &At<'_>,
    finding: Option<Finding>,
    otherwise: impl FnOnce() -> Rejection,
) -> Rejection {
    // Serde may have refused a type before it came to what is no JSON.
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
        // Within a value of no declared form nothing else finds it.
        report.push_new(pointer.below(&at.pointer()), code.into(), |_| None);
    }
    report.admit(()).err().unwrap_or_else(otherwise)
}

/// Whether a body is JSON, whatever its numbers are. Takes no stack for its levels.
#[cold]
fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Finds the position of a mistake that only serde detects: of a manual `Deserialize`, of a value
/// without a declared form.
#[cold]
fn locate<T: Input + DeserializeOwned>(body: &[u8]) -> Rejection {
    let mut document = serde_json::Deserializer::from_slice(body);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut document) else {
        // It was refused, so it stays refused. A type that reads less than the whole document ends
        // here.
        return Rejection::one(Place::Body, Pointer::default(), "invalid");
    };
    let mut pointer = pointer(error.path());
    // The text holds what the client sent. It is read here and goes nowhere.
    let text = error.inner().to_string();
    let code = code(&text);
    // Serde reports the field of these two in its message alone.
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

/// The code of the rule that serde's message reports. Its first words are fixed; a message that
/// begins otherwise comes from a type of the service.
pub(super) fn code(text: &str) -> &'static str {
    const CODES: [(&str, &str); 10] = [
        ("number out of range", "value"),
        // Half a surrogate pair: JSON, and no text (RFC 8259 section 8.2).
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
