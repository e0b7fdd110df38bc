//! Stores of files.

use std::{fmt, io, ops::Range, pin::Pin};

use actix_web::web::Bytes;
use futures_core::Stream;

use super::{id::UploadId, incoming::Incoming, info::FileInfo, private_file::PrivateFile};
use crate::issue::StoreFuture;

/// The bytes of a stored file, piece by piece.
pub type Content = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A stored file, to be read.
pub struct StoredFile {
    info: FileInfo,
    read: Box<dyn Fn(Range<u64>) -> Content + Send>,
}

impl StoredFile {
    /// A file, and a function that opens its bytes from the first of a range to the last: as many
    /// as the range has, or an error. No range exceeds [`FileInfo::size`]. Nothing is read before
    /// it is called: it is not called for an answer without a body, and once for each requested
    /// part.
    pub fn new(info: FileInfo, read: impl Fn(Range<u64>) -> Content + Send + 'static) -> Self {
        Self { info, read: Box::new(read) }
    }

    /// Its description.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// The bytes of a range, without those after the end of the file.
    pub fn content(&self, range: Range<u64>) -> Content {
        let end = range.end.min(self.info.size());
        (self.read)(range.start.min(end)..end)
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile").field("info", &self.info).finish_non_exhaustive()
    }
}

/// Stores files: [`LocalFolder`](super::LocalFolder), with the feature `object-store` a bucket, or
/// a store of a service's own.
///
/// A missing answer is an error, never an empty result: a store has its own time-out.
pub trait UploadStore: fmt::Debug + Send + Sync {
    /// The folder of files until they are stored.
    fn incoming(&self) -> &Incoming;

    /// Stores a file under the id of `info`: all of it, with `info`, or nothing.
    ///
    /// If the caller stops waiting, the future is dropped: then nothing may stay.
    fn keep<'a>(&'a self, file: PrivateFile, info: &'a FileInfo) -> StoreFuture<'a, ()>;

    /// The file of this id; `None` if it is unknown.
    fn load(&self, id: UploadId) -> StoreFuture<'_, Option<StoredFile>>;

    /// At most `limit` files, in the order of their ids, beginning after `after`.
    fn list(&self, after: Option<UploadId>, limit: usize) -> StoreFuture<'_, Vec<FileInfo>>;

    /// Removes a file; returns whether it existed.
    fn delete(&self, id: UploadId) -> StoreFuture<'_, bool>;
}
