//! `Content-Security-Policy` (Content Security Policy Level 3).
//!
//! A browser ignores what it does not know in a policy, and reads on: a slip loosens a page without
//! a sign. So a policy is read here word by word, and what a browser would ignore is a [`Fault`].
//!
//! Instead of a source there may be a name in braces: `{nonce}` is the nonce of each answer, any
//! other name a source that the caller gives, such as a hash.
//!
//! ```
//! use palisade_policy::csp::Policy;
//!
//! let (policy, faults) = Policy::read(
//!     "default-src 'self'; script-src {nonce} 'strict-dynamic'; object-src 'none'; \
//!      base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
//!     &[],
//! );
//! assert!(faults.is_empty());
//! assert!(policy.is_some_and(|policy| policy.takes_nonce()));
//!
//! let (_, faults) = Policy::read("default-scr 'self'", &[]);
//! assert_eq!(faults[0].help.as_deref(), Some("did you mean `default-src`?"));
//! ```
//!
//! [`Fault`]: crate::Fault

mod directive;
mod policy;
mod render;
mod source;
mod weakness;

#[cfg(test)]
mod tests;

pub use policy::Policy;
pub use source::is_hash;
