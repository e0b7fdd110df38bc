//! The kinds of files that an endpoint may accept.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of file, recognised by its content and never by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileKind {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
    /// `image/gif`
    Gif,
    /// `image/webp`
    Webp,
    /// `application/pdf`
    Pdf,
    /// `application/zip`
    Zip,
    /// `application/gzip`
    Gzip,
    /// An Office Open XML document (ECMA-376) without macros: `.docx`
    Docx,
    /// An Office Open XML workbook without macros: `.xlsx`
    Xlsx,
    /// An Office Open XML presentation without macros: `.pptx`
    Pptx,
    /// `text/plain` in UTF-8, without control characters but tabs and the ends of lines and pages
    Text,
    /// `text/csv` in UTF-8, with the same characters
    Csv,
    /// `image/svg+xml`: active content
    Svg,
    /// `text/html`: active content
    Html,
}

impl FileKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Pdf,
        Self::Zip,
        Self::Gzip,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::Text,
        Self::Csv,
        Self::Svg,
        Self::Html,
    ];

    /// Its word in `#[upload(kinds(..))]`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
            Self::Zip => "zip",
            Self::Gzip => "gzip",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Svg => "svg",
            Self::Html => "html",
        }
    }

    /// Its registered media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Gzip => "application/gzip",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Text => "text/plain",
            Self::Csv => "text/csv",
            Self::Svg => "image/svg+xml",
            Self::Html => "text/html",
        }
    }

    /// The usual extension of its files.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Gzip => "gz",
            Self::Text => "txt",
            Self::Png
            | Self::Gif
            | Self::Webp
            | Self::Pdf
            | Self::Zip
            | Self::Docx
            | Self::Xlsx
            | Self::Pptx
            | Self::Csv
            | Self::Svg
            | Self::Html => self.name(),
        }
    }

    /// Whether it is text in UTF-8.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Csv | Self::Svg | Self::Html)
    }

    /// Whether a browser that shows it executes its content: accepted only with a reason.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Svg | Self::Html)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
