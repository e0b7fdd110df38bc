//! Writes lines to an audit file, and begins new files.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use palisade_audit::{Chain, Head, files_of, head_path, last_line};

use super::{
    FileOptions,
    opening::{End, check_folder, end_of, first_line, newest_event, private, report_removed_files},
};
use crate::{
    audit::{
        error::AuditError,
        event::{Event, Outcome},
        queue::Output,
        send_to_all,
    },
    clock::Moment,
    line_rate::LineRate,
};

/// The writer of an audit file, on a thread of its own.
pub(super) struct Writing {
    options: FileOptions,
    chain: Chain,
    /// The number of the first line that is kept.
    first: u64,
    open: Open,
    /// Held as long as this process writes.
    _lock: File,
}

/// The file that is written now.
struct Open {
    file: File,
    length: u64,
    begun: SystemTime,
    /// The number of its first line.
    first: u64,
    /// Whether a part of a line follows those `length` bytes.
    is_torn: bool,
}

impl Writing {
    pub(super) fn open(options: FileOptions) -> Result<Self, AuditError> {
        let path = options.path.clone();
        let failed = |error| AuditError::of_file(&path, error);
        check_folder(&options).map_err(failed)?;
        let lock = private(&beside(&path, ".lock"), options.owner).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(AuditError::Taken(path)),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let End { chain, first, is_torn } = end_of(&options)?;
        let open = Open::at(&options, &chain).map_err(failed)?;
        let mut writing = Self { options, chain, first, open, _lock: lock };
        if is_torn {
            writing.end_torn_line().map_err(failed)?;
        }
        writing.keep_head().map_err(failed)?;
        writing.remove_expired();
        Ok(writing)
    }

    /// Ends the part of a line that another process left, which ended while it wrote, and states the lost event in the
    /// chain. If there is no room for both, the file stays as it was.
    fn end_torn_line(&mut self) -> io::Result<()> {
        let cause = "the line before this one is incomplete: the service ended while it wrote it";
        let event = Event {
            dropped: 1,
            cause: Some(cause),
            ..Event::new("audit-dropped", Outcome::Unknown)
        };
        let mut chain = self.chain.clone();
        let line = chain.join(&event.json(), self.options.key.as_ref());
        let text = format!("\n{line}\n");
        let (written, failure) = write_most(&mut self.open.file, text.as_bytes());
        if let Some(error) = failure {
            self.open.file.set_len(self.open.length)?;
            return Err(error);
        }
        let written = u64::try_from(written).unwrap_or(u64::MAX);
        self.open.length = self.open.length.saturating_add(written);
        self.chain = chain;
        Ok(())
    }

    /// Writes as many of these as the file has room for, and returns how many. The error is of the first
    /// one where none of them was written.
    fn append(&mut self, objects: &VecDeque<String>) -> io::Result<usize> {
        self.open.cut_torn_line()?;
        if !self.open.is_at(&self.options.path) {
            self.open = Open::at(&self.options, &self.chain)?;
        }
        if self.open.length > 0 && self.is_old() {
            self.rotate_or_grow();
        }
        let (mut chain, mut text, mut count) = (self.chain.clone(), String::new(), 0_usize);
        for object in objects {
            let mut next = chain.clone();
            let line = next.join(object, self.options.key.as_ref());
            let added = text.len().saturating_add(line.len()).saturating_add(1);
            let length = self.open.length.saturating_add(u64::try_from(added).unwrap_or(u64::MAX));
            if length > self.options.size && count > 0 {
                break;
            }
            // A line that is longer than a file may be has one to itself.
            if length > self.options.size && self.open.length > 0 {
                self.rotate_or_grow();
            }
            text.push_str(&line);
            text.push('\n');
            (chain, count) = (next, count.saturating_add(1));
        }
        let (whole, failure) = self.open.append(&text);
        if let Some(error) = failure {
            count = text.get(..whole).map_or(0, |lines| lines.matches('\n').count());
            if count == 0 {
                return Err(error);
            }
            chain = self.chain.clone();
            for object in objects.iter().take(count) {
                chain.join(object, self.options.key.as_ref());
            }
        }
        self.chain = chain;
        Ok(count)
    }

