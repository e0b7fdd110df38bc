//! Files in a folder of this machine.

use std::{
    collections::BTreeSet,
    fs::{self, DirBuilder, File},
    io::{self, Read as _, Write as _},
    mem,
    ops::Range,
    os::unix::fs::{DirBuilderExt as _, FileExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use actix_web::web::Bytes;
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{
    id::UploadId,
    incoming::{Incoming, create},
    info::FileInfo,
    private_file::PrivateFile,
    store::{Content, StoredFile, UploadStore},
};
use crate::{
    PrivateFolder,
    issue::{StoreError, StoreFuture},
    regular_file,
};

/// The size of a read of a file.
const PIECE: usize = 128 << 10;

/// The largest description of a file that is read.
const LONGEST_INFO: u64 = 16 << 10;

const CONTENT: &str = "content";
const INFO: &str = "info.json";

/// Files in a folder of this machine: each in a folder that is named by its id, with its
/// description beside it.
///
/// A file appears and disappears in one step, by a rename. The system writes it to the disk later:
/// [`durable`](Self::durable) waits for that.
#[derive(Debug)]
pub struct LocalFolder {
    files: PathBuf,
    /// The disk that the folder was on when it was opened.
    disk: u64,
    incoming: Incoming,
    durable: bool,
}

impl LocalFolder {
    /// Opens a folder, which is made for this user alone if it is missing.
    ///
    /// # Errors
    ///
    /// It cannot be made or read, or others may enter it.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref();
        PrivateFolder::open(folder)?;
        let files = folder.join("files");
        PrivateFolder::open(&files)?;
        let disk = fs::metadata(&files)?.dev();
        let incoming = Incoming::open(folder.join("incoming"))?;
        Ok(Self { files, disk, incoming, durable: false })
    }

    /// Waits until a file is on the disk before it counts as stored: it survives a loss of power.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    fn place(&self, id: UploadId) -> PathBuf {
        self.files.join(id.to_string())
    }

    /// Runs a function that waits for the disk on a thread where it may block.
    fn off_thread<T: Send + 'static>(
        job: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> StoreFuture<'static, T> {
        Box::pin(async {
            let done = spawn_blocking(job).await.map_err(io::Error::other).flatten();
            done.map_err(|error| StoreError::new(error.to_string()))
        })
    }
}

impl UploadStore for LocalFolder {
    fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    fn keep<'a>(&'a self, file: PrivateFile, info: &'a FileInfo) -> StoreFuture<'a, ()> {
        let (incoming, durable) = (self.incoming.clone(), self.durable);
        let (place, files) = (self.place(info.id()), self.files.clone());
        let info = serde_json::to_vec(info).map_err(io::Error::from);
        let placed = Self::off_thread(move || {
            let mut made = Placed::make(incoming)?;
            let mut about = create(&made.path.join(INFO))?;
            about.write_all(&info?)?;
            let content = made.path.join(CONTENT);
            file.move_to(&content)?;
            if durable {
                about.sync_all()?;
                File::open(&content)?.sync_all()?;
                File::open(&made.path)?.sync_all()?;
            }
            fs::rename(&made.path, &place)?;
            made.path = place;
            if durable {
                File::open(files)?.sync_all()?;
            }
            Ok(made)
        });
        // The job ends even if its caller has stopped waiting: then the file that it made is
        // removed with its result.
        Box::pin(async { placed.await.map(Placed::stay) })
    }

