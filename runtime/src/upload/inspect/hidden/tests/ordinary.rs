//! Ordinary pictures and documents, by the programs that people make them with, are taken; and what
//! programs for documents open is refused in a picture.

use std::{collections::BTreeSet, fs};

use super::{
    carriers, judge,
    readers::{run, say_missing},
};
use crate::{policy::FileKind, private_folder::tests::Place};

/// Pictures with noise in them, so that their data is as random as that of a photo.
const PILLOW: &str = r#"
import random
from PIL import Image
random.seed(7)
def noise(mode, size=(400, 300)):
    bands = len(mode)
    return Image.frombytes(mode, size, random.randbytes(size[0] * size[1] * bands))
rgb, grey, frames = noise("RGB"), noise("L"), [noise("RGB", (64, 48)) for _ in range(12)]
exif = Image.Exif()
exif[0x010e] = "a description"
rgb.save("plain.png")
noise("RGBA").save("alpha.png", optimize=True)
grey.save("grey.png", dpi=(300, 300))
rgb.quantize(64).save("palette.png")
frames[0].save("animated.png", save_all=True, append_images=frames[1:])
rgb.save("plain.jpg", quality=95)
rgb.save("progressive.jpg", progressive=True, exif=exif, icc_profile=b"profile" * 20000)
grey.save("grey.jpg", comment=b"a comment")
rgb.save("several.jpg", format="MPO", save_all=True, append_images=frames[:1])
rgb.quantize(128).save("plain.gif")
frames[0].save("animated.gif", save_all=True, append_images=frames[1:], loop=0, comment=b"a comment")
rgb.save("lossy.webp", exif=exif)
noise("RGBA").save("lossless.webp", lossless=True)
frames[0].save("animated.webp", save_all=True, append_images=frames[1:])
rgb.save("picture.pdf")
frames[0].save("several.pdf", save_all=True, append_images=frames[1:])
"#;

const SCRIPT: &str = "%!PS\n/Times-Roman findfont 20 scalefont setfont 72 700 moveto (some text) show\n\
    72 600 200 100 rectfill showpage\n";

/// Programs that make files in a folder, and what they are called with.
const WRITERS: &[(&str, &[&str])] = &[
    ("/usr/bin/python3", &["-c", PILLOW]),
    ("/usr/bin/convert", &["-size", "300x200", "plasma:fractal", "m-plain.png"]),
    (
        "/usr/bin/convert",
        &["-size", "300x200", "plasma:fractal", "-interlace", "PNG", "m-interlaced.png"],
    ),
    ("/usr/bin/convert", &["-size", "300x200", "plasma:fractal", "-quality", "97", "m-plain.jpg"]),
    (
        "/usr/bin/convert",
        &["-size", "30x20", "-delay", "9", "plasma:", "plasma:", "m-animated.gif"],
    ),
    ("/usr/bin/convert", &["-size", "300x200", "plasma:fractal", "m-plain.webp"]),
    ("/usr/bin/convert", &["-size", "300x200", "plasma:fractal", "m-plain.pdf"]),
    ("gs", &["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-sOutputFile=g.pdf", "in.ps"]),
    ("gs", &["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=png16m", "-sOutputFile=g.png", "in.ps"]),
    ("gs", &["-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=jpeg", "-sOutputFile=g.jpg", "in.ps"]),
];

