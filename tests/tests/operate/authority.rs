//! An authority of the tests, and the certificates that it issues.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use palisade::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, RevokedCertParams, SanType,
    SerialNumber,
};
use time::{Duration, OffsetDateTime};

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What differs between certificates.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) dns: &'a [&'a str],
    pub(crate) uri: Option<&'a str>,
    pub(crate) serial: u64,
    /// Days from now on.
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) ed25519: bool,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self { dns: &["localhost"], uri: None, serial: 1, from: -1, until: 60, ed25519: false }
    }
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = span(-1, 3_650);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn issue(&self, wanted: Wanted<'_>) -> Issued {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "a certificate of the tests");
        for name in wanted.dns {
            params.subject_alt_names.push(SanType::DnsName((*name).try_into().unwrap()));
        }
        if let Some(uri) = wanted.uri {
            params.subject_alt_names.push(SanType::URI(uri.try_into().unwrap()));
        }
        params.serial_number = Some(SerialNumber::from(wanted.serial));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = span(wanted.from, wanted.until);
        let kind = if wanted.ed25519 { &PKCS_ED25519 } else { &PKCS_ECDSA_P256_SHA256 };
        let key = KeyPair::generate_for(kind).unwrap();
        let certificate = params.signed_by(&key, &*self.issuer).unwrap();
        Issued { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// A list that revokes these serial numbers, and ends in so many days.
    pub(crate) fn revoke(&self, serials: &[u64], until: i64) -> String {
        let (this_update, next_update) = span(-2, until);
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: this_update,
            reason_code: None,
            invalidity_date: None,
        });
        let params = CertificateRevocationListParams {
            this_update,
            next_update,
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&*self.issuer).unwrap().pem().unwrap()
    }
}

impl Issued {
    /// Writes the chain and the key, as a renewal does: beside the files, which they replace then.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> TlsFiles {
        let (certificate, key) =
            (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
        replace(&certificate, &self.certificate);
        replace(&key, &self.key);
        TlsFiles::new(certificate, key)
    }
}

pub(crate) fn replace(path: &Path, content: &str) {
    let draft = path.with_extension("draft");
    fs::write(&draft, content).unwrap();
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&draft, path).unwrap();
}

fn span(from: i64, until: i64) -> (OffsetDateTime, OffsetDateTime) {
    // Certificates have whole seconds.
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    (now + Duration::days(from), now + Duration::days(until))
}
