//! What distinguishes two states of a resource.

use std::{fmt, time::SystemTime};

use actix_web::http::header::HeaderValue;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use crate::Problem;

/// The version of a resource: a number that grows with each change, or a digest of its content.
///
/// It is sent as a strong entity tag (RFC 9110 section 8.8.3). Strings and bytes are hashed with
/// SHA-256, so that no part of them is in a header field.
///
/// ```
/// use palisade::conditional::Version;
///
/// assert_eq!(Version::from(7_i64).to_string(), "\"7\"");
/// assert_eq!(Version::text("draft"), Version::bytes(b"draft"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// The version of a resource, from a string that changes with it: a time stamp, a UUID, several
    /// numbers.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::bytes(text.as_ref())
    }

    /// The version of a resource with these bytes.
    pub fn bytes(bytes: impl AsRef<[u8]>) -> Self {
        Self(URL_SAFE_NO_PAD.encode(digest(&SHA256, bytes.as_ref())))
    }

    /// The digest of a value as JSON, for a resource without a stored version.
    ///
    /// # Errors
    ///
    /// 500: the value cannot be serialized as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::bytes(serde_json::to_vec(value)?))
    }

    /// The text between the quotes of the tag.
    pub(super) fn opaque(&self) -> &str {
        &self.0
    }

    /// The value of `ETag`.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        // Digits and base64url in quotes are a header value.
        HeaderValue::try_from(self.to_string()).ok()
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Version {
            fn from(number: $number) -> Self {
                Self(number.to_string())
            }
        }
    )*};
}

numbers! { u8, u16, u32, u64, u128, i8, i16, i32, i64, i128 }

/// The entity tag, in its quotes.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Version").field(&self.0).finish()
    }
}

/// A resource with a version.
///
/// The version has to change with everything that an answer shows of the resource: joined data of
/// other tables, and data that only some callers see, belong to it too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no version",
    label = "nothing tells two states of it apart",
    note = "implement `palisade::conditional::Versioned` for it: `fn version(&self) -> Version`"
)]
pub trait Versioned {
    /// The version; another one after each change.
    fn version(&self) -> Version;

    /// When it was last changed; unknown unless this is implemented.
    ///
    /// It is sent as `Last-Modified`, in whole seconds, and is what `If-Modified-Since` and
    /// `If-Unmodified-Since` are compared with. It cannot distinguish two changes in one second:
    /// use the version for that. A time in the future counts as unknown.
    fn modified(&self) -> Option<SystemTime> {
        None
    }
}
