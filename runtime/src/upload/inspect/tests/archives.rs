//! Archives that grow, lead out, hide something or lie.

use std::io::{Cursor, Write as _};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::{build, judge};
use crate::policy::FileKind;

#[test]
fn a_bomb_is_refused_by_what_comes_out_of_it() {
    let zeros = vec![0; 3 << 20];
    assert_eq!(judge(&build::zip(&[("a", &zeros)])), Ok(FileKind::Zip));
    assert_eq!(judge(&build::zip(&[("a", &zeros), ("b", &zeros)])), Err("unpacked"));
    assert_eq!(judge(&build::gzip(&vec![0; 5 << 20])), Err("unpacked"));
}

#[test]
fn a_size_in_a_header_is_not_believed() {
    // Less than may come out, so that the lie is all there is to refuse it for.
    let mut lies = build::zip(&[("a", &vec![0; 1 << 20])]);
    let size = u32::to_le_bytes(1 << 20);
    let one = 1_u32.to_le_bytes();
    let mut changed = 0;
    for at in 0..lies.len() - 4 {
        if lies[at..at + 4] == size {
            lies[at..at + 4].copy_from_slice(&one);
            changed += 1;
        }
    }
    assert_eq!(changed, 2, "both headers say that one byte comes out");
    assert_eq!(judge(&lies), Err("structure"));
}

#[test]
fn names_that_lead_out_are_refused() {
    for name in ["../a", "/etc/passwd", "a/../../b", "C:\\a", "a\\..\\b", "./a"] {
        // The writer makes names safe: a name of the same length is replaced in the bytes.
        let safe = "x".repeat(name.len());
        let mut bytes = build::zip(&[(&safe, b"text")]);
        for at in 0..bytes.len() - name.len() {
            if bytes[at..at + name.len()] == *safe.as_bytes() {
                bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
            }
        }
        assert_eq!(judge(&bytes), Err("entry_name"), "{name}");
    }
    let twice = build::zip(&[("a.txt", b"x"), ("A.TXT", b"y")]);
    assert_eq!(judge(&twice), Err("entry_name"), "one name on some systems");
}

#[test]
fn links_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_symlink("a", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    assert_eq!(judge(&zip.finish().unwrap().into_inner()), Err("entry_name"));
}

/// Programs read the mode for Unix, OS X, `BeOS`, Atari, VMS and Acorn, and some of them for more.
#[test]
fn an_entry_is_a_file_or_a_folder_whatever_host_it_is_from() {
    let zip = build::zip(&[("a", b"text")]);
    let directory = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let with = |host: u8, mode: u16| {
        let mut bytes = zip.clone();
        bytes[directory + 5] = host;
        bytes[directory + 40..directory + 42].copy_from_slice(&mode.to_le_bytes());
        judge(&bytes)
    };
    for host in (0..=19).chain([30, 255]) {
        for mode in [0, 0o644, 0o100_644, 0o104_755] {
            assert_eq!(with(host, mode), Ok(FileKind::Zip), "host {host}, mode {mode:o}");
        }
        for kind in [0o120_000, 0o010_000, 0o020_000, 0o060_000, 0o140_000] {
            assert_eq!(with(host, kind | 0o777), Err("entry_name"), "host {host}, type {kind:o}");
        }
    }
}

/// Info-ZIP's extra field has another name of the entry, which some programs prefer.
#[test]
fn a_second_name_in_an_extra_field_leads_nowhere_else() {
    let named = |name: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(b"a.txt");
        let length = u16::try_from(name.len() + 5).unwrap();
        let parts =
            [&b"\x75\x70"[..], &length.to_le_bytes(), b"\x01", &crc.sum().to_le_bytes(), name];
        parts.concat()
    };
    let same = named(b"a.txt");
    assert_eq!(judge(&build::zip_with_extra("a.txt", &same, &same)), Ok(FileKind::Zip));
    for name in [&b"../a.txt"[..], b"/etc/passwd", b"..\\a.txt", b"a\0.txt"] {
        let out = named(name);
        for (local, central) in [(&out, &out), (&same, &out), (&Vec::new(), &out)] {
            let judged = judge(&build::zip_with_extra("a.txt", local, central));
            assert!(judged.is_err(), "{}: {judged:?}", name.escape_ascii());
        }
    }
}

#[test]
fn encrypted_entries_are_refused() {
    let mut bytes = build::zip(&[("a", b"text")]);
    // The flag in the local header and in the directory.
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    assert_eq!(judge(&bytes), Err("encrypted"));
}

