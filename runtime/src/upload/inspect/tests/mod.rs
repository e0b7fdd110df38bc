//! Files that are what they say, and files that are not.

mod archives;
pub(super) mod build;
mod images;
mod installed;
mod pictures;
mod texts;
mod trailers;

pub(super) use trailers::film_box;

use std::io::Cursor;

use proptest::{prelude::*, sample::Index};

use self::build::Png;
use super::{Admission, Inspector, Judged};
use crate::{policy::FileKind, upload::declared::Declared};

const MEBIBYTE: u64 = 1 << 20;

fn admission(kinds: &'static [FileKind], declared: &str) -> Admission {
    let declared = match declared {
        "" => Declared::Nothing,
        text => Declared::parse(text).unwrap(),
    };
    Admission {
        kinds,
        declared,
        charset: None,
        says_charset: false,
        markup: false,
        unpacked: 4 * MEBIBYTE,
        pixels: 100_000,
        frames: 50,
        size: 64 * MEBIBYTE,
    }
}

/// What comes of a file that arrives in pieces of this many bytes.
fn judge_in(
    pieces: usize,
    bytes: &[u8],
    kinds: &'static [FileKind],
    declared: &str,
) -> Result<FileKind, &'static str> {
    keep_in(pieces, bytes, kinds, declared).map(|(judged, _)| judged.kind)
}

/// What comes of a file, and the bytes of it that are kept.
fn keep_in<'a>(
    pieces: usize,
    bytes: &'a [u8],
    kinds: &'static [FileKind],
    declared: &str,
) -> Result<(Judged, &'a [u8]), &'static str> {
    let bytes = &bytes[Inspector::before(bytes)..];
    let judged = || {
        let mut inspector = Inspector::begin(bytes, admission(kinds, declared))?;
        for piece in bytes.chunks(pieces) {
            inspector.feed(piece)?;
        }
        inspector.finish(&mut Cursor::new(bytes), bytes.len() as u64)
    };
    let judged: Judged = judged().map_err(|flaw| flaw.code())?;
    let end = bytes.len() - usize::try_from(judged.behind).unwrap();
    Ok((judged, &bytes[..end]))
}

/// What comes of a file where an image has this many frames at most.
fn judge_frames(frames: u32, bytes: &[u8]) -> Result<FileKind, &'static str> {
    let judged = || {
        let admission = Admission { frames, ..admission(FileKind::ALL, "") };
        let mut inspector = Inspector::begin(bytes, admission)?;
        inspector.feed(bytes)?;
        inspector.finish(&mut Cursor::new(bytes), bytes.len() as u64)
    };
    judged().map(|judged| judged.kind).map_err(|flaw| flaw.code())
}

/// The same whatever the pieces are.
fn judge_as(bytes: &[u8], declared: &str) -> Result<FileKind, &'static str> {
    let whole = judge_in(usize::MAX, bytes, FileKind::ALL, declared);
    for pieces in [1, 7, 64] {
        assert_eq!(
            judge_in(pieces, bytes, FileKind::ALL, declared),
            whole,
            "in pieces of {pieces}"
        );
    }
    whole
}

fn judge(bytes: &[u8]) -> Result<FileKind, &'static str> {
    judge_as(bytes, "")
}

#[test]
fn every_kind_is_told_by_its_content() {
    for (kind, bytes) in build::one_of_each() {
        assert_eq!(judge(&bytes), Ok(kind), "{kind}");
        assert_eq!(judge_as(&bytes, kind.media_type()), Ok(kind), "{kind} by its name");
    }
}

#[test]
fn the_declared_type_has_to_agree() {
    let all = build::one_of_each();
    for (kind, bytes) in &all {
        for (other, _) in &all {
            let declared = Declared::parse(other.media_type()).unwrap();
            // A document is an archive too, and a table is text.
            let is_fine = declared.fits(*kind)
                || (*other == FileKind::Zip
                    && kind.name().ends_with('x')
                    && *kind != FileKind::Text)
                || (*kind == FileKind::Text && *other == FileKind::Csv);
            let judged = judge_as(bytes, other.media_type());
            assert_eq!(judged.is_ok(), is_fine, "{kind} as {other}: {judged:?}");
            if !is_fine {
                assert_eq!(judged, Err("declared_type"), "{kind} as {other}");
            }
        }
    }
}

