//! The TLS files of a service.

use std::path::PathBuf;

/// The TLS files of a service, for [`Builder::tls`](crate::Builder::tls).
///
/// 1. Each certificate is a PEM file with the whole chain: the certificate of the service first, then
///    that of its issuer, and so on; the root may be left out. Its key is a PEM file that no other user
///    can read; one that root owns may be readable for its group, as a system's folder of keys has it.
/// 2. Clients name the host that they want (SNI). It chooses among the certificates; where none covers
///    it, and where a client names none, the first is sent, unless [`strict_names`](Self::strict_names)
///    is called.
/// 3. All files are looked at every two seconds and read again when they have changed. A new certificate
///    and its key take effect together, for new connections. While they do not match, or cannot be
///    read, the old ones stay, and the log has one error.
/// 4. The log warns 21 days before a certificate expires, and has errors from the third day before it
///    on; for a certificate that is valid for a short time, a third and a tenth of that time before.
///
/// ```
/// use palisade::{Palisade, TlsFiles, TlsVersion};
///
/// let files = TlsFiles::new("/etc/notes/api.pem", "/etc/notes/api.key")
///     .and("/etc/notes/shop.pem", "/etc/notes/shop.key")
///     .min_version(TlsVersion::V1_3);
/// let builder = Palisade::builder().tls(files);
/// # let _ = builder;
/// ```
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    pub(super) certificates: Vec<PathBuf>,
    pub(super) keys: Vec<PathBuf>,
    pub(super) min_version: TlsVersion,
    pub(super) strict_names: bool,
    pub(super) client_authority: Option<PathBuf>,
    pub(super) optional_clients: bool,
    pub(super) client_revocations: Option<PathBuf>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

impl TlsFiles {
    /// A certificate with its chain, and its key: the first pair.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self::default().and(certificate, key)
    }

    /// A further certificate: for another name, or with another type of key for the same name.
    #[must_use]
    pub fn and(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.certificates.push(certificate.into());
        self.keys.push(key.into());
        self
    }

    /// The oldest permitted version. The default is TLS 1.2.
    #[must_use]
    pub fn min_version(mut self, version: TlsVersion) -> Self {
        self.min_version = version;
        self
    }

    /// Refuses clients that request a host without a certificate (alert `unrecognized_name`), and
    /// clients that request none (`missing_extension`). For services with many tenants: the default
    /// certificate would reveal another tenant.
    #[must_use]
    pub fn strict_names(mut self) -> Self {
        self.strict_names = true;
        self
    }

    /// Requests a certificate from clients, which an authority in this PEM file must have issued.
    /// Clients without a certificate are refused, unless
    /// [`client_certificates_optional`](Self::client_certificates_optional) is called.
    ///
    /// [`MutualTls`](crate::auth::MutualTls) identifies callers by these certificates.
    #[must_use]
    pub fn client_authority(mut self, authorities: impl Into<PathBuf>) -> Self {
        self.client_authority = Some(authorities.into());
        self
    }

    /// Permits clients without a certificate, for services that accept other credentials too. An
    /// invalid certificate is still refused.
    #[must_use]
    pub fn client_certificates_optional(mut self) -> Self {
        self.optional_clients = true;
        self
    }

    /// Refuses client certificates in these revocation lists (CRL of RFC 5280, in PEM or DER).
    /// There must be a list of each authority between a client and the root. An expired list
    /// refuses all clients, since later revocations are unknown.
    #[must_use]
    pub fn client_revocations(mut self, lists: impl Into<PathBuf>) -> Self {
        self.client_revocations = Some(lists.into());
        self
    }

    /// The certificates, for the environment, which has separate settings for certificates and
    /// keys.
    pub(crate) fn set_certificates(&mut self, certificates: Vec<PathBuf>) {
        self.certificates = certificates;
    }

    pub(crate) fn set_keys(&mut self, keys: Vec<PathBuf>) {
        self.keys = keys;
    }

    /// Settings that contradict each other, before any file is read. Without a certificate file
    /// there must be another source of certificates.
    pub(super) fn misfits(&self, has_other: bool) -> Vec<String> {
        let mut misfits = Vec::new();
        match (self.certificates.len(), self.keys.len()) {
            (0, 0) if has_other => {}
            (0, 0) => {
                return vec![format!(
                    "{} without a certificate: set PALISADE_TLS_CERT and PALISADE_TLS_KEY, or call \
                     `.tls(TlsFiles::new(..))`",
                    self.said()
                )];
            }
            (_, 0) => misfits.push(
                "PALISADE_TLS_CERT is set without PALISADE_TLS_KEY: name the file of its key".to_owned(),
            ),
            (0, _) => misfits.push(
                "PALISADE_TLS_KEY is set without PALISADE_TLS_CERT: name the file of its certificate"
                    .to_owned(),
            ),
            (certificates, keys) if certificates != keys => misfits.push(format!(
                "PALISADE_TLS_CERT names {certificates} files and PALISADE_TLS_KEY {keys}: name a key for \
                 each certificate, in the same order"
            )),
            _ => {}
        }
        if self.client_authority.is_none() {
            let setting = match (self.optional_clients, self.client_revocations.is_some()) {
                (_, true) => Some("PALISADE_TLS_CLIENT_CRL or `.client_revocations(..)`"),
                (true, false) => {
                    Some("PALISADE_TLS_CLIENT_CERT or `.client_certificates_optional()`")
                }
                (false, false) => None,
            };
            misfits.extend(setting.map(|setting| {
                format!(
                    "{setting} is set, and no client is asked for a certificate: set \
                     PALISADE_TLS_CLIENT_CA or `.client_authority(..)`"
                )
            }));
        }
        misfits
    }

    /// The settings that are present in addition to certificates.
    fn said(&self) -> String {
        let all = [
            (self.min_version != TlsVersion::default(), "PALISADE_TLS_MIN"),
            (self.strict_names, "PALISADE_TLS_STRICT_NAMES"),
            (self.client_authority.is_some(), "PALISADE_TLS_CLIENT_CA"),
            (self.optional_clients, "PALISADE_TLS_CLIENT_CERT"),
            (self.client_revocations.is_some(), "PALISADE_TLS_CLIENT_CRL"),
        ];
        let said: Vec<_> =
            all.into_iter().filter_map(|(is_set, name)| is_set.then_some(name)).collect();
        match said.as_slice() {
            [] => "settings of TLS are there".to_owned(),
            [one] => format!("{one} is set"),
            several => format!("{} are set", several.join(" and ")),
        }
    }
}
