//! The limits of one request: bytes of its body, time of the body and of the handler.

use std::time::Duration;

use super::{Part, Spanned};
use crate::{
    attribute::{Attributes, Word},
    diagnostic::Diagnostics,
    literal::{self, Flaw},
};

/// Reads `#[body_limit("64 KiB")]`.
pub(super) fn body_limit(attributes: &Attributes, d: &mut Diagnostics) -> Part<Spanned<u64>> {
    read(attributes, Word::BodyLimit, "\"64 KiB\"", literal::body_size, d)
}

/// Reads `#[body_timeout("2 min")]`.
pub(super) fn body_timeout(
    attributes: &Attributes,
    d: &mut Diagnostics,
) -> Part<Spanned<Duration>> {
    read(attributes, Word::BodyTimeout, "\"2 min\"", literal::deadline, d)
}

/// Reads `#[timeout("5 s")]`.
pub(super) fn timeout(attributes: &Attributes, d: &mut Diagnostics) -> Part<Spanned<Duration>> {
    read(attributes, Word::Timeout, "\"5 s\"", literal::deadline, d)
}

fn read<T>(
    attributes: &Attributes,
    word: Word,
    example: &str,
    parse: impl Fn(&str) -> Result<T, Flaw>,
    d: &mut Diagnostics,
) -> Part<Spanned<T>> {
    let Some(given) = attributes.first(word) else { return Part::Absent };
    let Some(mut args) = given.args.clone() else { return Part::Broken };
    let text = args.take_one_text(example, d);
    args.finish(&[], d);
    let Some(text) = text else { return Part::Broken };
    match parse(&text.value()) {
        Ok(value) => Part::Read(Spanned { value, span: text.span() }),
        Err(flaw) => {
            d.flaw(text.span(), flaw);
            Part::Broken
        }
    }
}
