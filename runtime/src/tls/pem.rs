//! Reading and parsing TLS files.

use std::path::Path;

use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject as _},
};
use secrecy::zeroize::Zeroizing;

use super::error::{Flaw, TlsError};
use crate::regular_file;

/// The most bytes of a file: a chain has a few thousand, a bundle of authorities 250,000, and the
/// list of a large authority some millions.
const LONGEST_CHAIN: u64 = 256 << 10;
const LONGEST_KEY: u64 = 64 << 10;
const LONGEST_AUTHORITIES: u64 = 4 << 20;
const LONGEST_LISTS: u64 = 32 << 20;

/// The certificates of a chain; at least one.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates(path, LONGEST_CHAIN, Flaw::NoCertificate)
}

/// The certificates of authorities; at least one.
pub(super) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    certificates(path, LONGEST_AUTHORITIES, Flaw::NoAuthority)
}

fn certificates(
    path: &Path,
    most: u64,
    none: Flaw,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(path, most)?;
    let found = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsError::new(path, none)),
        Err(error) => Err(TlsError::new(path, Flaw::Refused(malformed(&error)))),
    }
}

/// Revocation lists; at least one.
pub(super) fn lists(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let bytes = read(path, LONGEST_LISTS)?;
    // Authorities publish their lists in DER (RFC 5280 section 4.2.1.13), whose first byte is this.
    if bytes.first() == Some(&0x30) {
        return Ok(vec![CertificateRevocationListDer::from(bytes.to_vec())]);
    }
    let found = CertificateRevocationListDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsError::new(path, Flaw::NoRevocations)),
        Err(error) => Err(TlsError::new(path, Flaw::Refused(malformed(&error)))),
    }
}

/// A private key that no other user can read.
pub(super) fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let fault = |error| TlsError::new(path, Flaw::Io(error));
    let file = regular_file::open(path).map_err(fault)?;
    #[cfg(unix)]
    judge(path, &file.metadata().map_err(fault)?)?;
    let bytes = regular_file::read_open(file, LONGEST_KEY).map_err(fault)?;
    PrivateKeyDer::from_pem_slice(&bytes).map_err(|error| {
        let encrypted = b"ENCRYPTED";
        let is_encrypted = bytes.windows(encrypted.len()).any(|part| part == encrypted);
        let flaw = if is_encrypted {
            Flaw::EncryptedKey
        } else if matches!(error, PemError::NoItemsFound) {
            Flaw::NoKey
        } else {
            Flaw::Refused(malformed(&error))
        };
        TlsError::new(path, flaw)
    })
}

/// Refuses a key that other users can read (CWE-732). A key that root owns may be readable for its
/// group: the key folders of systems and mounted secrets are like that.
#[cfg(unix)]
fn judge(path: &Path, found: &std::fs::Metadata) -> Result<(), TlsError> {
    use std::os::unix::fs::MetadataExt as _;

    use crate::private_folder::{NotPrivate, owned};

    const FOR_OTHERS_THAN_A_GROUP: u32 = 0o037;
    const FOR_OTHERS: u32 = 0o077;

    let fault = |error: NotPrivate| TlsError::new(path, Flaw::NotPrivate(error.to_string()));
    owned(path, found).map_err(fault)?;
    let mode = found.mode() & 0o777;
    let refused = if found.uid() == 0 { FOR_OTHERS_THAN_A_GROUP } else { FOR_OTHERS };
    if mode & refused != 0 {
        return Err(fault(NotPrivate::File(path.to_owned(), mode)));
    }
    Ok(())
}

fn read(path: &Path, most: u64) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    regular_file::read(path, most).map_err(|error| TlsError::new(path, Flaw::Io(error)))
}

/// The content is not reported: it may be a part of the key.
fn malformed(error: &PemError) -> String {
    let why = if matches!(error, PemError::MissingSectionEnd { .. }) {
        "a section without its end: the file is cut off"
    } else if matches!(error, PemError::IllegalSectionStart { .. }) {
        "a section whose first line is malformed"
    } else if matches!(error, PemError::Base64Decode(_)) {
        "a section that is not base64"
    } else {
        "not a PEM file"
    };
    format!("{why}; write the file anew")
}