    fn load(&self, id: UploadId) -> StoreFuture<'_, Option<StoredFile>> {
        let (place, files, disk) = (self.place(id), self.files.clone(), self.disk);
        Self::off_thread(move || {
            let Some(info) = read_info(&place, id)? else { return missing(&files, disk, None) };
            let Some(file) = found(regular_file::open(&place.join(CONTENT)))? else {
                return missing(&files, disk, None);
            };
            let file = Arc::new(file);
            let read = move |range| -> Content { Box::pin(Reading::new(&file, range)) };
            Ok(Some(StoredFile::new(info, read)))
        })
    }

    fn list(&self, after: Option<UploadId>, limit: usize) -> StoreFuture<'_, Vec<FileInfo>> {
        let files = self.files.clone();
        Self::off_thread(move || {
            // The folder may be large: only a page of names is held.
            let mut page = BTreeSet::new();
            for entry in fs::read_dir(&files)? {
                let name = entry?.file_name();
                let Some(id) = name.to_str().and_then(|name| UploadId::parse(name).ok()) else {
                    continue;
                };
                if after.is_none_or(|after| id > after) {
                    page.insert(id);
                    if page.len() > limit {
                        page.pop_last();
                    }
                }
            }
            let infos = page.into_iter().map(|id| read_info(&files.join(id.to_string()), id));
            infos.filter_map(Result::transpose).collect()
        })
    }

    fn delete(&self, id: UploadId) -> StoreFuture<'_, bool> {
        let (place, incoming) = (self.place(id), self.incoming.clone());
        let (files, disk) = (self.files.clone(), self.disk);
        Self::off_thread(move || {
            let path = incoming.path()?;
            let Some(()) = found(fs::rename(place, &path))? else {
                return missing(&files, disk, false);
            };
            drop(Placed { path, incoming: Some(incoming) });
            Ok(true)
        })
    }
}

/// A folder with a file, which is removed unless it is to stay.
struct Placed {
    path: PathBuf,
    incoming: Option<Incoming>,
}

impl Placed {
    fn make(incoming: Incoming) -> io::Result<Self> {
        let path = incoming.path()?;
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path, incoming: Some(incoming) })
    }

    fn stay(mut self) {
        self.incoming = None;
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        if self.incoming.take().is_none() {
            return;
        }
        if let Err(error) = fs::remove_dir_all(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::error!(%error, "a file that is not to stay could not be removed");
        }
    }
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The meaning of a missing file: an error if the folder, or its disk, is missing. Then it is not
/// known whether the file exists.
fn missing<T>(files: &Path, disk: u64, absent: T) -> io::Result<T> {
    // Where this fails the folder was moved away; on another disk, its own is not mounted.
    if fs::metadata(files)?.dev() == disk {
        return Ok(absent);
    }
    Err(io::Error::other(
        "the folder of the files is on another disk than it was: is its disk mounted?",
    ))
}

fn read_info(place: &Path, id: UploadId) -> io::Result<Option<FileInfo>> {
    let Some(file) = found(regular_file::open(&place.join(INFO)))? else { return Ok(None) };
    let mut text = Vec::new();
    file.take(LONGEST_INFO).read_to_end(&mut text)?;
    let info: FileInfo = serde_json::from_slice(&text)?;
    if info.id() != id {
        return Err(io::Error::other("a file is described as another one"));
    }
    Ok(Some(info))
}

/// A part of a file that is read on a thread where waiting for the disk delays no request.
struct Reading {
    file: Arc<File>,
    left: Range<u64>,
    state: State,
}

enum State {
    Idle,
    Busy(JoinHandle<io::Result<Vec<u8>>>),
    Over,
}

impl Reading {
    fn new(file: &Arc<File>, range: Range<u64>) -> Self {
        Self { file: Arc::clone(file), left: range, state: State::Idle }
    }
}

impl Stream for Reading {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Idle if self.left.is_empty() => return Poll::Ready(None),
                State::Idle => {
                    let Range { start, end } = self.left;
                    let want = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
                    let file = Arc::clone(&self.file);
                    self.state = State::Busy(spawn_blocking(move || {
                        let mut piece = vec![0; want.min(PIECE)];
                        // A file that became shorter is an error: the length is announced.
                        file.read_exact_at(&mut piece, start)?;
                        Ok(piece)
                    }));
                }
                State::Busy(mut job) => {
                    let Poll::Ready(done) = Pin::new(&mut job).poll(cx) else {
                        self.state = State::Busy(job);
                        return Poll::Pending;
                    };
                    return Poll::Ready(Some(match done.map_err(io::Error::other).flatten() {
                        Ok(piece) => {
                            self.left.start = self.left.start.saturating_add(piece.len() as u64);
                            self.state = State::Idle;
                            Ok(piece.into())
                        }
                        Err(error) => Err(error),
                    }));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::Path,
        task::{Context, Waker},
        time::{Duration, Instant},
    };

