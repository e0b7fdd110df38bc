//! What a file is, by its content, and whether it is that from its first byte to its last.
//!
//! 1. The first bytes say what a file may be. What no kind of the endpoint begins with is refused
//!    before a byte is written, and so is what the part's `Content-Type` contradicts.
//! 2. The file is parsed while it comes: chunks, segments and blocks to the format's own end. Behind it
//!    there may be filling, and what the programs of the kind write there: that is read, and not kept. A
//!    file that is two kinds at once has to hide the second one somewhere.
//! 3. Sizes are those that a program would meet: pixels of all frames by what the image declares,
//!    bytes of what is packed by unpacking it. Nothing is decoded before its size is known.
//! 4. Archives are looked at when they are whole, because their directory is at the end.
//! 5. Every byte is searched for the beginning of an archive of any format: see `hidden`.
//!
//! All of it runs away from the threads that serve requests, in memory that does not depend on the
//! file.

mod archive;
mod count;
mod filling;
mod gather;
mod gif;
mod gzip;
mod hidden;
mod inflate;
mod jpeg;
mod jpeg_trailer;
mod multi_picture;
mod ooxml;
mod packed;
mod pdf;
mod pdf_objects;
mod pixels;
mod png;
mod tar;
#[cfg(test)]
mod tests;
mod text;
mod webp;

use std::io::{Read, Seek};

use encoding_rs::Encoding;
use memchr::memmem;

use self::{
    archive::Archive,
    filling::is_filling,
    gif::Gif,
    hidden::{Scope, Search},
    jpeg::Jpeg,
    pdf::Pdf,
    pixels::Pixels,
    png::Png,
    text::{Text, Written},
    webp::Webp,
};
use super::{declared::Declared, flaw::Flaw};
use crate::policy::file_kind::FileKind;

/// Where readers of PDF look for its header: not at the first byte alone.
const PDF_HEAD: usize = 1_024;

/// The kinds and sizes that are taken.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(crate) kinds: &'static [FileKind],
    pub(crate) declared: Declared,
    /// The charset of text that is not UTF-8.
    pub(crate) charset: Option<&'static Encoding>,
    /// Whether the part's type says that it is in this charset.
    pub(crate) says_charset: bool,
    /// Whether text may be markup that a browser interprets.
    pub(crate) markup: bool,
    pub(crate) unpacked: u64,
    pub(crate) pixels: u64,
    pub(crate) frames: u32,
    /// The most bytes that the file may have.
    pub(crate) size: u64,
}

impl Admission {
    const fn images(&self) -> Pixels {
        Pixels::new(self.pixels, self.frames)
    }

    /// The first of these that is taken and that the part's type does not contradict.
    fn choose(&self, candidates: &[FileKind]) -> Result<FileKind, Flaw> {
        let mut taken = candidates.iter().copied().filter(|kind| self.kinds.contains(kind));
        let first = taken.clone().next().ok_or(Flaw::Kind)?;
        match taken.find(|kind| self.declared.fits(*kind)) {
            Some(kind) => Ok(kind),
            None if self.declared.fits(first) => Ok(first),
            None => Err(Flaw::DeclaredType),
        }
    }

    /// The kind of text of this form.
    fn choose_text(&self, written: Written) -> Result<FileKind, Flaw> {
        let texts = match self.declared.is_table() {
            true => [FileKind::Csv, FileKind::Text],
            false => [FileKind::Text, FileKind::Csv],
        };
        let markup = match written {
            Written::Text => return self.choose(&texts),
            Written::Page => FileKind::Html,
            Written::Drawing => FileKind::Svg,
        };
        if self.markup {
            let [first, second] = texts;
            return self.choose(&[markup, first, second]);
        }
        let would_be_text = |flaw: &Flaw| matches!(flaw, Flaw::Kind) && self.choose(&texts).is_ok();
        self.choose(&[markup])
            .map_err(|flaw| if would_be_text(&flaw) { Flaw::Markup } else { flaw })
    }
}

/// A file that is what its kind has to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) kind: FileKind,
    /// The number of bytes after its end: the stored file ends before them.
    pub(crate) behind: u64,
}

/// Looks at a file while it comes.
#[derive(Debug)]
pub(crate) struct Inspector {
    admission: Admission,
    parser: Parser,
    search: Search,
}

#[derive(Debug)]
enum Parser {
    Png(Box<Png>),
    Jpeg(Jpeg),
    Gif(Gif),
    Webp(Webp),
    Pdf(Pdf),
    Text(FileKind, Text),
    Zip,
    Gzip,
}

impl Inspector {
    /// How many of the first bytes of a file are not to be kept, and not to be judged: filling and a
    /// byte order mark before a PDF, whose readers look for its header and count from there.
    pub(crate) fn before(head: &[u8]) -> usize {
        let beginning = head.get(..PDF_HEAD).unwrap_or(head);
        let unmarked = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
        let filling = unmarked.iter().take_while(|byte| is_filling(**byte)).count();
        let is_pdf = unmarked.get(filling..).is_some_and(|rest| rest.starts_with(b"%PDF-"));
        let mark = beginning.len().saturating_sub(unmarked.len());
        if is_pdf { mark.saturating_add(filling) } else { 0 }
    }

