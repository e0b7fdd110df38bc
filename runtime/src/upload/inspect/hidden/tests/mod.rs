//! Archives of every format in files of every kind, and ordinary files.

mod formats;
mod ordinary;
mod readers;

use std::io::Cursor;

use proptest::prelude::*;

use super::{Scope, Search};
use crate::{
    policy::FileKind,
    upload::{
        declared::Declared,
        inspect::{
            Admission, Inspector, Judged,
            tests::build::{self, Png},
        },
    },
};

/// What comes of a file that arrives at once.
fn judge(bytes: &[u8]) -> Result<FileKind, &'static str> {
    judge_whole(bytes).map(|judged| judged.kind)
}

fn judge_whole(bytes: &[u8]) -> Result<Judged, &'static str> {
    let admission = Admission {
        kinds: FileKind::ALL,
        declared: Declared::Nothing,
        charset: None,
        says_charset: false,
        markup: false,
        unpacked: 1 << 30,
        pixels: 1 << 30,
        frames: 1_000,
        size: 1 << 30,
    };
    let judged = || {
        let mut inspector = Inspector::begin(bytes, admission)?;
        inspector.feed(bytes)?;
        inspector.finish(&mut Cursor::new(bytes), bytes.len() as u64)
    };
    judged().map_err(|flaw| flaw.code())
}

fn finds(scope: Scope, bytes: &[u8], pieces: usize) -> bool {
    let mut search = Search::new(scope, bytes.len() as u64);
    bytes.chunks(pieces).any(|piece| search.feed(piece).is_err()) || search.finish().is_err()
}

/// Where a file of each kind has room for what its viewers skip: pictures and a PDF with an archive in
/// them, each a valid file of its kind without the archive.
fn carriers(archive: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = [&b"Comment\0"[..], archive].concat();
    let jpeg = build::jpeg(16, 16);
    let (start, rest) = jpeg.split_at(2);
    let segments: Vec<u8> =
        archive.chunks(60_000).flat_map(|piece| build::segment(0xfe, piece)).collect();
    let gif = build::gif(8, 8, 1);
    let (head, blocks) = gif.split_at(19);
    let subs: Vec<u8> = archive
        .chunks(255)
        .flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()][..], piece].concat())
        .collect();
    let exif = build::riff_chunk(b"EXIF", archive);
    let pdf = build::pdf();
    let (pdf_head, pdf_rest) = pdf.split_at(9);
    vec![
        ("png, a chunk before the pixels", Png::default().chunk(*b"tEXt", &text).bytes()),
        ("png, a chunk at the end", Png::default().chunk_before_end(*b"prVt", archive)),
        ("jpeg, comments", [start, &segments, rest].concat()),
        ("gif, a comment", [head, b"!\xfe", &subs, b"\0", blocks].concat()),
        (
            "webp, a chunk",
            build::riff(&[build::extended(4, 4), exif, build::lossless(4, 4)].concat()),
        ),
        (
            "pdf, a stream",
            [pdf_head, b"9 0 obj<<>>stream\n", archive, b"\nendstream endobj\n", pdf_rest].concat(),
        ),
    ]
}

#[test]
fn the_carriers_are_files_of_their_kinds() {
    for (what, bytes) in carriers(b"some text, and nothing else") {
        assert!(judge(&bytes).is_ok(), "{what}: {:?}", judge(&bytes));
    }
}

#[test]
fn an_archive_is_found_across_the_borders_of_pieces_and_windows() {
    let zip = build::zip(&[("a.txt", b"text")]);
    for filling in [0, 511, 65_535, 65_536, 131_000, 200_001] {
        let bytes = [vec![b'x'; filling], zip.clone(), vec![b'y'; 150_000]].concat();
        for pieces in [4_093, 70_000, usize::MAX] {
            assert!(finds(Scope::All, &bytes, pieces), "{filling} bytes before it, in {pieces}");
        }
    }
}