#[test]
fn archives_in_archives_are_refused() {
    let inner = build::zip(&[("a", b"text")]);
    assert_eq!(judge(&build::zip(&[("inner.txt", &inner)])), Err("nested_archive"));
    assert_eq!(judge(&build::zip(&[("b", &build::gzip(b"x"))])), Err("nested_archive"));
    assert_eq!(judge(&build::gzip(&build::gzip(b"x"))), Err("nested_archive"));
    // No document, so not the workbook behind a chart either.
    let pretends = build::zip(&[("word/embeddings/a.xlsx", &inner)]);
    assert_eq!(judge(&pretends), Err("nested_archive"));
}

#[test]
fn every_byte_belongs_to_an_entry() {
    let zip = build::zip(&[("a", b"text")]);
    let directory = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut gap = zip.clone();
    gap.splice(directory..directory, *b"<script>");
    // The end record follows.
    let offset = gap.len() - 6;
    gap[offset] += 8;
    assert_eq!(judge(&gap), Err("polyglot"));
    let with_comment = |length: u16, comment: &[u8]| {
        let end = zip.len() - 2;
        judge(&[&zip[..end], &length.to_le_bytes(), comment].concat())
    };
    for comment in [&b"a comment"[..], "über\r\n\tzwei Zeilen".as_bytes(), &[b'c'; 0xffff]] {
        let length = u16::try_from(comment.len()).unwrap();
        assert_eq!(with_comment(length, comment), Ok(FileKind::Zip), "a text is kept");
        assert_eq!(with_comment(length - 1, comment), Err("polyglot"), "longer than it says");
    }
    assert_eq!(with_comment(10, b"a comment"), Err("polyglot"), "shorter than it says");
    for comment in [&b"\0\0\0\0"[..], b"\xfe\xff", b"a\x1bb"] {
        let length = u16::try_from(comment.len()).unwrap();
        assert_eq!(with_comment(length, comment), Err("polyglot"), "{comment:?} is no text");
    }
    let length = u16::try_from(zip.len()).unwrap();
    assert_eq!(with_comment(length, &zip), Err("structure"), "an archive in the comment");
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a", stored).unwrap();
    writer.write_all(&zip[..directory]).unwrap();
    let listed = writer.finish().unwrap().into_inner();
    assert_eq!(judge(&listed), Err("nested_archive"), "an entry in an entry");
}

#[test]
fn many_entries_are_refused_before_they_are_listed() {
    let names: Vec<String> = (0..10_001).map(|n| format!("{n}")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let bytes = build::zip(&entries);
    assert_eq!(super::judge_in(usize::MAX, &bytes, FileKind::ALL, ""), Err("entries"));
    let bytes = build::zip(&entries[..10_000]);
    assert_eq!(super::judge_in(usize::MAX, &bytes, FileKind::ALL, ""), Ok(FileKind::Zip));
}

#[test]
fn documents_with_macros_are_refused() {
    let package =
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
    let types = build::content_types(package);
    let document = |types: &[u8], more: (&str, &[u8])| {
        judge(&build::zip(&[("[Content_Types].xml", types), ("word/document.xml", b"<a/>"), more]))
    };
    assert_eq!(document(&types, ("word/a.xml", b"<a/>")), Ok(FileKind::Docx));
    assert_eq!(document(&types, ("word/vbaProject.bin", b"x")), Err("macros"));
    let enabled = build::content_types("application/vnd.ms-word.document.macroEnabled.main+xml");
    assert_eq!(document(&enabled, ("word/a.xml", b"<a/>")), Err("macros"));
    let hidden = String::from_utf8(types.clone()).unwrap().replace("main.xml", "&#109;ain.xml");
    assert_eq!(document(hidden.as_bytes(), ("word/a.xml", b"<a/>")), Err("macros"));
    // By the type of an extension, or of a part that runs without being called a macro.
    for part in [
        "<Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>",
        "<Override PartName=\"/word/activeX/activeX1.xml\" \
         ContentType=\"application/vnd.ms-office.activeX+xml\"/>",
    ] {
        let types = String::from_utf8(types.clone()).unwrap();
        let types = types.replace("</Types>", &format!("{part}</Types>"));
        assert!(types.contains(part));
        assert_eq!(document(types.as_bytes(), ("word/a.bin", b"x")), Err("macros"), "{part}");
    }
    let book = build::office("spreadsheetml.sheet.main+xml");
    assert_eq!(document(&types, ("word/embeddings/book.xlsx", &book)), Ok(FileKind::Docx));
    assert_eq!(document(&types, ("word/media/book.xlsx", &book)), Err("nested_archive"));
}

#[test]
fn one_member_of_gzip_and_no_more() {
    let one = build::gzip(b"text");
    assert_eq!(judge(&one.repeat(2)), Err("polyglot"));
    let mut torn = one.clone();
    let sum = torn.len() - 8;
    torn[sum] ^= 1;
    assert_eq!(judge(&torn), Err("structure"), "its checksum");
}
