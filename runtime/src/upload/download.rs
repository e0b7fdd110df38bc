//! A stored file on its way out.

use std::fmt;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    body::{BoxBody, SizedStream},
    http::header::{self, HeaderValue},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{info::FileInfo, store::StoredFile};
use crate::headers::Wears;

/// A file that a browser saves and never shows: made by [`Uploads::load`](super::Uploads::load).
///
/// It leaves as an attachment (RFC 6266) with the media type of its content, which browsers are told
/// not to guess, and with the headers of a download: opened all the same, it is sandboxed in an
/// origin of its own. Bytes are read while they are sent.
pub struct Download(StoredFile);

impl Download {
    pub(super) fn new(file: StoredFile) -> Self {
        Self(file)
    }

    /// What is known of the file.
    pub fn info(&self) -> &FileInfo {
        &self.0.info
    }
}

impl Responder for Download {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let StoredFile { info, content } = self.0;
        let kind = info.kind();
        let media_type = match kind.is_text() {
            true => format!("{}; charset=utf-8", kind.media_type()),
            false => kind.media_type().to_owned(),
        };
        let mut response = HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header((header::CONTENT_DISPOSITION, disposition(&info)))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(SizedStream::new(info.size(), content));
        Wears::download(&mut response);
        response
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Download").field(&self.0).finish()
    }
}

/// RFC 8187 `attr-char`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `attachment`, with the name in ASCII for those who read nothing else, and as it is. The ending is
/// that of the content: nobody saves a page under the name of a program.
fn disposition(info: &FileInfo) -> HeaderValue {
    let ending = info.kind().extension();
    let stem = match info.display_name() {
        Some(name) => name.rsplit_once('.').map_or(name, |(stem, _)| stem),
        None => "file",
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' };
    let ascii: String = stem.chars().map(plain).collect();
    let full = format!("{stem}.{ending}");
    let text = format!(
        "attachment; filename=\"{ascii}.{ending}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&full, ESCAPED)
    );
    // Printable ASCII, so a value; whatever else is saved without a name.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::disposition;
    use crate::upload::{FileInfo, FileKind, UploadId, display_name::DisplayName};

    fn header(name: &str) -> String {
        let info = FileInfo {
            id: UploadId::generate().unwrap(),
            kind: FileKind::Png,
            size: 0,
            sha256: String::new(),
            name: DisplayName::new(name),
            created: 0,
        };
        disposition(&info).to_str().unwrap().to_owned()
    }

    #[test]
    fn the_ending_is_that_of_the_content() {
        assert_eq!(header("run.exe"), "attachment; filename=\"run.png\"; filename*=UTF-8''run.png");
        assert_eq!(
            header("schöne; Grüße.png"),
            "attachment; filename=\"sch_ne_ Gr__e.png\"; filename*=UTF-8''sch%C3%B6ne%3B%20Gr%C3%BC%C3%9Fe.png"
        );
        assert_eq!(header(""), "attachment; filename=\"file.png\"; filename*=UTF-8''file.png");
    }

    proptest! {
        #[test]
        fn no_name_gets_out_of_its_quotes(name in any::<String>()) {
            let text = header(&name);
            prop_assert_eq!(text.matches('"').count(), 2);
            prop_assert!(text.starts_with("attachment; filename=\""));
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() || b == b' '));
            prop_assert!(text.ends_with(".png"));
        }
    }
}
