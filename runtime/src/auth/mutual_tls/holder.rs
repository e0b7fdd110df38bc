//! The holders whose certificates are accepted.

use super::certificate::ClientCertificate;

/// A holder of client certificates: a name in them, and what the holder may do.
///
/// ```
/// use palisade::auth::CertificateHolder;
///
/// let billing = CertificateHolder::uri("spiffe://acme.example/billing", "billing")
///     .scopes(["invoices:read"]);
/// # let _ = billing;
/// ```
#[derive(Clone, Debug)]
pub struct CertificateHolder {
    name: Name,
    pub(super) subject: String,
    pub(super) scopes: Vec<String>,
}

/// Compared as a whole: a pattern would admit every certificate with a name that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Uri(String),
    Dns(String),
    Email(String),
    Subject(String),
    Thumbprint(String),
}

impl CertificateHolder {
    /// Certificates with this URI among their names, such as a SPIFFE id, are `subject`'s.
    pub fn uri(uri: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::new(Name::Uri(uri.into()), subject.into())
    }

    /// Certificates with this DNS name are `subject`'s. A wildcard is not a pattern here.
    pub fn dns_name(name: &str, subject: impl Into<String>) -> Self {
        Self::new(Name::Dns(name.to_ascii_lowercase()), subject.into())
    }

    /// Certificates with this mail address are `subject`'s.
    pub fn email(email: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::new(Name::Email(email.into()), subject.into())
    }

    /// Certificates whose whole subject is this (RFC 4514: `CN=billing,O=Acme`) are `subject`'s.
    pub fn distinguished_name(name: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::new(Name::Subject(name.into()), subject.into())
    }

    /// The one certificate with this thumbprint (SHA-256 in base64url) is `subject`'s.
    pub fn thumbprint(thumbprint: impl Into<String>, subject: impl Into<String>) -> Self {
        Self::new(Name::Thumbprint(thumbprint.into()), subject.into())
    }

    /// Grants the holder these scopes: RFC 6749 scope tokens.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    fn new(name: Name, subject: String) -> Self {
        Self { name, subject, scopes: Vec::new() }
    }

    pub(super) fn holds(&self, certificate: &ClientCertificate) -> bool {
        match &self.name {
            Name::Uri(uri) => certificate.uris().contains(uri),
            Name::Dns(name) => certificate.dns_names().contains(name),
            Name::Email(email) => certificate.emails().contains(email),
            Name::Subject(name) => certificate.subject() == Some(name),
            Name::Thumbprint(thumbprint) => certificate.thumbprint() == thumbprint,
        }
    }
}
