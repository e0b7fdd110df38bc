//! A certificate that comes while the service runs.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;

use super::{
    error::TlsError,
    pair::{LoadedPair, Pair},
    watched::Watched,
};

/// A file that an authority's certificate is written to, and what it holds once that can be used.
#[derive(Debug)]
pub(super) struct Issued {
    pair: Pair,
    watched: Option<Watched<Pair>>,
}

impl Issued {
    /// What is there from an earlier start is used; what cannot be used is replaced soon.
    pub(super) fn new(pair: Pair, provider: &Arc<CryptoProvider>, now: u64) -> Self {
        let watched = Watched::open(pair.clone(), provider, now).ok();
        Self { pair, watched }
    }

    pub(super) fn loaded(&self) -> Option<&LoadedPair> {
        self.watched.as_ref().map(Watched::loaded)
    }

    /// Looks for it; whether there is something new. One that is not there yet is not an error.
    ///
    /// # Errors
    ///
    /// Something new was read, and cannot be used.
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
