//! Why a file is refused.

use std::io;

use crate::{
    Problem,
    input::{FieldError, Place},
    problem::Kind,
};

/// What is wrong with a file, or with storing it.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// Its content is of no accepted kind.
    Kind,
    /// Text that is neither in UTF-8 nor in the additional charset.
    Encoding,
    /// Text that a browser would read as markup.
    Markup,
    /// Its content does not match the part's `Content-Type`.
    DeclaredType,
    /// It has more bytes than a file may have.
    TooLarge(u64),
    /// It is empty.
    Empty,
    /// Its structure is not that of its kind.
    Structure,
    /// It is a file of another kind too, or has bytes after its end.
    Polyglot,
    /// It has more pixels than an image may have.
    Pixels(u64),
    /// It has more frames than an image may have.
    Frames(u64),
    /// It has more chunks, segments or blocks than a file of its kind needs.
    Parts(u64),
    /// It unpacks to more bytes than it may, or to a disproportionate number.
    Unpacked(u64),
    /// It is an archive of more entries than it may have.
    Entries(u64),
    /// An entry's name leads out of the folder that the archive is unpacked in, or is missing.
    EntryName,
    /// An entry is encrypted: its content cannot be judged.
    Encrypted,
    /// An entry is an archive itself.
    NestedArchive,
    /// A document that executes code when it is opened.
    Macros,
    /// The file could not be written or read.
    Io(io::Error),
}

impl Flaw {
    /// The code for the client.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Encoding => "encoding",
            Self::Markup => "markup",
            Self::DeclaredType => "declared_type",
            Self::TooLarge(_) => "size",
            Self::Empty => "empty",
            Self::Structure => "structure",
            Self::Polyglot => "polyglot",
            Self::Pixels(_) => "pixels",
            Self::Frames(_) => "frames",
            Self::Parts(_) => "parts",
            Self::Unpacked(_) => "unpacked",
            Self::Entries(_) => "entries",
            Self::EntryName => "entry_name",
            Self::Encrypted => "encrypted",
            Self::NestedArchive => "nested_archive",
            Self::Macros => "macros",
            Self::Io(_) => "io",
        }
    }

    /// The log's addition to the code, if the code alone does not show what to do.
    const fn words(&self) -> Option<&'static str> {
        match self {
            Self::Encoding => Some(
                "a text is not in UTF-8: `#[upload(charset = ..)]` names the charset that it may have \
                 besides",
            ),
            Self::Markup => Some(
                "a text says `<html>`, `<title>`, `<script>` or the like near its beginning, which a \
                 browser may take for a page: `#[upload(markup = allow, ..)]` takes it",
            ),
            Self::Kind
            | Self::DeclaredType
            | Self::TooLarge(_)
            | Self::Empty
            | Self::Structure
            | Self::Polyglot
            | Self::Pixels(_)
            | Self::Frames(_)
            | Self::Parts(_)
            | Self::Unpacked(_)
            | Self::Entries(_)
            | Self::EntryName
            | Self::Encrypted
            | Self::NestedArchive
            | Self::Macros
            | Self::Io(_) => None,
        }
    }

    /// The problem for it: `pointer` is the field's, as the endpoint names it.
    ///
    /// 415 if the kind of content is not accepted, which a server may find out by inspecting the
    /// content (RFC 9110 section 15.5.16); 413 for too many bytes; 422 for a flaw inside.
    pub(crate) fn into_problem(self, pointer: String) -> Problem {
        let max = match self {
            Self::Io(error) => return not_kept(error),
            Self::TooLarge(max)
            | Self::Pixels(max)
            | Self::Frames(max)
            | Self::Parts(max)
            | Self::Unpacked(max)
            | Self::Entries(max) => Some(max),
            Self::Kind
            | Self::Encoding
            | Self::Markup
            | Self::DeclaredType
            | Self::Empty
            | Self::Structure
            | Self::Polyglot
            | Self::EntryName
            | Self::Encrypted
            | Self::NestedArchive
            | Self::Macros => None,
        };
        let kind = match self {
            Self::Kind | Self::Encoding | Self::Markup | Self::DeclaredType => {
                Kind::UnsupportedMediaType
            }
            Self::TooLarge(_) => Kind::BodyTooLarge,
            Self::Empty
            | Self::Structure
            | Self::Polyglot
            | Self::Pixels(_)
            | Self::Frames(_)
            | Self::Parts(_)
            | Self::Unpacked(_)
            | Self::Entries(_)
            | Self::EntryName
            | Self::Encrypted
            | Self::NestedArchive
            | Self::Macros => Kind::InvalidInput,
            Self::Io(_) => Kind::Unavailable,
        };
        let words = self.words();
        let problem = Problem::new(kind).with_fields(vec![broken(pointer, self.code(), max)]);
        match words {
            Some(words) => problem.because(self.code(), words),
            None => problem,
        }
    }
}

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// One broken rule of the body.
pub(crate) fn broken(pointer: String, code: &'static str, max: Option<u64>) -> FieldError {
    FieldError { max: max.map(Into::into), ..FieldError::new(Place::Body, pointer, code) }
}

/// 507 if the disk is full, else 503: the client may try again, and the log has the reason.
pub(crate) fn not_kept(error: io::Error) -> Problem {
    use io::ErrorKind::{QuotaExceeded, StorageFull};

    let full = matches!(error.kind(), StorageFull | QuotaExceeded);
    let kind = if full { Kind::StorageFull } else { Kind::Unavailable };
    Problem::new(kind).caused_by(error)
}
