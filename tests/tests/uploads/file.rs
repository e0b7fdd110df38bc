//! Files of every kind, made here: honest ones and hostile ones.

use std::io::{Cursor, Write as _};

use flate2::{Compression, Crc, write::GzEncoder, write::ZlibEncoder};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// One chunk of a PNG, with its checksum.
pub(crate) fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(body);
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], name, body, &crc.sum().to_be_bytes()].concat()
}

fn header(width: u32, height: u32) -> Vec<u8> {
    // Eight bits of grey.
    let mut body = [width.to_be_bytes(), height.to_be_bytes()].concat();
    body.extend_from_slice(&[8, 0, 0, 0, 0]);
    chunk(b"IHDR", &body)
}

pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(bytes).unwrap();
    zlib.finish().unwrap()
}

/// A grey image, with these chunks before its pixels.
pub(crate) fn png_with(width: u32, height: u32, extra: &[Vec<u8>]) -> Vec<u8> {
    let row = usize::try_from(width).unwrap() + 1;
    png_of(width, height, extra, &vec![0; row * usize::try_from(height).unwrap()])
}

/// The same, of these rows: a filter's number and the pixels of each.
pub(crate) fn png_of(width: u32, height: u32, extra: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(header(width, height));
    png.extend(extra.concat());
    png.extend(chunk(b"IDAT", &deflated(rows)));
    png.extend(chunk(b"IEND", b""));
    png
}

pub(crate) fn png() -> Vec<u8> {
    png_with(3, 2, &[])
}

/// Says that it is so large, and has the pixels of a small one.
pub(crate) fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(header(width, height));
    png.extend(chunk(b"IDAT", &deflated(&[0; 8])));
    png.extend(chunk(b"IEND", b""));
    png
}

/// A segment of a JPEG.
pub(crate) fn segment(code: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [&[0xff, code], &length.to_be_bytes()[..], body].concat()
}

/// The segments and the scan of one pixel, with a comment.
pub(crate) fn jpeg_with(comment: &[u8]) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    jpeg.extend(segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"));
    jpeg.extend(segment(0xfe, comment));
    jpeg.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    jpeg.extend(segment(0xc0, &[8, 0, 1, 0, 1, 1, 1, 0x11, 0]));
    jpeg.extend(segment(0xc4, &[&[0x00][..], &[1], &[0; 15], &[0]].concat()));
    jpeg.extend(segment(0xc4, &[&[0x10][..], &[1], &[0; 15], &[0]].concat()));
    jpeg.extend(segment(0xda, &[1, 1, 0, 0, 63, 0]));
    jpeg.extend([0x3f, 0xff, 0xd9]);
    jpeg
}

pub(crate) fn jpeg() -> Vec<u8> {
    jpeg_with(b"a comment")
}

/// One pixel, in so many frames.
pub(crate) fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let mut gif = b"GIF89a".to_vec();
    gif.extend(width.to_le_bytes());
    gif.extend(height.to_le_bytes());
    gif.extend([0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff]);
    for _ in 0..frames {
        gif.extend(b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0");
    }
    gif.push(b';');
    gif
}

/// Lossless, one pixel.
pub(crate) fn webp() -> Vec<u8> {
    let stream = b"\x2f\0\0\0\0\x07\x10\xfd\x8f\xfe\x07\x22\xa2\xff\x01";
    let mut chunk = b"VP8L".to_vec();
    chunk.extend(u32::try_from(stream.len()).unwrap().to_le_bytes());
    chunk.extend(stream);
    chunk.extend(vec![0; stream.len() % 2]);
    let size = u32::try_from(chunk.len() + 4).unwrap();
    [&b"RIFF"[..], &size.to_le_bytes(), b"WEBP", &chunk].concat()
}

pub(crate) fn pdf() -> Vec<u8> {
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
      2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\nxref\n0 3\n\
      0000000000 65535 f \n0000000009 00000 n \n0000000054 00000 n \n\
      trailer<</Size 3/Root 1 0 R>>\nstartxref\n98\n%%EOF\n"
        .to_vec()
}

pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An entry of this name that the writer of honest archives would not write: the name replaces one
/// of the same length.
pub(crate) fn zip_named(name: &str) -> Vec<u8> {
    let stand_in = "x".repeat(name.len());
    let mut bytes = zip(&[(&stand_in, b"content")]);
    let places: Vec<_> = bytes
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| *window == stand_in.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert_eq!(places.len(), 2, "the local header and the directory");
    for at in places {
        bytes[at..at + name.len()].copy_from_slice(name.as_bytes());
    }
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

const DOCX: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";

/// A document of one part, and these beside it.
pub(crate) fn docx(more: &[(&str, &[u8])]) -> Vec<u8> {
    let types = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override \
         PartName=\"/word/document.xml\" ContentType=\"{DOCX}\"/></Types>"
    );
    let mut entries: Vec<(&str, &[u8])> =
        vec![("[Content_Types].xml", types.as_bytes()), ("word/document.xml", b"<w:document/>")];
    entries.extend_from_slice(more);
    zip(&entries)
}
