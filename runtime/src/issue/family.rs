//! The record of one login, as stores keep it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{grant::Grant, refresh_token::RefreshToken};
use crate::auth::SecretDigest;

/// All refresh tokens of one login: their subject, their grant, and the digest of the valid one.
///
/// It contains no credentials. A store keeps it as a whole; its serialized form (with `serde`)
/// stays readable for later versions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Family {
    id: FamilyId,
    /// Records without it belong to no issuer.
    #[serde(default)]
    issuer: String,
    subject: String,
    client_id: String,
    audience: String,
    scopes: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
    current: SecretDigest,
    began_at: u64,
    idle_expires_at: u64,
    absolute_expires_at: u64,
}

impl Family {
    pub(super) fn new(
        issuer: &str,
        grant: Grant,
        audience: String,
        token: &RefreshToken,
        now: u64,
        lifetime: Lifetime,
    ) -> Self {
        Self {
            id: token.family(),
            issuer: issuer.to_owned(),
            subject: grant.subject,
            client_id: grant.client_id,
            audience,
            scopes: grant.scopes,
            claims: grant.claims,
            current: token.digest(),
            began_at: now,
            idle_expires_at: now.saturating_add(lifetime.idle),
            absolute_expires_at: now.saturating_add(lifetime.absolute),
        }
    }

    /// The family with this token as its valid one.
    pub(super) fn rotated(&self, token: &RefreshToken, now: u64, lifetime: Lifetime) -> Self {
        let mut family = self.clone();
        family.current = token.digest();
        family.idle_expires_at = now.saturating_add(lifetime.idle);
        family
    }

    /// The grant of the login.
    pub(super) fn grant(&self) -> Grant {
        Grant {
            subject: self.subject.clone(),
            client_id: self.client_id.clone(),
            audience: Some(self.audience.clone()),
            scopes: self.scopes.clone(),
            claims: self.claims.clone(),
        }
    }

    /// The id that it is stored with.
    pub fn id(&self) -> &FamilyId {
        &self.id
    }

    /// The issuer of the login: no other one refreshes it.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject of the login.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The client that the tokens are bound to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The digest of the valid token.
    pub fn current(&self) -> &SecretDigest {
        &self.current
    }

    /// When the login took place, in seconds since 1970-01-01 UTC.
    pub fn began_at(&self) -> u64 {
        self.began_at
    }

    /// When it may be deleted, in seconds since 1970-01-01 UTC: the earlier one of the two ends.
    pub fn expires_at(&self) -> u64 {
        self.idle_expires_at.min(self.absolute_expires_at)
    }

    /// When its last token expires in any case, in seconds since 1970-01-01 UTC.
    pub fn absolute_expires_at(&self) -> u64 {
        self.absolute_expires_at
    }

    pub(super) fn has_expired(&self, now: u64) -> bool {
        now >= self.expires_at()
    }
}

/// The lifetime of refresh tokens, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    /// If they are unused.
    pub(super) idle: u64,
    /// Since the login.
    pub(super) absolute: u64,
}

/// The id of a family in a store: 43 characters of base64url, the SHA-256 digest of bits in the
/// token.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FamilyId(String);

impl FamilyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<SecretDigest> for FamilyId {
    fn from(digest: SecretDigest) -> Self {
        Self(digest.encoded())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Family;
    use crate::auth::SecretDigest;

    /// A family as a store has it, with some of its values replaced.
    fn written() -> impl Strategy<Value = Value> {
        let value = prop_oneof![
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(|number| json!(number)),
            any::<String>().prop_map(Value::from),
            "[A-Za-z0-9_-]{42,44}".prop_map(Value::from),
            Just(Value::Null),
            Just(json!({})),
            Just(json!({"sub": "eve"})),
        ];
        const NAMES: &[&str] = &[
            "id",
            "issuer",
            "subject",
            "client_id",
            "audience",
            "scopes",
            "claims",
            "current",
            "began_at",
            "idle_expires_at",
            "absolute_expires_at",
        ];
        let changes = prop::collection::vec((prop::sample::select(NAMES), value), 0..4);
        changes.prop_map(|changes| {
            let digest = SecretDigest::of(b"a token").encoded();
            let mut family = json!({
                "id": digest, "issuer": "https://id.example", "subject": "ada", "client_id": "web",
                "audience": "shop", "scopes": "a b", "current": digest, "began_at": 1,
                "idle_expires_at": 5, "absolute_expires_at": 9
            });
            for (name, value) in changes {
                family[name] = value;
            }
            family
        })
    }

    proptest! {
        #[test]
        fn what_a_store_holds_is_refused_or_ends_in_time(written in written(), now in any::<u64>()) {
            let Ok(family) = serde_json::from_value::<Family>(written) else { return Ok(()) };
            prop_assert!(family.expires_at() <= family.absolute_expires_at());
            prop_assert_eq!(family.has_expired(now), now >= family.expires_at());
            let text = serde_json::to_string(&family).unwrap();
            let again: Family = serde_json::from_str(&text).unwrap();
            prop_assert!(again.current().is(family.current()));
            prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        }
    }
}
