//! Reads percent-encoded input: forms, query strings, path parameters.

use std::{borrow::Cow, collections::HashMap};

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::{
    admitted::{Input, NamedFields, PathInput},
    condition::At,
    field::Field,
    json,
    named::ListStyle,
    pairs::{Entry, Pair, Pairs, Texts},
    pointer::Pointer,
    rejection::Rejection,
    report::{Place, Report},
    seal::Checked,
    shapes::Shapes,
};

/// The most pairs of a form or a query string.
const MOST_PAIRS: usize = 1024;

/// Reads a body of the type `application/x-www-form-urlencoded`.
///
/// Values are parsed strictly: numbers as in JSON, `true` and `false`. A repeated name is refused,
/// since two parsers might use different ones of the values. An empty value is an empty string and
/// not a number; with `#[input(empty = absent)]` it counts as absent.
///
/// # Errors
///
/// [`Rejection::Malformed`] for invalid percent-encoding or UTF-8, [`Rejection::Invalid`] for pairs
/// that do not fit the type or break its rules.
pub fn from_form<T: NamedFields + DeserializeOwned>(body: &[u8]) -> Result<T, Rejection> {
    FormBody::split(body)?.parse()
}

/// A form's pairs before they are deserialized.
#[derive(Debug)]
pub(crate) struct FormBody<'a>(Vec<Pair<'a>>);

impl<'a> FormBody<'a> {
    pub(crate) fn split(body: &'a [u8]) -> Result<Self, Rejection> {
        let body = std::str::from_utf8(body).map_err(|_| Rejection::Malformed)?;
        split(body).map(Self)
    }

    /// Removes and returns all values of this name.
    pub(crate) fn take(&mut self, name: &str) -> Vec<Cow<'a, str>> {
        self.0.extract_if(.., |(own, _)| own == name).map(|(_, value)| value).collect()
    }

    /// The rejection of a repeated name.
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

/// Reads the query string of a page: undeclared fields are dropped, even if they are not valid
/// UTF-8. Links have parameters of others, and a browser that follows one cannot omit them.
pub(crate) fn from_query_of_page<T: NamedFields + DeserializeOwned>(
    query: &str,
) -> Result<T, Rejection> {
    let shapes = Shapes::of(&[T::wire()]);
    let is_declared = |pair: &&str| {
        let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
        // A name that cannot be decoded is none that a type declares.
        decode_form(name).is_ok_and(|name| shapes.member(name.as_bytes()).is_some())
    };
    let declared: Vec<&str> = query.split('&').filter(is_declared).collect();
    from_query(&declared.join("&"))
}

/// Reads the parameters of a path, in the pattern's order.
///
/// Values have the form of Actix's `match_info`: `%2F` and `%25` are still encoded. They are
/// decoded once, and a plus sign remains one.
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

/// Reads the fields of a multipart form. The rules are those of [`from_form`].
#[cfg(feature = "uploads")]
pub(crate) fn from_pairs<T: NamedFields + DeserializeOwned>(
    pairs: &[Pair<'_>],
) -> Result<T, Rejection> {
    read(Place::Body, pairs)
}

/// The pointer to the field of this name in the body.
#[cfg(feature = "uploads")]
pub(crate) fn body_pointer(name: &str) -> String {
    Pointer::default().name(name).into_string()
}

pub(super) fn read<T: Input + DeserializeOwned>(
    place: Place,
    pairs: &[Pair<'_>],
) -> Result<T, Rejection> {
    let shapes = Shapes::of(&[T::wire()]);
    if shapes.is_endless {
        return Err(Rejection::Malformed);
    }
    let entries = entries(place, pairs, T::FIELDS)?;
    for (text, field) in documents(&entries, T::FIELDS) {
        json::examine(text, field.read_as(), &At::root().name(field.name))?;
    }
    let value = T::deserialize(Pairs::new(&entries)).map_err(|error| {
        if let Some(below) = error.below
            && let Some(name) = &error.name
            && let Some((text, field)) =
                documents(&entries, T::FIELDS).find(|(_, field)| field.is_named(name))
        {
            let root = At::root();
            return json::refused_at(
                text,
                field.read_as(),
                &root.name(name),
                None,
                below,
                error.code,
            );
        }
        let mut pointer = Pointer::default();
        if let Some(name) = &error.name {
            pointer = pointer.name(name);
        }
        if let Some(index) = error.index {
            pointer = pointer.index(index);
        }
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

/// The JSON documents among the entries, and their fields.
fn documents<'e>(
    entries: &'e [Entry<'_>],
    fields: &'static [Field],
) -> impl Iterator<Item = (&'e str, &'static Field)> {
    entries.iter().filter_map(move |entry| match &entry.texts {
        Texts::Json(text) => {
            fields.iter().find(|field| field.is_named(entry.name)).map(|field| (*text, field))
        }
        Texts::One(_) | Texts::Many(_) => None,
    })
}

/// The value of each name, in the form that its field declares.
fn entries<'p>(
    place: Place,
    pairs: &'p [Pair<'_>],
    fields: &'static [Field],
) -> Result<Vec<Entry<'p>>, Rejection> {
    let mut entries: Vec<Entry<'p>> = Vec::with_capacity(pairs.len());
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(pairs.len());
    for (name, text) in pairs {
        let field = fields.iter().find(|field| field.is_named(name));
        let list = field.and_then(|field| field.list);
        let text: &str = text;
        if let Some(place_of_first) = places.get(name.as_ref()) {
            match entries.get_mut(*place_of_first) {
                Some(Entry { texts: Texts::Many(texts), .. })
                    if list == Some(ListStyle::Repeat) =>
                {
                    texts.push(text);
                }
                Some(_) | None => {
                    return Err(Rejection::one(place, Pointer::default().name(name), "duplicate"));
                }
            }
            continue;
        }
        let texts = match (list, field) {
            (_, Some(field)) if field.json => Texts::Json(text),
            (Some(ListStyle::Repeat), _) => Texts::Many(vec![text]),
            (Some(ListStyle::Comma), _) if text.is_empty() => Texts::Many(Vec::new()),
            (Some(ListStyle::Comma), _) => Texts::Many(text.split(',').collect()),
            // What a browser sends for a check box without a value of its own.
            (None, Some(field)) if field.checkbox && text == "on" => Texts::One("true"),
            (None, _) => Texts::One(text),
        };
        places.insert(name, entries.len());
        entries.push(Entry { name, texts });
    }
    entries.retain(|entry| {
        let is_empty = match &entry.texts {
            Texts::One(text) | Texts::Json(text) => text.is_empty(),
            Texts::Many(texts) => texts.iter().all(|text| text.is_empty()),
        };
        !(is_empty
            && fields.iter().any(|field| field.empty_is_absent && field.is_named(entry.name)))
    });
    for field in fields {
        let absent = match (field.list, field.checkbox) {
            (_, true) => Texts::One("false"),
            // Nothing was chosen.
            (Some(_), false) if !field.optional => Texts::Many(Vec::new()),
            (Some(_) | None, false) => continue,
        };
        if !entries.iter().any(|entry| field.is_named(entry.name)) {
            entries.push(Entry { name: field.name, texts: absent });
        }
    }
    Ok(entries)
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
        // Decoders leave a broken escape unchanged; two of them may read it differently.
        if byte == b'%' && !(hex(rest.next()) && hex(rest.next())) {
            return Err(Rejection::Malformed);
        }
    }
    percent_decode_str(text).decode_utf8().map_err(|_| Rejection::Malformed)
}