#[test]
fn ordinary_pictures_and_documents_are_taken() {
    let place = Place::new();
    let folder = place.join("");
    fs::write(folder.join("in.ps"), SCRIPT).unwrap();
    for (program, arguments) in WRITERS {
        let _made = run(program, arguments, &folder);
    }
    let writers = WRITERS.iter().map(|(program, _)| *program);
    say_missing("ordinary_pictures_and_documents_are_taken", writers);
    let made_by = |program: &str, arguments: &[&str]| run(program, arguments, &folder).is_some();
    let has_pillow = made_by("/usr/bin/python3", &["--version"])
        && run("/usr/bin/python3", &["-c", "import PIL; print('here')"], &folder)
            .is_some_and(|said| said.contains("here"));
    let mut kinds = BTreeSet::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("png") => FileKind::Png,
            Some("jpg") => FileKind::Jpeg,
            Some("gif") => FileKind::Gif,
            Some("webp") => FileKind::Webp,
            Some("pdf") => FileKind::Pdf,
            _ => continue,
        };
        let bytes = fs::read(&path).unwrap();
        // A program without a part that it needs leaves an empty file.
        if bytes.is_empty() {
            continue;
        }
        assert_eq!(judge(&bytes), Ok(kind), "{}", path.display());
        kinds.insert(kind.name());
    }
    let expected: &[&str] = if has_pillow {
        &["gif", "jpeg", "pdf", "png", "webp"]
    } else if made_by("/usr/bin/convert", &["-version"]) {
        &["gif", "jpeg", "png"]
    } else if made_by("gs", &["--version"]) {
        &["jpeg", "pdf", "png"]
    } else {
        &[]
    };
    for kind in expected {
        assert!(kinds.contains(kind), "no file of kind {kind} was made: {kinds:?}");
    }
}

/// A document that every reader opens.
fn document() -> Vec<u8> {
    let objects = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n",
    ];
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = "xref\n0 4\n0000000000 65535 f \n".to_owned();
    for object in objects {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(object);
    }
    let start = text.len();
    text.push_str(&table);
    text.push_str(&format!("trailer<</Size 4/Root 1 0 R>>\nstartxref\n{start}\n%%EOF"));
    text.into_bytes()
}

const READERS: &[(&str, &[&str])] = &[
    ("pdfinfo", &[]),
    ("mutool", &["info"]),
    (
        "/usr/bin/python3",
        &["-c", "import sys, pypdf; print('Pages:', len(pypdf.PdfReader(sys.argv[1]).pages))"],
    ),
];

#[test]
fn a_document_that_programs_open_in_a_picture_is_refused() {
    let place = Place::new();
    let folder = place.join("");
    let plain = document();
    assert_eq!(judge(&plain), Ok(FileKind::Pdf));
    let mut opened = BTreeSet::new();
    let headless = plain[9..].to_vec();
    let table = headless.windows(4).position(|four| four == b"xref").unwrap();
    let objects = headless[..table].to_vec();
    for filling in [0, 900, 1_100, 5_000] {
        for document in [&plain, &headless, &objects] {
            let hidden = [&vec![b' '; filling][..], b"\n", document, b"\n"].concat();
            for (what, bytes) in carriers(&hidden) {
                if what.starts_with("pdf") {
                    continue;
                }
                fs::write(folder.join("file.bin"), &bytes).unwrap();
                for (reader, arguments) in READERS {
                    let arguments = [arguments, &["file.bin"][..]].concat();
                    let said = run(reader, &arguments, &folder).unwrap_or_default();
                    if said.contains("Pages: ") {
                        opened.insert(*reader);
                        assert!(
                            judge(&bytes).is_err(),
                            "{reader} opens it {filling} bytes in {what}"
                        );
                    }
                }
            }
        }
    }
    let readers = READERS.iter().map(|(program, _)| *program);
    say_missing("a_document_that_programs_open_in_a_picture_is_refused", readers);
    // The comparison says something of each program that is there only if it opens some of them.
    let has_pypdf = run("/usr/bin/python3", &["-c", "import pypdf; print('here')"], &folder)
        .is_some_and(|said| said.contains("here"));
    for (reader, _) in READERS {
        let is_there = match *reader {
            "/usr/bin/python3" => has_pypdf,
            reader => run(reader, &["-v"], &folder).is_some(),
        };
        assert!(!is_there || opened.contains(reader), "{reader} opened nothing: {opened:?}");
    }
}
