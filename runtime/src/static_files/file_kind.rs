//! The types of files that are served.

use crate::headers::ProfileKind;

/// The properties of a file type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileType {
    pub(super) content_type: &'static str,
    pub(super) profile: ProfileKind,
    /// Whether it has to be UTF-8, because it is sent with that charset.
    pub(super) is_text: bool,
    /// Whether it is shown in an origin of its own: an image that can contain scripts.
    pub(super) is_sandboxed: bool,
}

impl FileType {
    /// The type for the extension of a name; `None` for types that are not served.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        let data = |content_type| Self {
            content_type,
            profile: ProfileKind::Json,
            is_text: false,
            is_sandboxed: false,
        };
        let text = |content_type| Self { is_text: true, ..data(content_type) };
        Some(match extension.to_ascii_lowercase().as_str() {
            "html" => Self { profile: ProfileKind::Html, ..text("text/html; charset=utf-8") },
            "css" => text("text/css; charset=utf-8"),
            "js" | "mjs" => text("text/javascript; charset=utf-8"),
            "json" | "map" => text("application/json"),
            "webmanifest" => text("application/manifest+json"),
            "txt" => text("text/plain; charset=utf-8"),
            "svg" => Self { is_sandboxed: true, ..text("image/svg+xml") },
            "png" => data("image/png"),
            "jpg" | "jpeg" => data("image/jpeg"),
            "gif" => data("image/gif"),
            "webp" => data("image/webp"),
            "avif" => data("image/avif"),
            "ico" => data("image/x-icon"),
            "woff" => data("font/woff"),
            "woff2" => data("font/woff2"),
            "ttf" => data("font/ttf"),
            "otf" => data("font/otf"),
            "wasm" => data("application/wasm"),
            "mp3" => data("audio/mpeg"),
            "ogg" => data("audio/ogg"),
            "mp4" => data("video/mp4"),
            "webm" => data("video/webm"),
            "pdf" => Self { profile: ProfileKind::Download, ..data("application/pdf") },
            _ => return None,
        })
    }
}