#[test]
fn a_file_of_nothing_but_beginnings_is_given_up() {
    for beginning in [
        // Not a gzip: its first block is of a kind that there is not.
        &b"\x1f\x8b\x08\0\0\0\0\0\0\0\x07"[..],
        // Each has a name, or a comment, that ends nowhere.
        b"\x1f\x8b\x08\x08",
        b"\x1f\x8b\x08\x10",
        b"\x1f\x8b\x08\x18......",
    ] {
        let long = beginning.repeat(200_000 / beginning.len());
        assert!(!finds(Scope::All, &long[..4_000], usize::MAX), "a few are an accident");
        assert!(finds(Scope::All, &long, usize::MAX), "{beginning:?}");
    }
}

#[test]
fn what_came_out_of_an_archive_is_searched_too() {
    let picture = Png::default().chunk(*b"prVt", &build::zip(&[("a", b"text")])).bytes();
    assert_eq!(judge(&picture), Err("polyglot"));
    assert_eq!(judge(&build::zip(&[("picture.png", &picture)])), Err("nested_archive"));
    assert_eq!(judge(&build::gzip(&picture)), Err("nested_archive"));
    let plain = Png::default().bytes();
    assert_eq!(judge(&build::zip(&[("picture.png", &plain)])), Ok(FileKind::Zip));
    assert_eq!(judge(&build::gzip(&plain)), Ok(FileKind::Gzip));
}

#[test]
fn a_tar_in_a_gzip_is_taken_and_an_archive_in_that_is_not() {
    let text = formats::tar(&[("a.txt", b"text"), ("b.txt", &[b'x'; 2_000])]);
    assert_eq!(judge(&build::gzip(&text)), Ok(FileKind::Gzip));
    let zip = build::zip(&[("a", b"text")]);
    let nested = formats::tar(&[("a.txt", b"text"), ("b.zip", &zip)]);
    assert_eq!(judge(&build::gzip(&nested)), Err("nested_archive"));
    assert_eq!(judge(&build::zip(&[("b.tar", &text)])), Err("nested_archive"));
    // A tar has no beginning that is searched for in a tar: its entries are looked at one by one.
    let first = formats::tar(&[("b.tar", &text), ("a.txt", b"text")]);
    let second = formats::tar(&[("a.txt", &[b'x'; 700]), ("b.tar", &text)]);
    let without_magic = formats::tar(&[("a.txt", b"text"), ("b", &formats::text_block())]);
    let packed = formats::tar(&[("a.lz", b"LZIP\x01 and so on"), ("a.txt", b"text")]);
    let later = formats::tar(&[("a", &[&[b'x'; 1_024][..], &text].concat())]);
    for (what, tar) in [
        ("first", first),
        ("second", second),
        ("no magic", without_magic),
        ("packed", packed),
        ("behind two blocks", later),
    ] {
        assert_eq!(judge(&build::gzip(&tar)), Err("nested_archive"), "{what}");
    }
}

