//! The contents of a certificate.

use std::net::IpAddr;

use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, prelude::FromDer as _, time::ASN1Time,
};

use crate::app::caught;

/// The names, the time and the issuer of a certificate.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// DNS names in lower case, including the `*.` of a wildcard.
    pub(super) names: Vec<Box<str>>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) not_before: u64,
    pub(super) not_after: u64,
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
}

impl Facts {
    /// `None` if it is not exactly one X.509 certificate.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        // The parser is a large program, and a service that reads a file anew must not end by it.
        caught(|| Self::parse(der)).ok().flatten()
    }

    fn parse(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let mut names = Vec::new();
        let mut addresses = Vec::new();
        let alternative = certificate.subject_alternative_name().ok()?;
        for name in
            alternative.map(|names| names.value.general_names.as_slice()).unwrap_or_default()
        {
            if let GeneralName::DNSName(name) = name {
                names.push(name.to_ascii_lowercase().into());
            } else if let GeneralName::IPAddress(bytes) = name {
                let address = <[u8; 4]>::try_from(*bytes)
                    .map(IpAddr::from)
                    .or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
                addresses.extend(address.ok());
            }
        }
        let validity = certificate.validity();
        let unix = |time: ASN1Time| u64::try_from(time.timestamp()).unwrap_or(0);
        Some(Self {
            names,
            addresses,
            not_before: unix(validity.not_before),
            not_after: unix(validity.not_after),
            subject: certificate.subject().as_raw().to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
        })
    }

    /// Whether the other one is its issuer, compared by name.
    pub(super) fn is_issued_by(&self, other: &Self) -> bool {
        self.issuer == other.subject
    }

    /// For the log: the names, or the addresses.
    pub(super) fn title(&self) -> String {
        let names = self.names.iter().map(ToString::to_string);
        let all: Vec<_> = names.chain(self.addresses.iter().map(ToString::to_string)).collect();
        if all.is_empty() { "no name".to_owned() } else { all.join(", ") }
    }
}

/// A time in seconds since 1970 in the format of certificates: `Jan  1 00:00:00 2030 +00:00`.
pub(super) fn date(unix: u64) -> String {
    let time = i64::try_from(unix).ok().and_then(|time| ASN1Time::from_timestamp(time).ok());
    time.map_or_else(|| format!("{unix} s"), |time| time.to_string())
}
