//! Digests in the formats of browsers.

use aws_lc_rs::digest::{SHA256, SHA384, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

/// `sha256-..`, for a `Content-Security-Policy`.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, bytes)))
}

/// `sha384-..`, for the attribute `integrity`.
pub(super) fn sha384(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(digest(&SHA384, bytes)))
}

/// A hash that distinguishes two versions of a file: the first 128 bits, as text.
pub(super) fn version(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    URL_SAFE_NO_PAD.encode(digest.as_ref().get(..16).unwrap_or_default())
}
