//! A certificate that is issued while the service runs.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use super::{
    error::TlsError,
    pair::{LoadedPair, Pair},
    watched::Watched,
};

/// The file of an issued certificate, and its content once that is usable.
#[derive(Debug)]
pub(super) struct Issued {
    pair: Pair,
    watched: Option<Watched<Pair>>,
}

impl Issued {
    /// A certificate from an earlier run is used; an unusable one is replaced soon.
    pub(super) fn new(pair: Pair, provider: &Arc<CryptoProvider>, now: u64) -> Self {
        let watched = Watched::open(pair.clone(), provider, now).ok();
        Self { pair, watched }
    }

    pub(super) fn loaded(&self) -> Option<&LoadedPair> {
        self.watched.as_ref().map(Watched::loaded)
    }

    /// Reads the file if it has changed; whether there is new content. A missing file is not an
    /// error.
    ///
    /// # Errors
    ///
    /// New content was read, and is unusable.
    pub(super) fn look(
        &mut self,
        provider: &Arc<CryptoProvider>,
        now: u64,
        is_asked: bool,
    ) -> Result<bool, TlsError> {
        if let Some(watched) = &mut self.watched {
            return watched.look(provider, now, is_asked);
        }
        self.watched = Watched::open(self.pair.clone(), provider, now).ok();
        Ok(self.watched.is_some())
    }
}
