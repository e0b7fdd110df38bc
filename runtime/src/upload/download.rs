//! Sends a stored file.

use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, Responder,
    body::{BoxBody, SizedStream},
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    info::FileInfo,
    parts::{Parts, content_range},
    store::StoredFile,
};
use crate::{
    Problem,
    conditional::{Outcome, Validators, Wanted, http_date, judge, seconds, wanted},
    headers::Wears,
    problem::Kind,
};

/// How many ranges of a file are answered at once. If more are requested, the whole file is sent:
/// each range is a separate read of the store, and has a head.
const MOST_RANGES: usize = 16;

/// A file that a browser saves and never shows: made by [`Uploads::load`](super::Uploads::load).
///
/// It is sent as an attachment (RFC 6266) with the media type of its content, which browsers must
/// not guess (`nosniff`), and with the headers of a download: opened all the same, it is sandboxed
/// in an origin of its own. Bytes are read while they are sent.
///
/// It has an `ETag`, which is the digest of its content, and `Last-Modified`. A request of a client
/// that has it already is answered 304; one for ranges 206 with these ranges, which are all that
/// the store reads (RFC 9110 sections 13 and 14), or 416 if none of them exists. The whole file is
/// sent if more than 16 ranges are requested, or two that overlap, so that no answer is much larger
/// than the file.
pub struct Download(StoredFile);

impl Download {
    pub(super) fn new(file: StoredFile) -> Self {
        Self(file)
    }

    /// The description of the file.
    pub fn info(&self) -> &FileInfo {
        self.0.info()
    }

    fn answer(self, request: &HttpRequest) -> Result<HttpResponse, Problem> {
        let info = self.info();
        let tag = tag(info);
        let modified =
            UNIX_EPOCH.checked_add(Duration::from_secs(info.created())).and_then(seconds);
        match judge(request.headers(), Validators { in_any_coding: true, tag: &tag, modified })? {
            Outcome::Failed => return Err(Problem::new(Kind::PreconditionFailed)),
            Outcome::NotModified => {
                let mut head = HttpResponse::NotModified();
                describe(&mut head, info, &tag, modified);
                return Ok(head.finish());
            }
            Outcome::Proceed => {}
        }
        let length = info.size();
        let media_type = media_type(info);
        let wanted = wanted(request, &tag, length, MOST_RANGES);
        let status = match wanted {
            Wanted::Whole => StatusCode::OK,
            Wanted::One(_) | Wanted::Several(_) => StatusCode::PARTIAL_CONTENT,
            Wanted::Nothing => return Err(Problem::no_range(length)),
        };
        let mut head = HttpResponse::build(status);
        describe(&mut head, info, &tag, modified);
        let parts = match wanted {
            Wanted::Several(ranges) => Parts::several(self.0, &media_type, ranges)?,
            Wanted::One(range) => {
                head.insert_header((header::CONTENT_RANGE, content_range(&range, length)));
                Parts::one(self.0, range)
            }
            Wanted::Whole | Wanted::Nothing => Parts::one(self.0, 0..length),
        };
        head.insert_header((
            header::CONTENT_TYPE,
            parts.media_type().unwrap_or(&media_type).as_str(),
        ));
        Ok(head.body(SizedStream::new(parts.length(), parts)))
    }
}

impl Responder for Download {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self.answer(request) {
            Ok(mut response) => {
                Wears::download(&mut response);
                response
            }
            Err(problem) => HttpResponse::from_error(problem),
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Download").field(&self.0).finish()
    }
}

/// The fields that describe the file, with a body and without: a 304 updates the client's stored
/// fields.
fn describe(head: &mut HttpResponseBuilder, info: &FileInfo, tag: &str, modified: Option<u64>) {
    head.insert_header((header::ETAG, format!("\"{tag}\"")));
    if let Some(modified) = modified.and_then(http_date) {
        head.insert_header((header::LAST_MODIFIED, modified));
    }
    head.insert_header((header::ACCEPT_RANGES, "bytes"));
    head.insert_header((header::CONTENT_DISPOSITION, disposition(info)));
    head.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
}

/// The identity of the content: its digest; for a store without digests its id, under which there
/// is never another content.
fn tag(info: &FileInfo) -> String {
    let digest = info.sha256();
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { digest.to_owned() } else { info.id().to_string() }
}

fn media_type(info: &FileInfo) -> String {
    let kind = info.kind();
    match kind.is_text() {
        true => format!("{}; charset=utf-8", kind.media_type()),
        false => kind.media_type().to_owned(),
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

/// `attachment`, with the name in ASCII for clients that support nothing else, and as it is. The
/// extension is that of the content: a page cannot be saved under the name of a program.
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
