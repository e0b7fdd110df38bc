//! The description of a stored file.

use serde::{Deserialize, Serialize};

use super::{display_name::DisplayName, id::UploadId, kind::FileKind};

/// The description of a stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileInfo {
    /// Its name in the store.
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = String, min_length = 32, max_length = 32, pattern = "^[0-9a-f]{32}$")
    )]
    pub(super) id: UploadId,
    /// Its kind, by its content.
    #[cfg_attr(feature = "openapi", schema(value_type = String, max_length = 16))]
    pub(super) kind: FileKind,
    /// The number of its bytes.
    pub(super) size: u64,
    /// The SHA-256 digest of its content.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 64, max_length = 64, pattern = "^[0-9a-f]{64}$")
    )]
    pub(super) sha256: String,
    /// The client's name for it, made safe to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1_024))]
    pub(super) name: Option<DisplayName>,
    /// When it was stored, in seconds since 1970-01-01 UTC.
    pub(super) created: u64,
}

impl FileInfo {
    /// Its name in the store.
    pub fn id(&self) -> UploadId {
        self.id
    }

    /// Its kind.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// The number of its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 digest of its content, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The client's name for it, made safe to show.
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_ref().map(DisplayName::as_str)
    }

    /// When it was stored, in seconds since 1970-01-01 UTC.
    pub fn created(&self) -> u64 {
        self.created
    }
}
