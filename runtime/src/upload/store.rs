//! Where files are kept.

use std::{fmt, io, pin::Pin};

use actix_web::web::Bytes;
use futures_core::Stream;

use super::{id::UploadId, incoming::Incoming, info::FileInfo, private_file::PrivateFile};
use crate::issue::StoreFuture;

/// The bytes of a stored file, piece by piece.
pub type Content = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A stored file that is read.
pub struct StoredFile {
    /// What is known of it.
    pub info: FileInfo,
    /// Its bytes; as many as [`FileInfo::size`] says, or an error.
    pub content: Content,
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
