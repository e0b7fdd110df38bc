//! Keys in a file that is watched.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::digest::{Digest, SHA256, digest};

use super::{
    Demand, KeySourceError,
    refresher::{Pace, Supply, spawn},
    ring::{KeyRing, Renewal},
};
use crate::auth::{KeyError, KeySet, jwk::read_keys, key_set::read_file};

/// How often the file is read. It is a few kilobytes in the page cache, and reading it finds every
/// change, which the date of a file does not.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Between two readings that unknown key ids cause.
const PAUSE: Duration = Duration::from_millis(100);

/// For a request that waits: a file that takes longer to read is on a file system that hangs.
const TIME_OUT: Duration = Duration::from_secs(3);

/// A file, and the keys that it had when it was last read.
pub(super) struct KeyFile {
    path: PathBuf,
    /// None once the file holds none: whoever empties it has withdrawn them all.
    keys: Option<KeySet>,
    content: Digest,
}

impl KeyFile {
    pub(super) fn open(path: &Path) -> Result<Self, KeyError> {
        let bytes = read_file(path)?;
        let keys = KeySet::from_jwk_set(&bytes)?;
        Ok(Self { path: path.to_owned(), keys: Some(keys), content: digest(&SHA256, &bytes) })
    }

    pub(super) fn watch(self) -> Result<KeyRing, KeySourceError> {
        let (ring, shared, end) = KeyRing::renewable(self.keys.clone(), Demand::new(TIME_OUT));
        let pace = Pace { pause: PAUSE, time_out: TIME_OUT, at_once: false, fresh_for: LOOK_EVERY };
        spawn(shared, end, self, pace)?;
        Ok(ring)
    }

    fn look(&mut self) -> Result<Option<KeySet>, KeyError> {
        let bytes = read_file(&self.path)?;
        let content = digest(&SHA256, &bytes);
        if content.as_ref() != self.content.as_ref() {
            // A file that is being written may be half there: it is read again next time.
            let keys = read_keys(&bytes)?;
            self.keys = if keys.is_empty() { None } else { Some(KeySet::new(keys)?) };
            self.content = content;
        }
        Ok(self.keys.clone())
    }
}

impl Supply for KeyFile {
    async fn keys(&mut self) -> Result<Renewal, String> {
        // Without a wait: this thread does nothing else.
        let keys = self.look().map_err(|error| {
            let path = self.path.display();
            format!("{path}: {error}; the keys stay as they were")
        })?;
        Ok(Renewal { keys, fresh_for: LOOK_EVERY, usable_for: None })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::KeyFile;
    use crate::private_folder::tests::Place;

    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ID","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[tokio::test]
    async fn it_is_read_at_once_on_demand() {
        let place = Place::new();
        let path = place.join("keys.json");
        let write = |id: &str| fs::write(&path, KEYS.replace("ID", id)).unwrap();
        write("a");
        let ring = KeyFile::open(&path).unwrap().watch().unwrap();
        let id = || {
            let held = ring.held().unwrap();
            held.as_ref().unwrap().keys().keys().find_map(|key| key.id().map(str::to_owned))
        };
        let watch = ring.watch().unwrap();
        assert!(watch.are_usable());
        write("b");
        watch.renew().await.unwrap();
        assert_eq!(id().as_deref(), Some("b"));
        fs::remove_file(&path).unwrap();
        assert!(watch.renew().await.is_err());
        assert_eq!(id().as_deref(), Some("b"), "they stay as they were");
    }
}
