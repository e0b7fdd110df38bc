//! The store of a service, as its handlers see it.

use std::{fmt, io, path::Path, sync::Arc};

use super::{
    download::Download, id::UploadId, incoming::Incoming, info::FileInfo,
    local_folder::LocalFolder, private_file::PrivateFile, store::UploadStore,
};
use crate::{Problem, store_error::StoreError};

/// The most files of one page of [`Uploads::list`].
pub(super) const LARGEST_PAGE: usize = 200;

/// The store of a service: files come into its private folder, and stay where
/// [`Upload::store`](super::Upload::store) puts them.
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
    /// A store of another make.
    pub fn new(store: impl UploadStore + 'static) -> Self {
        Self(Arc::new(store))
    }

    /// A folder of this machine, which is made for this user alone if it is not there: see
    /// [`LocalFolder`]. What a process left there that was killed is removed.
    ///
    /// # Errors
    ///
    /// It cannot be made or read, or others may enter it.
    pub fn in_folder(folder: impl AsRef<Path>) -> io::Result<Self> {
        LocalFolder::open(folder).map(Self::new)
    }

    /// The folder that files are in until they are kept; for a store of this machine, they stay on its
    /// file system.
    pub(crate) fn folder(&self) -> std::path::PathBuf {
        self.0.incoming().folder().to_owned()
    }

    /// The file of this id, to be sent: 404 where there is none.
    ///
    /// # Errors
    ///
    /// 404, or 503 where the store does not answer.
    pub async fn load(&self, id: UploadId) -> Result<Download, Problem> {
        let stored = self.0.load(id).await.map_err(out_of_reach)?;
        stored.map(Download::new).ok_or_else(Problem::not_found)
    }

    /// A page of what is stored, in the order of the ids, from the one behind `after` on: at most
    /// `limit`, and never more than 200. The page behind the last one is empty.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer.
    pub async fn list(
        &self,
        after: Option<UploadId>,
        limit: usize,
    ) -> Result<Vec<FileInfo>, Problem> {
        self.0.list(after, limit.min(LARGEST_PAGE)).await.map_err(out_of_reach)
    }

    /// Removes a file; whether it was there.
    ///
    /// # Errors
    ///
    /// 503 where the store does not answer.
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
