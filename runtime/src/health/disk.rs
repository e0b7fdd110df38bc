//! Whether the service can write to a folder: it has free space, and is writable.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::Checking;

/// The free space of a folder, in bytes, below which an instance is not ready.
pub(crate) const LEAST_FREE: u64 = 64 << 20;

/// The content of the file that is written as a test.
const SAMPLE: [u8; 4_096] = [0; 4_096];

/// A folder that the service writes to.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    least_free: u64,
    /// Whether a check is still running: a network file system may never answer, and each check of
    /// it occupies a thread.
    is_running: Arc<AtomicBool>,
}

impl Disk {
    pub(crate) fn new(folder: PathBuf, least_free: u64) -> Self {
        Self { folder, least_free, is_running: Arc::default() }
    }

    /// Checks it, on another thread than the worker's.
    pub(crate) fn check(&self) -> Checking {
        let own = self.clone();
        Box::pin(async move {
            if own.is_running.swap(true, Ordering::AcqRel) {
                return Err(format!("`{}` has not answered yet", own.folder.display()));
            }
            let look = move || {
                let looked = look(&own.folder, own.least_free);
                own.is_running.store(false, Ordering::Release);
                looked.map_err(|error| format!("`{}`: {error}", own.folder.display()))
            };
            let looked = actix_web::rt::task::spawn_blocking(look).await;
            looked.unwrap_or_else(|error| Err(format!("the check did not run: {error}")))
        })
    }
}

/// # Errors
///
/// The free space is below this, or no file can be written.
fn look(folder: &Path, least_free: u64) -> io::Result<()> {
    let found = free(folder)?;
    if let Some(free) = found.filter(|free| *free < least_free) {
        return Err(io::Error::new(
            io::ErrorKind::StorageFull,
            format!("{} MiB are free, and {} MiB have to be", free >> 20, least_free >> 20),
        ));
    }
    write(folder)
}

/// The bytes that this process may still use; `None` if they are unknown.
#[cfg(unix)]
fn free(folder: &Path) -> io::Result<Option<u64>> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Some(found.f_bavail.saturating_mul(found.f_frsize)))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "other systems tell")]
fn free(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Writes a file without a name, which is removed when it is closed.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn write(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::{fs::OFlags, io::Errno};

    let flags = i32::try_from(OFlags::TMPFILE.bits()).unwrap_or(0);
    let opened = OpenOptions::new().write(true).mode(0o600).custom_flags(flags).open(folder);
    match opened {
        Ok(mut file) => file.write_all(&SAMPLE),
        // Some file systems have no such files.
        Err(error) => match Errno::from_io_error(&error) {
            Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) => write_named(folder),
            Some(_) | None => Err(error),
        },
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn write(folder: &Path) -> io::Result<()> {
    write_named(folder)
}

/// Writes a file of its own, and removes it.
fn write_named(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".health-{}", crate::RequestId::next()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    let written = file.write_all(&SAMPLE);
    drop(file);
    std::fs::remove_file(&path)?;
    written
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::{Disk, look, write_named};
    use crate::private_folder::tests::Place;

    #[test]
    fn a_folder_with_space_passes_and_is_left_empty() {
        let place = Place::new();
        let folder = place.join("data");
        fs::create_dir(&folder).unwrap();
        look(&folder, 0).unwrap();
        write_named(&folder).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        let full = look(&folder, u64::MAX).unwrap_err();
        assert!(full.to_string().contains("MiB are free"), "{full}");
        assert!(look(&place.join("missing"), 0).is_err());
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
        // Root writes everywhere.
        if fs::write(folder.join("probe"), "").is_err() {
            assert!(look(&folder, 0).is_err());
        }
    }

    #[tokio::test]
    async fn one_that_does_not_answer_is_asked_once() {
        let disk = Disk::new(std::env::temp_dir(), 0);
        disk.is_running.store(true, std::sync::atomic::Ordering::SeqCst);
        assert!(disk.check().await.unwrap_err().contains("not answered"));
        disk.is_running.store(false, std::sync::atomic::Ordering::SeqCst);
        disk.check().await.unwrap();
    }
}
