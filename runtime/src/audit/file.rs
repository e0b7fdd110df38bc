//! A file of audit events, each line of which holds the one before.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use palisade_audit::{Chain, Head, Key, files_of, head_path, last_link};

use super::{
    error::AuditError,
    event::{Event, Outcome},
    queue::{CAPACITY, Output, Queue},
    sink::Sink,
};
use crate::{clock::Moment, line_rate::LineRate, regular_file};

/// The size at which a new file is begun, unless another is set: 64 MiB.
const SIZE: u64 = 64 << 20;

/// The age at which one is begun: a day.
const AGE: Duration = Duration::from_secs(86_400);

/// How a file of audit events is written.
#[derive(Clone, Debug)]
#[must_use = "nothing is written until the file is opened"]
pub struct FileOptions {
    path: PathBuf,
    size: u64,
    age: Duration,
    key: Option<Key>,
}

/// A file of audit events: JSON lines by the [schema](super::SCHEMA), as a chain of hashes.
///
/// 1. Each line has its number, the SHA-256 of the line before it and, with a [`key`](FileOptions::key), a
///    code of itself. The chain goes on from file to file and from one run of the service to the next.
///    [`verify`](super::verify) tells which lines are missing, changed or cut off.
/// 2. A request puts its event into a queue of 4 MiB and goes on. A thread of its own writes. What finds
///    no room is dropped and counted, and the next line that is written says how many (`audit-dropped`).
/// 3. A disk that is full stops no request: the thread takes back what it wrote of a line, and tries again
///    each second.
/// 4. The file has mode 0600, and so has the head beside it (`.head`). A new file is begun at a size or an
///    age; the old one keeps its name with the number of its first line behind. None is deleted.
/// 5. A file that was moved away, by `logrotate` for instance, is noticed with the next event, and a new one
///    is made.
pub struct FileSink {
    queue: Arc<Queue>,
}

impl FileOptions {
    /// Writes to this file, which is made if it is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), size: SIZE, age: AGE, key: None }
    }

    /// Begins a new file where this one would get longer, in bytes; 64 MiB unless this is called.
    pub fn rotate_size(mut self, bytes: u64) -> Self {
        self.size = bytes.max(1);
        self
    }

    /// Begins a new file when this one is so old; a day unless this is called.
    pub fn rotate_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Authenticates each line: without the key nobody makes another chain.
    pub fn key(mut self, key: Key) -> Self {
        self.key = Some(key);
        self
    }

    /// Opens the file, finds the end of its chain and starts to write.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, is something else than a regular file, or that another process
    /// writes to; a head that is none.
    pub fn open(self) -> Result<FileSink, AuditError> {
        let output = Writing::open(self)?;
        Ok(FileSink { queue: Queue::start("file", CAPACITY, output)? })
    }
}

impl Sink for FileSink {
    fn name(&self) -> &'static str {
        "file"
    }

    fn write(&self, event: &Event<'_>) {
        self.queue.push(event.json());
    }

    fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    fn flush(&self, most: Duration) {
        self.queue.flush(most);
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        self.queue.close();
        self.queue.flush(super::FLUSH);
    }
}

impl fmt::Debug for FileSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSink")
    }
}

/// The thread's side.
struct Writing {
    options: FileOptions,
    chain: Chain,
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
    fn open(options: FileOptions) -> Result<Self, AuditError> {
        let path = options.path.clone();
        let failed = |error| AuditError::File(path.clone(), error);
        let lock = private(&beside(&path, ".lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(AuditError::Taken(path)),
            Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let (chain, torn) = end_of(&options).map_err(failed)?;
        let mut open = Open::at(&path, &chain).map_err(failed)?;
        if torn {
            // Of a process that ended while it wrote.
            open.file.write_all(b"\n").map_err(failed)?;
            open.length = open.length.saturating_add(1);
        }
        Ok(Self { options, chain, open, _lock: lock })
    }

    /// Writes as many of these as the file has room for, and returns how many. The error is of the first
    /// one where none of them was written.
    fn append(&mut self, objects: &VecDeque<String>) -> io::Result<usize> {
        self.open.cut_torn_line()?;
        if !self.open.is_at(&self.options.path) {
            self.open = Open::at(&self.options.path, &self.chain)?;
        }
        if self.open.length > 0
            && self.is_old()
            && let Err(error) = self.rotate()
        {
            // The events go on into the file that is there.
            static LINES: LineRate = LineRate::each(60);
            if LINES.take(Moment::now()).is_some() {
                tracing::warn!(%error, "a new audit file cannot be begun: the old one grows");
            }
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
                self.rotate()?;
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

    fn rotate(&mut self) -> io::Result<()> {
        let path = &self.options.path;
        let old = beside(path, &format!(".{:012}", self.open.first));
        // Nothing that is there is lost: a name that is taken is no reason to overwrite it.
        if old.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("`{}` exists", old.display()),
            ));
        }
        fs::rename(path, old)?;
        self.open = Open::at(path, &self.chain)?;
        Ok(())
    }

    /// Replaced in one step: half a head would be none.
    fn keep_head(&self) -> io::Result<()> {
        let (path, next) = (head_path(&self.options.path), beside(&self.options.path, ".head.new"));
        let text = Head::text(&self.chain, self.options.key.as_ref());
        let mut file = private(&next)?;
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
    fn at(path: &Path, chain: &Chain) -> io::Result<Self> {
        let file = private(path)?;
        let metadata = file.metadata()?;
        let length = metadata.len();
        let first = first_number(path)?.unwrap_or_else(|| chain.seq().saturating_add(1));
        let begun = match length {
            0 => SystemTime::now(),
            _ => metadata.created().or_else(|_| metadata.modified())?,
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

    /// Whether the path still leads to this file.
    #[cfg(unix)]
    fn is_at(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let own = self.file.metadata();
        let there = fs::metadata(path);
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

/// The end of the chain, and whether the file ends in half a line.
///
/// # Errors
///
/// A file or a head that cannot be read, or a head that is none.
fn end_of(options: &FileOptions) -> io::Result<(Chain, bool)> {
    let path = &options.path;
    regular_file::check_path(path)?;
    let head = Head::read(path)?;
    if let (Some(head), Some(key)) = (&head, &options.key)
        && !head.is_signed_by(key)
    {
        tracing::error!(
            target: "palisade::audit",
            file = %path.display(),
            "the head of the audit file was not written with this key: verify the file"
        );
    }
    let mut last = last_link(path)?;
    if last.is_none() {
        // What was rotated last, where the service stopped right behind that.
        let files = files_of(path)?;
        let older = files.iter().rev().find(|file| *file != path);
        last = older
            .map(|file| last_link(file))
            .transpose()?
            .flatten()
            .map(|(chain, _)| (chain, None));
    }
    let (mut chain, torn) = last.unwrap_or_default();
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
    Ok((chain, torn.is_some()))
}

/// The number of the first line of a file.
fn first_number(path: &Path) -> io::Result<Option<u64>> {
    use std::io::{BufRead as _, Read as _};

    let mut line = String::new();
    let file = io::BufReader::new(File::open(path)?);
    if file.take(1 << 20).read_line(&mut line).is_err() {
        return Ok(None);
    }
    let number = line
        .rsplit_once("\"palisade.chain.seq\":")
        .and_then(|(_, rest)| rest.split(',').next().and_then(|number| number.parse().ok()));
    Ok(number)
}

/// Opens a file that only the user of this process reads, to be appended to.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        options.mode(0o600);
    }
    let file = regular_file::open_with(path, &mut options)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = file.metadata()?.permissions().mode();
        if mode & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    Ok(file)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
