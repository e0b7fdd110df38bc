//! Identifies a caller by a certificate.

use std::sync::Arc;

use actix_web::{dev::Extensions, http::header::HeaderName};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{
    super::{
        authenticator::{Attempt, Authenticator, Presented},
        credentials::CredentialsRefusal,
        principal::Principal,
        refusal::Refusal,
        revocation::HORIZON,
    },
    certificate::{CertificateError, ClientCertificate, MAX_LENGTH},
    holder::CertificateHolder,
};

const CLIENT_CERT: HeaderName = HeaderName::from_static("client-cert");

/// Identifies callers by their client certificates.
///
/// Decisions, in their order; the first that fails refuses:
///
/// 1. from a trusted proxy, the certificate in `Client-Cert`, if that is switched on; from any
///    other peer the field is refused, and the connection's own certificate counts;
/// 2. it is one X.509 certificate for client authentication, and within its validity period;
/// 3. exactly one holder has a name of the certificate.
///
/// The [`Principal`] has the holder's subject, the digest of the signed part as its
/// [`token_id`](Principal::token_id), and `mutual_tls` as its issuer.
///
/// ```
/// use palisade::{Palisade, auth::{CertificateHolder, MutualTls}};
///
/// let billing = CertificateHolder::uri("spiffe://acme.example/billing", "billing")
///     .scopes(["invoices:read"]);
/// let builder = Palisade::builder()
///     .trusted_proxy("10.0.0.0/8")
///     .authenticator(MutualTls::new([billing]).from_trusted_proxies());
/// # let _ = builder;
/// ```
#[derive(Debug)]
pub struct MutualTls {
    holders: Vec<CertificateHolder>,
    from_proxies: bool,
}

/// The client certificate of a connection: noted by [`note_client_certificate`], or by the TLS of
/// [`Builder::serve`](crate::Builder::serve).
#[derive(Clone, Debug)]
pub(crate) struct NotedCertificate(Arc<Result<ClientCertificate, CertificateError>>);

impl NotedCertificate {
    /// Of a certificate in DER that TLS has verified.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        Self(Arc::new(ClientCertificate::from_der(der)))
    }

    pub(in crate::auth) fn certificate(&self) -> Option<&ClientCertificate> {
        self.0.as_ref().as_ref().ok()
    }
}

/// Notes the certificate of a new connection, in DER: for `HttpServer::on_connect` of a server of
/// your own. [`Builder::serve`](crate::Builder::serve) does it by itself, if `Builder::tls` names
/// an authority for clients.
///
/// Call it only with a certificate that the TLS library has verified against the authority for
/// clients. With rustls that is the first of `peer_certificates()` under a `WebPkiClientVerifier`.
///
/// ```text
/// HttpServer::new(app).on_connect(|connection, extensions| {
///     if let Some(tls) = connection.downcast_ref::<TlsStream<TcpStream>>()
///         && let Some([certificate, ..]) = tls.get_ref().1.peer_certificates()
///     {
///         palisade::auth::note_client_certificate(certificate, extensions);
///     }
/// })
/// ```
pub fn note_client_certificate(der: &[u8], connection: &mut Extensions) {
    connection.insert(NotedCertificate::from_der(der));
}

impl MutualTls {
    /// The name in `#[credentials(mutual_tls)]`.
    pub const NAME: &'static str = "mutual_tls";

    /// Accepts certificates of these holders, from connections that end here.
    pub fn new(holders: impl IntoIterator<Item = CertificateHolder>) -> Self {
        Self { holders: holders.into_iter().collect(), from_proxies: false }
    }

    /// Accepts them from the field `Client-Cert` of trusted proxies too (RFC 9440).
    #[must_use]
    pub fn from_trusted_proxies(mut self) -> Self {
        self.from_proxies = true;
        self
    }

    fn identify(&self, presented: Presented<'_>) -> Result<Option<Principal>, Refusal> {
        let refused = |why| Err(Refusal::InvalidCredentials { why });
        if self.from_proxies {
            let mut values = presented.headers().get_all(CLIENT_CERT);
            if let Some(value) = values.next() {
                if !presented.is_from_trusted_proxy() {
                    return refused("a `Client-Cert` from a peer that is no trusted proxy");
                }
                if values.next().is_some() {
                    return Err(CredentialsRefusal::SeveralHeaders.into());
                }
                let certificate = read_field(value.as_bytes())?;
                return self.judge(&certificate, presented).map(Some);
            }
        }
        if presented.is_from_trusted_proxy() {
            // Its own certificate says who the proxy is, not who calls through it.
            return Ok(None);
        }
        match presented.noted_certificate().as_ref().map(|noted| &*noted.0) {
            None => Ok(None),
            Some(Ok(certificate)) => self.judge(certificate, presented).map(Some),
            Some(Err(error)) => refused(error.why()),
        }
    }

    fn judge(
        &self,
        certificate: &ClientCertificate,
        presented: Presented<'_>,
    ) -> Result<Principal, Refusal> {
        let refused = |why| Err(Refusal::InvalidCredentials { why });
        if presented.now_unix() < certificate.not_before() {
            return refused("the certificate is not valid yet");
        }
        if presented.now_unix() > certificate.not_after() {
            return refused("the certificate has expired");
        }
        let mut fitting = self.holders.iter().filter(|holder| holder.holds(certificate));
        let holder = match (fitting.next(), fitting.next()) {
            (Some(holder), None) => holder,
            (Some(_), Some(_)) => return refused("the certificate has the names of two holders"),
            (None, _) => return refused("no permitted holder has this certificate"),
        };
        let mut who = presented
            .identify(holder.subject.as_str())
            .issuer(Self::NAME)
            .scopes(holder.scopes.iter().cloned())
            .token_id(certificate.signed_digest())
            .issued_at(certificate.not_before())
            .claims(&json!({ "cnf": { "x5t#S256": certificate.thumbprint() } }));
        let life = certificate.not_after().saturating_sub(certificate.not_before());
        if life < HORIZON.as_secs() {
            who = who.expires_at(certificate.not_after().saturating_add(1));
        }
        // A revocation of a longer-lived one would be forgotten before it ends: such a certificate
        // is revoked by its authority, or removed from the list of holders.
        who.build()
    }
}

/// A byte sequence of RFC 9651: base64 between colons.
fn read_field(value: &[u8]) -> Result<ClientCertificate, Refusal> {
    let malformed = Refusal::Malformed(CredentialsRefusal::Form);
    if value.len() > MAX_LENGTH * 4 / 3 + 8 {
        return Err(malformed);
    }
    let encoded = value.strip_prefix(b":").and_then(|value| value.strip_suffix(b":"));
    let der = encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).ok_or(malformed)?;
    ClientCertificate::from_der(&der)
        .map_err(|error| Refusal::InvalidCredentials { why: error.why() })
}

impl Authenticator for MutualTls {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(&'a self, presented: Presented<'a>) -> Attempt<'a> {
        Attempt::Now(self.identify(presented))
    }
}
