//! TLS of [`Builder::serve`](crate::Builder::serve): the service's certificates, and those of clients.
//!
//! 1. **TLS 1.2 and 1.3** (RFC 5246, RFC 8446) with the suites of rustls: forward secrecy and
//!    authenticated encryption in each. There is no renegotiation, no compression and no early data
//!    (RFC 8446 section 8: a request in early data can be replayed).
//! 2. **What cannot work does not start**: a chain in the wrong order, a key of another certificate, one
//!    that other users can read (CWE-732), a certificate that has expired.
//! 3. **Files are watched.** A certificate and its key are replaced together, once both can be read and
//!    match; until then the service goes on with what it has. Connections that are open are not touched.
//! 4. **The name that a client asks for** (RFC 6066 section 3) chooses the certificate, and among several
//!    of one name the one whose key the client can verify.
//! 5. **Sessions are resumed** by tickets under keys that rotate (RFC 5077, RFC 8446 section 2.2), except
//!    where clients show certificates: a resumed session would skip the check of a certificate that has
//!    been revoked since.

#[cfg(all(feature = "acme", not(unix)))]
compile_error!(
    "the feature `acme` keeps keys in a private folder, which this system does not have"
);

#[cfg(feature = "acme")]
mod acme;
mod certificate;
mod clients;
mod error;
mod files;
#[cfg(feature = "acme")]
mod issued;
mod metrics;
mod names;
mod pair;
mod pem;
mod state;
mod urgency;
mod watched;

#[cfg(feature = "acme")]
pub use acme::Acme;
pub use files::{TlsFiles, TlsVersion};
#[cfg(feature = "http2")]
pub(crate) use state::HTTP_2;
pub(crate) use state::{Tls, TlsSources};
