//! The head of one part of a form.

use actix_multipart::Field;
use actix_web::http::header::{self, HeaderMap};

use super::{declared::Declared, display_name::DisplayName, disposition::Disposition};

/// The longest name of a field.
const LONGEST_NAME: usize = 128;

/// The most header fields, and the most bytes in them.
const MOST_FIELDS: usize = 8;
const MOST_BYTES: usize = 4 << 10;

/// The content of a part's head.
#[derive(Debug)]
pub(super) struct PartHead {
    pub(super) name: String,
    /// Whether a file name was sent, even an empty one: browsers send one for file fields.
    pub(super) has_file_name: bool,
    /// Whether it is empty: no file was chosen.
    pub(super) names_no_file: bool,
    pub(super) file_name: Option<DisplayName>,
    /// As it was sent: judged once it is known whether the part is a file.
    content_type: Option<String>,
}

const CONTENT_TRANSFER_ENCODING: header::HeaderName =
    header::HeaderName::from_static("content-transfer-encoding");

/// Two readers may read the head in different ways.
#[derive(Debug)]
pub(super) struct BadHead(pub(super) &'static str);

impl PartHead {
    pub(super) fn of(field: &Field) -> Result<Self, BadHead> {
        let headers = field.headers();
        check_size(headers)?;
        once(headers, &header::CONTENT_DISPOSITION)?;
        once(headers, &header::CONTENT_TYPE)?;
        once(headers, &CONTENT_TRANSFER_ENCODING)?;
        // Deprecated by RFC 7578 section 4.7, and not decoded by any reader.
        if headers.contains_key(&CONTENT_TRANSFER_ENCODING)
            && !headers.get(&CONTENT_TRANSFER_ENCODING).is_some_and(|value| {
                [&b"7bit"[..], b"8bit", b"binary"]
                    .iter()
                    .any(|plain| value.as_bytes().eq_ignore_ascii_case(plain))
            })
        {
            return Err(BadHead("a part is encoded"));
        }
        let disposition = headers
            .get(header::CONTENT_DISPOSITION)
            .ok_or(BadHead("a part without its disposition"))?;
        let Disposition { name, file_name } =
            Disposition::parse(disposition.as_bytes()).map_err(BadHead)?;
        if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(BadHead("a part whose name is none"));
        }
        let content_type = match headers.get(header::CONTENT_TYPE) {
            Some(value) => {
                Some(value.to_str().map_err(|_| BadHead("a part's type is no text"))?.to_owned())
            }
            None => None,
        };
        Ok(Self {
            name,
            has_file_name: file_name.is_some(),
            names_no_file: file_name.as_deref().is_some_and(str::is_empty),
            file_name: file_name.as_deref().and_then(DisplayName::new),
            content_type,
        })
    }

    /// The declared type of the part; `None` if it cannot be parsed.
    pub(super) fn declared(&self) -> Option<Declared> {
        match &self.content_type {
            None => Some(Declared::Nothing),
            Some(text) => Declared::parse(text).ok(),
        }
    }
}

fn check_size(headers: &HeaderMap) -> Result<(), BadHead> {
    let bytes = headers
        .iter()
        .map(|(name, value)| name.as_str().len().saturating_add(value.len()))
        .fold(0, usize::saturating_add);
    if headers.len() > MOST_FIELDS || bytes > MOST_BYTES {
        return Err(BadHead("a part with a long head"));
    }
    Ok(())
}

fn once(headers: &HeaderMap, name: &header::HeaderName) -> Result<(), BadHead> {
    if headers.get_all(name).count() > 1 {
        Err(BadHead("a header of a part came twice"))
    } else {
        Ok(())
    }
}
