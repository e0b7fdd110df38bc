//! `Content-Security-Policy` (Content Security Policy Level 3).
//!
//! A browser ignores unknown parts of a policy, so that a typing error weakens a page without a
//! warning. So a policy is parsed strictly here, and each part that a browser would ignore is a
//! [`Fault`].
//!
//! A source may be a name in braces: `{nonce}` is the nonce of each response, and any other name a
//! source from the caller, such as a hash.
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
