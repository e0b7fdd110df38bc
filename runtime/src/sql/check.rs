//! Assertions about a query when its service is compiled: that the row type fits the columns that
//! it returns, and that chosen names are columns.
//!
//! `sql!` calls the functions in constants. They compare with the declarations in the migrations;
//! unknown types are not refused.

use std::{marker::PhantomData, rc::Rc, sync::Arc, time::SystemTime};

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::bind::AsJson;
use crate::{Slug, Text};

/// A column that a query returns, as far as the migrations show.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Its name; empty if the database generates one.
    pub name: &'static str,
    /// `integer`, `real`, `text`, `blob`, `boolean`, `uuid`, `timestamp`, `json`; empty if it is
    /// not known.
    pub kind: &'static str,
    /// Whether it may be `NULL`; `None` if that is not known.
    pub nullable: Option<bool>,
}

/// A field that is read from a column.
#[derive(Clone, Copy, Debug)]
pub struct RowColumn {
    /// The column's name.
    pub name: &'static str,
    /// The field's type; `None` for one with its own way of reading columns.
    pub column: Option<ColumnShape>,
}

/// A type that reads a column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnShape {
    /// The kind that it reads, as in [`Known::kind`].
    pub kind: &'static str,
    /// Whether it can be `NULL`.
    pub optional: bool,
}

/// The columns that a type reads; `derive(Row)` writes it.
pub trait RowColumns {
    /// In the order of the fields.
    const COLUMNS: &'static [RowColumn];
}

/// The kind that a type reads from a column.
pub trait ColumnType {
    /// As in [`Known::kind`].
    const KIND: &'static str;
    /// Whether it can be `NULL`.
    const OPTIONAL: bool = false;
}

macro_rules! column_types {
    ($($kind:literal: $($type:ty),+;)*) => {$($(
        impl ColumnType for $type {
            const KIND: &'static str = $kind;
        }
    )+)*};
}

column_types! {
    "integer": i8, i16, i32, i64, isize, u8, u16, u32, u64, usize;
    "real": f32, f64;
    "text": String, Slug;
    "blob": Vec<u8>;
    "boolean": bool;
    "uuid": Uuid;
    "timestamp": OffsetDateTime, SystemTime, Date;
    "json": serde_json::Value;
}

impl<const MAX: usize> ColumnType for Text<MAX> {
    const KIND: &'static str = "text";
}

impl<T> ColumnType for AsJson<T> {
    const KIND: &'static str = "json";
}

impl<T: ColumnType> ColumnType for Option<T> {
    const KIND: &'static str = T::KIND;
    const OPTIONAL: bool = true;
}

macro_rules! column_types_through {
    ($($type:ident),*) => {$(
        impl<T: ColumnType> ColumnType for $type<T> {
            const KIND: &'static str = T::KIND;
            const OPTIONAL: bool = T::OPTIONAL;
        }
    )*};
}

column_types_through! { Box, Arc, Rc }

/// Returns the columns that a type reads: an inherent constant if it derives `Row`, that of
/// [`NoRow`] for every other type.
#[derive(Debug)]
pub struct RowProbe<T>(PhantomData<T>);

impl<T: RowColumns> RowProbe<T> {
    /// The columns.
    pub const SHAPE: Option<&'static [RowColumn]> = Some(T::COLUMNS);
}

/// The columns of any other type: unknown.
pub trait NoRow {
    /// None.
    const SHAPE: Option<&'static [RowColumn]> = None;
}

impl<T> NoRow for RowProbe<T> {}

/// Returns the kind that a type reads from a column, as [`RowProbe`] does.
#[derive(Debug)]
pub struct ColumnProbe<T>(PhantomData<T>);

impl<T: ColumnType> ColumnProbe<T> {
    /// The kind.
    pub const SHAPE: Option<ColumnShape> =
        Some(ColumnShape { kind: T::KIND, optional: T::OPTIONAL });
}

/// The kind of any other type: unknown.
pub trait NoColumn {
    /// None.
    const SHAPE: Option<ColumnShape> = None;
}

impl<T> NoColumn for ColumnProbe<T> {}

/// Checks that a query returns the columns that a type reads: by name if it derives `Row`, the
/// first column if it is read from one.
///
/// # Panics
///
/// It does not. This runs in a constant, so the panic is a compile error.
#[track_caller]
pub const fn check_output(
    row: Option<&'static [RowColumn]>,
    column: Option<ColumnShape>,
    known: &[Known],
) {
    match (row, column) {
        (Some(fields), _) => check_row(fields, known),
        (None, Some(shape)) => {
            if known.len() != 1 {
                refuse(&["one value is read from a row of several columns"]);
            }
            if let [only] = known {
                check_column(shape, only, only.name);
            }
        }
        (None, None) => {}
    }
}

#[track_caller]
const fn check_row(mut fields: &[RowColumn], known: &[Known]) {
    while let [field, rest @ ..] = fields {
        fields = rest;
        match find(field.name, known) {
            Some(column) => {
                if let Some(shape) = field.column {
                    check_column(shape, column, field.name);
                }
            }
            None if has_unnamed(known) => {}
            None => refuse(&["the query gives no column `", field.name, "`"]),
        }
    }
}

/// Checks that a query returns the columns that a tuple reads, by position.
///
/// # Panics
///
/// It does not. This runs in a constant, so the panic is a compile error.
#[track_caller]
pub const fn check_tuple(mut elements: &[Option<ColumnShape>], mut known: &[Known]) {
    if elements.len() > known.len() {
        refuse(&["the tuple has more elements than the query gives columns"]);
    }
    if elements.len() < known.len() {
        refuse(&["the query gives more columns than the tuple has elements"]);
    }
    while let ([element, others @ ..], [column, columns @ ..]) = (elements, known) {
        (elements, known) = (others, columns);
        if let Some(shape) = element {
            check_column(*shape, column, column.name);
        }
    }
}