#[test]
fn what_is_not_asked_for_is_refused_by_its_first_bytes() {
    for (kind, bytes) in build::one_of_each() {
        let others: Vec<FileKind> = FileKind::ALL
            .iter()
            .copied()
            .filter(|other| {
                *other != kind
                    && !(kind == FileKind::Text && *other == FileKind::Csv)
                    && !(*other == FileKind::Zip && bytes.starts_with(b"PK"))
            })
            .collect();
        let others: &'static [FileKind] = others.leak();
        let code = if kind.is_active() { "markup" } else { "kind" };
        assert_eq!(judge_in(usize::MAX, &bytes, others, ""), Err(code), "{kind}");
    }
    for nothing in [
        &b"\x7fELF\x02\x01\x01\0"[..],
        b"MZ\x90\0",
        b"\0",
        b"\xff\xfe<\0",
        b"7z\xbc\xaf\x27\x1c\0\x04",
    ] {
        assert_eq!(judge(nothing), Err("kind"), "{nothing:?}");
    }
    assert_eq!(judge(b""), Err("empty"));
}

#[test]
fn nothing_stands_before_the_end_or_behind_it() {
    for (kind, bytes) in build::one_of_each() {
        if kind.is_text() {
            continue;
        }
        let tail: &[u8] = b"<script>alert(1)</script>";
        assert!(judge(&[&bytes, tail].concat()).is_err(), "{kind} with something behind it");
        assert!(judge(&[tail, &bytes].concat()).is_err(), "{kind} with something before it");
        for cut in 1..bytes.len().min(400) {
            let short = &bytes[..bytes.len() - cut];
            // A GIF may end between two blocks.
            if kind == FileKind::Gif && short.ends_with(&[0]) {
                continue;
            }
            let judged = judge_in(usize::MAX, short, FileKind::ALL, "");
            assert_ne!(judged, Ok(kind), "{kind} without its last {cut} bytes");
        }
    }
}

#[test]
fn no_image_and_no_document_carries_an_archive() {
    let zip = build::zip(&[("run.sh", b"rm -rf /")]);
    let in_text =
        Png::default().chunk_before_end(*b"tEXt", &[b"Comment\0", zip.as_slice()].concat());
    assert_eq!(judge(&in_text), Err("polyglot"));
    let pdf = [b"%PDF-1.7\n%", zip.as_slice(), b"\nstartxref\n0\n%%EOF\n"].concat();
    assert_eq!(judge(&pdf), Err("polyglot"));
    for (kind, bytes) in build::one_of_each() {
        if !kind.is_text() {
            let judged = judge(&[bytes.as_slice(), &zip].concat());
            assert!(judged.is_err(), "{kind} before an archive: {judged:?}");
        }
    }
    let pdf_in_image = Png::default().chunk(*b"tEXt", b"Comment\0%PDF-1.7").bytes();
    assert_eq!(judge(&pdf_in_image), Err("polyglot"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn pieces_and_changed_bytes_make_no_difference_and_no_panic(
        which in any::<Index>(),
        changes in proptest::collection::vec((any::<Index>(), any::<u8>()), 0..6),
        pieces in 1_usize..80,
    ) {
        let all = build::one_of_each();
        let (_, mut bytes) = all[which.index(all.len())].clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let whole = judge_in(usize::MAX, &bytes, FileKind::ALL, "");
        prop_assert_eq!(judge_in(pieces, &bytes, FileKind::ALL, ""), whole);
    }

    #[test]
    fn any_bytes_behind_a_beginning_make_no_panic(
        which in 0_usize..8,
        rest in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let beginnings: [&[u8]; 8] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0",
            b"%PDF-1.4", b"PK\x03\x04", b"\x1f\x8b\x08", b"<svg",
        ];
        let bytes = [beginnings[which], &rest].concat();
        let judged = judge_in(usize::MAX, &bytes, FileKind::ALL, "");
        prop_assert_eq!(judge_in(5, &bytes, FileKind::ALL, ""), judged);
    }
}
