//! What a part's `Content-Type` says that it is.

use super::kind::FileKind;

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
        let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let is_token = |word: &str| {
            !word.is_empty()
                && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        let (kind, subtype) = essence.split_once('/').ok_or(NoMediaType)?;
        if !is_token(kind) || !is_token(subtype) {
            return Err(NoMediaType);
        }
        for parameter in parameters.split(';') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if name.trim().split('*').next().is_some_and(|n| n.eq_ignore_ascii_case("charset")) {
                let value = value.trim().trim_matches('"');
                let is_utf8 = ["utf-8", "us-ascii"].iter().any(|c| value.eq_ignore_ascii_case(c));
                if name.contains('*') || !is_utf8 {
                    return Err(NoMediaType);
                }
            }
        }
        Ok(if essence == "application/octet-stream" { Self::Nothing } else { Self::As(essence) })
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
