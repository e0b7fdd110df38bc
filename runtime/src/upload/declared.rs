//! The declared `Content-Type` of a part.

use encoding_rs::Encoding;

use super::kind::FileKind;
use crate::media_type::{Charset, MediaType};

/// The media type of a part. It is not believed: it has to agree with the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// None, or one without information: `application/octet-stream`, `*/*`.
    Nothing,
    /// A media type in lower case, without parameters.
    As(String),
    /// One of JSON documents.
    Json(String),
    /// Any subtype of a type, in lower case and with its slash: `image/`.
    Within(String),
    /// One of the others, in a charset that is not UTF-8: it fits no text. With the label of that
    /// charset, if there is one.
    NotText(Box<Self>, Option<String>),
}

/// What programs send if they do not know the type.
const UNKNOWN: [&str; 5] = [
    "application/octet-stream",
    "binary/octet-stream",
    "application/binary",
    "application/x-binary",
    "*/*",
];

/// The header cannot be read as a media type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoMediaType;

impl Declared {
    /// Reads a `Content-Type`. With a charset other than UTF-8, it fits no text; for other kinds
    /// the charset is ignored.
    pub(crate) fn parse(text: &str) -> Result<Self, NoMediaType> {
        let media_type = MediaType::parse(text).ok_or(NoMediaType)?;
        let essence = media_type.essence();
        let declared = match essence.strip_suffix('*') {
            _ if UNKNOWN.contains(&essence) => Self::Nothing,
            Some(within) if within.ends_with('/') => Self::Within(within.to_owned()),
            _ if media_type.is_json() => Self::Json(essence.to_owned()),
            _ => Self::As(essence.to_owned()),
        };
        // As libmagic says of what it takes for no text.
        let is_binary = media_type
            .values("charset")
            .all(|(label, is_extended)| !is_extended && label.eq_ignore_ascii_case("binary"));
        Ok(match media_type.charset() {
            Charset::Other if !is_binary => {
                let mut labels = media_type.values("charset");
                let label = match (labels.next(), labels.next()) {
                    (Some((label, false)), None) => Some(label.to_owned()),
                    _ => None,
                };
                Self::NotText(Box::new(declared), label)
            }
            Charset::Other | Charset::Absent | Charset::Utf8 => declared,
        })
    }

    /// The same without its charset, if it is this one, and whether it is.
    pub(crate) fn without(self, charset: Option<&'static Encoding>) -> (Self, bool) {
        let is_this = matches!(
            &self,
            Self::NotText(_, Some(label))
                if charset.is_some() && Encoding::for_label(label.as_bytes()) == charset
        );
        let declared = match self {
            Self::NotText(declared, _) if is_this => *declared,
            Self::Nothing | Self::As(_) | Self::Json(_) | Self::Within(_) | Self::NotText(..) => {
                self
            }
        };
        (declared, is_this)
    }

    /// Whether the type may be that of a file of this kind.
    pub(crate) fn fits(&self, kind: FileKind) -> bool {
        match self {
            Self::Nothing => true,
            Self::Within(within) => kind.media_type().starts_with(within),
            Self::NotText(declared, _) => !kind.is_text() && declared.fits(kind),
            Self::As(essence) | Self::Json(essence) => {
                essence == kind.media_type() || aliases(kind).contains(&essence.as_str())
            }
        }
    }

    /// Whether the part may be read as text.
    pub(crate) fn is_plain_text(&self) -> bool {
        *self == Self::Nothing || self.fits(FileKind::Text)
    }

    /// Whether the part may be read as a JSON document: plain text is accepted too, which is the
    /// type of a part without one (RFC 7578 section 4.4), and what programs send for a serialized
    /// object. The type does not protect here: a page of another site may send either one.
    pub(crate) fn is_document(&self) -> bool {
        matches!(self, Self::Json(_)) || self.is_plain_text()
    }

    /// Whether it declares the text to be a table.
    pub(crate) fn is_table(&self) -> bool {
        self.fits(FileKind::Csv) && !self.fits(FileKind::Text)
    }
}

/// The other names of a kind besides its registered one.
const fn aliases(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Jpeg => &["image/jpg", "image/pjpeg"],
        FileKind::Png => &["image/x-png", "image/apng", "image/vnd.mozilla.apng"],
        FileKind::Pdf => &["application/x-pdf"],
        // Windows registers the second one.
        FileKind::Zip => {
            &["application/x-zip", "application/x-zip-compressed", "application/zip-compressed"]
        }
        FileKind::Gzip => &["application/x-gzip"],
        // Where Excel is installed, browsers call a table after it.
        FileKind::Csv => {
            &["text/plain", "application/csv", "text/x-csv", "application/vnd.ms-excel"]
        }
        FileKind::Html => &["application/xhtml+xml"],
        FileKind::Gif
        | FileKind::Webp
        | FileKind::Docx
        | FileKind::Xlsx
        | FileKind::Pptx
        | FileKind::Text
        | FileKind::Svg => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{Declared, NoMediaType};
    use crate::upload::FileKind;

    #[test]
    fn a_declared_type_fits_its_kind_alone() {
        let png = Declared::parse("IMAGE/PNG").unwrap();
        assert!(png.fits(FileKind::Png) && !png.fits(FileKind::Jpeg));
        assert_eq!(Declared::parse("application/octet-stream"), Ok(Declared::Nothing));
        assert!(Declared::parse("text/csv; charset=UTF-8").unwrap().is_table());
        assert!(!Declared::parse("text/plain").unwrap().is_table());
        for text in ["text/plain; charset=utf8", "text/plain; charset=us-ascii; x=\"a;charset=b\""]
        {
            assert!(Declared::parse(text).unwrap().is_plain_text(), "{text}");
        }
        for kind in FileKind::ALL {
            assert!(Declared::parse(kind.media_type()).unwrap().fits(*kind), "{kind}");
        }
        for bad in
            ["", "image/png; charset", "png", "/", "image/", "image/p ng", "image/png, text/html"]
        {
            assert_eq!(Declared::parse(bad), Err(NoMediaType), "{bad}");
        }
    }

    #[test]
    fn a_type_that_leaves_the_kind_open_fits_what_it_names() {
        for nothing in ["*/*", "binary/octet-stream", "application/octet-stream; charset=binary"] {
            assert_eq!(Declared::parse(nothing), Ok(Declared::Nothing), "{nothing}");
        }
        let image = Declared::parse("image/*").unwrap();
        assert!(image.fits(FileKind::Png) && image.fits(FileKind::Jpeg));
        assert!(!image.fits(FileKind::Pdf) && !image.is_plain_text());
        assert!(Declared::parse("text/*").unwrap().is_plain_text());
        let zip = Declared::parse("application/zip-compressed").unwrap();
        assert!(zip.fits(FileKind::Zip) && !zip.fits(FileKind::Gzip));
    }

    #[test]
    fn a_charset_counts_where_there_is_text() {
        for charset in ["binary", "utf-8", "iso-8859-1"] {
            let png = Declared::parse(&format!("image/png; charset={charset}")).unwrap();
            assert!(png.fits(FileKind::Png) && !png.fits(FileKind::Text), "{charset}");
        }
        for other in [
            "text/plain; charset=utf-16",
            "text/plain; charset*=utf-8''utf-16",
            "text/plain; charset*=binary",
            "application/octet-stream; charset=utf-16",
            "text/*; charset=iso-8859-1",
        ] {
            let declared = Declared::parse(other).unwrap();
            assert!(!declared.is_plain_text() && !declared.fits(FileKind::Text), "{other}");
            assert!(!declared.fits(FileKind::Csv), "{other}");
        }
    }
}
