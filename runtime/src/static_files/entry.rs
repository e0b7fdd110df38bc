//! One file and its representations.

use std::{sync::Arc, time::SystemTime};

use actix_web::{
    http::header::{HeaderMap, HeaderValue},
    web::Bytes,
};

use super::{digest, file_kind::FileType};
#[cfg(feature = "compression")]
use crate::{
    coding::{Accepted, Effort, Encoder, LEAST, coded, is_compressible},
    policy::Coding as _,
};
use crate::{headers::Own, policy::ContentCoding, precondition::seconds};

/// How browsers cache an address whose content never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The browser stores it and revalidates it each time.
const ASK_FIRST: &str = "no-cache";

/// The setting with the smallest output: files are compressed once.
#[cfg(feature = "compression")]
const BY_SIZE: [ContentCoding; 3] =
    [ContentCoding::Brotli, ContentCoding::Zstd, ContentCoding::Gzip];

/// A file in memory.
#[derive(Debug)]
pub(super) struct Entry {
    plain: Form,
    /// Its representations in content codings, each smaller than the file.
    coded: Vec<Form>,
    pub(super) kind: FileType,
    version: String,
    integrity: String,
    /// In seconds since 1970-01-01 UTC; `None` if it is in the future, which a browser would
    /// ignore.
    pub(super) modified: Option<u64>,
    pub(super) content_type: HeaderValue,
    csp: Option<Arc<str>>,
    is_named_by_digest: bool,
}

/// The bytes of a file as they are sent: a representation with its own tag and ranges.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) bytes: Bytes,
    /// With quotes, as in the header.
    pub(super) etag: HeaderValue,
    /// `None` for the file itself.
    pub(super) coding: Option<ContentCoding>,
}

impl Form {
    /// The tag without its quotes.
    pub(super) fn version(&self) -> &str {
        self.etag.to_str().unwrap_or_default().trim_matches('"')
    }
}

impl Entry {
    pub(super) fn new(
        name: &str,
        bytes: Vec<u8>,
        kind: FileType,
        modified: Option<SystemTime>,
        csp: Option<String>,
    ) -> Self {
        let version = digest::version(&bytes);
        // Base64url in quotes is a header value.
        let etag = HeaderValue::from_str(&format!("\"{version}\""));
        let integrity = digest::sha384(&bytes);
        let plain = Form {
            bytes: Bytes::from(bytes),
            etag: etag.unwrap_or(HeaderValue::from_static("\"\"")),
            coding: None,
        };
        Self {
            plain,
            coded: Vec::new(),
            kind,
            version,
            integrity,
            modified: modified.and_then(seconds),
            content_type: HeaderValue::from_static(kind.content_type),
            csp: csp.map(Arc::from),
            is_named_by_digest: is_named_by_digest(name),
        }
    }

    /// Compresses the file in each content coding, and keeps the results that are smaller.
    ///
    /// # Errors
    ///
    /// Out of memory for an encoder.
    #[cfg(feature = "compression")]
    pub(super) fn compress(&mut self) -> std::io::Result<()> {
        let content = &self.plain.bytes;
        if !is_compressible(&self.content_type) || content.len() < LEAST {
            return Ok(());
        }
        for coding in BY_SIZE.into_iter().filter(|coding| coding.has_library()) {
            let bytes = Encoder::whole(coding, Effort::File, content)?;
            if bytes.len() < content.len() {
                let etag = coded(&self.plain.etag, coding);
                let form = Form { bytes: Bytes::from(bytes), etag, coding: Some(coding) };
                self.coded.push(form);
            }
        }
        Ok(())
    }

    /// The representation for a request.
    #[cfg(feature = "compression")]
    pub(super) fn form(&self, request: &HeaderMap) -> &Form {
        if self.coded.is_empty() {
            return &self.plain;
        }
        let offered = self.coded.iter().filter_map(|form| form.coding);
        let chosen = Accepted::of(request).choose(offered);
        self.coded.iter().find(|form| form.coding == chosen).unwrap_or(&self.plain)
    }

    /// The representation for a request.
    #[cfg(not(feature = "compression"))]
    pub(super) fn form(&self, _: &HeaderMap) -> &Form {
        &self.plain
    }

    /// Whether the representation depends on the client's `Accept-Encoding`.
    pub(super) fn has_forms(&self) -> bool {
        !self.coded.is_empty()
    }

    pub(super) fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn integrity(&self) -> &str {
        &self.integrity
    }

    /// The headers that replace those of the profile, for a request with this query.
    pub(super) fn own(&self, query: &str) -> Own {
        let asked = query.strip_prefix("v=").is_some_and(|version| version == self.version);
        let cache = if asked || self.is_named_by_digest { FOR_EVER } else { ASK_FIRST };
        Own { csp: self.csp.clone(), cache }
    }
}

/// Whether the name has a content digest from a bundler: `app.3f2a9c1b.js`, `app-3f2a9c1b.js`. It
/// has hexadecimal digits and at least one letter: a date is not one.
fn is_named_by_digest(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let Some((stem, extension)) = file.rsplit_once('.') else { return false };
    let Some((_, digest)) = stem.rsplit_once(['.', '-']) else { return false };
    let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    // A page has one address for ever, whatever it is called.
    !extension.eq_ignore_ascii_case("html")
        && (8..=64).contains(&digest.len())
        && digest.bytes().all(is_hex)
        && digest.bytes().any(|byte| byte.is_ascii_digit())
        && digest.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::is_named_by_digest;

    #[test]
    fn names_with_a_digest_are_told_from_others() {
        for name in ["app.3f2a9c1b.js", "a/app-3f2a9c1b.css", "x.0123456789abcdef0123.woff2"] {
            assert!(is_named_by_digest(name), "{name}");
        }
        for name in [
            "app.js",
            "photo-20261128.jpg",
            "app-deadbeef.js",
            "app.3F2A9C1B.js",
            "3f2a9c1b.js",
            "index.3f2a9c1b.html",
            "app.3f2a9c.js",
            "app.3f2a9c1b",
            "app-3f2a9c1b/x.js",
        ] {
            assert!(!is_named_by_digest(name), "{name}");
        }
    }
}
