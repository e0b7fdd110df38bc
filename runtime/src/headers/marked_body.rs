//! The body of a mark.
//!
//! A mark that relaxes the headers of an answer was made for one body: the page that a template
//! rendered, or one known file. A responder or a middleware can put another body under the same
//! head (`set_body`, `map_body`, a wrapper around the old one), and that is unescaped text
//! (CWE-79). So the mark and its body hold the two ends of one reference:
//!
//! 1. Once the body is dropped, the mark has no effect.
//! 2. An answer without a content coding has the length of its body, and each chunk of it is
//!    compared with the body before it leaves. A body that is only passed on, as `Logger` does, is
//!    the same.
//! 3. A coded answer, as `Compress` makes it, cannot be compared. Its encoder holds the body, and
//!    sends none of it before the body was read to its end.

use std::{
    cell::Cell,
    convert::Infallible,
    mem,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    http::header::{self, HeaderMap, HeaderValue},
    web::Bytes,
};

/// The content codings that a middleware may apply to a body (RFC 9110 section 8.4.1).
const CODINGS: [&[u8]; 5] = [b"gzip", b"x-gzip", b"br", b"deflate", b"zstd"];

/// The body that a mark is for, while it is in its answer.
#[derive(Debug)]
pub(super) struct MarkedBody {
    content: Bytes,
    /// Whether it was read to its end. The other end is the mark's.
    is_read: Rc<Cell<bool>>,
}

/// The mark's end.
#[derive(Clone, Debug)]
pub(crate) struct BodyMark {
    content: Bytes,
    /// None once the body is dropped.
    is_read: Weak<Cell<bool>>,
}

impl MarkedBody {
    pub(super) fn new(content: Bytes) -> (Self, BodyMark) {
        let is_read = Rc::new(Cell::new(false));
        let mark = BodyMark { content: content.clone(), is_read: Rc::downgrade(&is_read) };
        (Self { content, is_read }, mark)
    }
}

impl MessageBody for MarkedBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(length(&self.content))
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        // All of it leaves at once.
        let content = mem::take(&mut self.content);
        self.is_read.set(true);
        Poll::Ready((!content.is_empty()).then_some(Ok(content)))
    }

    // `try_into_bytes` stays the one that keeps the body: the bytes alone would not be marked.
}

/// The state of a marked body.
#[derive(Debug)]
pub(crate) enum Found {
    /// The answer has another body.
    Replaced,
    /// The answer has this body, or one that has yet to show that it is.
    Present(Remaining),
}

impl BodyMark {
    /// Looks for the body in an answer with these headers and a body of this size.
    pub(crate) fn find(&self, headers: &HeaderMap, size: BodySize) -> Found {
        let is_empty = matches!(size, BodySize::None | BodySize::Sized(0));
        if self.content.is_empty() && is_empty {
            return Found::Present(Remaining::Plain(Bytes::new()));
        }
        let Some(is_read) = self.is_read.upgrade() else { return Found::Replaced };
        let mut codings = headers.get_all(header::CONTENT_ENCODING).map(HeaderValue::as_bytes);
        match (codings.next(), codings.next()) {
            (None, _) if size == BodySize::Sized(length(&self.content)) => {
                Found::Present(Remaining::Plain(self.content.clone()))
            }
            (Some(coding), None) if CODINGS.iter().any(|own| coding.eq_ignore_ascii_case(own)) => {
                Found::Present(Remaining::Coded(is_read))
            }
            _ => Found::Replaced,
        }
    }
}

/// The rest of a marked body.
#[derive(Debug)]
pub(crate) enum Remaining {
    /// These bytes.
    Plain(Bytes),
    /// Bytes in a content coding, as soon as this says that the body was read to its end.
    Coded(Rc<Cell<bool>>),
}

impl Remaining {
    /// Whether these may be its next bytes.
    pub(crate) fn admits(&mut self, chunk: &Bytes) -> bool {
        match self {
            Self::Plain(content) => {
                if chunk.len() > content.len() {
                    return false;
                }
                let expected = content.split_to(chunk.len());
                // The body itself gives the very same bytes.
                expected.as_ptr() == chunk.as_ptr() || expected == *chunk
            }
            Self::Coded(is_read) => chunk.is_empty() || is_read.get(),
        }
    }
}

