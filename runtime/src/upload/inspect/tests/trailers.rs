//! Bytes after the end of a file, and before a PDF: the stored bytes are the inspected ones.

use super::{build, judge, keep_in};
use crate::policy::FileKind;

/// However the bytes come, these of them are kept, and are a file that is kept whole.
pub(super) fn assert_keeps(bytes: &[u8], kept: &[u8], what: &str) {
    for pieces in [1, 7, 1_000, usize::MAX] {
        let (judged, now) = keep_in(pieces, bytes, FileKind::ALL, "").unwrap();
        assert_eq!(now.len(), kept.len(), "{what}, in pieces of {pieces}");
        assert!(now == kept, "{what}");
        let (again, all) = keep_in(pieces, now, FileKind::ALL, "").unwrap();
        assert_eq!((again.kind, again.behind, all), (judged.kind, 0, now), "{what}");
    }
}

#[test]
fn filling_behind_a_picture_is_cut_off() {
    for (kind, bytes) in build::one_of_each() {
        if !matches!(kind, FileKind::Png | FileKind::Jpeg | FileKind::Gif | FileKind::Webp) {
            continue;
        }
        for filling in [&b"\0"[..], b"\n", b"\r\n", b" ", &[0; 600], b"\0\n\t\0 \0\0\0\0\0"] {
            let longer = [bytes.as_slice(), filling].concat();
            assert_eq!(judge(&longer), Ok(kind), "{filling:?}");
            assert_keeps(&longer, &bytes, kind.name());
        }
        for other in [&b"\0x"[..], b"\n<", b"\x01", b"\0\0\0\0\0\0\0\0\0<script>"] {
            let longer = [bytes.as_slice(), other].concat();
            assert_eq!(judge(&longer), Err("polyglot"), "{kind}, {other:?}");
        }
    }
}

#[test]
fn a_gif_may_lack_its_trailer_and_may_have_two() {
    let gif = build::gif(8, 8, 2);
    let without = &gif[..gif.len() - 1];
    assert_eq!(judge(without), Ok(FileKind::Gif));
    assert_keeps(without, without, "without a trailer");
    assert_keeps(&[&gif[..], b";"].concat(), &gif, "a second trailer");
    assert_keeps(&[&gif[..], b"\0;\0"].concat(), &gif, "a second trailer in a filling");
    // In the midst of a block, and before the first frame.
    assert_eq!(judge(&without[..without.len() - 1]), Err("structure"));
    assert_eq!(judge(&gif[..19]), Err("structure"));
    assert_eq!(judge(&[&gif[..], b";,"].concat()), Err("polyglot"));
}

#[test]
fn comments_and_filling_behind_a_pdf_are_cut_off() {
    let pdf = build::pdf();
    for line_end in ["", "\n", "\r\n", "\r", "\n\n\n\n"] {
        let whole = [pdf.as_slice(), line_end.as_bytes()].concat();
        assert_keeps(&whole, &whole, "a line end is kept");
    }
    for behind in [
        &b" "[..],
        b"\n \n",
        b"\0\0\0",
        b"\n\n\n\n\n",
        &[0; 5_000],
        b"\n<!-- made in 0.1 s -->\n",
        b"\n% made in 0.1 s",
        b"\r\n%%\r\n<!-- a --> <!--b-->\0\0",
    ] {
        let longer = [pdf.as_slice(), behind].concat();
        assert_eq!(judge(&longer), Ok(FileKind::Pdf), "{behind:?}");
        assert_keeps(&longer, &pdf, "behind a pdf");
    }
    for behind in [
        &b"\n<!-- made -->x"[..],
        b"\n<!-- made",
        b"<!-->",
        b"<!--->-->",
        b"\nx",
        b"\n% a\nx",
        b"\n1 0 obj<<>>endobj\n",
        b"\n<script>",
        b"\n<!-- a --><script>",
    ] {
        let longer = [pdf.as_slice(), behind].concat();
        assert_eq!(judge(&longer), Err("polyglot"), "{behind:?}");
    }
    // An update is a part of the file, with an end mark of its own.
    let update = b"\n2 0 obj<<>>endobj\nstartxref\n0\n%%EOF\n";
    let updated = [pdf.as_slice(), update].concat();
    assert_keeps(&updated, &updated, "an update");
}

