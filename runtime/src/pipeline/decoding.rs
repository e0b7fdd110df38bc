//! Decodes a body in a content coding before the handler gets it.

use std::task::{Context, Poll};

use actix_web::web::Bytes;

use super::body::Reading;
use crate::{Problem, policy::ContentCoding};

/// The decoding of one body.
pub(super) struct Decoding {
    /// `None` if the body is not encoded.
    #[cfg_attr(not(feature = "compression"), expect(dead_code, reason = "no body is decoded"))]
    pub(super) coding: Option<ContentCoding>,
    /// The most decoded bytes.
    #[cfg_attr(not(feature = "compression"), expect(dead_code, reason = "no body is decoded"))]
    pub(super) cap: u64,
    pub(super) job: Option<Box<Job>>,
}

impl Decoding {
    pub(super) fn is_running(&self) -> bool {
        self.job.is_some()
    }
}

#[cfg(feature = "compression")]
pub(super) use with_codings::Job;
#[cfg(feature = "compression")]
mod with_codings {
    use std::{future::Future as _, pin::Pin};

    use tokio::task::{JoinHandle, spawn_blocking};

    use super::{Bytes, ContentCoding, Context, Decoding, Poll, Problem, Reading};
    use crate::{
        coding::{Flaw, decode},
        pipeline::body::too_large,
        problem::Kind,
    };

    /// Bodies of at most this decoded size are decoded on the worker, since other requests wait
    /// only briefly.
    const INLINE: u64 = 256 << 10;

    /// A decoding in progress, and the number of encoded bytes.
    pub(in crate::pipeline) struct Job {
        coded: u64,
        work: Work,
    }

    enum Work {
        Done(Option<Result<Vec<u8>, Flaw>>),
        /// On a thread that may block.
        Running(JoinHandle<Result<Vec<u8>, Flaw>>),
    }

    impl Decoding {
        /// Begins to decode the whole body; returns a body that is not encoded.
        pub(in crate::pipeline) fn start(&mut self, body: Bytes) -> Option<Bytes> {
            let Some(coding) = self.coding else { return Some(body) };
            let cap = self.cap;
            let coded = u64::try_from(body.len()).unwrap_or(u64::MAX);
            let work = if cap <= INLINE {
                Work::Done(Some(decode(coding, &body, cap)))
            } else {
                Work::Running(spawn_blocking(move || decode(coding, &body, cap)))
            };
            self.job = Some(Box::new(Job { coded, work }));
            None
        }

        /// Waits for its end. Decoded bytes beyond the received ones are counted as read.
        pub(in crate::pipeline) fn poll(
            &mut self,
            cx: &mut Context<'_>,
            reading: &Reading,
        ) -> Poll<Result<Bytes, Problem>> {
            let Some(job) = &mut self.job else { return Poll::Ready(Err(lost())) };
            let decoded = match &mut job.work {
                Work::Done(decoded) => decoded.take(),
                Work::Running(running) => match Pin::new(running).poll(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(decoded) => decoded.ok(),
                },
            };
            let coded = job.coded;
            self.job = None;
            let Some(decoded) = decoded else { return Poll::Ready(Err(lost())) };
            let length = match &decoded {
                Ok(decoded) => u64::try_from(decoded.len()).unwrap_or(u64::MAX),
                // At most this many were decoded.
                Err(Flaw::TooLarge | Flaw::Ratio) => self.cap,
                Err(Flaw::Malformed(_) | Flaw::Trailing) => coded,
            };
            reading.add(length.saturating_sub(coded));
            Poll::Ready(match (decoded, self.coding) {
                (Ok(decoded), _) => Ok(Bytes::from(decoded)),
                (Err(flaw), Some(coding)) => Err(refused(&flaw, coding)),
                (Err(_), None) => Err(lost()),
            })
        }
    }

    fn refused(flaw: &Flaw, coding: ContentCoding) -> Problem {
        let name = coding.name();
        match flaw {
            Flaw::TooLarge => too_large(),
            Flaw::Ratio => Problem::new(Kind::BodyTooLarge).because(
                "body-ratio",
                format!("the body ({name}) is too small for what it decodes to"),
            ),
            Flaw::Malformed(_) => Problem::new(Kind::MalformedBody)
                .because("body-coding", format!("the body is not whole and right as {name}"))
                .with_detail(format!("the body is not whole and right as {name}"))
                .caused_by_note(flaw.to_string()),
            Flaw::Trailing => Problem::new(Kind::MalformedBody)
                .because("body-coding", format!("something follows the end of the body's {name}"))
                .with_detail(format!("something follows the end of the body's {name}")),
        }
    }

    /// The thread panicked, or the body was polled once more.
    fn lost() -> Problem {
        Problem::internal("a body that was being decoded is lost")
    }
}

#[cfg(not(feature = "compression"))]
pub(super) use without_codings::Job;
#[cfg(not(feature = "compression"))]
mod without_codings {
    use super::{Bytes, Context, Decoding, Poll, Problem, Reading};

    /// Nothing: without the feature no body is decoded.
    pub(in crate::pipeline) enum Job {}

    impl Decoding {
        // No body has a coding that is not compiled in: its head was refused.
        #[expect(clippy::unused_self, reason = "the same face as with codings")]
        pub(in crate::pipeline) fn start(&mut self, body: Bytes) -> Option<Bytes> {
            Some(body)
        }

        pub(in crate::pipeline) fn poll(
            &mut self,
            _: &mut Context<'_>,
            _: &Reading,
        ) -> Poll<Result<Bytes, Problem>> {
            Poll::Ready(Err(Problem::internal("a body is coded, and no coding was built in")))
        }
    }
}