#[test]
fn the_entries_of_a_tar_stay_in_its_folder() {
    let of = |name: &str, kind: u8| {
        let mut tar = formats::tar(&[(name, b"")]);
        tar[156] = kind;
        formats::sum(&mut tar[..512]);
        judge(&build::gzip(&tar))
    };
    for name in ["a", "./a", "./", ".", "a/b.txt", "ä/ö"] {
        assert_eq!(of(name, b'0'), Ok(FileKind::Gzip), "{name}");
    }
    assert_eq!(of("a/", b'5'), Ok(FileKind::Gzip));
    for name in ["../a", "/etc/passwd", "a/../../b", "./../a", "a\\b", "C:a"] {
        assert_eq!(of(name, b'0'), Err("entry_name"), "{name}");
    }
    // Links, devices and pipes.
    for kind in *b"12346S" {
        assert_eq!(of("a", kind), Err("entry_name"), "{}", char::from(kind));
    }
    let long = |kind: u8, held: &[u8]| {
        let mut tar = formats::tar(&[("header", held)]);
        tar[156] = kind;
        formats::sum(&mut tar[..512]);
        tar.truncate(512 + held.len().next_multiple_of(512));
        tar.extend(formats::tar(&[("short", b"text")]));
        judge(&build::gzip(&tar))
    };
    assert_eq!(long(b'L', b"a/long/name\0"), Ok(FileKind::Gzip));
    assert_eq!(long(b'L', b"../../out\0"), Err("entry_name"));
    assert_eq!(long(b'x', b"15 path=a/b.txt\n"), Err("structure"), "a wrong length");
    assert_eq!(long(b'x', b"16 path=a/b.txt\n"), Ok(FileKind::Gzip));
    assert_eq!(long(b'x', b"15 path=../out\n"), Err("entry_name"));
    assert_eq!(long(b'x', b"14 linkpath=x\n"), Err("entry_name"));
    assert_eq!(long(b'x', b"10 mtime=1\n\n"), Err("structure"));
    // Each name is judged, and there is one.
    let headers = |headers: &[(u8, &[u8])], name: &str| {
        let mut tar = Vec::new();
        for (kind, held) in headers {
            let mut one = formats::tar(&[("header", held)]);
            one[156] = *kind;
            formats::sum(&mut one[..512]);
            one.truncate(512 + held.len().next_multiple_of(512));
            tar.extend(one);
        }
        tar.extend(formats::tar(&[(name, b"text")]));
        judge(&build::gzip(&tar))
    };
    let (inside, outside) = (&b"16 path=a/b.txt\n"[..], &b"15 path=../out\n"[..]);
    assert_eq!(headers(&[(b'L', b"a/b\0")], "a"), Ok(FileKind::Gzip));
    assert_eq!(headers(&[(b'x', inside)], "a"), Ok(FileKind::Gzip));
    for (what, two) in [
        ("out and in", [(b'L', &b"../out\0"[..]), (b'x', inside)]),
        ("in and out", [(b'L', &b"a/b\0"[..]), (b'x', outside)]),
        ("two that stay inside", [(b'L', &b"a/b\0"[..]), (b'x', inside)]),
        ("two records", [(b'x', inside), (b'x', inside)]),
    ] {
        assert_eq!(headers(&two, "a"), Err("entry_name"), "{what}");
    }
    let both = [outside, inside].concat();
    assert_eq!(headers(&[(b'x', &both)], "a"), Err("entry_name"), "in one header");
    assert_eq!(headers(&[(b'L', b"a\0../b")], "a"), Err("entry_name"), "behind a zero");
    assert_eq!(headers(&[(b'L', b"a/b\0")], "../a"), Err("entry_name"), "in the header itself");
    let cut_off = format!("{}\u{e4}", "n".repeat(99));
    assert_eq!(headers(&[(b'L', b"a/b\0")], &cut_off), Ok(FileKind::Gzip));
    let changed = |name: &str, content: &[u8], change: &dyn Fn(&mut [u8])| {
        let mut tar = formats::tar(&[(name, content)]);
        change(&mut tar[..512]);
        formats::sum(&mut tar[..512]);
        judge(&build::gzip(&tar))
    };
    // The prefix counts, whatever the magic says.
    for magic in [&b"ustar\x0000"[..], b"ustar  \0", b"\0\0\0\0\0\0\0\0"] {
        let prefixed = |prefix: &str, name: &str| {
            changed(name, b"text", &|block| {
                block[257..265].copy_from_slice(magic);
                block[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
            })
        };
        assert_eq!(prefixed("a/b", "c"), Ok(FileKind::Gzip));
        for (prefix, name) in [("../a", "c"), ("/a", "c"), ("a", "../c"), ("a", "")] {
            assert_eq!(prefixed(prefix, name), Err("entry_name"), "{magic:?} {prefix} {name}");
        }
    }
    // A size that programs do not read alike.
    for size in [&b"\x0000000000012"[..12], b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"] {
        let judged = changed("a", b"text", &|block| block[124..136].copy_from_slice(size));
        assert_eq!(judged, Err("structure"), "{size:?}");
    }
    for size in
        [&b"          4 "[..], b"00000000004 ", b"00000000004\0", b"4\0\0\0\0\0\0\0\0\0\0\0"]
    {
        let judged = changed("a", b"text", &|block| block[124..136].copy_from_slice(size));
        assert_eq!(judged, Ok(FileKind::Gzip), "{size:?}");
    }
    // A folder with something in it.
    for (name, kind) in [("a", b'5'), ("a/", b'5'), ("a/", b'0'), ("a/", 0), ("a/", b'7')] {
        let judged = changed(name, b"text", &|block| block[156] = kind);
        assert_eq!(judged, Err("structure"), "{name} {kind}");
    }
    assert_eq!(headers(&[(b'L', b"a/b/\0")], "a"), Err("structure"));
    assert_eq!(headers(&[(b'L', b"a/b\0")], "a/"), Ok(FileKind::Gzip), "cut off at a slash");
    // Behind the end some programs go on.
    let two = [formats::tar(&[("a", b"text")]), formats::tar(&[("b", b"text")])].concat();
    assert_eq!(judge(&build::gzip(&two)), Err("polyglot"));
}

#[test]
fn a_text_that_only_begins_like_an_archive_is_taken() {
    for text in
        ["BZhello, world", "Rar! is what it said", "07070 and more", "MSCF", "PK", "7z a b", "xar!"]
    {
        assert!(judge(text.as_bytes()).is_ok(), "{text}");
        assert_eq!(judge(&build::zip(&[("a", text.as_bytes())])), Ok(FileKind::Zip), "{text}");
        assert_eq!(judge(&build::gzip(text.as_bytes())), Ok(FileKind::Gzip), "{text}");
    }
    // Numbers in octal digits, wherever a tar may have a block.
    let numbers = "0000644 0001750 0001750 00000000014 ".repeat(2_000);
    assert!(judge(numbers.as_bytes()).is_ok());
    // A tar of text, without a magic and without a zero.
    let block = formats::text_block();
    assert_eq!(judge(&block), Err("polyglot"));
}

/// Compressed data is as good as random. What refuses it most often is the old cpio: of this length,
/// once in 10^8 files. The seeds are fixed, so that the test says the same each time.
#[test]
fn random_bytes_are_no_archive() {
    for seed in 1..=24_u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .take(400_000)
        .collect();
        for pieces in [4_093, usize::MAX] {
            assert!(!finds(Scope::All, &bytes, pieces), "seed {seed}, pieces of {pieces}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A signature with anything behind it makes no panic, and no difference by its pieces.
    #[test]
    fn signatures_with_anything_behind_them(
        which in 0..super::BEGINNINGS.len(),
        rest in proptest::collection::vec(any::<u8>(), 0..700),
        before in 0_usize..700,
        pieces in 1_usize..100,
    ) {
        let bytes = [&vec![b' '; before][..], super::BEGINNINGS[which], &rest].concat();
        prop_assert_eq!(
            finds(Scope::All, &bytes, pieces),
            finds(Scope::All, &bytes, usize::MAX)
        );
    }

    /// Wherever an archive is in a picture, and whatever its own sizes are.
    #[test]
    fn a_zip_of_any_length_is_found(
        name in "[a-z]{1,200}",
        content in proptest::collection::vec(any::<u8>(), 0..3_000),
        comment in 0_usize..2_000,
        before in proptest::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let zip = formats::zip_with_comment(&name, &content, &vec![b'c'; comment]);
        for (what, bytes) in carriers(&[before, zip].concat()) {
            // In the pieces of a GIF's comment no reader finds it, and so no search has to.
            if !what.starts_with("gif") {
                prop_assert_eq!(judge(&bytes), Err("polyglot"), "{}", what);
            }
        }
    }
}
