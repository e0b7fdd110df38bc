//! An archive of each format, by what its readers need.

use std::io::{Cursor, Write as _};

use flate2::Crc;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{build, carriers, judge};

pub(super) fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in entries {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..108].copy_from_slice(b"0000644\0");
        block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        sum(&mut block);
        bytes.extend(block);
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1_024, 0);
    bytes
}

pub(super) fn sum(block: &mut [u8]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o} ").as_bytes());
}

/// One block of text that is the header of a tar.
pub(super) fn text_block() -> Vec<u8> {
    let mut block = vec![b'a'; 512];
    block[124..136].copy_from_slice(b"00000000000 ");
    sum(&mut block);
    block
}

pub(super) fn zip_with_comment(name: &str, content: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
    zip.set_raw_comment(comment.into()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// The beginning of an archive of each format.
fn of_each() -> Vec<(&'static str, Vec<u8>)> {
    let arj = {
        let mut head = vec![30, 11, 1, 0, 0, 0, 2];
        head.resize(40, 0);
        [&b"\x60\xea\x28\x00"[..], &head, &crc(&head)].concat()
    };
    let lha = {
        let mut head = b"-lh5-\x10\0\0\0\x20\0\0\0\0\0\0\0\x20\x01\x05a.txt\0\0U".to_vec();
        head.truncate(32);
        let sum = head.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        [&[u8::try_from(head.len()).unwrap(), sum][..], &head].concat()
    };
    let iso = [&vec![0; 32_768][..], b"\x01CD001\x01\0", &[0; 2_048]].concat();
    let udf = [&vec![0; 32_768][..], b"\0NSR02\x01\0", &[0; 2_048]].concat();
    let cabinet = [
        &b"MSCF"[..],
        // Reserved, and ignored.
        b"\x01\x02\x03\x04",
        &100_u32.to_le_bytes(),
        b"\0\0\0\0",
        &44_u32.to_le_bytes(),
        &[0; 100],
    ]
    .concat();
    let cpio = [&b"070701"[..], &[b'0'; 104], b"a\0\0\0"].concat();
    let old_cpio =
        [&b"\xc7\x71"[..], &[0; 4], b"\xa4\x81", &[0; 12], b"\x06\0", &[0; 4], b"a.txt\0"].concat();
    let zstd = b"\x28\xb5\x2f\xfd\x24\x05\x29\0\0hello\x51\x62\xa4\x2b".to_vec();
    let squash = {
        let mut head = b"hsqs".to_vec();
        head.resize(28, 1);
        [&head[..], &[4, 0, 0, 0], &[0; 64]].concat()
    };
    vec![
        ("zip", build::zip(&[("a.txt", b"text")])),
        ("zip without an entry", build::zip(&[])),
        ("tar", tar(&[("a.txt", b"text")])),
        ("gzip", build::gzip(b"text")),
        ("gzip of much", build::gzip(&(0..=255).cycle().take(50_000).collect::<Vec<u8>>())),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04 and so on".to_vec()),
        ("rar 4", b"Rar!\x1a\x07\0 and so on".to_vec()),
        ("rar 5", b"Rar!\x1a\x07\x01\0 and so on".to_vec()),
        ("xz", b"\xfd7zXZ\0\0\x04 and so on".to_vec()),
        ("bzip2", b"BZh91AY&SY and so on".to_vec()),
        ("bzip2 of nothing", b"BZh9\x17\x72\x45\x38\x50\x90\0\0\0\0".to_vec()),
        ("zstd", zstd),
        ("cabinet", cabinet),
        ("wim", b"MSWIM\0\0\0 and so on".to_vec()),
        ("iso 9660", iso),
        ("udf", udf),
        ("arj", arj),
        ("lha", lha),
        ("cpio", cpio),
        ("cpio of old", old_cpio),
        ("xar", b"xar!\0\x1c\0\x01 and so on".to_vec()),
        ("squashfs", squash),
        ("disk image", b"koly\0\0\0\x04\0\0\x02\0 and so on".to_vec()),
    ]
}

#[test]
fn an_archive_of_each_format_is_found_in_a_file_of_each_kind() {
    for (format, archive) in of_each() {
        for (what, bytes) in carriers(&archive) {
            // The pieces of a GIF's comment have a length between them.
            if !what.starts_with("gif") || archive.len() < 255 {
                assert_eq!(judge(&bytes), Err("polyglot"), "{format} in {what}");
            }
        }
    }
}

#[test]
fn an_archive_of_each_format_is_found_in_an_archive() {
    for (format, archive) in of_each() {
        let begins = build::zip(&[("a.bin", &archive)]);
        let hides = build::zip(&[("a.bin", &[&b"some bytes \0"[..], &archive].concat())]);
        let judged = [judge(&begins), judge(&hides), judge(&build::gzip(&archive))];
        let is_tar = format == "tar";
        for (judged, where_) in judged.iter().zip(["at its beginning", "inside", "in a gzip"]) {
            if is_tar && where_ == "in a gzip" {
                continue;
            }
            assert_eq!(*judged, Err("nested_archive"), "{format} {where_}");
        }
    }
}

#[test]
fn what_readers_ignore_decides_nothing() {
    let zip = build::zip(&[("a.txt", b"text")]);
    let end = zip.len() - 22;
    // The numbers of disks, the version, the time, the length of the comment.
    for range in [end + 4..end + 8, 4..6, 10..14, zip.len() - 2..zip.len()] {
        let mut changed = zip.clone();
        for byte in &mut changed[range.clone()] {
            *byte ^= 1;
        }
        for (what, bytes) in carriers(&changed) {
            assert_eq!(judge(&bytes), Err("polyglot"), "{range:?} changed, {what}");
        }
    }
}

#[test]
fn a_document_without_a_header_is_found_in_an_image() {
    let pdf = build::pdf();
    for (what, bytes) in carriers(&[&vec![b' '; 3_000][..], &pdf[8..]].concat()) {
        if !what.starts_with("pdf") && !what.starts_with("gif") {
            assert_eq!(judge(&bytes), Err("polyglot"), "{what}");
        }
    }
    for (what, bytes) in carriers(&[&vec![b' '; 3_000][..], b"%PDF-1.4"].concat()) {
        if !what.starts_with("pdf") && !what.starts_with("gif") {
            assert_eq!(judge(&bytes), Err("polyglot"), "{what}");
        }
    }
}
