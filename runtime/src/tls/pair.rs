//! A certificate of the service, and its key.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    Error, InconsistentKeys,
    crypto::CryptoProvider,
    pki_types::CertificateDer,
    sign::{CertifiedKey, SigningKey},
};

use super::{
    certificate::{Facts, date},
    error::{Flaw, TlsError},
    pem,
    watched::Source,
};

/// The two files.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// The contents of these files.
#[derive(Clone, Debug)]
pub(super) struct LoadedPair {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) facts: Facts,
}

impl Source for Pair {
    type Loaded = LoadedPair;

    fn paths(&self) -> Vec<&Path> {
        vec![&self.certificate, &self.key]
    }

    fn load(&self, provider: &Arc<CryptoProvider>, now: u64) -> Result<LoadedPair, TlsError> {
        let fault = |flaw| TlsError::new(&self.certificate, flaw);
        let chain = pem::chain(&self.certificate)?;
        let key = pem::key(&self.key)?;
        let key = provider
            .key_provider
            .load_private_key(key)
            .map_err(|error| TlsError::new(&self.key, Flaw::UnusableKey(error.to_string())))?;
        let facts = chain.iter().enumerate().map(|(at, der)| {
            Facts::read(der).ok_or_else(|| fault(Flaw::NotX509(at.saturating_add(1))))
        });
        let facts = facts.collect::<Result<Vec<_>, _>>()?;
        if !belongs(&chain, &key, 0) {
            let fits = (1..chain.len()).find(|at| belongs(&chain, &key, *at));
            let fits = fits.map(|at| at.saturating_add(1));
            return Err(fault(Flaw::OtherKey { key: self.key.clone(), fits }));
        }
        let mut links = facts.iter().zip(facts.iter().skip(1));
        if let Some(at) = links.position(|(one, next)| !one.is_issued_by(next)) {
            return Err(fault(Flaw::OutOfOrder(at.saturating_add(1))));
        }
        let Some(own) = facts.into_iter().next() else { return Err(fault(Flaw::NoCertificate)) };
        if now < own.not_before {
            return Err(fault(Flaw::NotYet(date(own.not_before))));
        }
        if now > own.not_after {
            return Err(fault(Flaw::Expired(date(own.not_after))));
        }
        Ok(LoadedPair { key: Arc::new(CertifiedKey::new(chain, key)), facts: own })
    }

    /// A key whose public half is not known counts as another one.
    fn is_same(one: &LoadedPair, other: &LoadedPair) -> bool {
        let public = |pair: &LoadedPair| pair.key.key.public_key().map(|key| key.to_vec());
        one.key.cert == other.key.cert && public(one).is_some_and(|key| Some(key) == public(other))
    }
}

/// Whether the key belongs to the certificate at this position of the chain.
fn belongs(chain: &[CertificateDer<'static>], key: &Arc<dyn SigningKey>, at: usize) -> bool {
    let one = chain.iter().skip(at).take(1).cloned().collect();
    match CertifiedKey::new(one, Arc::clone(key)).keys_match() {
        // Keys that do not reveal their public half are not compared before the first handshake.
        Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => true,
        Err(_) => false,
    }
}
