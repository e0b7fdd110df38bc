//! Content codings: answers that leave compressed, and bodies that come so (RFC 9110 section 8.4).
//!
//! Answers:
//!
//! 1. What an endpoint answers is compressed where it says `#[compress]`, and the files of a folder where
//!    its loader is told so. Everything else leaves as it is: the size of a compressed answer tells whether
//!    text that the request chose is in the rest of it, and a secret there can be guessed piece by piece
//!    (BREACH, CVE-2013-3587).
//! 2. The client chooses among the codings that were built in ([`accepted`]).
//! 3. Text of some length is compressed, in answers of 2xx that are whole ([`answer`]). `Vary` names
//!    `Accept-Encoding` whatever became of it, and a strong `ETag` names the coding ([`etag`]).
//! 4. More than a few KiB are compressed on a thread that may block. A stream is flushed whenever it
//!    pauses, and no more of it is kept than the coding's window ([`coded_body`]).
//!
//! Bodies are decoded where an endpoint says `#[body_encoding(..)]`: once they are there, after every guard
//! that looks at the head, and under the cap of the endpoint ([`decoder`]).

mod accepted;
mod answer;
mod coded_body;
mod decoder;
mod encoder;
mod etag;

pub(crate) use accepted::Accepted;
pub(crate) use answer::compress;
pub(crate) use decoder::{Flaw, decode};
#[cfg(feature = "static-files")]
pub(crate) use {
    answer::{LEAST, is_compressible},
    encoder::{Effort, Encoder},
    etag::coded,
};
