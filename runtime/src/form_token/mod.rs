//! Tokens by which a form proves that it is on a page of this service: the signed double-submit
//! token of the OWASP cheat sheet on cross-site request forgery (CWE-352).
//!
//! Browsers that send the origin of a request need none: [`cross_site`](mod@crate::cross_site)
//! decides by their headers. Tokens are for those that do not (`#[cross_site(token)]`).
//!
//! 1. The browser has 256 random bits in the cookie `__Host-form`, which no script reads and no
//!    other host sets. It comes with the first page that takes a [`FormToken`].
//! 2. The token is a MAC of random bits, the time, the service's origin, that cookie, and the session's
//!    cookie where there is one. A token of another browser does not hold, nor one of another service
//!    with the same key, nor one from before a log-in or log-out, nor one that is older than its
//!    lifetime. Each page has another one, so that nothing can be
//!    guessed from the sizes of compressed answers.
//! 3. It comes back in the header field `x-csrf-token`, or in the form's field `csrf_token`: once,
//!    and never in the query, which ends up in logs. The header is judged before anything else of
//!    the request; the field when the form was read, before a value of it is looked at.
//! 4. A request that its browser calls another site's is refused, whatever its token says.

mod keys;
mod proof;
mod rotating;
mod token;

pub(crate) use keys::Binding;
pub use keys::FormTokens;
pub(crate) use proof::{Debt, Proof, Reserved, refused};
pub use token::{FormToken, FormTokenField};

/// The form field of a token.
pub(crate) const FIELD: &str = "csrf_token";

/// The header field of a token, for scripts.
pub(crate) const HEADER: actix_web::http::header::HeaderName =
    actix_web::http::header::HeaderName::from_static("x-csrf-token");
