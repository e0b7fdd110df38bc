//! Cross-origin policies: which pages of other origins may read the answers, and send unsafe
//! requests (CORS, Fetch section 3.3).
//!
//! 1. Without a list, no page of another origin reads anything.
//! 2. An endpoint with `#[cross_origin(..)]` has its own policy; all others, and what no endpoint answers,
//!    have the service's.
//! 3. A preflight request is answered by the policy of the endpoint that the request itself would
//!    reach, before authentication and limits: 204, or 403 without a field. It names the method that
//!    was asked for and nothing else.
//! 4. Refusals carry the fields too, so that a page sees the real problem and not a network error.
//! 5. Credentials (cookies) are admitted where a policy says so with a reason, and never for every
//!    origin.
//! 6. Every answer under a list says `Vary: Origin`, also where none was sent.
//! 7. What a handler writes in these fields' place is taken out: who may read is declared.
//!
//! The decision is made here and not by a middleware: it depends on the endpoint, and the
//! cross-site check uses the same list.

mod preflight;
mod routes;
mod rules;

pub(crate) use preflight::Preflight;
pub(crate) use routes::Routes;
pub(crate) use rules::{CorsError, Rules};
