//! The types that one column is decoded into.

use std::time::SystemTime;

use serde::de::DeserializeOwned;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{ColumnRef, DecodeError, FromColumn};
use crate::{Slug, Text, sql::AsJson};

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FromColumn for $type {
            fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
                Self::try_from(column.integer()?)
                    .map_err(|_| DecodeError::new(concat!("it does not fit into ", stringify!($type))))
            }
        }
    )*};
}

integers! { i8, u8, i16, u16, i32, u32, i64, u64, isize, usize }

macro_rules! directly {
    ($($type:ty => $read:ident),* $(,)?) => {$(
        impl FromColumn for $type {
            fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
                column.$read()
            }
        }
    )*};
}

directly! {
    bool => boolean,
    f64 => number,
    String => text,
    Vec<u8> => bytes,
    Uuid => uuid,
    OffsetDateTime => timestamp,
    Date => date,
    serde_json::Value => json,
}

impl FromColumn for f32 {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        #[expect(clippy::cast_possible_truncation, reason = "the nearest one is what is asked for")]
        column.number().map(|number| number as Self)
    }
}

impl FromColumn for SystemTime {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        column.timestamp().map(Self::from)
    }
}

impl<T: DeserializeOwned> FromColumn for AsJson<T> {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        serde_json::from_value(column.json()?)
            .map(AsJson)
            .map_err(|_| DecodeError::new("its JSON is not of the type that was asked for"))
    }
}

impl<const MAX: usize> FromColumn for Text<MAX> {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        Self::new(column.text()?).map_err(|error| DecodeError::new(format!("it is {error}")))
    }
}

impl FromColumn for Slug {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        Self::new(column.text()?).map_err(|_| DecodeError::new("it is not a slug"))
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(column: ColumnRef<'_>) -> Result<Self, DecodeError> {
        if column.is_null() { Ok(None) } else { T::from_column(column).map(Some) }
    }
}
