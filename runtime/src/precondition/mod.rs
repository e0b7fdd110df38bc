//! The versions of resources and the conditions of requests (RFC 9110 section 13), without the arguments of
//! handlers, which are in [`conditional`](mod@crate::conditional).

pub(crate) mod conditions;
pub(crate) mod date;
mod embedded;
#[cfg(any(feature = "static-files", feature = "uploads"))]
mod ranges;
mod tag;
mod tagged;
#[cfg(test)]
mod tests;
mod version;

pub(crate) use conditions::admit;
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use conditions::{Outcome, Validators, judge};
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use date::{http_date, seconds};
pub use embedded::Embedded;
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use ranges::{Wanted, wanted};
pub use tagged::Tagged;
pub use version::{Version, Versioned};
