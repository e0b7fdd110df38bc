//! What is known of a stored file.

use serde::{Deserialize, Serialize};

use super::{display_name::DisplayName, id::UploadId, kind::FileKind};

/// What is known of a stored file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    pub(super) id: UploadId,
    pub(super) kind: FileKind,
    pub(super) size: u64,
    pub(super) sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<DisplayName>,
    pub(super) created: u64,
}

impl FileInfo {
    /// Its name in the store.
    pub fn id(&self) -> UploadId {
        self.id
    }

    /// What it is.
    pub fn kind(&self) -> FileKind {
        self.kind
    }

    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The SHA-256 digest of its content, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What the client called it, made fit to be shown.
    pub fn display_name(&self) -> Option<&str> {
        self.name.as_ref().map(DisplayName::as_str)
    }

    /// When it was stored, in seconds since 1970-01-01 UTC.
    pub fn created(&self) -> u64 {
        self.created
    }
}
