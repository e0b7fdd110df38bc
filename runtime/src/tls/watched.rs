//! Files that are read again after changes.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::crypto::CryptoProvider;

use super::error::TlsError;
use crate::audit::{Event, Outcome, send_to_all};

/// How often files are read again that were unusable and have not changed: a certificate may become
/// valid, and a file system may become available.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Files that belong together.
pub(super) trait Source {
    type Loaded: Clone;

    fn paths(&self) -> Vec<&Path>;

    /// Reads all of them.
    fn load(&self, provider: &Arc<CryptoProvider>, now: u64) -> Result<Self::Loaded, TlsError>;

    /// Whether both hold the same certificates, keys and lists.
    fn is_same(one: &Self::Loaded, other: &Self::Loaded) -> bool;
}

/// Files, and their contents when they were last usable.
#[derive(Debug)]
pub(super) struct Watched<S: Source> {
    source: S,
    loaded: S::Loaded,
    stamps: Vec<Option<Stamp>>,
    failing: Option<Failing>,
}

/// A version of the files that is unusable.
#[derive(Debug)]
struct Failing {
    stamps: Vec<Option<Stamp>>,
    is_told: bool,
    tried: Instant,
}

/// The properties that change when a file is written or replaced. The change time of the inode
/// reveals a replaced file whose old modification time was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    #[cfg(unix)]
    node: (u64, u64),
    #[cfg(unix)]
    changed: (i64, i64),
    modified: Option<std::time::SystemTime>,
}

impl<S: Source> Watched<S> {
    pub(super) fn paths(&self) -> Vec<&Path> {
        self.source.paths()
    }

    /// # Errors
    ///
    /// The files are unusable.
    pub(super) fn open(
        source: S,
        provider: &Arc<CryptoProvider>,
        now: u64,
    ) -> Result<Self, TlsError> {
        // Before the files are read: what changes meanwhile is read again.
        let stamps = stamps(&source);
        let loaded = source.load(provider, now)?;
        Ok(Self { source, loaded, stamps, failing: None })
    }

    pub(super) fn loaded(&self) -> &S::Loaded {
        &self.loaded
    }

    /// Reads the files again if they have changed or `is_asked` is true; returns whether they were
    /// read. Unusable ones leave the previous contents in use.
    ///
    /// Two files are never replaced in one step, so that they may not match for a moment: unusable
    /// files cause an error in the log only if they are the same at the next check, and only once.
    ///
    /// # Errors
    ///
    /// The files were read, and are unusable.
    pub(super) fn look(
        &mut self,
        provider: &Arc<CryptoProvider>,
        now: u64,
        is_asked: bool,
    ) -> Result<bool, TlsError> {
        let found = stamps(&self.source);
        if !is_asked && found == self.stamps {
            self.failing = None;
            return Ok(false);
        }
        let failing = self.failing.take().filter(|failing| failing.stamps == found);
        let is_settled = failing.is_some();
        let is_told = failing.as_ref().is_some_and(|failing| failing.is_told);
        if let Some(failing) = failing
            && failing.is_told
            && !is_asked
            && failing.tried.elapsed() < TRY_AGAIN_AFTER
        {
            self.failing = Some(failing);
            return Ok(false);
        }
        match self.source.load(provider, now) {
            Ok(loaded) => {
                self.stamps = found;
                let has_changed = !S::is_same(&loaded, &self.loaded);
                if has_changed {
                    self.loaded = loaded;
                } else {
                    let files = self.source.paths();
                    tracing::debug!(?files, "TLS: files were read again, and hold the same");
                }
                Ok(has_changed)
            }
            Err(error) => {
                let tells = is_asked || (is_settled && !is_told);
                if tells {
                    let files: Vec<PathBuf> =
                        self.source.paths().into_iter().map(Path::to_owned).collect();
                    tracing::error!(
                        target: "palisade::audit",
                        event = "certificates_refused",
                        ?files,
                        "TLS: {error}; the service goes on with what it read before"
                    );
                    send_to_all(&Event {
                        cause: Some(&error.to_string()),
                        ..Event::new("certificates-refused", Outcome::Failure)
                    });
                }
                let (is_told, tried) = (tells || is_told, Instant::now());
                self.failing = Some(Failing { stamps: found, is_told, tried });
                Err(error)
            }
        }
    }
}

fn stamps(source: &impl Source) -> Vec<Option<Stamp>> {
    source.paths().into_iter().map(stamp).collect()
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    #[cfg(unix)]
    use std::os::unix::fs::MetadataExt as _;
    Some(Stamp {
        length: found.len(),
        #[cfg(unix)]
        node: (found.dev(), found.ino()),
        #[cfg(unix)]
        changed: (found.ctime(), found.ctime_nsec()),
        modified: found.modified().ok(),
    })
}
