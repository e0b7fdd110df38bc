//! The body of an answer with a file, or with parts of it.

use std::{
    collections::VecDeque,
    io,
    ops::Range,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::web::Bytes;
use futures_core::Stream;

use super::store::{Content, StoredFile};
use crate::{Nonce, Problem};

/// Parts of a file, one after another. Exactly the bytes of each range are sent: if a store returns
/// more or fewer, the answer ends.
pub(super) struct Parts {
    file: StoredFile,
    left: VecDeque<Piece>,
    /// The range that is sent, and how many of its bytes are left.
    open: Option<(Content, u64)>,
    length: u64,
    media_type: Option<String>,
}

enum Piece {
    /// The text around a part.
    Text(Bytes),
    Range(Range<u64>),
}

impl Parts {
    /// One part, or all of it.
    pub(super) fn one(file: StoredFile, range: Range<u64>) -> Self {
        Self::new(file, VecDeque::from([Piece::Range(range)]), None)
    }

    /// Several, as `multipart/byteranges` (RFC 9110 section 14.6).
    ///
    /// # Errors
    ///
    /// 500: no random bits are available for the boundary. Its sender must not be able to put it
    /// into the file.
    pub(super) fn several(
        file: StoredFile,
        media_type: &str,
        ranges: Vec<Range<u64>>,
    ) -> Result<Self, Problem> {
        let boundary = Nonce::generate()?;
        let length = file.info().size();
        let mut left = VecDeque::new();
        let mut line_end = "";
        for range in ranges {
            let place = content_range(&range, length);
            let head = format!(
                "{line_end}--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {place}\r\n\r\n"
            );
            left.push_back(Piece::Text(head.into()));
            left.push_back(Piece::Range(range));
            line_end = "\r\n";
        }
        left.push_back(Piece::Text(format!("\r\n--{boundary}--\r\n").into()));
        let media_type = format!("multipart/byteranges; boundary=\"{boundary}\"");
        Ok(Self::new(file, left, Some(media_type)))
    }

    fn new(file: StoredFile, left: VecDeque<Piece>, media_type: Option<String>) -> Self {
        let length = left.iter().map(Piece::length).fold(0, u64::saturating_add);
        Self { file, left, open: None, length, media_type }
    }

    /// The bytes of all of them, and of the text around them.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The media type of several parts together; `None` if it is that of the file.
    pub(super) fn media_type(&self) -> Option<&String> {
        self.media_type.as_ref()
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Range(range) => range.end.saturating_sub(range.start),
        }
    }
}

/// The value of `Content-Range` for existing bytes.
pub(super) fn content_range(range: &Range<u64>, length: u64) -> String {
    format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1))
}

impl Stream for Parts {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some((content, left)) = &mut this.open {
                if *left == 0 {
                    this.open = None;
                    continue;
                }
                let failed = match std::task::ready!(content.as_mut().poll_next(cx)) {
                    Some(Ok(bytes)) => match left.checked_sub(bytes.len() as u64) {
                        Some(_) if bytes.is_empty() => continue,
                        Some(rest) => {
                            *left = rest;
                            return Poll::Ready(Some(Ok(bytes)));
                        }
                        None => {
                            io::Error::other("a stored file gives more bytes than its range has")
                        }
                    },
                    Some(Err(error)) => error,
                    None => io::ErrorKind::UnexpectedEof.into(),
                };
                // Nothing further is sent, whatever is asked for.
                this.open = None;
                this.left.clear();
                return Poll::Ready(Some(Err(failed)));
            }
            match this.left.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Text(text)) => return Poll::Ready(Some(Ok(text))),
                Some(Piece::Range(range)) => {
                    let length = range.end.saturating_sub(range.start);
                    this.open = Some((this.file.content(range), length));
                }
            }
        }
    }
}
