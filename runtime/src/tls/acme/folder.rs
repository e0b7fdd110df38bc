//! The files of an authority: the account, and the certificate with its key.

use std::{
    fmt::Write as _,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::zeroize::Zeroizing;

use crate::{
    NotPrivate, PrivateFolder, RequestId, hardening::FileOwner, private_folder::private_file,
    regular_file,
};

/// The most bytes of an account.
const LONGEST_ACCOUNT: u64 = 64 << 10;

/// The files of one authority, in a directory of its own, so that a certificate of a test authority
/// is not used as one of the real authority.
#[derive(Clone, Debug)]
pub(in crate::tls) struct Folder {
    account: PathBuf,
    certificate: PathBuf,
}

impl Folder {
    pub(in crate::tls) fn open(
        path: &Path,
        directory: &str,
        owner: Option<FileOwner>,
    ) -> Result<Self, NotPrivate> {
        let folder = PrivateFolder::open_for(path.to_owned(), owner)?;
        let mut of = String::new();
        for byte in digest(&SHA256, directory.as_bytes()).as_ref().iter().take(8) {
            let _infallible = write!(of, "{byte:02x}");
        }
        Ok(Self {
            account: folder.path().join(format!("account-{of}.json")),
            certificate: folder.path().join(format!("certificate-{of}.pem")),
        })
    }

    /// The chain and its key, in one file, so that they are replaced together.
    pub(in crate::tls) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// The account; `None` if there is none yet.
    pub(super) fn account(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let file = match regular_file::open(&self.account) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        private_file(&self.account, &file.metadata()?)?;
        regular_file::read_open(file, LONGEST_ACCOUNT).map(Some)
    }

    pub(super) fn keep_account(&self, account: &[u8]) -> io::Result<()> {
        replace(&self.account, account)
    }

    pub(super) fn keep_certificate(&self, chain_and_key: &[u8]) -> io::Result<()> {
        replace(&self.certificate, chain_and_key)
    }
}

/// Writes a file that only its user can read, and renames it to the final name, so that a reader
/// finds either the old one or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("{}.draft", RequestId::next()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _removed = fs::remove_file(&draft);
        return written;
    }
    // The new name, too, is on the disk after a power failure.
    path.parent().map_or(Ok(()), |folder| File::open(folder).and_then(|folder| folder.sync_all()))
}
