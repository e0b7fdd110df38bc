//! Reading JSON bodies.

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use super::{
    admitted::Input,
    field::Form,
    members::{self, Finding},
    pointer::Pointer,
    rejection::Rejection,
    report::{Place, Report},
    seal::Checked,
};

/// How serde's texts begin about a number that its type cannot hold, and about what follows the last
/// element that an array or a tuple has.
const OUT_OF_RANGE: &str = "number out of range";
const SURPLUS: &str = "trailing characters";

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
/// [`Rejection::Malformed`] for what is not JSON, [`Rejection::Invalid`] for JSON that does not fit
/// the type (the first mistake; those of names and lists before others) or breaks its rules (all of them, up to 32).
pub fn from_json<T: Input + DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    // Behind a mistake nothing was compared, depth included: the types read none of such a body.
    if let Some(finding) = members::compare(body, T::wire()) {
        return Err(if is_json(body) { refused(finding) } else { Rejection::Malformed });
    }
    let value = match serde_json::from_slice::<T>(body) {
        Ok(value) => value,
        Err(error) if error.is_data() => return Err(locate::<T>(body)),
        Err(error) if is_of_value(&error) && is_json(body) => return Err(locate::<T>(body)),
        Err(_) => return Err(Rejection::Malformed),
    };
    let mut report = Report::new(Place::Body);
    let Checked { .. } = value.check(&mut report);
    report.admit(value)
}

fn refused(finding: Finding) -> Rejection {
    let (pointer, code) = match finding {
        Finding::Duplicate(pointer) => (pointer, DUPLICATE),
        Finding::UnknownField(pointer) => (pointer, "unknown_field"),
        Finding::Type(pointer) => (pointer, "type"),
        Finding::TooDeep => return Rejection::Malformed,
    };
    Rejection::one(Place::Body, pointer, code)
}

/// A number that is out of its type's range, and an element behind the last one that its type has, are
/// mistakes of syntax for serde, and none of RFC 8259.
#[cold]
fn is_of_value(error: &serde_json::Error) -> bool {
    let text = error.to_string();
    error.is_syntax() && [OUT_OF_RANGE, SURPLUS].iter().any(|start| text.starts_with(start))
}

/// Whether a body is JSON, whatever its numbers are. Takes no stack for its levels.
#[cold]
fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body)
        .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
}

/// Finds the place of a mistake. Runs on refused bodies only: keeping track of the place costs more
/// than the parsing.
#[cold]
fn locate<T: Input + DeserializeOwned>(body: &[u8]) -> Rejection {
    let mut document = serde_json::Deserializer::from_slice(body);
    // It was refused once, so it stays refused.
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut document) else {
        return Rejection::Malformed;
    };
    let mut pointer = Pointer::default();
    for segment in error.path() {
        pointer = match segment {
            Segment::Seq { index } => pointer.index(*index),
            Segment::Map { key } => pointer.name(key),
            Segment::Enum { variant } => pointer.name(variant),
            Segment::Unknown => pointer,
        };
    }
    // The text holds what the client sent. It is read here and goes nowhere.
    let text = error.inner().to_string();
    let code = code(&text);
    // Serde tells the place of these two by its text alone.
    if matches!(code, "missing" | DUPLICATE)
        && let Some(name) = quoted(&text).and_then(|name| Form::of::<T>().declared_name(name))
    {
        pointer = pointer.name(name);
    }
    Rejection::one(Place::Body, pointer, code)
}

/// The rule that serde's text says is broken. Its first words are fixed; a text that starts in
/// another way came from a type of the service.
fn code(text: &str) -> &'static str {
    const CODES: [(&str, &str); 9] = [
        (OUT_OF_RANGE, "value"),
        (SURPLUS, "length"),
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

/// What stands between the first and the last backtick; the position behind it has none.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('`')?;
    rest.rsplit_once('`').map(|(name, _)| name)
}
