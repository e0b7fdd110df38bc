//! The grant of a login.

use serde::Serialize;
use serde_json::{Map, Value};

/// The grant of a login: its subject, its client and its scopes.
///
/// ```
/// use palisade::issue::Grant;
///
/// let grant = Grant::new("ada", "web").scopes(["items:read"]).claim("tenant", "acme");
/// # let _ = grant;
/// ```
#[derive(Clone, Debug)]
#[must_use = "a grant does nothing until tokens are issued for it"]
pub struct Grant {
    pub(super) subject: String,
    pub(super) client_id: String,
    pub(super) audience: Option<String>,
    pub(super) scopes: String,
    pub(super) claims: Map<String, Value>,
}

impl Grant {
    /// For this subject, through this client; without scopes.
    pub fn new(subject: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            client_id: client_id.into(),
            audience: None,
            scopes: String::new(),
            claims: Map::new(),
        }
    }

    /// Adds these scopes, each one RFC 6749 scope token.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        for scope in scopes {
            if !self.scopes.is_empty() {
                self.scopes.push(' ');
            }
            // With a space one scope would become two, and an empty text none. Both become an
            // invalid scope, so that the grant is refused when its token is signed.
            match scope.as_ref() {
                "" => self.scopes.push('\\'),
                scope => self.scopes.push_str(&scope.replace(' ', "\\")),
            }
        }
        self
    }

    /// The service that the access tokens are for. The default is the issuer's own audience.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Adds a claim of the service's own to the access tokens, such as a tenant.
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        // A value that cannot be serialized gets an invalid claim name, so that signing the token
        // fails.
        match serde_json::to_value(value) {
            Ok(value) => self.claims.insert(name.to_owned(), value),
            Err(_) => self.claims.insert(String::new(), Value::Null),
        };
        self
    }
}
