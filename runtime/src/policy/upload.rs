//! What an endpoint takes as files.

use crate::policy::FileKind;

/// The files that an endpoint takes: `#[upload(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct UploadRule {
    /// The name of the form's field that holds a file.
    pub field: &'static str,
    /// The most files of one request.
    pub files: u32,
    /// The most bytes of one file.
    pub max: u64,
    /// The kinds that are taken.
    pub kinds: &'static [FileKind],
    /// The most bytes that what is packed in one file may unpack to.
    pub unpacked: u64,
    /// The most pixels of an image: width times height, all frames together.
    pub pixels: u64,
    /// The most frames of an image; images after a JPEG, such as a preview, do not count.
    pub frames: u32,
    /// The charset of text that is not UTF-8: a label of the WHATWG Encoding Standard.
    pub charset: Option<&'static str>,
    /// Whether text may be markup for a browser.
    pub markup: bool,
}