    use futures_util::TryStreamExt as _;

    use super::LocalFolder;
    use crate::{
        private_folder::tests::Place,
        upload::{FileInfo, FileKind, PrivateFile, UploadId, UploadStore as _},
    };

    fn file(store: &LocalFolder, bytes: &[u8]) -> (PrivateFile, FileInfo) {
        let mut file = PrivateFile::create(store.incoming()).unwrap();
        file.write(bytes).unwrap();
        let info = FileInfo {
            id: UploadId::generate().unwrap(),
            kind: FileKind::Text,
            size: bytes.len() as u64,
            sha256: String::new(),
            name: None,
            created: 7,
        };
        (file, info)
    }

    /// Whether nothing is left of a file: first at its source, then at its destination.
    fn is_gone(folder: &Path) -> bool {
        let is_empty = |path: &Path| fs::read_dir(path).unwrap().next().is_none();
        let incoming = fs::read_dir(folder.join("incoming")).unwrap();
        let mut runs = incoming.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        runs.all(|run| is_empty(&run)) && is_empty(&folder.join("files"))
    }

    #[tokio::test]
    async fn a_file_whose_request_is_gone_while_it_is_stored_does_not_stay() {
        let place = Place::new();
        let folder = place.join("data");
        for durable in [false, true] {
            let store = LocalFolder::open(&folder).unwrap();
            let store = if durable { store.durable() } else { store };
            let (file, info) = file(&store, b"text");
            let mut keeping = store.keep(file, &info);
            // One poll begins the job; then its caller stops waiting.
            let began = keeping.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(began.is_pending());
            drop(keeping);
            let began = Instant::now();
            while !is_gone(&folder) {
                assert!(began.elapsed() < Duration::from_secs(20), "durable: {durable}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(store.load(info.id()).await.unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_take_its_place_leaves_the_one_that_is_there() {
        let place = Place::new();
        let folder = place.join("data");
        let store = LocalFolder::open(&folder).unwrap();
        let (first, info) = file(&store, b"first");
        store.keep(first, &info).await.unwrap();
        let (second, _) = file(&store, b"other");
        assert!(store.keep(second, &info).await.is_err());
        let stored = store.load(info.id()).await.unwrap().unwrap();
        for (range, part) in [
            (0..5, "first"),
            (1..3, "ir"),
            (3..99, "st"),
            (5..9, ""),
            (std::ops::Range { start: 9, end: 2 }, ""),
        ] {
            let pieces: Vec<_> = stored.content(range).try_collect().await.unwrap();
            assert_eq!(pieces.concat(), part.as_bytes());
        }
        assert!(store.delete(info.id()).await.unwrap());
        assert!(is_gone(&folder));
    }

    #[tokio::test]
    async fn a_folder_that_was_moved_away_tells_nothing_of_its_files() {
        let place = Place::new();
        let folder = place.join("data");
        let mut store = LocalFolder::open(&folder).unwrap();
        let (file, info) = file(&store, b"text");
        store.keep(file, &info).await.unwrap();
        let other = UploadId::generate().unwrap();
        assert!(store.load(other).await.unwrap().is_none());
        assert!(!store.delete(other).await.unwrap());
        let (files, away) = (folder.join("files"), folder.join("away"));
        fs::rename(&files, &away).unwrap();
        for id in [info.id(), other] {
            assert!(store.load(id).await.is_err() && store.delete(id).await.is_err());
        }
        fs::rename(&away, &files).unwrap();
        assert!(store.load(info.id()).await.unwrap().is_some());
        // While its disk is not mounted, the mount point is a folder too.
        store.disk = store.disk.wrapping_add(1);
        assert!(store.load(other).await.is_err() && store.delete(other).await.is_err());
        assert!(store.load(info.id()).await.unwrap().is_some());
    }
}
