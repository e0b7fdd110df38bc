//! The files that an endpoint accepts.

use crate::upload::FileKind;

/// The files that an endpoint accepts: `#[upload(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct UploadRule {
    /// The name of the form field with the files.
    pub field: &'static str,
    /// The most files of one request.
    pub files: u32,
    /// The most bytes of one file.
    pub max: u64,
    /// The accepted kinds of files.
    pub kinds: &'static [FileKind],
    /// The most bytes that the content of one archive or compressed file may unpack to.
    pub unpacked: u64,
    /// The most pixels of an image: width times height, over all frames.
    pub pixels: u64,
    /// The most frames of an image; images after a JPEG, such as a preview, do not count.
    pub frames: u32,
    /// The charset of text other than UTF-8: a label of the WHATWG Encoding Standard.
    pub charset: Option<&'static str>,
    /// Whether text may be markup that a browser interprets.
    pub markup: bool,
}
