//! The store of a service, for its handlers.

use std::{fmt, io, path::Path, sync::Arc};

use super::{
    download::Download, id::UploadId, incoming::Incoming, info::FileInfo,
    local_folder::LocalFolder, private_file::PrivateFile, store::UploadStore,
};
use crate::{Problem, issue::StoreError};

/// The most files of one page of [`Uploads::list`].
pub(super) const LARGEST_PAGE: usize = 200;

/// The store of a service: files are received in its private folder, and
/// [`Upload::store`](super::Upload::store) stores them.
///
/// One for the service, as app data:
///
/// ```no_run
/// use palisade::{prelude::*, upload::Uploads};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let uploads = Uploads::in_folder("/var/lib/service/uploads")?;
/// let service = Palisade::builder().data(uploads);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Uploads(Arc<dyn UploadStore>);

impl Uploads {
    /// A store of another type.
    pub fn new(store: impl UploadStore + 'static) -> Self {
        Self(Arc::new(store))
    }

    /// A folder of this machine, which is made for this user alone if it is missing: see
    /// [`LocalFolder`]. Files of a process that was killed are removed.
    ///
    /// # Errors
    ///
    /// It cannot be made or read, or others may enter it.
    pub fn in_folder(folder: impl AsRef<Path>) -> io::Result<Self> {
        LocalFolder::open(folder).map(Self::new)
    }

    /// The folder of files until they are stored; with a store on this machine, it is on the same
    /// file system.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.0.incoming().folder().to_owned()
    }

    /// The file of this id, to be sent: 404 if it does not exist.
    ///
    /// # Errors
    ///
    /// 404, or 503 if the store does not answer.
    pub async fn load(&self, id: UploadId) -> Result<Download, Problem> {
        let stored = self.0.load(id).await.map_err(out_of_reach)?;
        stored.map(Download::new).ok_or_else(Problem::not_found)
    }

    /// A page of the stored files, in the order of their ids, beginning after `after`: at most
    /// `limit`, and never more than 200. The page after the last one is empty.
    ///
    /// # Errors
    ///
    /// 503 if the store does not answer.
    pub async fn list(
        &self,
        after: Option<UploadId>,
        limit: usize,
    ) -> Result<Vec<FileInfo>, Problem> {
        self.0.list(after, limit.min(LARGEST_PAGE)).await.map_err(out_of_reach)
    }

    /// Removes a file; returns whether it existed.
    ///
    /// # Errors
    ///
    /// 503 if the store does not answer.
    pub async fn delete(&self, id: UploadId) -> Result<bool, Problem> {
        self.0.delete(id).await.map_err(out_of_reach)
    }

    pub(super) fn incoming(&self) -> &Incoming {
        self.0.incoming()
    }

    pub(super) async fn keep(&self, file: PrivateFile, info: &FileInfo) -> Result<(), Problem> {
        self.0.keep(file, info).await.map_err(out_of_reach)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` calls")]
fn out_of_reach(error: StoreError) -> Problem {
    Problem::unavailable(error.to_string())
}

impl fmt::Debug for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Uploads").field(&self.0).finish()
    }
}
