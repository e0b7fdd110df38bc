//! A value and the column that it is compared with.
//!
//! MySQL converts a string to a number when it compares both, and a string without digits to 0:
//! `token = 0` holds for nearly every token, and a DELETE goes through. Postgres refuses the
//! statement when it runs. `sql!` knows the type of the column from the migrations, and the
//! compiler that of the value. A type of your own is known when it is bound.

use std::{borrow::Cow, marker::PhantomData, rc::Rc, sync::Arc, time::SystemTime};

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Bind, BindError, Binds, List, ValueType};
use crate::{Slug, Text};

/// A value, and the column `C` that it is compared with.
#[derive(Debug)]
pub struct Beside<'v, T: ?Sized, C>(&'v T, PhantomData<C>);

/// A column by its name, for messages.
#[derive(Debug)]
pub struct ColumnName<C>(PhantomData<C>);

impl<C> ColumnName<C> {
    /// The name.
    pub const NEW: Self = Self(PhantomData);
}

impl<'v, T: ?Sized, C> Beside<'v, T, C> {
    /// A value and its column.
    pub fn new(value: &'v T, _: ColumnName<C>) -> Self {
        Self(value, PhantomData)
    }
}

/// Types that bind as a number, `bool` included; and lists of them.
pub trait BindsNumber {}

/// Types that bind as text, bytes, a UUID or a time; and lists of them.
pub trait BindsNoNumber {}

/// A value that can be compared with a column of text or bytes.
#[diagnostic::on_unimplemented(
    message = "a number is compared with the column `{C}`, which holds text",
    label = "`{Self}` is a number",
    note = "MySQL would read the string as a number, and one without digits as 0: bind a string, as in `{{value.to_string()}}`"
)]
pub trait ComparedWithText<C> {}

/// A value that can be compared with a column of numbers.
#[diagnostic::on_unimplemented(
    message = "a value that is not a number is compared with the column `{C}`, which holds numbers",
    label = "`{Self}` is not a number",
    note = "MySQL would read it as a number, and one without digits as 0: parse it before the query"
)]
pub trait ComparedWithNumbers<C> {}

impl<'v, T: BindsNumber + ?Sized, C> Beside<'v, T, C> {
    /// The value, for a column of text.
    pub fn text(self) -> &'v T
    where
        T: ComparedWithText<C>,
    {
        self.0
    }
}

impl<'v, T: BindsNoNumber + ?Sized, C> Beside<'v, T, C> {
    /// The value, for a column of numbers.
    pub fn numbers(self) -> &'v T
    where
        T: ComparedWithNumbers<C>,
    {
        self.0
    }
}

/// Any other value: its type is unknown, or fits.
pub trait AnyBeside<'v> {
    /// The value's type.
    type Value: ?Sized;

    /// The value, for a column of text.
    fn text(self) -> &'v Self::Value;

    /// The value, for a column of numbers.
    fn numbers(self) -> &'v Self::Value;
}

impl<'v, T: ?Sized, C> AnyBeside<'v> for Beside<'v, T, C> {
    type Value = T;

    fn text(self) -> &'v T {
        self.0
    }

    fn numbers(self) -> &'v T {
        self.0
    }
}

macro_rules! marks {
    ($mark:ident: $([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> $mark for $type {}
    )*};
}

marks! { BindsNumber:
    [] bool, [] i8, [] i16, [] i32, [] i64, [] isize, [] u8, [] u16, [] u32, [] u64, [] usize,
    [] f32, [] f64,
}

marks! { BindsNoNumber:
    [] str, [] String, [] char, [] Slug, [const MAX: usize] Text<MAX>, [] Uuid, [] OffsetDateTime,
    [] SystemTime, [] Date,
}

macro_rules! marks_through {
    ($($mark:ident),*) => {$(
        impl<T: $mark> $mark for Option<T> {}
        impl<T: $mark + ?Sized> $mark for &T {}
        impl<T: $mark + ?Sized> $mark for &mut T {}
        impl<T: $mark + ?Sized> $mark for Box<T> {}
        impl<T: $mark + ?Sized> $mark for Arc<T> {}
        impl<T: $mark + ?Sized> $mark for Rc<T> {}
        impl<T: $mark + ToOwned + ?Sized> $mark for Cow<'_, T> {}
    )*};
}

marks_through! { BindsNumber, BindsNoNumber }

/// A list, and the column `C` that its values are compared with.
#[derive(Debug)]
pub struct ListBeside<'v, L: ?Sized, C>(&'v L, PhantomData<C>);

