//! Security headers on every response of the app.
//!
//! 1. The kind of an answer decides its profile ([`ProfileKind`]). Without a mark it is an API's
//!    answer, which is never a page: the policy lets a browser run, frame and load nothing from it,
//!    and no cache stores it. That includes `text/html` without a mark. Relaxed headers belong to
//!    one body ([`marked_body`]): with another body the answer is an API's.
//! 2. The profile overrides headers that a handler or another middleware wrote: a header is
//!    weakened on the endpoint, with `#[headers(..)]`, where the inventory shows it.
//! 3. HSTS is sent only by a service that is reached over TLS; on plain http browsers ignore it
//!    (RFC 6797 section 7.2).
//! 4. Headers that affect documents alone (`Permissions-Policy`, `Cross-Origin-Opener-Policy` and
//!    `-Embedder-Policy`, `X-DNS-Prefetch-Control`, `X-Permitted-Cross-Domain-Policies`) are sent
//!    with pages, and with other answers if the service enables it.
//! 5. No header affects other hosts by default: HSTS includes the hosts below this one, and a
//!    log-out clears cookies of other hosts, only if that is enabled.
//! 6. Headers that reveal the software (`Server`, `X-Powered-By`) are removed.
//!
//! The values are those of the OWASP Secure Headers project; the policies have no finding in
//! Google's `csp_evaluator`.

mod csp;
mod dress;
mod hsts;
mod kind;
mod marked_body;
mod nonce;
mod overrides;
mod profile;
mod set;
mod stage;

pub use csp::{Csp, Permissions, PolicyError};
#[doc(hidden)]
pub use csp::{checked_csp, checked_permissions};
pub(crate) use dress::{Wardrobe, is_script};
pub(crate) use hsts::Hsts;
pub(crate) use kind::{Own, Wears, Worn};
pub(crate) use marked_body::Remaining;
pub use nonce::Nonce;
pub use overrides::HeaderOverrides;
#[doc(inline)]
pub use palisade_policy::{ProfileKind, ResourcePolicy};
pub(crate) use profile::{EMBEDDER_POLICY, NOT_KEPT, Profiles};
pub use set::{EmbedderPolicy, HeaderSet, OpenerPolicy, ReferrerPolicy};
#[doc(hidden)]
pub use stage::HeaderStage;
