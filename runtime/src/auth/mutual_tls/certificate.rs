//! The content of a client certificate.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use x509_parser::{
    certificate::X509Certificate,
    extensions::GeneralName,
    oid_registry::{
        OID_DOMAIN_COMPONENT, OID_X509_COMMON_NAME, OID_X509_COUNTRY_NAME, OID_X509_LOCALITY_NAME,
        OID_X509_ORGANIZATION_NAME, OID_X509_ORGANIZATIONAL_UNIT, OID_X509_STATE_OR_PROVINCE_NAME,
        Oid,
    },
    prelude::FromDer as _,
    x509::X509Name,
};

use crate::panics::caught;

/// Longer than any client certificate; the time to parse one grows with its length.
pub(super) const MAX_LENGTH: usize = 16 * 1024;
const MAX_NAMES: usize = 64;

/// The content of a client certificate: its names, its validity period, its thumbprint.
///
/// Parsing it proves nothing: the end of the TLS connection verifies it.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    subject: Option<String>,
    uris: Vec<String>,
    dns_names: Vec<String>,
    emails: Vec<String>,
    thumbprint: String,
    signed_digest: String,
    not_before: u64,
    not_after: u64,
}

impl ClientCertificate {
    /// Parses a certificate in DER.
    ///
    /// # Errors
    ///
    /// Longer than 16 KiB, not one certificate, one of an authority or for another use than client
    /// authentication, or with more than 64 names.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_LENGTH {
            return Err(CertificateError::TooLong);
        }
        // A certificate is outside data, and its parser a large program (CWE-248).
        caught(|| Self::read(der)).unwrap_or(Err(CertificateError::Form))
    }

    fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|_| CertificateError::Form)?;
        if !rest.is_empty() {
            return Err(CertificateError::Form);
        }
        let usage = certificate.extended_key_usage().map_err(|_| CertificateError::Form)?;
        let is_for_clients = usage.is_none_or(|usage| usage.value.client_auth || usage.value.any);
        if certificate.is_ca() || !is_for_clients {
            return Err(CertificateError::Use);
        }
        let validity = certificate.validity();
        let unix = |seconds: i64| u64::try_from(seconds).map_err(|_| CertificateError::Form);
        let mut read = Self {
            subject: distinguished_name(certificate.subject()),
            uris: Vec::new(),
            dns_names: Vec::new(),
            emails: Vec::new(),
            thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, der)),
            signed_digest: URL_SAFE_NO_PAD
                .encode(digest(&SHA256, certificate.tbs_certificate.as_ref())),
            not_before: unix(validity.not_before.timestamp())?,
            not_after: unix(validity.not_after.timestamp())?,
        };
        let names = certificate.subject_alternative_name().map_err(|_| CertificateError::Form)?;
        let names = names.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
        if names.len() > MAX_NAMES {
            return Err(CertificateError::TooManyNames);
        }
        for name in names {
            if let GeneralName::URI(uri) = name {
                read.uris.push((*uri).to_owned());
            } else if let GeneralName::DNSName(name) = name {
                // DNS names compare without regard to case (RFC 5280 section 7.2).
                read.dns_names.push(name.to_ascii_lowercase());
            } else if let GeneralName::RFC822Name(email) = name {
                read.emails.push((*email).to_owned());
            }
        }
        Ok(read)
    }

    /// The subject in the form of RFC 4514, `CN=billing,O=Acme`; `None` if it is empty or has a
    /// value that is not text.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// URIs among its alternative names: SPIFFE ids, for instance.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// DNS names among its alternative names, in lower case.
    pub fn dns_names(&self) -> &[String] {
        &self.dns_names
    }

    /// Mail addresses among its alternative names.
    pub fn emails(&self) -> &[String] {
        &self.emails
    }

    /// The SHA-256 digest of the whole certificate in base64url: `x5t#S256` (RFC 8705).
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The SHA-256 digest, in base64url, of the part that its authority signed.
    ///
    /// An ECDSA signature has two valid encodings, and the holder of the certificate can choose
    /// between them: the thumbprint changes with the encoding, and this digest does not.
    /// Revocations use this digest.
    pub fn signed_digest(&self) -> &str {
        &self.signed_digest
    }

    /// The first second in which it is valid, since 1970-01-01 UTC.
    pub fn not_before(&self) -> u64 {
        self.not_before
    }

    /// The last second in which it is valid, since 1970-01-01 UTC.
    pub fn not_after(&self) -> u64 {
        self.not_after
    }
}