impl<'v, L: ?Sized, C> ListBeside<'v, L, C> {
    /// A list and its column.
    pub fn new(list: &'v L, _: ColumnName<C>) -> Self {
        Self(list, PhantomData)
    }
}

impl<'v, L: List<Item: BindsNumber> + ?Sized, C> ListBeside<'v, L, C> {
    /// The list, for a column of text.
    pub fn text(self) -> &'v L
    where
        L::Item: ComparedWithText<C>,
    {
        self.0
    }
}

impl<'v, L: List<Item: BindsNoNumber> + ?Sized, C> ListBeside<'v, L, C> {
    /// The list, for a column of numbers.
    pub fn numbers(self) -> &'v L
    where
        L::Item: ComparedWithNumbers<C>,
    {
        self.0
    }
}

impl<'v, L: ?Sized, C> AnyBeside<'v> for ListBeside<'v, L, C> {
    type Value = L;

    fn text(self) -> &'v L {
        self.0
    }

    fn numbers(self) -> &'v L {
        self.0
    }
}

/// The kind of a column that a value is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text or bytes.
    Text,
    /// Numbers, booleans among them.
    Numbers,
}

impl Holds {
    fn check(self, kind: ValueType) -> Result<(), BindError> {
        let number = match kind {
            ValueType::Bool
            | ValueType::I16
            | ValueType::I32
            | ValueType::I64
            | ValueType::F32
            | ValueType::F64 => true,
            ValueType::Text
            | ValueType::Bytes
            | ValueType::Uuid
            | ValueType::Timestamp
            | ValueType::Date => false,
            // A document is compared in a way of its own.
            ValueType::Json => return Ok(()),
        };
        match (self, number) {
            (Self::Text, true) => {
                Err(BindError::defect("a number is compared with a column that holds text"))
            }
            (Self::Numbers, false) => Err(BindError::defect(
                "a value that is not a number is compared with a column that holds numbers",
            )),
            (Self::Text, false) | (Self::Numbers, true) => Ok(()),
        }
    }
}

impl Binds {
    /// Adds the next value, which is compared with a column of this kind.
    ///
    /// # Errors
    ///
    /// It is of another kind, or the database cannot store it.
    pub fn add_beside<T: Bind + ?Sized>(
        &mut self,
        value: &T,
        holds: &[Holds],
    ) -> Result<(), BindError> {
        holds.iter().try_for_each(|holds| holds.check(T::KIND))?;
        self.add(value)
    }

    /// Adds the next list, whose values are compared with a column of this kind.
    ///
    /// # Errors
    ///
    /// They are of another kind, or an error of [`add_list`](Self::add_list).
    pub fn add_list_beside<L: List + ?Sized>(
        &mut self,
        list: &L,
        holds: &[Holds],
    ) -> Result<(), BindError> {
        holds.iter().try_for_each(|holds| holds.check(L::Item::KIND))?;
        self.add_list(list)
    }
}

#[cfg(test)]
mod tests {
    use super::{AnyBeside as _, Beside, ColumnName, Holds};
    use crate::sql::bind::{Bind, BindError, Value, ValueType};

    struct Token;

    #[test]
    fn what_is_right_is_handed_on() {
        let value = |text: &str| Beside::new(text, ColumnName::<Token>::NEW).text().to_owned();
        assert_eq!(value("secret"), "secret");
        assert_eq!(*Beside::new(&7_i64, ColumnName::<Token>::NEW).numbers(), 7);
        assert_eq!(*Beside::new(&Some(7_u8), ColumnName::<Token>::NEW).numbers(), Some(7));
    }

    #[test]
    fn a_type_of_ones_own_is_known_when_it_binds() {
        struct Id(i64);
        impl Bind for Id {
            const KIND: ValueType = ValueType::I64;
            fn value(&self) -> Result<Value<'_>, BindError> {
                self.0.value()
            }
        }
        // It compiles beside either, and binds beside one.
        assert_eq!(Beside::new(&Id(7), ColumnName::<Token>::NEW).text().0, 7);
        assert!(Holds::Text.check(Id::KIND).is_err());
        assert!(Holds::Numbers.check(Id::KIND).is_ok());
        assert!(Holds::Numbers.check(String::KIND).is_err());
        assert!(Holds::Text.check(String::KIND).is_ok());
        assert!(Holds::Text.check(serde_json::Value::KIND).is_ok());
    }
}
