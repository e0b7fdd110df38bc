//! Mutual TLS: programs that authenticate with a client certificate.
//!
//! 1. The end of the TLS connection verifies that the certificate is one of the authority for
//!    clients: a proxy, or the server itself with a client verifier. No other certificate is
//!    believed.
//! 2. A proxy forwards the certificate in `Client-Cert` (RFC 9440). The field counts only if the
//!    peer of the connection is a trusted proxy
//!    ([`Builder::trusted_proxy`](crate::Builder::trusted_proxy)); from any other peer it is
//!    refused. The proxy has to remove what clients send under that name (RFC 9440 section 4).
//! 3. [`Builder::serve`](crate::Builder::serve) notes the certificate of a connection whose TLS it
//!    ends, and a server of your own does when the connection is made
//!    ([`note_client_certificate`]). If the peer is a trusted proxy, its own certificate does not
//!    identify the clients behind it.
//! 4. The permitted callers are a list of names ([`CertificateHolder`]). A certificate of the
//!    authority whose names are not in the list is refused, and so is one with names of two
//!    holders.

mod authenticator;
mod certificate;
mod holder;

pub(crate) use authenticator::NotedCertificate;
pub use authenticator::{MutualTls, note_client_certificate};
pub use certificate::{CertificateError, ClientCertificate};
pub use holder::CertificateHolder;
