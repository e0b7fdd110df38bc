//! Why a TLS file is unusable.

use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

/// An unusable file, and the cause. It never contains a part of a key.
#[derive(Debug)]
pub(crate) struct TlsError {
    path: PathBuf,
    flaw: Flaw,
}

/// What is wrong with a file.
#[derive(Debug)]
pub(super) enum Flaw {
    Io(io::Error),
    /// Other users can read or change the key; the text describes the fix.
    #[cfg(unix)]
    NotPrivate(String),
    NoCertificate,
    /// The certificate with this number in the file, counted from 1, is not valid X.509.
    NotX509(usize),
    NoKey,
    /// It is encrypted with a password.
    EncryptedKey,
    UnusableKey(String),
    /// The key belongs to another certificate: to the one with this number in the same file,
    /// counted from 1, or to none of them.
    OtherKey {
        key: PathBuf,
        fits: Option<usize>,
    },
    /// The certificate with this number, counted from 1, was not issued by the next one.
    OutOfOrder(usize),
    /// Not valid before this time.
    NotYet(String),
    /// Expired at this time.
    Expired(String),
    NoAuthority,
    UnusableAuthority(String),
    NoRevocations,
    UnusableRevocations(String),
    /// The list expired at this time.
    StaleRevocations(String),
    /// The library rejects it.
    Refused(String),
}

impl TlsError {
    pub(super) fn new(path: &Path, flaw: Flaw) -> Self {
        Self { path: path.to_owned(), flaw }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.flaw {
            Flaw::Io(error) => write!(f, "cannot read `{path}`: {error}"),
            #[cfg(unix)]
            Flaw::NotPrivate(text) => f.write_str(text),
            Flaw::NoCertificate => write!(
                f,
                "`{path}` holds no certificate: name the PEM file of the chain \
                 (`-----BEGIN CERTIFICATE-----`), the certificate of the service first"
            ),
            Flaw::NotX509(number) => write!(
                f,
                "certificate {number} of `{path}` is not an X.509 certificate: write the file anew"
            ),
            Flaw::NoKey => write!(
                f,
                "`{path}` holds no private key: name a PEM file with `-----BEGIN PRIVATE KEY-----`"
            ),
            Flaw::EncryptedKey => write!(
                f,
                "the key in `{path}` is encrypted, and there is no password for it: decrypt it with \
                 `openssl pkey -in {path} -out plain.key` and name that file"
            ),
            Flaw::UnusableKey(error) => write!(
                f,
                "the key in `{path}` cannot be used ({error}): use an ECDSA key (P-256, P-384), an \
                 Ed25519 key, or an RSA key of 2048 bits or more"
            ),
            Flaw::OtherKey { key, fits: Some(number) } => write!(
                f,
                "the key in `{}` belongs to certificate {number} of `{path}`: put that one first",
                key.display()
            ),
            Flaw::OtherKey { key, fits: None } => write!(
                f,
                "the key in `{}` does not belong to the certificate in `{path}`: name the key that the \
                 certificate was requested with",
                key.display()
            ),
            Flaw::OutOfOrder(number) => write!(
                f,
                "the chain in `{path}` is out of order: certificate {} has not issued certificate \
                 {number}; write the certificate of the service first, then that of its issuer, and so \
                 on, without others",
                number.saturating_add(1)
            ),
            Flaw::NotYet(time) => write!(
                f,
                "the certificate in `{path}` is not valid before {time}: correct the clock, or use the \
                 certificate that is valid now"
            ),
            Flaw::Expired(time) => {
                write!(f, "the certificate in `{path}` expired on {time}: renew it")
            }
            Flaw::NoAuthority => write!(
                f,
                "`{path}` holds no certificate of an authority: name a PEM file with those that issue \
                 the certificates of clients"
            ),
            Flaw::UnusableAuthority(error) => write!(
                f,
                "an authority in `{path}` cannot be used ({error}): name a PEM file with the \
                 certificates that issue those of clients"
            ),
            Flaw::NoRevocations => write!(
                f,
                "`{path}` holds no revocation list: name a file with a CRL in PEM \
                 (`-----BEGIN X509 CRL-----`) or DER"
            ),
            Flaw::UnusableRevocations(error) => write!(
                f,
                "a revocation list in `{path}` cannot be used ({error}): get the list of the authority \
                 anew"
            ),
            Flaw::StaleRevocations(time) => write!(
                f,
                "a revocation list in `{path}` was valid until {time}, so no client would be let in: \
                 get the list of the authority anew"
            ),
            Flaw::Refused(error) => write!(f, "`{path}`: {error}"),
        }
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        if let Flaw::Io(error) = &self.flaw { Some(error) } else { None }
    }
}
