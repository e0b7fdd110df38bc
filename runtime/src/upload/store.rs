//! Where files are kept.

use std::{fmt, io, ops::Range, pin::Pin};

use actix_web::web::Bytes;
use futures_core::Stream;

use super::{id::UploadId, incoming::Incoming, info::FileInfo, private_file::PrivateFile};
use crate::issue::StoreFuture;

/// The bytes of a stored file, piece by piece.
pub type Content = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A stored file that is to be read.
pub struct StoredFile {
    info: FileInfo,
    read: Box<dyn Fn(Range<u64>) -> Content + Send>,
}

impl StoredFile {
    /// A file, and what opens its bytes from the first of a range to the last: as many as the range has,
    /// or an error. No range leads out of [`FileInfo::size`]. Nothing is read before it is called: it is
    /// not called for an answer without a body, and once for each part where parts are asked for.
    pub fn new(info: FileInfo, read: impl Fn(Range<u64>) -> Content + Send + 'static) -> Self {
        Self { info, read: Box::new(read) }
    }

    /// What is known of it.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// The bytes of a range, of which what lies behind the end of the file is left out.
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

/// Keeps files: [`LocalFolder`](super::LocalFolder), with the feature `object-store` a bucket, or a
/// store of a service's own.
///
/// An answer that does not come is an error, never an empty answer: a store keeps its own time-out.
pub trait UploadStore: fmt::Debug + Send + Sync {
    /// Where files are until they are kept.
    fn incoming(&self) -> &Incoming;

    /// Keeps a file under the id that `info` names: all of it, with `info`, or nothing.
    ///
    /// A caller who goes away meanwhile drops the future: then nothing may stay.
    fn keep<'a>(&'a self, file: PrivateFile, info: &'a FileInfo) -> StoreFuture<'a, ()>;

    /// The file of this id, unless it is unknown.
    fn load(&self, id: UploadId) -> StoreFuture<'_, Option<StoredFile>>;

    /// At most `limit` files, in the order of their ids, from the one behind `after` on.
    fn list(&self, after: Option<UploadId>, limit: usize) -> StoreFuture<'_, Vec<FileInfo>>;

    /// Removes a file; whether it was there.
    fn delete(&self, id: UploadId) -> StoreFuture<'_, bool>;
}
