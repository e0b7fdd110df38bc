//! The stored record of a key.

use serde::{Deserialize, Serialize};

use super::super::digest::SecretDigest;

/// The stored record of an API key: a thief of the store cannot present it.
///
/// As JSON: `{"id": "..", "digest": "..", "owner": "ada", "scopes": ["items:read"]}`, and
/// optionally `created_at` and `expires_at` (seconds since 1970-01-01 UTC) and `revoked`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRecord {
    pub(super) id: String,
    pub(super) digest: SecretDigest,
    pub(super) owner: String,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_at: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
    #[serde(default)]
    pub(super) revoked: bool,
}

impl ApiKeyRecord {
    pub(super) fn new(id: &str, digest: SecretDigest, owner: String) -> Self {
        Self {
            id: id.to_owned(),
            digest,
            owner,
            scopes: Vec::new(),
            created_at: None,
            expires_at: None,
            revoked: false,
        }
    }

    /// Grants the key these scopes: RFC 6749 scope tokens.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// When the key was made, in seconds since 1970-01-01 UTC: a revocation of everything that its
    /// owner had before some date compares it.
    #[must_use]
    pub fn created_at(mut self, unix: u64) -> Self {
        self.created_at = Some(unix);
        self
    }

    /// When the key expires, in seconds since 1970-01-01 UTC.
    #[must_use]
    pub fn expires_at(mut self, unix: u64) -> Self {
        self.expires_at = Some(unix);
        self
    }

    /// The same record, revoked.
    #[must_use]
    pub fn revoked(mut self) -> Self {
        self.revoked = true;
        self
    }

    /// The public id of the key.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The owner of the key: the subject of its requests.
    pub fn owner(&self) -> &str {
        &self.owner
    }
}
