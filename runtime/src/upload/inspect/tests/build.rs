//! Files, byte by byte.

use std::io::{Cursor, Write as _};

use flate2::{
    Compression, Crc,
    write::{GzEncoder, ZlibEncoder},
};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::policy::FileKind;

pub(in crate::upload::inspect) fn one_of_each() -> Vec<(FileKind, Vec<u8>)> {
    vec![
        (FileKind::Png, Png::default().bytes()),
        (FileKind::Jpeg, jpeg(16, 16)),
        (FileKind::Gif, gif(8, 8, 2)),
        (FileKind::Webp, webp(20, 10)),
        (FileKind::Pdf, pdf()),
        (FileKind::Zip, zip(&[("a.txt", b"text"), ("b/", b""), ("b/c.txt", &[b'x'; 5_000])])),
        (FileKind::Gzip, gzip(b"some text\n")),
        (FileKind::Docx, office("wordprocessingml.document.main+xml")),
        (FileKind::Xlsx, office("spreadsheetml.sheet.main+xml")),
        (FileKind::Pptx, office("presentationml.presentation.main+xml")),
        (FileKind::Text, "Grüße, 世界\n\tand tabs\r\n".into()),
        (
            FileKind::Svg,
            br#"<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>"#.to_vec(),
        ),
        (FileKind::Html, b"<!DOCTYPE html><title>a</title><p>b".to_vec()),
    ]
}

/// A PNG of eight-bit greys, with what a test puts into it.
#[derive(Clone, Debug)]
pub(in crate::upload::inspect) struct Png {
    pub(in crate::upload::inspect) header: [u8; 13],
    chunks: Vec<u8>,
    /// What the pixels unpack to.
    pub(in crate::upload::inspect) data: Vec<u8>,
}

impl Default for Png {
    fn default() -> Self {
        Self::of(4, 3)
    }
}

impl Png {
    pub(in crate::upload::inspect) fn of(width: u32, height: u32) -> Self {
        let [a, b, c, d] = width.to_be_bytes();
        let [e, f, g, h] = height.to_be_bytes();
        let rows = (u64::from(width) + 1) * u64::from(height);
        let data = vec![0; usize::try_from(rows.min(1 << 24)).unwrap()];
        Self { header: [a, b, c, d, e, f, g, h, 8, 0, 0, 0, 0], chunks: Vec::new(), data }
    }

    /// A chunk between the header and the pixels.
    pub(in crate::upload::inspect) fn chunk(mut self, name: [u8; 4], body: &[u8]) -> Self {
        self.chunks.extend(chunk(name, body));
        self
    }

    pub(in crate::upload::inspect) fn bytes(&self) -> Vec<u8> {
        self.with(&[])
    }

    pub(in crate::upload::inspect) fn chunk_before_end(
        &self,
        name: [u8; 4],
        body: &[u8],
    ) -> Vec<u8> {
        self.with(&chunk(name, body))
    }

    pub(in crate::upload::inspect) fn with(&self, late: &[u8]) -> Vec<u8> {
        let data = zlib(&self.data);
        let (first, second) = data.split_at(data.len() / 2);
        [
            &b"\x89PNG\r\n\x1a\n"[..],
            &chunk(*b"IHDR", &self.header),
            &self.chunks,
            &chunk(*b"IDAT", first),
            &chunk(*b"IDAT", second),
            late,
            &chunk(*b"IEND", b""),
        ]
        .concat()
    }
}

pub(in crate::upload::inspect) fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(body);
    let length = u32::try_from(body.len()).unwrap();
    [&length.to_be_bytes()[..], &name, body, &crc.sum().to_be_bytes()].concat()
}

pub(in crate::upload::inspect) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::upload::inspect) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(in crate::upload::inspect) fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 2).unwrap();
    [&[0xff, marker][..], &length.to_be_bytes(), body].concat()
}

/// The frame of a JPEG: precision, height, width, and one component.
pub(in crate::upload::inspect) fn frame(width: u16, height: u16) -> Vec<u8> {
    let [h, i] = height.to_be_bytes();
    let [w, x] = width.to_be_bytes();
    segment(0xc0, &[8, h, i, w, x, 1, 1, 0x11, 0])
}

pub(in crate::upload::inspect) fn scan() -> Vec<u8> {
    let mut scan = segment(0xda, &[1, 1, 0, 0, 63, 0]);
    scan.extend(b"\x12\x34\xff\x00\x56\xff\xd0\x78");
    scan
}

