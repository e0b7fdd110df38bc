//! An archive of each format, by what its readers need.

use std::io::{Cursor, Write as _};

use flate2::Crc;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{build, carriers, judge};
use crate::policy::FileKind;

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
    let cpio = [&b"070701"[..], &[b'0'; 88], b"0000000200000000", b"a\0\0\0"].concat();
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
    // Any name, and a name and an extra field that are longer than some readers would take together:
    // of each, a file with its directory alone, and one with its local header alone.
    let directory = zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let with_zero = {
        let mut changed = zip.clone();
        (changed[31], changed[directory + 47]) = (0, 0);
        changed
    };
    let long = {
        let mut changed = zip.clone();
        changed[26..30].fill(0xff);
        changed[directory + 28..directory + 32].fill(0xff);
        changed
    };
    // If its method is unknown, a local header counts if its name is text.
    let unknown_method = {
        let mut changed = zip.clone();
        changed[8..10].fill(0xee);
        changed
    };
    for (change, changed) in
        [("a zero", with_zero), ("lengths", long), ("a method", unknown_method)]
    {
        let local = &changed[..directory];
        for (part, bytes) in
            [("all", &changed[..]), ("directory", &changed[directory..]), ("local", local)]
        {
            for (what, bytes) in carriers(bytes) {
                assert_eq!(judge(&bytes), Err("polyglot"), "{change}, {part}, {what}");
            }
        }
    }
}

