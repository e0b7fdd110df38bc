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
use crate::auth::{KeyError, KeySet, key_set::KeySetFile};

/// How often the file is read. It is a few kilobytes in the page cache, and reading it detects
/// every change, which its date does not.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The pause between two reads that unknown key ids cause.
const PAUSE: Duration = Duration::from_millis(100);

/// The time limit of a waiting request: a file that takes longer to read is on a file system that
/// hangs.
const TIME_OUT: Duration = Duration::from_secs(3);

/// A file, and the keys that it had when it was last read.
pub(super) struct KeyFile {
    path: PathBuf,
    /// `None` once the file has no keys: an empty file withdraws them all.
    keys: Option<KeySet>,
    content: Digest,
}

impl KeyFile {
    pub(super) fn open(path: &Path) -> Result<Self, KeyError> {
        let file = KeySetFile::read(path)?;
        let keys = KeySet::new(file.keys()?)?;
        Ok(Self { path: path.to_owned(), keys: Some(keys), content: digest(&SHA256, file.bytes()) })
    }

    pub(super) fn watch(self) -> Result<KeyRing, KeySourceError> {
        let (ring, shared, end) = KeyRing::renewable(self.keys.clone(), Demand::new(TIME_OUT));
        let pace = Pace { pause: PAUSE, time_out: TIME_OUT, at_once: false, fresh_for: LOOK_EVERY };
        spawn(shared, end, self, pace)?;
        Ok(ring)
    }

    fn look(&mut self) -> Result<Option<KeySet>, KeyError> {
        let file = KeySetFile::read(&self.path)?;
        let content = digest(&SHA256, file.bytes());
        if content.as_ref() != self.content.as_ref() {
            // A file that is being written may be half there: it is read again next time.
            let keys = file.keys()?;
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
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::KeyFile;
    use crate::private_folder::tests::Place;

    const KEYS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ID","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    #[test]
    fn a_symmetric_key_is_for_its_owner_and_a_public_one_for_every_user() {
        const SYMMETRIC: &str = r#"{"keys":[{"kty":"oct","alg":"HS256","kid":"a","k":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

        let place = Place::new();
        let path = place.join("keys.json");
        for (keys, mode, is_taken) in [
            (SYMMETRIC, 0o600, true),
            (SYMMETRIC, 0o644, false),
            (SYMMETRIC, 0o604, false),
            (KEYS, 0o644, true),
        ] {
            fs::write(&path, keys).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match KeyFile::open(&path) {
                Ok(_) => assert!(is_taken, "{mode:o}"),
                Err(error) => {
                    let says = format!("it holds a symmetric key, and the file has mode {mode:o}");
                    assert!(!is_taken && error.to_string().contains(&says), "{mode:o}: {error}");
                }
            }
        }
        // A set that is replaced is checked too.
        let mut watched = KeyFile::open(&path).unwrap();
        fs::write(&path, SYMMETRIC).unwrap();
        assert!(watched.look().is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(watched.look().is_ok());
    }

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
