//! Content codings: compressed responses and request bodies (RFC 9110 section 8.4).
//!
//! Responses:
//!
//! 1. Responses are compressed for endpoints with `#[compress]`, and for static files whose loader
//!    enables it. No other response is compressed: its compressed size reveals whether text that
//!    the request chose occurs in the rest of the body, so that a secret there can be guessed piece
//!    by piece (BREACH, CVE-2013-3587).
//! 2. The client chooses among the codings that were built in ([`accepted`]).
//! 3. Text above a minimum length is compressed, in complete responses of 2xx ([`answer`]). `Vary`
//!    names `Accept-Encoding` in each case, and a strong `ETag` names the coding ([`etag`]).
//! 4. More than a few KiB are compressed on a blocking thread. A stream is flushed whenever it
//!    pauses, and no more of it is buffered than the coding's window ([`coded_body`]).
//!
//! Bodies are decoded for endpoints with `#[body_encoding(..)]`: once they have arrived, after all
//! guards that check the head, and within the endpoint's size limit ([`decoder`]).

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