pub(in crate::upload::inspect) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let start = [&b"\xff\xd8"[..], &segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")].concat();
    [start, frame(width, height), scan(), b"\xff\xd9".to_vec()].concat()
}

pub(in crate::upload::inspect) fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let ([w, x], [h, y]) = (width.to_le_bytes(), height.to_le_bytes());
    let mut bytes = [&b"GIF89a"[..], &[w, x, h, y, 0x80, 0, 0], &[0; 6]].concat();
    bytes.extend(b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0");
    for _ in 0..frames {
        bytes.extend([b',', 0, 0, 0, 0, w, x, h, y, 0, 2, 2, 0x4c, 0x01, 0]);
    }
    bytes.push(b';');
    bytes
}

pub(in crate::upload::inspect) fn riff(chunks: &[u8]) -> Vec<u8> {
    let size = u32::try_from(chunks.len() + 4).unwrap();
    [&b"RIFF"[..], &size.to_le_bytes(), b"WEBP", chunks].concat()
}

pub(in crate::upload::inspect) fn riff_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap();
    let padding = vec![0; body.len() % 2];
    [&name[..], &size.to_le_bytes(), body, &padding].concat()
}

/// The bitstream of a lossless image.
pub(in crate::upload::inspect) fn lossless(width: u32, height: u32) -> Vec<u8> {
    let bits = (width - 1) | ((height - 1) << 14);
    riff_chunk(b"VP8L", &[&[0x2f][..], &bits.to_le_bytes(), b"data"].concat())
}

pub(in crate::upload::inspect) fn webp(width: u32, height: u32) -> Vec<u8> {
    riff(&lossless(width, height))
}

pub(in crate::upload::inspect) fn extended(width: u32, height: u32) -> Vec<u8> {
    let ([w, x, z, _], [h, i, j, _]) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    riff_chunk(b"VP8X", &[2, 0, 0, 0, w, x, z, h, i, j])
}

/// A frame of an animation, with what it holds.
pub(in crate::upload::inspect) fn animation_frame(width: u32, height: u32, held: &[u8]) -> Vec<u8> {
    let ([w, x, z, _], [h, i, j, _]) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    let head = [0, 0, 0, 0, 0, 0, w, x, z, h, i, j, 100, 0, 0, 0];
    riff_chunk(b"ANMF", &[&head[..], held].concat())
}

pub(in crate::upload::inspect) fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF"
        .to_vec()
}

pub(in crate::upload::inspect) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, bytes) in entries {
        match name.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, options).unwrap(),
            None => {
                zip.start_file(*name, options).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

pub(in crate::upload::inspect) fn content_types(main: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Types \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override \
         PartName=\"/main.xml\" ContentType=\"{main}\"/></Types>"
    )
    .into_bytes()
}

pub(in crate::upload::inspect) fn office(main: &str) -> Vec<u8> {
    let main = format!("application/vnd.openxmlformats-officedocument.{main}");
    zip(&[
        ("[Content_Types].xml", &content_types(&main)),
        ("_rels/.rels", b"<Relationships/>"),
        ("main.xml", b"<document/>"),
    ])
}

/// A zip of one stored entry, with these extra fields in its own header and in the directory.
pub(in crate::upload::inspect) fn zip_with_extra(
    name: &str,
    local: &[u8],
    central: &[u8],
) -> Vec<u8> {
    const CONTENT: &[u8] = b"text";
    let mut crc = Crc::new();
    crc.update(CONTENT);
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    let size = u32::try_from(CONTENT.len()).unwrap().to_le_bytes();
    // Version, flags, method, time and date, then the sum and both sizes.
    let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc.sum().to_le_bytes(), &size, &size];
    let common = common.concat();
    let lengths = |extra: &[u8]| [length(name.as_bytes()), length(extra)].concat();
    let entry = [b"PK\x03\x04", &common[..], &lengths(local), name.as_bytes(), local, CONTENT];
    let entry = entry.concat();
    // Made by Unix; without a comment, on disk 0, with the attributes of a file.
    let (attributes, offset) = ([0, 0, 0, 0, 0, 0, 0, 0, 0xa4, 0x81], [0; 4]);
    let directory = [
        &b"PK\x01\x02\x14\x03"[..],
        &common,
        &lengths(central),
        &attributes,
        &offset,
        name.as_bytes(),
        central,
    ];
    let directory = directory.concat();
    let word = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &word(&directory), &word(&entry), &[0, 0]];
    [entry, directory, end.concat()].concat()
}
