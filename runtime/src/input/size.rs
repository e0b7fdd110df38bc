//! What reading a value takes of the stack.
//!
//! Serde makes a value on the stack and moves it from one function to the next. An unoptimized build
//! keeps a copy for each, so that a value takes some dozens of times its size, and a value inside of
//! another one takes its own on top. The figures below are a little above those of unoptimized builds
//! (`tests::stack` measures them); optimized ones take a fraction.
//!
//! A worker has 2 MiB. The rest is for what runs around the reader, which holds the value too.

#![expect(
    clippy::indexing_slicing,
    reason = "constants have no other way through an array, and a panic in one is a compile error"
)]

use std::marker::PhantomData;

use super::{bounded::FieldType, parts::Parts};

/// The most elements of a list, entries of a map or characters of a string that any rule may allow.
pub(super) const MOST: u64 = 1 << 20;

/// What the type of a field may take: arrays of 1,024 numbers of 64 bits, and something beside them.
pub(super) const MOST_BYTES: usize = 12 * 1024;

/// What a type that derives `Input` may take, and an element of a list.
pub(super) const MOST_TYPE_BYTES: usize = 16 * 1024;

/// The levels of objects and arrays that a document may have: as many as `serde_json` reads.
pub(super) const MOST_LEVELS: usize = 127;

/// What reading one value may take.
pub(super) const MOST_STACK: usize = 1280 * 1024;

/// What reading a struct or an enum takes.
pub(super) const fn of_struct(bytes: usize) -> usize {
    bytes.saturating_mul(24).saturating_add(512)
}

/// What reading an array or a tuple takes.
pub(super) const fn of_array(bytes: usize) -> usize {
    bytes.saturating_mul(24).saturating_add(1024)
}

/// What reading a list or a map with elements of this size takes.
pub(super) const fn of_list(element: usize) -> usize {
    element.saturating_mul(8).saturating_add(768)
}

/// What an `Option` of this size adds.
pub(super) const fn of_option(bytes: usize) -> usize {
    bytes.saturating_mul(8).saturating_add(256)
}

/// What a level of a free-form value takes.
pub(super) const fn of_free_form() -> usize {
    2048
}

/// What keeping a value aside adds, until its tag is known.
pub(super) const fn of_buffered(stack: usize) -> usize {
    stack.saturating_add(1536)
}

/// The larger one.
pub(super) const fn larger(one: usize, other: usize) -> usize {
    if one > other { one } else { other }
}

/// The size of a type, as far as it is known: a type that is not a field type is reported
/// elsewhere.
#[derive(Debug)]
pub struct Held<T>(PhantomData<T>);

/// What the type of a field takes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The bytes of a value, the heap aside.
    bytes: usize,
    /// The most that anything takes that lists and boxes in it hold.
    held: usize,
    /// The elements that arrays in arrays have in all.
    elements: u64,
    /// What is known of a type that is not a field type.
    parts: Parts,
}

impl Size {
    /// The most bytes that anything takes that lists and boxes in a value hold.
    pub const fn held(self) -> usize {
        self.held
    }

    /// The elements that arrays in arrays have in all.
    pub const fn elements(self) -> u64 {
        self.elements
    }

    /// What the types in its name take.
    pub(super) const fn parts(self) -> Parts {
        self.parts
    }

    /// The bytes of a value where they are more than a field may take, and otherwise none.
    pub(super) const fn refused(self) -> usize {
        if self.bytes > MOST_BYTES || self.held > MOST_TYPE_BYTES {
            larger(self.bytes, self.held)
        } else {
            0
        }
    }

    /// With the types that its name shows, of which some may be no field types.
    #[must_use]
    pub const fn with(self, parts: Parts) -> Self {
        Self { held: larger(self.held, parts.bytes), parts, ..self }
    }
}

impl<T: FieldType> Held<T> {
    /// What the type takes.
    pub const SIZE: Size =
        Size { bytes: size_of::<T>(), held: T::HELD, elements: T::ELEMENTS, parts: Parts::NONE };
}

/// The size of every other type, used only if [`Held`] has no inherent constant.
pub trait HeldByNone {
    /// The bytes of a value: nothing else is known.
    const SIZE: Size;
}

impl<T> HeldByNone for Held<T> {
    const SIZE: Size =
        Size { bytes: size_of::<T>(), held: 0, elements: 1, parts: Parts::of(size_of::<T>()) };
}

/// Refuses a length that bounds nothing.
#[track_caller]
pub(super) const fn check_length(max: u64) {
    assert!(
        max <= MOST,
        "this length is too large to be a bound: write at most 1048576 elements or characters"
    );
}

/// Refuses the type of a field that takes too much of the stack.
#[track_caller]
pub(super) const fn check_field(Size { bytes, held, elements, .. }: Size) {
    if bytes > MOST_BYTES {
        refuse("this type takes ", bytes, " bytes on the stack; make it a list with a length");
    }
    if held > MOST_TYPE_BYTES {
        refuse(
            "this type holds values of ",
            held,
            " bytes, which are made on the stack; make each of them a list with a length",
        );
    }
    assert!(
        elements <= MOST,
        "these arrays in arrays have more than 1048576 elements; make the outer one a list with a \
         length"
    );
}

/// Refuses a type that takes too much of the stack with all that it holds.
#[track_caller]
pub(super) const fn check_type(bytes: usize, stack: usize) {
    if bytes > MOST_TYPE_BYTES || stack > MOST_STACK {
        refuse(
            "this type takes ",
            bytes,
            " bytes on the stack, more than a request may with what it holds; make its arrays lists \
             with a length",
        );
    }
}

/// The longest message.
const MESSAGE: usize = 384;

/// Fails with a message that holds a number, as a constant cannot format one.
#[track_caller]
const fn refuse(before: &str, number: usize, after: &str) {
    let (mut digits, mut first, mut rest) = ([0; 20], 20, number);
    loop {
        first -= 1;
        digits[first] = DIGITS[rest % 10];
        rest /= 10;
        if rest == 0 || first == 0 {
            break;
        }
    }
    match std::str::from_utf8(digits.split_at(first).1) {
        Ok(number) => refuse_text(before, number, after),
        // Digits are text.
        Err(_) => refuse_text(before, "too many", after),
    }
}

/// Fails with a message that contains a string, as a constant cannot format one.
#[expect(clippy::panic, reason = "a panic in a constant is a compile error")]
#[track_caller]
pub(super) const fn refuse_text(before: &str, text: &str, after: &str) {
    let (mut message, mut end) = ([0; MESSAGE], 0);
    end = push(&mut message, end, before.as_bytes());
    end = push(&mut message, end, text.as_bytes());
    end = push(&mut message, end, after.as_bytes());
    match std::str::from_utf8(message.split_at(end).0) {
        Ok(message) => panic!("{}", message),
        // A long name was cut within a character.
        Err(_) => panic!("{}", after),
    }
}

const DIGITS: [u8; 10] = *b"0123456789";

const fn push(message: &mut [u8; MESSAGE], mut end: usize, mut text: &[u8]) -> usize {
    while let [byte, rest @ ..] = text {
        if end < MESSAGE {
            message[end] = *byte;
            end += 1;
        }
        text = rest;
    }
    end
}
