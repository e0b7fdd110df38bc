use std::{
    collections::VecDeque,
    convert::Infallible,
    future::poll_fn,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    web::Bytes,
};

use super::CodedBody;
use crate::{
    coding::{
        decode,
        encoder::{Effort, Encoder},
    },
    policy::{CODINGS, Coding as _, ContentCoding},
};

enum Step {
    Give(Bytes),
    Pause,
    Fail,
}

/// A body that performs one step after another.
struct Script(VecDeque<Step>);

impl MessageBody for Script {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        match self.0.pop_front() {
            Some(Step::Give(bytes)) => Poll::Ready(Some(Ok(bytes))),
            Some(Step::Pause) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Step::Fail) => Poll::Ready(Some(Err(io::Error::other("the rows are gone")))),
            None => Poll::Ready(None),
        }
    }
}

fn built() -> impl Iterator<Item = ContentCoding> {
    CODINGS.iter().copied().filter(|coding| coding.has_library())
}

fn body(coding: ContentCoding, steps: impl IntoIterator<Item = Step>) -> CodedBody {
    let script = Script(steps.into_iter().collect());
    CodedBody::new(BoxBody::new(script), Encoder::new(coding, Effort::Answer).unwrap())
}

async fn next(body: &mut CodedBody) -> Option<Result<Bytes, String>> {
    let next = poll_fn(|cx| Pin::new(&mut *body).poll_next(cx)).await;
    next.map(|next| next.map_err(|error| error.to_string()))
}

/// The bytes that a client has decoded from the start of a body.
fn decoded_so_far(coding: ContentCoding, coded: &[u8], length: usize) -> Vec<u8> {
    let mut decoder: Box<dyn Read> = match coding {
        ContentCoding::Gzip => Box::new(flate2::read::GzDecoder::new(coded)),
        #[cfg(feature = "brotli")]
        ContentCoding::Brotli => Box::new(brotli::Decompressor::new(coded, 4096)),
        #[cfg(feature = "zstd")]
        ContentCoding::Zstd => Box::new(zstd::stream::read::Decoder::new(coded).unwrap()),
        #[cfg(not(feature = "brotli"))]
        ContentCoding::Brotli => panic!("not built"),
        #[cfg(not(feature = "zstd"))]
        ContentCoding::Zstd => panic!("not built"),
    };
    let mut text = vec![0; length];
    decoder.read_exact(&mut text).unwrap();
    text
}

#[tokio::test]
async fn a_stream_that_pauses_is_readable_up_to_there() {
    for coding in built() {
        let first = Bytes::from_static(b"{\"n\":1}\n");
        let steps = [Step::Give(first.clone()), Step::Pause, Step::Give(first), Step::Pause];
        let mut body = body(coding, steps);
        let mut coded = next(&mut body).await.unwrap().unwrap().to_vec();
        assert_eq!(decoded_so_far(coding, &coded, 8), b"{\"n\":1}\n", "{coding:?}");
        coded.extend(next(&mut body).await.unwrap().unwrap());
        assert_eq!(decoded_so_far(coding, &coded, 16), b"{\"n\":1}\n{\"n\":1}\n", "{coding:?}");
        coded.extend(next(&mut body).await.unwrap().unwrap());
        assert!(next(&mut body).await.is_none());
        assert_eq!(decode(coding, &coded, 100).unwrap().len(), 16, "{coding:?}");
    }
}

#[tokio::test]
async fn what_is_large_leaves_in_pieces() {
    let noise = |length: u32| -> Vec<u8> {
        (0..length).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 9).to_be_bytes()).collect()
    };
    let content = noise(500_000);
    for coding in built() {
        let mut body = body(coding, [Step::Give(Bytes::from(content.clone())), Step::Pause]);
        let (mut coded, mut pieces) = (Vec::new(), 0);
        while let Some(piece) = next(&mut body).await {
            let piece = piece.unwrap();
            assert!(piece.len() <= 600 << 10, "{coding:?}: {}", piece.len());
            pieces += 1;
            coded.extend(piece);
        }
        assert!(pieces >= 4, "{coding:?}: {pieces}");
        assert!(decode(coding, &coded, 4 << 20).unwrap() == content, "{coding:?}");
    }
}

#[tokio::test]
async fn an_error_is_no_end() {
    for coding in built() {
        let mut body = body(coding, [Step::Give(Bytes::from_static(b"abc")), Step::Fail]);
        let error = next(&mut body).await.unwrap().unwrap_err();
        assert!(error.contains("the rows are gone"), "{error}");
    }
}

#[test]
fn many_small_pieces_give_others_a_turn() {
    let pieces = (0..40).map(|_| Step::Give(Bytes::from(vec![b' '; 10_000])));
    let mut body = body(ContentCoding::Gzip, pieces);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut body).poll_next(&mut cx).is_pending(), "blanks make no chunk so soon");
    let mut polls = 1;
    while Pin::new(&mut body).poll_next(&mut cx).is_pending() {
        polls += 1;
    }
    assert!((4..10).contains(&polls), "{polls}");
}

#[test]
fn nothing_is_coded_ahead_of_its_reader() {
    struct Endless(u64);
    impl MessageBody for Endless {
        type Error = Infallible;
        fn size(&self) -> BodySize {
            BodySize::Stream
        }
        fn poll_next(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Bytes, Infallible>>> {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Poll::Ready(Some(Ok(Bytes::from((self.0 >> 32).to_be_bytes().to_vec()))))
        }
    }
    let encoder = Encoder::new(ContentCoding::Gzip, Effort::Answer).unwrap();
    let mut body = CodedBody::new(BoxBody::new(Endless(1)), encoder);
    let mut cx = Context::from_waker(Waker::noop());
    let mut read = 0;
    for _ in 0..100 {
        if let Poll::Ready(Some(Ok(chunk))) = Pin::new(&mut body).poll_next(&mut cx) {
            assert!(chunk.len() < 128 << 10, "{}", chunk.len());
            read += chunk.len();
        }
    }
    assert!(read > 100_000, "{read}");
}
