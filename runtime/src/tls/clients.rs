//! The authorities of client certificates.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{Context, SHA256};
use rustls::{
    RootCertStore,
    crypto::CryptoProvider,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use x509_parser::{prelude::FromDer as _, revocation_list::CertificateRevocationList};

use super::{
    certificate::date,
    error::{Flaw, TlsError},
    pem,
    watched::Source,
};
use crate::panics::caught;

/// The files of authorities and of their revocation lists.
#[derive(Clone, Debug)]
pub(super) struct ClientFiles {
    pub(super) authority: PathBuf,
    pub(super) revocations: Option<PathBuf>,
    pub(super) are_optional: bool,
}

/// The contents of these files.
#[derive(Clone)]
pub(super) struct LoadedClients {
    pub(super) verifier: Arc<dyn ClientCertVerifier>,
    /// When the first of the lists expires.
    pub(super) lists_until: Option<u64>,
    /// The SHA-256 of the authorities and of the lists.
    digest: Box<[u8]>,
}

impl fmt::Debug for LoadedClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedClients")
            .field("lists_until", &self.lists_until)
            .finish_non_exhaustive()
    }
}

impl Source for ClientFiles {
    type Loaded = LoadedClients;

    fn paths(&self) -> Vec<&Path> {
        let lists = self.revocations.as_deref();
        std::iter::once(self.authority.as_path()).chain(lists).collect()
    }

    fn load(&self, provider: &Arc<CryptoProvider>, now: u64) -> Result<LoadedClients, TlsError> {
        let unusable = |error: &dyn fmt::Display| {
            TlsError::new(&self.authority, Flaw::UnusableAuthority(error.to_string()))
        };
        let mut roots = RootCertStore::empty();
        let mut digest = Context::new(&SHA256);
        for authority in pem::authorities(&self.authority)? {
            digest.update(&authority);
            roots.add(authority).map_err(|error| unusable(&error))?;
        }
        let mut builder =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let mut lists_until = None;
        if let Some(path) = &self.revocations {
            let lists = pem::lists(path)?;
            for list in &lists {
                digest.update(list);
                let until = until(list).map_err(|error| TlsError::new(path, error))?;
                if until.is_some_and(|until| until < now) {
                    let time = date(until.unwrap_or_default());
                    return Err(TlsError::new(path, Flaw::StaleRevocations(time)));
                }
                lists_until = lists_until.into_iter().chain(until).min();
            }
            builder = builder.with_crls(lists).enforce_revocation_expiration();
        }
        if self.are_optional {
            builder = builder.allow_unauthenticated();
        }
        let verifier = builder.build().map_err(|error| match &self.revocations {
            Some(path) => TlsError::new(path, Flaw::UnusableRevocations(error.to_string())),
            None => unusable(&error),
        })?;
        let digest = Box::from(digest.finish().as_ref());
        Ok(LoadedClients { verifier, lists_until, digest })
    }

    fn is_same(one: &LoadedClients, other: &LoadedClients) -> bool {
        one.digest == other.digest
    }
}

/// When a list expires (`nextUpdate`).
fn until(list: &[u8]) -> Result<Option<u64>, Flaw> {
    let read = caught(|| {
        let (_, list) = CertificateRevocationList::from_der(list).ok()?;
        let next = list.next_update();
        Some(next.map(|time| u64::try_from(time.timestamp()).unwrap_or(0)))
    });
    let malformed = || Flaw::UnusableRevocations("not an X.509 revocation list".to_owned());
    read.ok().flatten().ok_or_else(malformed)
}