#[test]
fn filling_before_a_pdf_is_cut_off() {
    let pdf = build::pdf();
    for before in
        [&b"\n"[..], b"\r\n", b" ", b"\0", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", &[b'\n'; 900]]
    {
        let longer = [before, pdf.as_slice()].concat();
        assert_eq!(judge(&longer), Ok(FileKind::Pdf), "{before:?}");
        assert_keeps(&longer, &pdf, "before a pdf");
    }
    for before in [&b"x"[..], b"<script>", b"\n\x01"] {
        let longer = [before, pdf.as_slice()].concat();
        assert!(judge(&longer).is_err(), "{before:?}");
    }
    // No other kind has anything before it.
    for (kind, bytes) in build::one_of_each() {
        if !kind.is_text() && kind != FileKind::Pdf {
            assert!(judge(&[b"\n", bytes.as_slice()].concat()).is_err(), "{kind}");
        }
    }
}

/// A box of a film.
pub(in crate::upload::inspect) fn film_box(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap();
    [&length.to_be_bytes()[..], kind, body].concat()
}

/// What a phone of Samsung writes behind a photo.
fn records(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(name.len()).unwrap().to_le_bytes();
    let block = [&b"\0\0\x01\x0a"[..], &length, name, data].concat();
    let size = u32::try_from(block.len()).unwrap().to_le_bytes();
    let directory =
        [&b"SEFH"[..], &107_u32.to_le_bytes(), &1_u32.to_le_bytes(), b"\0\0\x01\x0a", &size, &size];
    let directory = directory.concat();
    let end = u32::try_from(directory.len()).unwrap().to_le_bytes();
    [block.as_slice(), &directory, &end, b"SEFT"].concat()
}

#[test]
fn what_cameras_write_behind_a_photo_is_taken() {
    let photo = build::jpeg(16, 16);
    let film = [
        film_box(b"ftyp", b"mp42\0\0\0\0isommp42"),
        film_box(b"moov", &[7; 300]),
        film_box(b"mdat", &[9; 3_000]),
    ]
    .concat();
    let long = [&1_u32.to_be_bytes()[..], b"mdat", &20_u64.to_be_bytes(), b"film"].concat();
    let to_the_end = [&0_u32.to_be_bytes()[..], b"mdat", b"and so on"].concat();
    let start = film_box(b"ftyp", b"mp42");
    let next = build::jpeg(8, 8);
    let after = |bytes: &[u8]| [next.as_slice(), bytes].concat();
    // What is behind the photo, and how much of it is kept: images are.
    for (what, behind, kept) in [
        ("a map of brightness", next.clone(), next.len()),
        ("two more images", after(&build::jpeg(4, 4)), 2 * next.len()),
        ("a filling before one", [&[0; 500], next.as_slice()].concat(), 500 + next.len()),
        ("a filling", vec![0; 5], 0),
        ("a long filling", vec![0; 200_000], 0),
        ("a line feed", b"\n".to_vec(), 0),
        ("white space", b"\r\n \t\0\0\n\n\n\n\n\n".to_vec(), 0),
        ("an image and a line end", after(b"\r\n"), next.len()),
        ("a film", film.clone(), 0),
        ("a film and a filling", [film.as_slice(), &[0; 700]].concat(), 0),
        ("a film and a line feed", [film.as_slice(), b"\n"].concat(), 0),
        ("a filling before a film", [&[0; 13], film.as_slice()].concat(), 0),
        ("an image and a film", after(&film), next.len()),
        ("a box with a long length", [start.clone(), long].concat(), 0),
        ("a box to the end", [start.clone(), to_the_end].concat(), 0),
        ("records", records(b"Image_UTC_Data", b"1764000000000"), 0),
        ("a film in records", records(b"MotionPhoto_Data", &film), 0),
    ] {
        let bytes = [photo.as_slice(), &behind].concat();
        assert_eq!(judge(&bytes), Ok(FileKind::Jpeg), "{what}");
        assert_keeps(&bytes, &bytes[..photo.len() + kept], what);
    }
}

#[test]
fn anything_else_behind_a_photo_is_refused() {
    let photo = build::jpeg(16, 16);
    let zip = build::zip(&[("a.txt", b"text")]);
    let start = film_box(b"ftyp", b"mp42");
    let torn = records(b"Image_UTC_Data", b"1764000000000");
    for (what, behind) in [
        ("a page", b"<script>alert(1)</script>".to_vec()),
        ("a page behind a filling", [&[0; 9], &b"<script>alert(1)</script>"[..]].concat()),
        ("an archive", zip.clone()),
        ("an archive in a film", [start.clone(), film_box(b"mdat", &zip)].concat()),
        ("an archive in records", records(b"MotionPhoto_Data", &zip)),
        ("a box that no film has", [start.clone(), film_box(b"evil", b"x")].concat()),
        ("a torn film", [start.clone(), film_box(b"mdat", b"film")[..10].to_vec()].concat()),
        ("a box shorter than its head", [start, vec![0, 0, 0, 4, b'm', b'd', b'a', b't']].concat()),
        ("records without an end", torn[..torn.len() - 1].to_vec()),
        ("a torn image", build::jpeg(8, 8)[..20].to_vec()),
        ("a large image", build::jpeg(400, 400)),
        ("an image behind a long filling", [vec![0; 70_000], build::jpeg(8, 8)].concat()),
        ("a page in white space", b"\n\n   \n<script>".to_vec()),
    ] {
        let bytes = [photo.as_slice(), &behind].concat();
        assert!(judge(&bytes).is_err(), "{what}");
    }
}