/// A header of tar whose name, size and checksum are as a test has them.
fn header(name: &[u8], size: &[u8; 12], checksum: impl Fn(i64) -> [u8; 8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[124..136].copy_from_slice(size);
    block[156] = b'0';
    block[148..156].fill(b' ');
    let sum = block.iter().map(|byte| i64::from(*byte)).sum();
    block[148..156].copy_from_slice(&checksum(sum));
    block
}

#[test]
fn a_header_of_tar_counts_by_its_checksum_whatever_its_name_is() {
    let octal = |sum: i64| -> [u8; 8] { format!("{sum:06o}\0 ").as_bytes().try_into().unwrap() };
    let in_bytes = |sum: i64| {
        let mut bytes = sum.to_be_bytes();
        bytes[0] = 0x80;
        bytes
    };
    let tabs = |sum: i64| -> [u8; 8] { format!("\t{sum:06o}\t").as_bytes().try_into().unwrap() };
    for (what, block) in [
        ("an empty name", header(b"", b"00000000000\0", octal)),
        ("a name behind a zero", header(b"\0a.txt", b"00000000000\0", octal)),
        ("no size", header(b"a.txt", &[0; 12], octal)),
        ("blanks for a size", header(b"a.txt", &[b' '; 12], octal)),
        ("a checksum in bytes", header(b"a.txt", b"00000000000\0", in_bytes)),
        ("a checksum between tabs", header(b"a.txt", b"00000000000\0", tabs)),
    ] {
        let picture = build::Png::default().bytes();
        let room = picture.len().next_multiple_of(512) - picture.len();
        for place in 0..512 {
            // In a chunk in front of the pixels, behind the signature, the header and its own head.
            let before = vec![b'x'; place];
            let body = [&before[..], &block, b"x"].concat();
            let bytes = build::Png::default().chunk(*b"prVt", &body).bytes();
            let at = bytes.windows(512).position(|found| found == block).unwrap();
            let expected = if at % 512 == 0 { Err("polyglot") } else { Ok(FileKind::Png) };
            assert_eq!(judge(&bytes), expected, "{what}, {at} bytes into the file");
        }
        assert!(judge(&[picture, vec![0; room], block].concat()).is_err());
    }
    // Zeros alone are the end of a tar, and are everywhere.
    let zeros = build::Png::default().chunk(*b"prVt", &[0; 5_000]).bytes();
    assert_eq!(judge(&zeros), Ok(FileKind::Png));
}

#[test]
fn long_headers_and_rare_methods_of_lha_are_found() {
    let of = |method: &[u8; 5], size: u16| {
        let mut head = vec![0; 24];
        head[..2].copy_from_slice(&size.to_le_bytes());
        head[2..7].copy_from_slice(method);
        head[20] = 2;
        let bytes = build::Png::default().chunk(*b"prVt", &head).bytes();
        judge(&bytes)
    };
    for method in [b"-lh0-", b"-lh5-", b"-lhx-", b"-lz5-", b"-lhd-", b"-pm0-", b"-pm2-", b"-pms-"] {
        for size in [26, 4_096, 4_097, 65_535] {
            assert_eq!(of(method, size), Err("polyglot"), "{method:?}, {size} bytes");
        }
    }
    assert_eq!(of(b"-lhz-", 26), Ok(FileKind::Png));
    assert_eq!(of(b"-pm3-", 26), Ok(FileKind::Png));
}

#[test]
fn a_cpio_needs_what_its_readers_need() {
    let in_png = |bytes: &[u8]| judge(&build::Png::default().chunk(*b"prVt", bytes).bytes());
    let old = |length: u16, size: u32| {
        let mut head = b"\xc7\x71\0\0\0\0\xa4\x81".to_vec();
        head.resize(20, 0);
        head.extend(length.to_le_bytes());
        let [a, b, c, d] = size.to_le_bytes();
        head.extend([c, d, a, b]);
        head.resize(26 + usize::from(length) - 1, b'n');
        head.push(0);
        head
    };
    assert_eq!(in_png(&old(6, 5)), Err("polyglot"));
    assert_eq!(in_png(&old(30_000, 5)), Err("polyglot"), "a long name");
    // The most bytes of a file are 1 GiB here.
    assert_eq!(in_png(&old(6, 2 << 30)), Ok(FileKind::Png), "more than the file may have");
    let digits = |length: usize, end: u8| {
        let mut head = b"070701".to_vec();
        head.resize(94, b'0');
        head.extend(format!("{length:08x}00000000").as_bytes());
        head.resize(110 + length - 1, b'n');
        head.extend([end, 0, 0]);
        head
    };
    assert_eq!(in_png(&digits(6, 0)), Err("polyglot"));
    assert_eq!(in_png(&digits(3_000, 0)), Err("polyglot"));
    assert_eq!(in_png(&digits(6, b'n')), Ok(FileKind::Png), "digits by accident");
    assert_eq!(judge(&build::zip(&[("a", &digits(6, b'n'))])), Err("nested_archive"));
    assert_eq!(
        judge(&build::zip(&[("a", &[b"x", &digits(6, 0)[..]].concat())])),
        Err("nested_archive")
    );
}

#[test]
fn a_text_that_is_an_archive_from_its_first_byte_is_refused() {
    let entry = "a.txt/          0           0     0     644     5         `\ntext\n\n";
    let ar = format!("!<arch>\n{entry}");
    let new = ["070701", &"0".repeat(88), "00000006", "00000000", "a.txtn and text\n"].concat();
    let old = ["070707", &"0".repeat(53), "000006", "00000000000", "a.txtn and text\n"].concat();
    for text in [&ar, &new, &old] {
        assert_eq!(judge(text.as_bytes()), Err("polyglot"), "{text}");
        // In the middle of other text, it is a quotation of one.
        let quoted = format!("> {text}");
        assert_eq!(judge(quoted.as_bytes()), Ok(FileKind::Text), "{quoted}");
    }
}

#[test]
fn lines_that_decode_are_found_in_a_document() {
    let pdf = build::pdf();
    let (head, rest) = pdf.split_at(9);
    let of = |lines: &[u8]| judge(&[head, lines, b"\n", rest].concat());
    for lines in [
        &b"begin 644 a.txt\n%=&5X=`H`\n`\nend"[..],
        b"begin 644 a.txt\r\n%=&5X=`H\r\n`\r\nend",
        b"% a comment\nbegin 600 a.txt\n%=&5X=`H` \n`\nend",
        b"begin-base64 644 a.txt\ndGV4dAo=\n====",
    ] {
        assert_eq!(of(lines), Err("polyglot"), "{}", String::from_utf8_lossy(lines));
    }
    for lines in [
        &b"begin\n12 dict begin\nbegincmap"[..],
        b"/a begin 644 a.txt\n%=&5X=`H`",
        b"begin 999 a\n%=&5X=`H`",
        b"begin 644 words\nand what follows is a text, not lines",
        b"begin 644 a.txt\n%=&5X",
        b"begin-base64 644 a.txt\nwords and more words",
        b"begin 644",
    ] {
        assert_eq!(of(lines), Ok(FileKind::Pdf), "{}", String::from_utf8_lossy(lines));
    }
    let mail = b"some text\nbegin 644 a.txt\n%=&5X=`H`\n`\nend\n";
    assert_eq!(judge(mail), Ok(FileKind::Text), "a mail with an attachment");
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