/// RFC 4514 section 2: the last part comes first, and separators inside of values are escaped.
/// Without escapes, one value with a comma would look like two.
fn distinguished_name(name: &X509Name<'_>) -> Option<String> {
    let mut text = String::new();
    let parts: Vec<_> = name.iter_rdn().collect();
    for part in parts.into_iter().rev() {
        for (i, attribute) in part.iter().enumerate() {
            if !text.is_empty() {
                text.push(if i == 0 { ',' } else { '+' });
            }
            let value = attribute.as_str().ok()?;
            if value.is_empty() || value.chars().any(char::is_control) {
                return None;
            }
            push_type(&mut text, attribute.attr_type());
            text.push('=');
            push_escaped(&mut text, value);
        }
    }
    (!text.is_empty()).then_some(text)
}

/// The short names of RFC 4514 section 3; the number of every other type.
fn push_type(text: &mut String, oid: &Oid<'_>) {
    let short = [
        (OID_X509_COMMON_NAME, "CN"),
        (OID_X509_ORGANIZATION_NAME, "O"),
        (OID_X509_ORGANIZATIONAL_UNIT, "OU"),
        (OID_X509_LOCALITY_NAME, "L"),
        (OID_X509_STATE_OR_PROVINCE_NAME, "ST"),
        (OID_X509_COUNTRY_NAME, "C"),
        (OID_DOMAIN_COMPONENT, "DC"),
    ];
    match short.iter().find(|(known, _)| known == oid) {
        Some((_, name)) => text.push_str(name),
        None => text.push_str(&oid.to_id_string()),
    }
}

fn push_escaped(text: &mut String, value: &str) {
    let last = value.chars().count().saturating_sub(1);
    for (i, c) in value.chars().enumerate() {
        let is_special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=')
            || (i == 0 && matches!(c, ' ' | '#'))
            || (i == last && c == ' ');
        if is_special {
            text.push('\\');
        }
        let _infallible = text.write_char(c);
    }
}

/// A certificate that cannot identify a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// Longer than 16 KiB.
    TooLong,
    /// Not one X.509 certificate in DER.
    Form,
    /// An authority's, or for another use than client authentication.
    Use,
    /// More than 64 alternative names.
    TooManyNames,
}

impl CertificateError {
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::TooLong => "the certificate is longer than 16 KiB",
            Self::Form => "not one X.509 certificate",
            Self::Use => "the certificate is not for the authentication of clients",
            Self::TooManyNames => "the certificate has more than 64 names",
        }
    }
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.why())
    }
}

impl std::error::Error for CertificateError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CertificateError, ClientCertificate, MAX_LENGTH, push_escaped};

    #[test]
    fn separators_inside_a_name_do_not_separate() {
        for (value, escaped) in [
            ("billing", "billing"),
            ("a,O=Acme", "a\\,O\\=Acme"),
            ("a+b", "a\\+b"),
            (" a ", "\\ a\\ "),
            ("#a#", "\\#a#"),
            ("a b", "a b"),
            ("\\", "\\\\"),
        ] {
            let mut text = String::new();
            push_escaped(&mut text, value);
            assert_eq!(text, escaped);
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let read = |der: &[u8]| ClientCertificate::from_der(der).map(|_| ());
        assert_eq!(read(b""), Err(CertificateError::Form));
        assert_eq!(read(b"\x30\x00"), Err(CertificateError::Form));
        assert_eq!(read(&vec![0x30; MAX_LENGTH + 1]), Err(CertificateError::TooLong));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(der in proptest::collection::vec(any::<u8>(), 0..300)) {
            // Without the net that `from_der` has.
            let _read = ClientCertificate::read(&der);
        }
    }
}
