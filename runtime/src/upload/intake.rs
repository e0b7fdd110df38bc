//! Receives a file: its bytes are collected into large pieces, which another thread writes,
//! inspects and digests.

use std::{
    io::{self, Read as _, Seek as _},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

use aws_lc_rs::digest::{Context, SHA256};
use encoding_rs::Encoding;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{
    charset::ToUtf8,
    flaw::Flaw,
    incoming::Incoming,
    inspect::{Admission, Inspector, Judged},
    kind::FileKind,
    private_file::PrivateFile,
};

/// The size of a piece. One of these is buffered for each incoming file, however large it is, and a
/// second one while it is written: clients that stop sending hold as little memory as possible
/// (CWE-400).
const PIECE: usize = 32 << 10;

/// The initial buffer of a file, which grows up to a piece: most files are small.
const FIRST: usize = 4 << 10;

/// An incoming file.
pub(super) struct Intake {
    writer: Option<Writer>,
    filling: Vec<u8>,
    job: Option<JoinHandle<Result<Writer, Flaw>>>,
    size: u64,
    max: u64,
}

/// A complete file that passed the inspection.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) file: PrivateFile,
    pub(super) kind: FileKind,
    /// Without the bytes that are not stored.
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// The state that moves to the other thread and back.
struct Writer {
    incoming: Incoming,
    admission: Admission,
    open: Option<Open>,
    /// If the text is not UTF-8, and the endpoint accepts another charset.
    charset: Option<ToUtf8>,
}

struct Open {
    file: PrivateFile,
    inspector: Inspector,
    digest: Context,
    size: u64,
}

impl Intake {
    pub(super) fn new(incoming: Incoming, admission: Admission, max: u64) -> Self {
        let writer = Some(Writer { incoming, admission, open: None, charset: None });
        Self { writer, filling: Vec::new(), job: None, size: 0, max }
    }

    /// Adds received bytes.
    pub(super) async fn take(&mut self, mut bytes: &[u8]) -> Result<(), Flaw> {
        self.size = self.size.saturating_add(bytes.len() as u64);
        if self.size > self.max {
            return Err(Flaw::TooLarge(self.max));
        }
        while !bytes.is_empty() {
            let room = PIECE.saturating_sub(self.filling.len()).min(bytes.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            extend_within(&mut self.filling, now, FIRST, PIECE);
            bytes = later;
            if self.filling.len() >= PIECE {
                self.hand_over().await?;
            }
        }
        Ok(())
    }

    /// Passes the piece to the other thread, once that is done with the last one.
    async fn hand_over(&mut self) -> Result<(), Flaw> {
        let mut writer = self.writer().await?;
        let piece = mem::take(&mut self.filling);
        // The piece is freed when it is written, and not kept for the next one, which may never come.
        self.job = Some(spawn_blocking(move || writer.write(&piece).map(|()| writer)));
        Ok(())
    }

    async fn writer(&mut self) -> Result<Writer, Flaw> {
        if let Some(job) = self.job.take() {
            return job.await.map_err(io::Error::other)?;
        }
        Ok(self.writer.take().ok_or_else(|| io::Error::other("a file was given up"))?)
    }

    /// The number of received bytes.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The last bytes were received.
    pub(super) async fn finish(mut self) -> Result<Received, Flaw> {
        let mut writer = self.writer().await?;
        let piece = mem::take(&mut self.filling);
        let job = spawn_blocking(move || {
            // A file without a byte is looked at too.
            if !piece.is_empty() || writer.open.is_none() {
                writer.write(&piece)?;
            }
            writer.finish()
        });
        job.await.map_err(io::Error::other)?
    }
}

impl Writer {
    /// Processes the next bytes unchanged.
    fn write(&mut self, piece: &[u8]) -> Result<(), Flaw> {
        if self.charset.is_none() {
            match (self.keep(piece), self.admission.charset) {
                (Err(Flaw::Encoding), Some(charset)) => self.begin_anew(charset)?,
                (kept, _) => return kept,
            }
        }
        self.convert(piece, false)
    }

    /// Converts the next bytes of text that is not UTF-8.
    fn convert(&mut self, piece: &[u8], is_last: bool) -> Result<(), Flaw> {
        let Some(charset) = &mut self.charset else { return Ok(()) };
        let text = charset.convert(piece, is_last)?;
        // Half a character makes no text yet.
        if text.is_empty() { Ok(()) } else { self.keep(text.as_bytes()) }
    }

    /// Decodes the stored bytes with this charset: the text as a whole is not UTF-8.
    fn begin_anew(&mut self, charset: &'static Encoding) -> Result<(), Flaw> {
        self.charset = Some(ToUtf8::new(charset));
        match self.open.take() {
            Some(Open { mut file, .. }) => {
                read_again(&mut file, |bytes| self.convert(bytes, false))
            }
            None => Ok(()),
        }
    }

    /// Inspects the next bytes to be stored, and writes them.
    fn keep(&mut self, piece: &[u8]) -> Result<(), Flaw> {
        let mut piece = piece;
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                piece = piece.get(Inspector::before(piece)..).unwrap_or(piece);
                // What is refused by its first bytes is never written.
                let inspector = caught(|| Inspector::begin(piece, self.admission.clone()))?;
                if self.admission.says_charset && inspector.is_text() && self.charset.is_none() {
                    return Err(Flaw::Encoding);
                }
                let file = PrivateFile::create(&self.incoming)?;
                let digest = Context::new(&SHA256);
                self.open.insert(Open { file, inspector, digest, size: 0 })
            }
        };
        caught(|| open.inspector.feed(piece))?;
        open.file.write(piece)?;
        open.digest.update(piece);
        open.size = open.size.saturating_add(piece.len() as u64);
        // Text may be longer in UTF-8.
        let max = self.admission.size;
        if open.size > max { Err(Flaw::TooLarge(max)) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<Received, Flaw> {
        self.convert(b"", true)?;
        let Some(Open { mut file, inspector, digest, size }) = self.open.take() else {
            return Err(Flaw::Empty);
        };
        let judged = caught(|| inspector.finish(file.file(), size));
        if let (Err(Flaw::Encoding), Some(charset), None) =
            (&judged, self.admission.charset, &self.charset)
        {
            // The last byte would begin a character of UTF-8.
            self.charset = Some(ToUtf8::new(charset));
            read_again(&mut file, |bytes| self.convert(bytes, false))?;
            return self.finish();
        }
        let Judged { kind, behind } = judged?;
        let (size, digest) = match behind {
            0 => (size, digest),
            // The stored bytes are the inspected ones, without those after the end.
            behind => {
                let size = size.checked_sub(behind).ok_or(Flaw::Structure)?;
                file.file().set_len(size)?;
                (size, digest_of(&mut file)?)
            }
        };
        let sha256 = digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Received { file, kind, size, sha256 })
    }
}

/// Appends to a buffer that doubles when it is full, from `first` bytes on, and never takes more
/// than `most`: a vector that grows by itself may take twice as much.
pub(super) fn extend_within(buffer: &mut Vec<u8>, bytes: &[u8], first: usize, most: usize) {
    let length = buffer.len().saturating_add(bytes.len());
    if length > buffer.capacity() {
        let capacity = buffer.capacity().saturating_mul(2).max(first).max(length);
        let capacity = capacity.min(most.max(length));
        buffer.reserve_exact(capacity.saturating_sub(buffer.len()));
    }
    buffer.extend_from_slice(bytes);
}

fn digest_of(file: &mut PrivateFile) -> io::Result<Context> {
    let mut digest = Context::new(&SHA256);
    read_again(file, |bytes| {
        digest.update(bytes);
        io::Result::Ok(())
    })?;
    Ok(digest)
}

/// Returns the written file, from its beginning.
fn read_again<E: From<io::Error>>(
    file: &mut PrivateFile,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let mut room = vec![0; PIECE];
    file.file().rewind()?;
    loop {
        match file.file().read(&mut room) {
            Ok(0) => return Ok(()),
            Ok(count) => take(room.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Inspects a file, and refuses it if that panics: a panic of a decoder on unexpected input must
/// not end a request or a thread (CWE-248). The inspector is dropped then.
fn caught<T>(look: impl FnOnce() -> Result<T, Flaw>) -> Result<T, Flaw> {
    catch_unwind(AssertUnwindSafe(look)).unwrap_or_else(|_| {
        tracing::error!("looking at an uploaded file panicked: it is refused");
        Err(Flaw::Structure)
    })
}

#[cfg(test)]
mod tests {
    use super::{FIRST, Flaw, PIECE, caught, extend_within};

    #[test]
    fn a_buffer_takes_no_more_than_it_may() {
        let mut buffer = Vec::new();
        let mut copied = 0;
        while buffer.len() < PIECE {
            let before = buffer.capacity();
            let more = vec![7; (PIECE - buffer.len()).min(100)];
            extend_within(&mut buffer, &more, FIRST, PIECE);
            copied += usize::from(buffer.capacity() != before);
            assert!((FIRST..=PIECE).contains(&buffer.capacity()), "{}", buffer.capacity());
        }
        assert_eq!((buffer.len(), buffer.capacity(), copied), (PIECE, PIECE, 4));
    }

    #[test]
    fn a_panic_refuses_the_file() {
        assert!(matches!(caught::<()>(|| panic!("a decoder")), Err(Flaw::Structure)));
        assert!(matches!(caught(|| Ok(7)), Ok(7)));
    }
}