#[track_caller]
const fn check_column(shape: ColumnShape, column: &Known, name: &str) {
    if differs(column.kind, shape.kind) {
        refuse(&["column `", name, "` is ", column.kind, ", and is read as ", shape.kind]);
    }
    if !shape.optional && matches!(column.nullable, Some(true)) {
        refuse(&[
            "column `",
            name,
            "` may be NULL: read it into an Option, or give it a value with COALESCE",
        ]);
    }
}

/// Whether no value of a column of one kind can be read as another. A conversion that one of the
/// databases may do is accepted.
const fn differs(column: &str, read: &str) -> bool {
    const PAIRS: [(&str, &[&str]); 8] = [
        ("integer", &["text", "blob", "uuid", "json"]),
        ("real", &["integer", "text", "blob", "boolean", "uuid", "timestamp", "json"]),
        ("text", &["integer", "real", "boolean"]),
        ("blob", &["integer", "real", "boolean", "timestamp"]),
        ("boolean", &["real", "text", "blob", "uuid", "timestamp", "json"]),
        ("uuid", &["integer", "real", "boolean", "timestamp"]),
        ("timestamp", &["boolean", "blob", "uuid"]),
        ("json", &["integer", "real", "boolean", "uuid", "timestamp"]),
    ];
    let mut pairs: &[(&str, &[&str])] = &PAIRS;
    while let [(kind, others), rest @ ..] = pairs {
        pairs = rest;
        if same(column, kind) {
            return is_among(read, others);
        }
    }
    false
}

/// Checks that every name of a set is a column of the query.
///
/// # Panics
///
/// It does not. This runs in a constant, so the panic is a compile error.
#[track_caller]
pub const fn check_names(mut names: &[&str], columns: &[&str]) {
    while let [name, rest @ ..] = names {
        names = rest;
        if !is_among(name, columns) {
            refuse(&["`", name, "` is not a column that the query can be sorted by"]);
        }
    }
}

/// Checks that every name of a set is a direction.
///
/// # Panics
///
/// It does not. This runs in a constant, so the panic is a compile error.
#[track_caller]
pub const fn check_directions(mut names: &[&str]) {
    while let [name, rest @ ..] = names {
        names = rest;
        if !is_among(name, &["asc", "desc"]) {
            refuse(&["`", name, "` is neither `asc` nor `desc`"]);
        }
    }
}

const fn find<'a>(name: &str, mut known: &'a [Known]) -> Option<&'a Known> {
    while let [column, rest @ ..] = known {
        known = rest;
        if same(name, column.name) {
            return Some(column);
        }
    }
    None
}

const fn has_unnamed(mut known: &[Known]) -> bool {
    while let [column, rest @ ..] = known {
        known = rest;
        if column.name.is_empty() {
            return true;
        }
    }
    false
}

const fn is_among(name: &str, mut all: &[&str]) -> bool {
    while let [one, rest @ ..] = all {
        all = rest;
        if same(name, one) {
            return true;
        }
    }
    false
}

/// Databases ignore the case of names.
const fn same(one: &str, other: &str) -> bool {
    one.as_bytes().eq_ignore_ascii_case(other.as_bytes())
}

/// Fails with a message that is built at compile time.
#[track_caller]
#[expect(clippy::panic, reason = "in a constant it is a compile error")]
const fn refuse(mut parts: &[&str]) -> ! {
    let mut text = [0_u8; 256];
    let mut length = 0;
    while let [part, rest @ ..] = parts {
        parts = rest;
        let (_, free) = text.split_at_mut(length);
        let bytes = part.as_bytes();
        // A message that is too long is cut between its parts.
        if let Some((target, _)) = free.split_at_mut_checked(bytes.len()) {
            target.copy_from_slice(bytes);
            length += bytes.len();
        }
    }
    let (text, _) = text.split_at(length);
    match std::str::from_utf8(text) {
        Ok(text) => panic!("{}", text),
        Err(_) => panic!("the query does not give what is read from it"),
    }
}

#[cfg(test)]
mod tests {
    use super::{ColumnProbe, ColumnShape, Known, NoColumn as _, check_names, check_tuple};

    const fn known(name: &'static str, kind: &'static str, nullable: Option<bool>) -> Known {
        Known { name, kind, nullable }
    }

    #[test]
    fn types_that_are_not_known_pass() {
        struct Own;
        const OWN: Option<ColumnShape> = ColumnProbe::<Own>::SHAPE;
        assert!(OWN.is_none());
        check_tuple(&[OWN], &[known("a", "integer", Some(true))]);
    }

    #[test]
    fn what_cannot_be_read_is_told_by_name() {
        let text = |shape, column: Known| {
            let told = std::panic::catch_unwind(|| check_tuple(&[shape], &[column])).unwrap_err();
            told.downcast_ref::<String>().cloned().unwrap()
        };
        let number = ColumnProbe::<i64>::SHAPE;
        assert_eq!(
            text(number, known("title", "text", Some(false))),
            "column `title` is text, and is read as integer"
        );
        assert!(text(number, known("qty", "integer", Some(true))).contains("`qty` may be NULL"));
        check_tuple(&[ColumnProbe::<Option<i64>>::SHAPE], &[known("qty", "integer", Some(true))]);
        check_tuple(&[number], &[known("qty", "", None)]);
    }

    #[test]
    fn names_are_compared_without_case() {
        check_names(&["Title"], &["id", "title"]);
        assert!(std::panic::catch_unwind(|| check_names(&["titel"], &["title"])).is_err());
    }
}
