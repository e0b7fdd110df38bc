//! Entity tags from clients: RFC 9110 section 8.8.3.

use actix_web::http::header::{HeaderMap, HeaderName};
use smallvec::SmallVec;

use super::conditions::Validators;
use crate::policy::{CODINGS, ContentCoding};

/// Separates a tag and the coding of its answer: `"7~gzip"`. No [`Version`](super::Version)
/// contains it.
pub(crate) const CODING_MARK: char = '~';

/// A tag from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SentTag<'a> {
    opaque: &'a [u8],
    is_weak: bool,
}

/// The value of `If-Match` or `If-None-Match`, over all its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tags<'a> {
    /// `*`
    Any,
    /// Tags, or an empty list.
    Listed(Listed<'a>),
}

/// Most clients send one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed<'a>(SmallVec<[SentTag<'a>; 1]>);

/// The field is neither `*` nor a list of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl<'a> Tags<'a> {
    /// Parses a field; `None` if the request does not have it.
    pub(super) fn read(
        headers: &'a HeaderMap,
        name: &HeaderName,
    ) -> Result<Option<Self>, Unreadable> {
        let (mut is_any, mut is_there) = (false, false);
        let mut tags = SmallVec::new();
        for line in headers.get_all(name) {
            is_there = true;
            let mut rest = line.as_bytes();
            loop {
                rest = skip_separators(rest);
                if rest.is_empty() {
                    break;
                }
                // `*` must be the only element.
                if is_any {
                    return Err(Unreadable);
                }
                if let Some(behind) = rest.strip_prefix(b"*") {
                    is_any = true;
                    rest = end_of_element(behind)?;
                    continue;
                }
                let (tag, behind) = tag(rest).ok_or(Unreadable)?;
                tags.push(tag);
                rest = end_of_element(behind)?;
            }
        }
        match (is_there, is_any) {
            (false, _) => Ok(None),
            (true, true) if tags.is_empty() => Ok(Some(Self::Any)),
            (true, true) => Err(Unreadable),
            (true, false) => Ok(Some(Self::Listed(Listed(tags)))),
        }
    }

    /// Whether the tag of this version is in the list by strong comparison: a weak tag matches
    /// none. `None` means that the resource does not exist.
    pub(super) fn match_strongly(&self, current: Option<Validators<'_>>) -> bool {
        self.matches(current, |tag| !tag.is_weak, |_| true)
    }

    /// Whether the tag is in the list by weak comparison, in a coding that the client accepts: a
    /// cache lists all the forms that it has stored, and sends its client the one that a 304 names.
    pub(super) fn match_weakly(
        &self,
        current: Option<Validators<'_>>,
        takes: impl Fn(ContentCoding) -> bool,
    ) -> bool {
        self.matches(current, |_| true, takes)
    }

    fn matches(
        &self,
        current: Option<Validators<'_>>,
        counts: impl Fn(&SentTag<'_>) -> bool,
        takes: impl Fn(ContentCoding) -> bool,
    ) -> bool {
        let Some(Validators { tag: current, in_any_coding, .. }) = current else { return false };
        let is_current = |opaque: &[u8]| {
            opaque == current.as_bytes()
                || in_any_coding
                    && coding_of(opaque)
                        .is_some_and(|(plain, coding)| plain == current.as_bytes() && takes(coding))
        };
        match self {
            Self::Any => true,
            Self::Listed(Listed(tags)) => {
                tags.iter().any(|tag| counts(tag) && is_current(tag.opaque))
            }
        }
    }
}

/// A tag without the coding in it, and the coding.
fn coding_of(opaque: &[u8]) -> Option<(&[u8], ContentCoding)> {
    let mark = [u8::try_from(CODING_MARK).ok()?];
    CODINGS.iter().find_map(|coding| {
        let plain = opaque.strip_suffix(coding.name().as_bytes())?.strip_suffix(mark.as_slice())?;
        Some((plain, *coding))
    })
}

/// Whether a field is this one strong tag, as `If-Range` has it.
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(super) fn is_tag(value: &[u8], current: &str) -> bool {
    tag(value.trim_ascii()).is_some_and(|(tag, behind)| {
        behind.is_empty() && !tag.is_weak && tag.opaque == current.as_bytes()
    })
}

/// Parses one tag: `"x"` or `W/"x"`. It may contain a comma.
fn tag(bytes: &[u8]) -> Option<(SentTag<'_>, &[u8])> {
    let (is_weak, quoted) = match bytes.strip_prefix(b"W/") {
        Some(quoted) => (true, quoted),
        None => (false, bytes),
    };
    let quoted = quoted.strip_prefix(b"\"")?;
    let end = quoted.iter().position(|byte| *byte == b'"')?;
    let (opaque, behind) = quoted.split_at_checked(end)?;
    let fits = |byte: &u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    let behind = behind.strip_prefix(b"\"")?;
    opaque.iter().all(fits).then_some((SentTag { opaque, is_weak }, behind))
}

/// An empty element of a list has no meaning (RFC 9110 section 5.6.1).
fn skip_separators(bytes: &[u8]) -> &[u8] {
    let is_separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',');
    let end = bytes.iter().position(|byte| !is_separator(byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What follows an element: the end of the line, or a comma.
fn end_of_element(bytes: &[u8]) -> Result<&[u8], Unreadable> {
    let rest = bytes.trim_ascii_start();
    if rest.is_empty() || rest.starts_with(b",") { Ok(rest) } else { Err(Unreadable) }
}
