//! The code blocks of the documentation, as doc tests of this package.

/// The README.
#[derive(Debug)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The reference of the attributes.
#[derive(Debug)]
#[doc = include_str!("../../docs/attributes.md")]
pub struct Attributes;