    fn append_all(&mut self, batch: &mut VecDeque<String>, dropped: &mut u64) -> io::Result<()> {
        if *dropped > 0 {
            let event =
                Event { dropped: *dropped, ..Event::new("audit-dropped", Outcome::Unknown) };
            self.append(&VecDeque::from([event.json()]))?;
            *dropped = 0;
        }
        while !batch.is_empty() {
            let written = self.append(batch)?;
            batch.drain(..written.min(batch.len()));
        }
        Ok(())
    }

    fn is_old(&self) -> bool {
        self.open.begun.elapsed().is_ok_and(|age| age >= self.options.age)
    }

    /// Begins a new file. If that fails, events are written to the present file.
    fn rotate_or_grow(&mut self) {
        static LINES: LineRate = LineRate::each(60);
        if let Err(error) = self.rotate()
            && LINES.take(Moment::now()).is_some()
        {
            tracing::warn!(%error, "a new audit file cannot be begun: the old one grows");
        }
    }

    fn rotate(&mut self) -> io::Result<()> {
        let path = &self.options.path;
        let old = beside(path, &format!(".{:012}", self.open.first));
        // No file is lost: an existing file is not overwritten.
        if old.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("`{}` exists", old.display()),
            ));
        }
        fs::rename(path, old)?;
        self.open = Open::at(&self.options, &self.chain)?;
        self.remove_expired();
        Ok(())
    }

    /// Removes the old files whose newest event is older than the retention time.
    fn remove_expired(&mut self) {
        if self.options.retention.is_none() {
            return;
        }
        report_removed_files(&self.options.path, self.first);
        if let Err(error) = self.try_remove_expired() {
            tracing::error!(%error, "old audit files cannot be removed");
        }
    }

    fn try_remove_expired(&mut self) -> io::Result<()> {
        let files = files_of(&self.options.path)?;
        let older: Vec<_> = files.iter().filter(|file| **file != self.options.path).collect();
        let mut expired = 0_usize;
        for file in &older {
            if !self.is_expired(file)? {
                break;
            }
            expired = expired.saturating_add(1);
        }
        if expired == 0 {
            return Ok(());
        }
        let next = self.chain.seq().saturating_add(1);
        let kept = match older.get(expired) {
            Some(file) => first_line(file)?.map(|line| line.seq),
            None => Some(first_line(&self.options.path)?.map_or(next, |line| line.seq)),
        };
        let Some(kept) = kept else {
            return Err(io::Error::other(
                "the first file that would be kept has no line of a chain",
            ));
        };
        // A number of a line that was not written yet would hide every file that is removed later.
        if kept > next {
            return Err(io::Error::other(
                "the first file that would be kept begins behind the chain",
            ));
        }
        // The head first: a process that ends in between leaves more files than the head says, not fewer.
        self.first = self.first.max(kept);
        self.keep_head()?;
        older.iter().take(expired).try_for_each(fs::remove_file)?;
        let cause =
            format!("the lines before {kept}, {expired} files, are past the retention time");
        tracing::info!(
            target: "palisade::audit",
            event = "audit_files_removed",
            before = kept,
            files = expired,
            "old audit files were removed"
        );
        send_to_all(&Event {
            cause: Some(&cause),
            ..Event::new("audit-files-removed", Outcome::Success)
        });
        Ok(())
    }

    fn is_expired(&self, file: &Path) -> io::Result<bool> {
        let Some(retention) = self.options.retention else { return Ok(false) };
        if !fs::symlink_metadata(file)?.is_file() {
            return Ok(false);
        }
        let refused =
            |what: &str| io::Error::other(format!("`{}` {what}: verify it", file.display()));
        let last = last_line(File::open(file)?)?.ok_or_else(|| refused("has no line"))?;
        if let Some(key) = &self.options.key
            && !last.is_signed_by(key)
        {
            return Err(refused("does not end in a line of this key"));
        }
        let newest = newest_event(file, &last)?
            .ok_or_else(|| refused("does not say when its events were made"))?;
        // The clock may have been set back since.
        Ok(newest.elapsed().unwrap_or_default() >= retention)
    }

    /// Replaces the head in one step, so that it is never incomplete.
    fn keep_head(&self) -> io::Result<()> {
        let (path, next) = (head_path(&self.options.path), beside(&self.options.path, ".head.new"));
        let text = Head::text(&self.chain, self.first, self.options.key.as_ref());
        let mut file = private(&next, self.options.owner)?;
        file.set_len(0)?;
        file.write_all(text.as_bytes())?;
        // Or a loss of power leaves a head that is empty.
        file.sync_data()?;
        fs::rename(next, path)
    }
}

