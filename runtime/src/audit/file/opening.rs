//! Opens the files of an audit trail, and finds where its chain ends.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, Read as _},
    path::Path,
    time::SystemTime,
};

use palisade_audit::{Chain, Head, Key, LastLine, files_of, head_path, last_line, time_of};

use super::FileOptions;
use crate::{
    audit::{error::AuditError, timestamp},
    file_owner::FileOwner,
    regular_file,
};

/// The longest line that is searched for its number, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// The end of a chain, and the other facts of its files.
pub(super) struct End {
    pub(super) chain: Chain,
    /// The number of the first line that the trail keeps.
    pub(super) first: u64,
    /// Whether the file ends in a part of a line.
    pub(super) is_torn: bool,
}

/// The end of the chain.
///
/// # Errors
///
/// A file or a head that cannot be read, a head that is malformed, a chain that was written with another key.
pub(super) fn end_of(options: &FileOptions) -> Result<End, AuditError> {
    let path = &options.path;
    let failed = |error| AuditError::File(path.clone(), error);
    let head = head_of(path).map_err(failed)?;
    let current = last_line_of(path).map_err(failed)?;
    let torn = current.as_ref().and_then(|line| line.torn.clone());
    let last = match current.filter(|line| line.chain != Chain::default()) {
        Some(line) => Some(line),
        // A file was rotated, and the service stopped before it wrote a line to the new one.
        None => last_rotated_line(path).map_err(failed)?,
    };
    check_key(options, head.as_ref(), last.as_ref())?;
    let first = head.as_ref().map_or(1, |head| head.first);
    report_head(path, head.as_ref(), last.as_ref(), options.key.as_ref());
    report_removed_files(path, first);
    // A head is kept before the first line is written, so only another program removes it. Lines at the end may have
    // been removed with it: the gap stays visible when a new head is signed.
    let lost_head = head.is_none() && last.is_some();
    let mut chain = last.map(|line| line.chain).unwrap_or_default();
    if let Some(head) = head.filter(|head| head.chain.seq() > chain.seq()) {
        // Lines that were written are gone. The chain goes on behind them, so that they stay missing.
        tracing::error!(
            target: "palisade::audit",
            file = %path.display(),
            head = head.chain.seq(),
            found = chain.seq(),
            "lines are missing at the end of the audit file"
        );
        chain = head.chain;
    } else if let Some(torn) = &torn {
        chain.pass_over(torn);
    }
    if lost_head {
        chain.skip();
    }
    Ok(End { chain, first, is_torn: torn.is_some() })
}

/// Refuses to continue a chain with another key: its verification with either key would fail, and a change that an
/// attacker made would look like the change of the key.
fn check_key(
    options: &FileOptions,
    head: Option<&Head>,
    last: Option<&LastLine>,
) -> Result<(), AuditError> {
    let path = || options.path.clone();
    let is_signed = match (head, last) {
        (Some(head), _) => head.is_signed(),
        (None, Some(last)) => last.is_signed(),
        (None, None) => return Ok(()),
    };
    let Some(key) = &options.key else {
        return if is_signed { Err(AuditError::KeyMissing(path())) } else { Ok(()) };
    };
    let is_same = match (head, last) {
        (Some(head), _) => head.is_signed_by(key),
        (None, Some(last)) => last.is_signed_by(key),
        (None, None) => true,
    };
    match (is_signed, is_same) {
        (_, true) => Ok(()),
        (true, false) => Err(AuditError::OtherKey(path())),
        (false, false) => Err(AuditError::KeyAdded(path())),
    }
}

/// Reports what only a change by another program can explain. The service starts nevertheless.
/// Every verification shows it from then on: a missing head by a missing line, another key by a
/// line with a wrong MAC.
fn report_head(path: &Path, head: Option<&Head>, last: Option<&LastLine>, key: Option<&Key>) {
    if head.is_none() && last.is_some() {
        tracing::error!(
            target: "palisade::audit",
            file = %path.display(),
            "the head of the audit file is missing: verify the file"
        );
    }
    if let (Some(key), Some(last)) = (key, last)
        && !last.is_signed_by(key)
    {
        tracing::error!(
            target: "palisade::audit",
            file = %path.display(),
            "the last line of the audit file was not written with this key: verify the file"
        );
    }
}

/// Reports files that are missing at the beginning of the trail.
pub(super) fn report_removed_files(path: &Path, first: u64) {
    let Ok(files) = files_of(path) else { return };
    let found = files.first().and_then(|file| first_line(file).ok().flatten());
    if let Some(found) = found.map(|line| line.seq).filter(|found| *found > first) {
        tracing::error!(
            target: "palisade::audit",
            file = %path.display(),
            first,
            found,
            "files are missing at the beginning of the audit trail"
        );
    }
}

fn head_of(path: &Path) -> io::Result<Option<Head>> {
    let head = head_path(path);
    let file = found(read(&head))?;
    file.map(|file| Head::read_from(file, &head)).transpose()
}

fn last_line_of(path: &Path) -> io::Result<Option<LastLine>> {
    found(read(path))?.map_or(Ok(None), last_line)
}

fn last_rotated_line(path: &Path) -> io::Result<Option<LastLine>> {
    let files = files_of(path)?;
    let older = files.iter().rev().find(|file| *file != path);
    older.map_or(Ok(None), |file| last_line_of(file))
}

/// What the first line of a file says.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstLine {
    /// Its number.
    pub(super) seq: u64,
    /// When its event was made.
    pub(super) time: Option<SystemTime>,
}

/// The first line of a file; `None` where it is not a line of a chain.
pub(super) fn first_line(path: &Path) -> io::Result<Option<FirstLine>> {
    let mut line = String::new();
    let file = io::BufReader::new(read(path)?);
    if file.take(LONGEST_LINE).read_line(&mut line).is_err() {
        return Ok(None);
    }
    let number = line
        .rsplit_once("\"palisade.chain.seq\":")
        .and_then(|(_, rest)| rest.split(',').next().and_then(|number| number.parse().ok()));
    let time = time_of(&line).and_then(|text| timestamp::parse(&text));
    Ok(number.map(|seq| FirstLine { seq, time }))
}

/// When the newest event of a file was made, by its first and its last line; `None` where neither says it.
///
/// The dates of the file itself do not count: they are those of the last copy, and any program sets them.
pub(super) fn newest_event(path: &Path, last: &LastLine) -> io::Result<Option<SystemTime>> {
    let last = last.time.as_deref().and_then(timestamp::parse);
    let first = first_line(path)?.and_then(|line| line.time);
    Ok(last.max(first))
}

/// Opens a file of the trail, to be read.
fn read(path: &Path) -> io::Result<File> {
    regular_file::open_unlinked(path, OpenOptions::new().read(true))
}

/// `None` if a file is missing.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Refuses a folder in which other users can replace the files of the trail. A missing folder is made.
#[cfg(unix)]
pub(super) fn check_folder(options: &FileOptions) -> io::Result<()> {
    Ok(crate::private_folder::folder_of_written_file(&options.path, options.owner)?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub(super) fn check_folder(_: &FileOptions) -> io::Result<()> {
    Ok(())
}

/// Opens a file for appending that only its user can read. The user is that of this process, or the
/// owner.
pub(super) fn private(path: &Path, owner: Option<FileOwner>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        options.mode(0o600);
    }
    let file = regular_file::open_unlinked(path, &mut options)?;
    #[cfg(not(unix))]
    let _ = owner;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let metadata = file.metadata()?;
        match owner {
            Some(owner) => owner.take(path, &file, &metadata)?,
            None => crate::private_folder::owned(path, &metadata)?,
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}