    /// Decides by the first bytes of a file: at least two kibibytes, or all of it.
    pub(crate) fn begin(head: &[u8], admission: Admission) -> Result<Self, Flaw> {
        let parser = match head {
            [] => return Err(Flaw::Empty),
            _ if head.starts_with(&png::SIGNATURE) => {
                admission.choose(&[FileKind::Png])?;
                Parser::Png(Box::new(Png::new(admission.images(), admission.unpacked)))
            }
            [0xff, 0xd8, 0xff, ..] => {
                admission.choose(&[FileKind::Jpeg])?;
                Parser::Jpeg(Jpeg::new(admission.images()))
            }
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
                admission.choose(&[FileKind::Gif])?;
                Parser::Gif(Gif::new(admission.images()))
            }
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
                admission.choose(&[FileKind::Webp])?;
                Parser::Webp(Webp::new(admission.images()))
            }
            [b'%', b'P', b'D', b'F', b'-', ..] => {
                admission.choose(&[FileKind::Pdf])?;
                Parser::Pdf(Pdf::default())
            }
            [b'P', b'K', 3, 4, ..] => {
                admission.choose(DOCUMENTS_AND_ZIP)?;
                Parser::Zip
            }
            [0x1f, 0x8b, ..] => {
                admission.choose(&[FileKind::Gzip])?;
                Parser::Gzip
            }
            _ => {
                let kind = admission.choose_text(text::kind_of(head))?;
                if hidden::is_archive_of_text(head) {
                    return Err(Flaw::Polyglot);
                }
                Parser::Text(kind, Text::new(kind, head))
            }
        };
        // An archive may hold a PDF as it is, right at its beginning.
        let may_hold_one = matches!(parser, Parser::Pdf(_) | Parser::Zip);
        let beginning = head.get(..PDF_HEAD).unwrap_or(head);
        if !may_hold_one && memmem::find(beginning, b"%PDF-").is_some() {
            return Err(Flaw::Polyglot);
        }
        let search = Search::new(parser.scope(), admission.size);
        Ok(Self { admission, parser, search })
    }

    /// Whether it is text, by its beginning.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self.parser, Parser::Text(..))
    }

    /// The next bytes, the first ones included.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), Flaw> {
        match &mut self.parser {
            Parser::Png(png) => png.feed(bytes),
            Parser::Jpeg(jpeg) => jpeg.feed(bytes),
            Parser::Gif(gif) => gif.feed(bytes),
            Parser::Webp(webp) => webp.feed(bytes),
            Parser::Pdf(pdf) => pdf.feed(bytes),
            Parser::Text(_, text) => text.feed(bytes),
            Parser::Zip | Parser::Gzip => Ok(()),
        }?;
        self.search.feed(bytes)
    }

    /// What the file is, now that it is whole.
    pub(crate) fn finish<R: Read + Seek>(
        mut self,
        file: &mut R,
        size: u64,
    ) -> Result<Judged, Flaw> {
        let whole = |kind| Judged { kind, behind: 0 };
        let judged = match self.parser {
            Parser::Png(png) => png.finish().map(|behind| Judged { kind: FileKind::Png, behind }),
            Parser::Jpeg(jpeg) => {
                jpeg.finish().map(|behind| Judged { kind: FileKind::Jpeg, behind })
            }
            Parser::Gif(gif) => gif.finish().map(|behind| Judged { kind: FileKind::Gif, behind }),
            Parser::Webp(webp) => {
                webp.finish().map(|behind| Judged { kind: FileKind::Webp, behind })
            }
            Parser::Pdf(pdf) => pdf.finish().map(|behind| Judged { kind: FileKind::Pdf, behind }),
            Parser::Text(kind, text) => text.finish().map(|()| whole(kind)),
            Parser::Gzip => {
                gzip::inspect(file, size, self.admission.unpacked).map(|()| whole(FileKind::Gzip))
            }
            Parser::Zip => {
                let archive = archive::inspect(file, size, self.admission.unpacked)?;
                match archive {
                    Archive::Document(kind) => {
                        self.admission.choose(&[kind, FileKind::Zip]).map(whole)
                    }
                    Archive::Package | Archive::Plain => {
                        self.admission.choose(&[FileKind::Zip]).map(whole)
                    }
                    Archive::Macros => Err(Flaw::Macros),
                }
            }
        }?;
        self.search.finish()?;
        Ok(judged)
    }
}

impl Parser {
    fn scope(&self) -> Scope {
        match self {
            Self::Png(_) | Self::Jpeg(_) | Self::Gif(_) | Self::Webp(_) => Scope::All,
            Self::Pdf(_) => Scope::Pdf,
            Self::Text(..) => Scope::InText,
            Self::Zip => Scope::InZip,
            Self::Gzip => Scope::InGzip,
        }
    }
}

const DOCUMENTS_AND_ZIP: &[FileKind] =
    &[FileKind::Docx, FileKind::Xlsx, FileKind::Pptx, FileKind::Zip];
