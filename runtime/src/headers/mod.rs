//! Security headers on every response of the app.
//!
//! 1. What an answer is decides its profile ([`ProfileKind`]). Without a mark it is an API's
//!    answer, which is never a page: the policy lets a browser run, frame and load nothing from it,
//!    and no cache keeps it. That holds for `text/html` that nobody marked, too.
//!    What relaxes headers is for one body ([`marked_body`]): with another one the answer is an API's.
//! 2. The profile wins over what a handler or another middleware wrote: a header is weakened on
//!    the endpoint, with `#[headers(..)]`, where the inventory shows it.
//! 3. HSTS is sent only by a service that is reached over TLS; on plain http browsers ignore it
//!    (RFC 6797 section 7.2).
//! 4. What acts on documents alone (`Permissions-Policy`, `Cross-Origin-Opener-Policy` and
//!    `-Embedder-Policy`, `X-DNS-Prefetch-Control`, `X-Permitted-Cross-Domain-Policies`) is sent with
//!    pages, and with other answers where the service asks for it.
//! 5. No header reaches wider than the service: HSTS binds hosts below this one, and a log-out clears
//!    cookies of other hosts, only where that was asked for.
//! 6. Headers that tell of the software behind (`Server`, `X-Powered-By`) are removed.
//!
//! The values are those of the OWASP Secure Headers project; the policies have no finding in
//! Google's `csp_evaluator`.

mod csp;
mod dress;
mod hsts;
mod kind;
mod marked_body;
mod nonce;
mod profile;
mod set;
mod stage;

pub use csp::{Csp, Permissions, PolicyError};
#[doc(hidden)]
pub use csp::{checked_csp, checked_permissions};
pub(crate) use dress::{Wardrobe, is_script};
pub(crate) use hsts::Hsts;
pub use kind::ProfileKind;
pub(crate) use kind::{Own, Wears, Worn};
pub(crate) use marked_body::Remaining;
pub use nonce::Nonce;
pub(crate) use profile::{EMBEDDER_POLICY, NOT_KEPT, Profiles};
pub use set::{EmbedderPolicy, HeaderSet, OpenerPolicy, ReferrerPolicy, ResourcePolicy};
#[doc(hidden)]
pub use stage::HeaderStage;
