//! Mutual TLS: programs that prove themselves by a client certificate.
//!
//! 1. Whoever ends TLS checks that the certificate is one of the authority for clients: a proxy,
//!    or the server itself with a client verifier. Here nothing is believed that neither of them
//!    vouches for.
//! 2. A proxy hands the certificate on in `Client-Cert` (RFC 9440). The field counts only where the
//!    other end of the connection is a trusted proxy
//!    ([`Builder::trusted_proxy`](crate::Builder::trusted_proxy)); from anybody else it is refused.
//!    The proxy has to remove what clients send under that name (RFC 9440 section 4).
//! 3. [`Builder::serve`](crate::Builder::serve) notes the certificate of a connection whose TLS it ends,
//!    and a server of your own does when the connection is made ([`note_client_certificate`]). Where a trusted proxy has connected, its own certificate does
//!    not speak for the clients behind it.
//! 4. Who may call is a list of names ([`CertificateHolder`]). A certificate of the authority whose
//!    names are not in the list is refused, and so is one that two holders have names of.

mod authenticator;
mod certificate;
mod holder;

pub(crate) use authenticator::NotedCertificate;
pub use authenticator::{MutualTls, note_client_certificate};
pub use certificate::{CertificateError, ClientCertificate};
pub use holder::CertificateHolder;
