//! Types of the standard library and of other crates that are bounded by themselves.
//!
//! Each is a single value in its crate's human-readable format. Further formats that a crate
//! accepts (a list of numbers, an object) are refused: a body has one form.

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
