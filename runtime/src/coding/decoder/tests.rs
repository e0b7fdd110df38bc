use std::io::{ErrorKind, Write as _};

use proptest::prelude::*;

use super::{Flaw, decode};
use crate::{
    coding::encoder::{Effort, Encoder},
    policy::{CODINGS, Coding as _, ContentCoding},
};

const CAP: u64 = 64 << 10;

fn built() -> impl Iterator<Item = ContentCoding> {
    CODINGS.iter().copied().filter(|coding| coding.has_library())
}

fn coded(coding: ContentCoding, content: &[u8]) -> Vec<u8> {
    Encoder::whole(coding, Effort::Answer, content).unwrap()
}

fn text(length: usize) -> Vec<u8> {
    b"{\"name\": \"lamp\", \"qty\": 12345}, ".iter().copied().cycle().take(length).collect()
}

#[test]
fn a_whole_body_is_decoded_up_to_its_cap() {
    for coding in built() {
        for length in [0, 1, 100, 40_000, 65_536] {
            let content = text(length);
            let decoded = decode(coding, &coded(coding, &content), CAP).unwrap();
            assert!(decoded == content, "{coding:?} {length}");
        }
        let over = decode(coding, &coded(coding, &text(65_537)), CAP);
        assert!(matches!(over, Err(Flaw::TooLarge)), "{coding:?} {over:?}");
        let noise: Vec<u8> =
            (0..9_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        assert!(decode(coding, &coded(coding, &noise), CAP).unwrap() == noise, "{coding:?}");
    }
}

#[test]
fn a_body_that_is_cut_off_is_not_taken() {
    for coding in built() {
        let whole = coded(coding, &text(5_000));
        for length in 0..whole.len() {
            let cut = decode(coding, &whole[..length], CAP);
            assert!(matches!(cut, Err(Flaw::Malformed(_))), "{coding:?} {length} {cut:?}");
        }
    }
}

#[test]
fn nothing_may_follow() {
    for coding in built() {
        let whole = coded(coding, b"{}");
        for tail in [&b"\0"[..], b"x", b"\r\n", &whole] {
            let longer = decode(coding, &[&whole, tail].concat(), CAP);
            assert!(matches!(longer, Err(Flaw::Trailing)), "{coding:?} {tail:?} {longer:?}");
        }
    }
}

#[test]
fn a_body_is_not_too_small_for_what_it_decodes_to() {
    let zeros = vec![0; 24 << 20];
    let cap = 64 << 20;
    for coding in built() {
        let small = coded(coding, &zeros);
        let bomb = decode(coding, &small, cap);
        assert!(matches!(bomb, Err(Flaw::Ratio)), "{coding:?} of {} B: {bomb:?}", small.len());
        // As many bytes as are always accepted.
        let free = coded(coding, &zeros[..16 << 20]);
        assert_eq!(decode(coding, &free, cap).unwrap().len(), 16 << 20, "{coding:?}");
    }
}

#[test]
fn another_coding_is_not_taken() {
    for coding in built() {
        for other in built().filter(|other| *other != coding) {
            let found = decode(coding, &coded(other, &text(3_000)), CAP);
            assert!(found.is_err(), "{other:?} as {coding:?}");
        }
        assert!(
            decode(coding, b"{\"name\": \"lamp\", \"qty\": 12345}", CAP).is_err(),
            "{coding:?}"
        );
    }
}

#[test]
fn a_checksum_that_does_not_hold_is_found() {
    let mut gzip = coded(ContentCoding::Gzip, &text(300));
    let at = gzip.len() - 8;
    gzip[at] ^= 1;
    let found = decode(ContentCoding::Gzip, &gzip, CAP);
    assert!(matches!(found, Err(Flaw::Malformed(_))), "{found:?}");
}

#[cfg(feature = "zstd")]
#[test]
fn the_window_of_zstd_is_that_of_its_standard() {
    let with_window = |window: u32| {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window).unwrap();
        encoder.write_all(b"{}").unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(decode(ContentCoding::Zstd, &with_window(23), CAP).unwrap(), b"{}");
    for window in [24, 27] {
        let found = decode(ContentCoding::Zstd, &with_window(window), CAP);
        assert!(matches!(found, Err(Flaw::Malformed(_))), "{window}: {found:?}");
    }
}

#[cfg(feature = "zstd")]
#[test]
fn a_frame_that_is_skipped_is_not_taken() {
    let skipped = b"\x50\x2a\x4d\x18\x02\0\0\0{}";
    let whole = [&skipped[..], &coded(ContentCoding::Zstd, b"{}")].concat();
    for body in [&skipped[..], &whole] {
        let found = decode(ContentCoding::Zstd, body, CAP);
        assert!(!matches!(&found, Ok(decoded) if decoded == b"{}"), "{found:?}");
    }
    assert!(matches!(decode(ContentCoding::Zstd, &whole, CAP), Err(Flaw::Trailing)));
}

#[cfg(feature = "brotli")]
#[test]
fn large_windows_of_brotli_are_another_format() {
    let with_window = |lgwin: i32| {
        let params = brotli::enc::BrotliEncoderParams {
            lgwin,
            large_window: lgwin > 24,
            quality: 1,
            ..Default::default()
        };
        let mut made = Vec::new();
        brotli::BrotliCompress(&mut &b"{\"a\": 1}"[..], &mut made, &params).unwrap();
        made
    };
    assert_eq!(decode(ContentCoding::Brotli, &with_window(24), CAP).unwrap(), b"{\"a\": 1}");
    let large = decode(ContentCoding::Brotli, &with_window(26), CAP);
    let Err(Flaw::Malformed(error)) = large else { panic!("{large:?}") };
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}

fn any_coding() -> impl Strategy<Value = ContentCoding> {
    let all: Vec<_> = built().collect();
    (0..all.len()).prop_map(move |at| all[at])
}

proptest! {
    #[test]
    fn whatever_comes_stays_under_the_cap(
        coding in any_coding(),
        body in prop::collection::vec(any::<u8>(), 0..300),
        cap in 0_u64..2_000,
    ) {
        if let Ok(decoded) = decode(coding, &body, cap) {
            prop_assert!(u64::try_from(decoded.len()).unwrap() <= cap);
        }
    }

    #[test]
    fn so_does_what_was_right_once(
        coding in any_coding(),
        content in prop::collection::vec(any::<u8>(), 0..600),
        at in any::<prop::sample::Index>(),
        flipped in 1_u8..,
        cut in any::<prop::sample::Index>(),
        cap in 0_u64..2_000,
    ) {
        let mut body = coded(coding, &content);
        let at = at.index(body.len());
        body[at] ^= flipped;
        for body in [&body[..], &body[..cut.index(body.len())]] {
            if let Ok(decoded) = decode(coding, body, cap) {
                prop_assert!(u64::try_from(decoded.len()).unwrap() <= cap);
            }
        }
    }

    #[test]
    fn what_is_coded_is_decoded(
        coding in any_coding(),
        content in prop::collection::vec(0_u8..4, 0..5_000),
    ) {
        prop_assert_eq!(decode(coding, &coded(coding, &content), CAP).unwrap(), content);
    }
}
