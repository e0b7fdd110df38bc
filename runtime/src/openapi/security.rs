//! Security schemes, and the requirements of an operation.

use serde_json::{Map, Value, json};

use crate::policy::{Access, Policy, Scope};

/// The schemes of a service without a configuration.
const DEFAULT: &[&str] = &["bearer"];

/// The schemes of a service.
#[derive(Clone, Debug)]
pub(super) struct Schemes {
    /// The names of its authenticators, in the order in which they are tried.
    names: Vec<String>,
}

impl Default for Schemes {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Schemes {
    /// The schemes of these authenticators; bearer tokens if there are none yet.
    pub(super) fn new(names: Vec<String>) -> Self {
        if names.is_empty() {
            return Self { names: DEFAULT.iter().map(|name| (*name).to_owned()).collect() };
        }
        Self { names }
    }

    /// The accepted names of an endpoint.
    pub(super) fn of<'a>(&'a self, policy: &Policy) -> Vec<&'a str>
    where
        'static: 'a,
    {
        match (policy.access, policy.credentials) {
            (Access::Public, _) => Vec::new(),
            (_, []) => self.names.iter().map(String::as_str).collect(),
            (_, own) => own.to_vec(),
        }
    }

    /// `security` of an operation: any one of the schemes; empty for a public endpoint.
    pub(super) fn requirement(&self, policy: &Policy) -> Value {
        let scopes = match policy.access {
            Access::Scoped(scope) => conjunction(scope).unwrap_or_default(),
            Access::Public | Access::Authenticated => Vec::new(),
        };
        let choices = self.of(policy).into_iter().map(|name| json!({ name: scopes }));
        Value::Array(choices.collect())
    }
}

/// `components.securitySchemes` for these names.
pub(super) fn schemes<'a>(names: impl IntoIterator<Item = &'a str>) -> Map<String, Value> {
    names.into_iter().map(|name| (name.to_owned(), scheme(name))).collect()
}

fn scheme(name: &str) -> Value {
    match name {
        "bearer" => json!({
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token of the profile of RFC 9068, sent as RFC 6750 says. Tokens \
                            are checked as RFC8725 says.",
        }),
        "api_key" => json!({
            "type": "http", "scheme": "apikey",
            "description": "A key, as `Authorization: ApiKey <key>`.",
        }),
        "mutual_tls" => json!({
            "type": "mutualTLS",
            "description": "A client certificate that the service knows.",
        }),
        "session" => json!({
            "type": "apiKey", "in": "cookie", "name": crate::HostCookie::session().name(),
            "description": "A session that a log-in began.",
        }),
        own => json!({
            "type": "http", "scheme": own,
            "description": "Credentials of the service's own kind.",
        }),
    }
}

/// The scopes of a condition that requires all of its scopes; `None` for any other condition.
fn conjunction(scope: &Scope) -> Option<Vec<&'static str>> {
    match scope {
        Scope::Name(name) => Some(vec![name]),
        Scope::Typed(scope) => Some(vec![scope.scope_name()]),
        Scope::All(scopes) => {
            let mut all = Vec::new();
            for scope in *scopes {
                all.extend(conjunction(scope)?);
            }
            Some(all)
        }
        Scope::Any(_) | Scope::Not(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Schemes, schemes};
    use crate::{
        mount::REFUSED,
        policy::{Access, Policy, Scope},
    };

    #[test]
    fn each_kind_of_credentials_has_its_scheme() {
        let all = schemes(["api_key", "mutual_tls", "session", "hmac"]);
        assert_eq!(
            (&all["api_key"]["type"], &all["api_key"]["scheme"]),
            (&json!("http"), &json!("apikey"))
        );
        assert_eq!(all["mutual_tls"]["type"], "mutualTLS");
        assert_eq!(
            (&all["session"]["in"], &all["session"]["name"]),
            (&json!("cookie"), &json!("__Host-session"))
        );
        assert_eq!(
            (&all["hmac"]["type"], &all["hmac"]["scheme"]),
            (&json!("http"), &json!("hmac"))
        );
    }

    #[test]
    fn any_one_scheme_with_all_scopes() {
        let schemes = Schemes::new(vec!["bearer".to_owned(), "session".to_owned()]);
        static BOTH: Policy = Policy {
            access: Access::Scoped(&Scope::All(&[Scope::Name("a"), Scope::Name("b")])),
            ..REFUSED
        };
        assert_eq!(
            schemes.requirement(&BOTH),
            json!([{ "bearer": ["a", "b"] }, { "session": ["a", "b"] }])
        );
        static EITHER: Policy = Policy {
            access: Access::Scoped(&Scope::Any(&[Scope::Name("a"), Scope::Name("b")])),
            credentials: &["session"],
            ..REFUSED
        };
        assert_eq!(schemes.requirement(&EITHER), json!([{ "session": [] }]));
        static PUBLIC: Policy = Policy { access: Access::Public, ..REFUSED };
        assert_eq!(schemes.requirement(&PUBLIC), json!([]));
        assert_eq!(Schemes::default().requirement(&BOTH), json!([{ "bearer": ["a", "b"] }]));
    }
}
