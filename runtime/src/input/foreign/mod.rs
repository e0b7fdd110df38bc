//! Types of the standard library and of other crates that are bounded by what they are.
//!
//! Each is a single value, written as its crate writes it for people. What a crate reads from other
//! forms too (a list of numbers, an object) is refused: a body has one form.

#[cfg(feature = "chrono")]
mod chrono;
mod duration;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
mod secrecy;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "url")]
mod url;
