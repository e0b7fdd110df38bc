//! What a part's `Content-Type` says that it is.

use super::kind::FileKind;
use crate::media_type::{Charset, MediaType};

/// The media type of a part. Not believed: it has to agree with the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Declared {
    /// None, or the one that says nothing: `application/octet-stream`.
    Nothing,
    /// A media type in lower case, without parameters.
    As(String),
}

/// The header cannot be read as a media type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoMediaType;

impl Declared {
    /// Reads a `Content-Type`. A text in another charset than UTF-8 fits nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, NoMediaType> {
        let media_type = MediaType::parse(text).ok_or(NoMediaType)?;
        if media_type.charset() == Charset::Other {
            return Err(NoMediaType);
        }
        let essence = media_type.essence();
        Ok(match essence {
            "application/octet-stream" => Self::Nothing,
            _ => Self::As(essence.to_owned()),
        })
    }

    /// Whether a file of this kind may be called this.
    pub(crate) fn fits(&self, kind: FileKind) -> bool {
        match self {
            Self::Nothing => true,
            Self::As(essence) => {
                essence == kind.media_type() || aliases(kind).contains(&essence.as_str())
            }
        }
    }

    /// Whether a field that is called this may be read as text.
    pub(crate) fn is_plain_text(&self) -> bool {
        *self == Self::Nothing || self.fits(FileKind::Text)
    }

    /// Whether it says that the text is a table.
    pub(crate) fn is_table(&self) -> bool {
        self.fits(FileKind::Csv) && !self.fits(FileKind::Text)
    }
}

/// What programs call a kind besides its registered name.
const fn aliases(kind: FileKind) -> &'static [&'static str] {
    match kind {
        FileKind::Jpeg => &["image/jpg", "image/pjpeg"],
        FileKind::Png => &["image/x-png", "image/apng", "image/vnd.mozilla.apng"],
        FileKind::Pdf => &["application/x-pdf"],
        // Windows registers the second one.
        FileKind::Zip => &["application/x-zip", "application/x-zip-compressed"],
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
        for bad in [
            "",
            "png",
            "/",
            "image/",
            "image/p ng",
            "text/plain; charset=utf-16",
            "text/plain; charset*=utf-8''utf-16",
            "image/png, text/html",
        ] {
            assert_eq!(Declared::parse(bad), Err(NoMediaType), "{bad}");
        }
    }
}
