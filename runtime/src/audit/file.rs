//! A file of audit events, each line of which has the hash of the one before.

mod opening;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod writing;

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use palisade_audit::Key;

use self::writing::Writing;
use super::{
    error::AuditError,
    event::Event,
    queue::{CAPACITY, Queue},
    sink::Sink,
};
use crate::file_owner::FileOwner;

/// The size at which a new file is begun, unless another is set: 64 MiB.
const SIZE: u64 = 64 << 20;

/// The age at which one is begun, unless another is set: a day.
const AGE: Duration = Duration::from_secs(86_400);

/// The options of an audit file.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until the file is opened"]
pub struct FileOptions {
    path: PathBuf,
    size: u64,
    age: Duration,
    retention: Option<Duration>,
    key: Option<Key>,
    owner: Option<FileOwner>,
}

/// A file of audit events: JSON lines by the [schema](super::SCHEMA), as a chain of hashes.
///
/// 1. Each line has its number, the SHA-256 of the line before it and, with a [`key`](FileOptions::key), a
///    MAC of itself. The chain goes on from file to file and from one run of the service to the next.
///    [`verify`](super::verify) finds lines that are missing, changed or cut off.
/// 2. A request puts its event into a queue of 4 MiB and goes on. A separate thread writes. Events that do not fit
///    into the queue are dropped and counted, and the next line has their number (`audit-dropped`).
/// 3. A full disk stops no request: whole lines are written as long as there is room, and the rest is tried again
///    each second. With a disk that is full when the service starts, it does not start.
/// 4. The file has mode 0600, and so has the head beside it (`.head`). They are not opened through symbolic links, and
///    the folder must not be writable by other users. A missing folder is made with mode 0700.
/// 5. A new file is begun at a size or an age; the old one is renamed: the number of its first line is appended. Old
///    files are kept, unless a [`retention`](FileOptions::retention) time is set.
/// 6. A file that was moved away, by `logrotate` for example, is noticed with the next event, and a new one
///    is made.
pub struct FileSink {
    queue: Arc<Queue>,
}

impl FileOptions {
    /// Writes to this file, which is made if it is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), size: SIZE, age: AGE, retention: None, key: None, owner: None }
    }

    /// Begins a new file when this one would get longer, in bytes; 64 MiB unless this is called.
    pub fn rotate_size(mut self, bytes: u64) -> Self {
        self.size = bytes.max(1);
        self
    }

    /// Begins a new file when this one is so old; a day unless this is called.
    pub fn rotate_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Removes old files whose newest event is older than this, when a new file is begun and when the service
    /// starts: the times of the first and of the last line count, not the dates of the file. The head has the number of the first line that is kept, so that files that another program removed are
    /// still reported. Old files are kept forever unless this is called.
    pub fn retention(mut self, time: Duration) -> Self {
        self.retention = Some(time);
        self
    }

    /// Authenticates each line and the head: without the key, a chain cannot be forged. A chain is continued only with
    /// the key that it was begun with.
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Gives the files to the user that the process becomes later.
    pub(crate) fn owned_by(mut self, owner: Option<FileOwner>) -> Self {
        self.owner = owner;
        self
    }

    /// Opens the file, finds the end of its chain and starts to write.
    ///
    /// # Errors
    ///
    /// A file that cannot be written or has no room, is not a regular file, is in a folder that other users can write to,
    /// or is being written by another process; a malformed head; a chain that was written with another key.
    pub fn open(self) -> Result<FileSink, AuditError> {
        let output = Writing::open(self)?;
        Ok(FileSink { queue: Queue::start("file", CAPACITY, output)? })
    }
}

impl Sink for FileSink {
    fn name(&self) -> &'static str {
        "file"
    }

    fn write(&self, event: &Event<'_>) {
        self.queue.push(event.json());
    }

    fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    fn flush(&self, most: Duration) {
        self.queue.flush(most);
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        self.queue.close();
        self.queue.flush(super::FLUSH);
    }
}

impl fmt::Debug for FileSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSink")
    }
}