impl Output for Writing {
    fn write(&mut self, batch: &mut VecDeque<String>, dropped: &mut u64) -> io::Result<()> {
        static LINES: LineRate = LineRate::each(10);
        let before = self.chain.seq();
        let written = self.append_all(batch, dropped);
        // One that could not be kept is written with the next lines.
        if self.chain.seq() > before
            && let Err(error) = self.keep_head()
            && LINES.take(Moment::now()).is_some()
        {
            tracing::warn!(%error, "the head of the audit file could not be kept");
        }
        written
    }
}

impl Open {
    fn at(options: &FileOptions, chain: &Chain) -> io::Result<Self> {
        let path = &options.path;
        let file = private(path, options.owner)?;
        let metadata = file.metadata()?;
        let length = metadata.len();
        let line = first_line(path)?;
        let first = line.map_or_else(|| chain.seq().saturating_add(1), |line| line.seq);
        // Of a copy, the first event is older than the file.
        let begun = match (length, line.and_then(|line| line.time)) {
            (0, _) => SystemTime::now(),
            (_, Some(time)) => time,
            (_, None) => metadata.created().or_else(|_| metadata.modified())?,
        };
        Ok(Self { file, length, begun, first, is_torn: false })
    }

    /// Appends these lines as far as the disk has room. Returns how many bytes of whole lines were written, and
    /// the error that stopped the rest; a part of a line is removed.
    fn append(&mut self, lines: &str) -> (usize, Option<io::Error>) {
        let (written, failure) = write_most(&mut self.file, lines.as_bytes());
        let begin = lines.as_bytes().get(..written).unwrap_or_default();
        let whole =
            begin.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        self.length = self.length.saturating_add(u64::try_from(whole).unwrap_or(u64::MAX));
        self.is_torn = written > whole;
        // If this fails, it is tried again before the next line.
        let _cut = self.cut_torn_line();
        (whole, failure)
    }

    /// Removes a part of a line, which would look like a line that was changed.
    fn cut_torn_line(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.length)?;
            self.is_torn = false;
        }
        Ok(())
    }

    /// Whether the path still refers to this file.
    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let own = self.file.metadata();
        let there = fs::symlink_metadata(path);
        matches!((own, there), (Ok(own), Ok(there))
            if own.dev() == there.dev() && own.ino() == there.ino())
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "a file that is open is not moved there")]
    fn is_at(&self, path: &Path) -> bool {
        path.exists()
    }
}

/// Writes as many of these bytes as the disk has room for. Returns how many, and the error that stopped the
/// rest.
fn write_most(file: &mut File, bytes: &[u8]) -> (usize, Option<io::Error>) {
    let mut written = 0_usize;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return (written, Some(io::ErrorKind::WriteZero.into())),
            Ok(count) => written = written.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Some(error)),
        }
    }
    (written, None)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
