//! The kinds of files of an argument's type.

use super::FileKind;

/// A group of kinds of files: the `K` of [`Upload<K>`](super::Upload).
///
/// An endpoint whose `#[upload(kinds(..))]` names a kind that is not among them does not compile.
///
/// ```
/// use palisade::upload::{FileKind, UploadKind};
///
/// enum Avatar {}
///
/// impl UploadKind for Avatar {
///     const KINDS: &'static [FileKind] = &[FileKind::Png, FileKind::Jpeg];
/// }
/// ```
pub trait UploadKind: 'static {
    /// The kinds.
    const KINDS: &'static [FileKind];
}

/// Every kind; the attribute of the endpoint names the accepted ones.
#[derive(Clone, Copy, Debug)]
pub enum AnyKind {}

/// `png`, `jpeg`, `gif`, `webp`.
#[derive(Clone, Copy, Debug)]
pub enum Image {}

/// `pdf`, `docx`, `xlsx`, `pptx`, `text`, `csv`.
#[derive(Clone, Copy, Debug)]
pub enum Document {}

/// `zip`, `gzip`.
#[derive(Clone, Copy, Debug)]
pub enum Archive {}

impl UploadKind for AnyKind {
    const KINDS: &'static [FileKind] = FileKind::ALL;
}

impl UploadKind for Image {
    const KINDS: &'static [FileKind] =
        &[FileKind::Png, FileKind::Jpeg, FileKind::Gif, FileKind::Webp];
}

impl UploadKind for Document {
    const KINDS: &'static [FileKind] = &[
        FileKind::Pdf,
        FileKind::Docx,
        FileKind::Xlsx,
        FileKind::Pptx,
        FileKind::Text,
        FileKind::Csv,
    ];
}

impl UploadKind for Archive {
    const KINDS: &'static [FileKind] = &[FileKind::Zip, FileKind::Gzip];
}
