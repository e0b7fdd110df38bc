//! Lists of values, for `IN ({xs..})`.

use std::{
    collections::{BTreeSet, HashSet},
    rc::Rc,
    sync::Arc,
};

use super::Bind;

/// The type of `{xs..}`: a list of values of one type, which are not optional.
///
/// An empty list matches no row with `IN`, and every row with `NOT IN`. At most [`MAX`](Self::MAX)
/// values; more are refused, as the validation of a caller's list should do before.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values that can be bound",
    label = "`{{xs..}}` takes a slice, a `Vec`, an array or a set of values that implement `Bind`",
    note = "elements are not optional: `NOT IN` a list with a NULL would never hold"
)]
pub trait List {
    /// The type of the elements.
    type Item: Bind;

    /// The most elements that a list may have.
    const MAX: usize = 32_768;

    /// The elements.
    fn items(&self) -> impl ExactSizeIterator<Item = &Self::Item>;
}

macro_rules! lists {
    ($([$($generics:tt)*] $type:ty),* $(,)?) => {$(
        impl<$($generics)*> List for $type {
            type Item = T;

            fn items(&self) -> impl ExactSizeIterator<Item = &T> {
                self.iter()
            }
        }
    )*};
}

lists! {
    [T: Bind] [T],
    [T: Bind] Vec<T>,
    [T: Bind, const N: usize] [T; N],
    [T: Bind] BTreeSet<T>,
    [T: Bind, S] HashSet<T, S>,
}

macro_rules! lists_through {
    ($($type:ty),* $(,)?) => {$(
        impl<L: List + ?Sized> List for $type {
            type Item = L::Item;

            fn items(&self) -> impl ExactSizeIterator<Item = &L::Item> {
                L::items(self)
            }
        }
    )*};
}

lists_through! { &L, &mut L, Box<L>, Arc<L>, Rc<L> }
