//! Reading what is percent-encoded: forms, query strings, parameters of a path.

use std::{borrow::Cow, collections::HashSet};

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::{
    admitted::{Input, NamedFields, PathInput},
    pairs::{Pair, Pairs},
    pointer::Pointer,
    rejection::Rejection,
    report::{Place, Report},
    seal::Checked,
    shapes::Shapes,
};

/// The most pairs that a form or a query string may hold.
const MOST_PAIRS: usize = 1024;

/// Reads a body of the type `application/x-www-form-urlencoded`.
///
/// Values are read strictly: numbers as JSON writes them, `true` and `false`. A name that comes
/// twice is refused, since the two ends of a connection would not agree on which one counts. An
/// empty text is a text, and no number; a field with `#[input(empty = absent)]` counts as absent.
///
/// # Errors
///
/// [`Rejection::Malformed`] for broken percent-encoding and for bytes that are not UTF-8,
/// [`Rejection::Invalid`] for pairs that do not fit the type or break its rules.
pub fn from_form<T: NamedFields + DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    FormBody::split(body)?.parse()
}

/// A form's pairs, before a type is made of them.
#[derive(Debug)]
pub(crate) struct FormBody<'a>(Vec<Pair<'a>>);

impl<'a> FormBody<'a> {
    pub(crate) fn split(body: &'a [u8]) -> Result<Self, Rejection> {
        let body = std::str::from_utf8(body).map_err(|_| Rejection::Malformed)?;
        split(body).map(Self)
    }

    /// Takes out all values of this name.
    pub(crate) fn take(&mut self, name: &str) -> Vec<Cow<'a, str>> {
        self.0.extract_if(.., |(own, _)| own == name).map(|(_, value)| value).collect()
    }

    /// The rejection of a name that may stand once.
    pub(crate) fn twice(name: &str) -> Rejection {
        Rejection::one(Place::Body, Pointer::default().name(name), "duplicate")
    }

    pub(crate) fn parse<T: NamedFields + DeserializeOwned>(&self) -> Result<T, Rejection> {
        read(Place::Body, &self.0)
    }
}

/// Reads a query string, without its `?`. The rules are those of [`from_form`].
///
/// # Errors
///
/// As [`from_form`].
pub fn from_query<T: NamedFields + DeserializeOwned>(query: &str) -> Result<T, Rejection> {
    read(Place::Query, &split(query)?)
}

/// Reads the parameters of a path, in the pattern's order.
///
/// Values come as Actix's `match_info` has them: `%2F` and `%25` are still encoded. They are decoded
/// once, and a plus sign stays one.
///
/// # Errors
///
/// As [`from_form`].
pub fn from_path<T: PathInput + DeserializeOwned>(
    parameters: &[(&str, &str)],
) -> Result<T, Rejection> {
    let mut pairs = Vec::with_capacity(parameters.len());
    for (name, value) in parameters {
        let value = decode(value)?;
        // Actix puts this character where the path was not UTF-8.
        if value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(Rejection::Malformed);
        }
        pairs.push((Cow::Borrowed(*name), value));
    }
    read(Place::Path, &pairs)
}

/// Reads the fields of a form that came in parts. The rules are those of [`from_form`].
#[cfg(feature = "uploads")]
pub(crate) fn from_pairs<T: NamedFields + DeserializeOwned>(
    pairs: &[Pair<'_>],
) -> Result<T, Rejection> {
    read(Place::Body, pairs)
}

/// Where the field of this name stands in the body.
#[cfg(feature = "uploads")]
pub(crate) fn body_pointer(name: &str) -> String {
    Pointer::default().name(name).into_string()
}

fn read<T: Input + DeserializeOwned>(place: Place, pairs: &[Pair<'_>]) -> Result<T, Rejection> {
    let shapes = Shapes::of(&[T::wire()]);
    if shapes.is_endless {
        return Err(Rejection::Malformed);
    }
    let mut names = HashSet::with_capacity(pairs.len());
    for (name, _) in pairs {
        if !names.insert(name.as_ref()) {
            return Err(Rejection::one(place, Pointer::default().name(name), "duplicate"));
        }
    }
    let is_absent = |(name, text): &&Pair<'_>| {
        text.is_empty() && T::FIELDS.iter().any(|field| field.empty_is_absent && field.name == name)
    };
    let present: Vec<Pair<'_>>;
    let pairs = if pairs.iter().any(|pair| is_absent(&pair)) {
        present = pairs.iter().filter(|pair| !is_absent(pair)).cloned().collect();
        &present
    } else {
        pairs
    };
    let value = T::deserialize(Pairs::new(pairs)).map_err(|error| {
        let pointer = match &error.name {
            Some(name) => Pointer::default().name(name),
            None => Pointer::default(),
        };
        Rejection::one(place, pointer, error.code)
    })?;
    // A `Deserialize` by hand may have dropped them.
    for (name, _) in pairs {
        if place != Place::Path && shapes.member(name.as_bytes()).is_none() {
            return Err(Rejection::one(place, Pointer::default().name(name), "unknown_field"));
        }
    }
    let mut report = Report::new(place);
    let Checked { .. } = value.check(&mut report);
    report.admit(value)
}

fn split(text: &str) -> Result<Vec<Pair<'_>>, Rejection> {
    let mut pairs = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MOST_PAIRS {
            return Err(Rejection::Malformed);
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode_form(name)?, decode_form(value)?));
    }
    Ok(pairs)
}

fn decode_form(text: &str) -> Result<Cow<'_, str>, Rejection> {
    if text.contains('+') {
        return decode(&text.replace('+', " ")).map(|text| Cow::Owned(text.into_owned()));
    }
    decode(text)
}

fn decode(text: &str) -> Result<Cow<'_, str>, Rejection> {
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        // Decoders leave a broken escape as it stands; two of them may not read it alike.
        if byte == b'%' && !(hex(rest.next()) && hex(rest.next())) {
            return Err(Rejection::Malformed);
        }
    }
    percent_decode_str(text).decode_utf8().map_err(|_| Rejection::Malformed)
}