fn length(content: &Bytes) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::{
        body::{BodySize, BoxBody, MessageBody as _},
        http::header::{CONTENT_ENCODING, HeaderMap, HeaderValue},
        web::Bytes,
    };

    use super::{Found, MarkedBody, Remaining};

    const PAGE: Bytes = Bytes::from_static(b"<p>page</p>");

    #[test]
    fn a_mark_ends_with_its_body() {
        let (body, mark) = MarkedBody::new(PAGE);
        let plain = HeaderMap::new();
        let body = BoxBody::new(body);
        assert_eq!(body.size(), BodySize::Sized(11));
        assert!(matches!(mark.find(&plain, body.size()), Found::Present(Remaining::Plain(_))));
        assert!(matches!(mark.find(&plain, BodySize::Sized(12)), Found::Replaced));
        assert!(matches!(mark.find(&plain, BodySize::Stream), Found::Replaced));
        assert!(matches!(mark.find(&plain, BodySize::None), Found::Replaced));
        let body = BoxBody::new(body).try_into_bytes().unwrap_err();
        assert!(
            matches!(mark.find(&plain, body.size()), Found::Present(Remaining::Plain(_))),
            "boxed once more"
        );
        drop(body);
        assert!(matches!(mark.find(&plain, BodySize::Sized(11)), Found::Replaced));
    }

    #[test]
    fn a_coding_is_one_that_is_known() {
        let (_body, mark) = MarkedBody::new(PAGE);
        let found = |codings: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for coding in codings {
                headers.append(CONTENT_ENCODING, HeaderValue::from_static(coding));
            }
            mark.find(&headers, BodySize::Stream)
        };
        for coding in ["gzip", "br", "zstd", "deflate", "GZIP"] {
            assert!(matches!(found(&[coding]), Found::Present(Remaining::Coded(_))), "{coding}");
        }
        for codings in [&["identity"] as &[_], &["gzip, br"], &["gzip", "br"], &[""], &["none"]] {
            assert!(matches!(found(codings), Found::Replaced), "{codings:?}");
        }
    }

    #[tokio::test]
    async fn nothing_coded_leaves_before_the_body_was_read() {
        for content in [PAGE, Bytes::new()] {
            let (mut body, mark) = MarkedBody::new(content);
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            let Found::Present(mut coded) = mark.find(&headers, BodySize::Stream) else {
                panic!("not found")
            };
            let chunk = Bytes::from_static(b"coded");
            assert!(coded.admits(&Bytes::new()));
            assert!(!coded.admits(&chunk), "nothing was read");
            poll_fn(|cx| std::pin::Pin::new(&mut body).poll_next(cx)).await;
            assert!(coded.admits(&chunk));
            // An encoder drops what it has read.
            drop(body);
            assert!(coded.admits(&chunk));
        }
    }

    #[test]
    fn an_empty_body_is_found_where_there_is_none() {
        let (body, mark) = MarkedBody::new(Bytes::new());
        drop(body);
        for size in [BodySize::None, BodySize::Sized(0)] {
            assert!(matches!(
                mark.find(&HeaderMap::new(), size),
                Found::Present(Remaining::Plain(_))
            ));
        }
        let size = BodySize::Sized(1);
        assert!(matches!(mark.find(&HeaderMap::new(), size), Found::Replaced));
    }

    #[tokio::test]
    async fn chunks_are_compared_however_they_are_cut() {
        let (mut body, mark) = MarkedBody::new(PAGE);
        let size = BodySize::Sized(11);
        let Found::Present(mut whole) = mark.find(&HeaderMap::new(), size) else {
            panic!("not found")
        };
        let chunk = poll_fn(|cx| std::pin::Pin::new(&mut body).poll_next(cx)).await;
        assert!(whole.admits(&chunk.unwrap().unwrap()));
        assert!(poll_fn(|cx| std::pin::Pin::new(&mut body).poll_next(cx)).await.is_none());
        assert!(!whole.admits(&Bytes::from_static(b"x")), "longer than the body");

        let Found::Present(mut cut) = mark.find(&HeaderMap::new(), size) else {
            panic!("not found")
        };
        assert!(cut.admits(&Bytes::copy_from_slice(b"<p>")));
        assert!(cut.admits(&Bytes::new()));
        assert!(!cut.admits(&Bytes::copy_from_slice(b"Page")));
    }
}
