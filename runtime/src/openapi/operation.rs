//! One operation: an endpoint with one of its methods.

use serde_json::{Value, json};

use super::{
    limits,
    parameters::{self, insert},
    path::Template,
    responses::Responses,
    security::Schemes,
};
use crate::{
    json_schema::{Description, Schemas},
    policy::{Access, Compression, Cors, CorsOrigins, CorsPolicy, CrossSite, Policy, Shape},
};

/// An operation, and its additions to the whole document.
pub(super) struct Operation {
    pub(super) value: Value,
    pub(super) responses: Vec<super::problems::Name>,
    pub(super) tag: String,
    /// The part that is missing because no type describes it.
    pub(super) missing: Option<&'static str>,
}

/// Describes an endpoint.
pub(super) fn operation(
    policy: &'static Policy,
    description: &Description,
    method: &str,
    template: &Template<'_>,
    schemes: &Schemes,
    schemas: &mut Schemas,
) -> Operation {
    let answer = description.answer.and_then(|answer| answer(schemas));
    let missing = match &answer {
        None => Some("what it answers is in no type that is known"),
        Some(answer) if answer.head.is_typed && answer.schema.is_none() => {
            Some("the type of its content does not derive `ToSchema`")
        }
        Some(_) => None,
    };
    let has_version = answer.as_ref().is_some_and(|answer| answer.head.has_version);
    let has_path = !template.parameters.is_empty();
    let parameters = parameters::parameters(policy, template, has_version, schemas);
    let body = parameters::body(policy, schemas);
    let responses = Responses::of(policy, description, answer.as_ref(), has_path);
    let kinds = responses.kinds().collect();
    let tag = tag(policy.module);
    let several = policy.route.is_some_and(|route| route.methods.len() > 1);
    let (summary, text) = texts(description.docs, policy.name);

    let mut value = json!({
        "operationId": id(policy, several.then_some(method)),
        "tags": [tag],
        "summary": summary,
        "responses": responses.into_json(policy),
        "security": schemes.requirement(policy),
        "x-palisade-access": policy.access.to_string(),
    });
    let text = described(&text, policy);
    if !text.is_empty() {
        insert(&mut value, "description", json!(text));
    }
    if !parameters.is_empty() {
        insert(&mut value, "parameters", Value::Array(parameters));
    }
    if let Some(body) = body {
        insert(&mut value, "requestBody", body);
    }
    if let Access::Scoped(scope) = policy.access {
        insert(&mut value, "x-required-scopes", json!(scope.to_string()));
    }
    if !policy.limits.is_empty() {
        let limits: Vec<_> = policy.limits.iter().map(limits::limit).collect();
        insert(&mut value, "x-rate-limits", Value::Array(limits));
    }
    if let Some(timeout) = policy.timeout {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        insert(&mut value, "x-palisade-timeout-ms", json!(millis));
    }
    match policy.cross_site {
        CrossSite::Refuse => {}
        CrossSite::Token => insert(&mut value, "x-palisade-cross-site", json!("token")),
        CrossSite::Allow => insert(&mut value, "x-palisade-cross-site", json!("allow")),
    }
    if let Cors::Own(cors) = policy.cors {
        insert(&mut value, "x-palisade-cors", self::cors(cors));
    }
    if policy.compression != Compression::Never {
        insert(&mut value, "x-palisade-compressed", json!(true));
    }
    let objects: Vec<_> = policy
        .arguments
        .iter()
        .filter_map(|argument| {
            let Shape::Object(object) = argument.shape else { return None };
            Some(json!({ "type": argument.written, "action": object.action }))
        })
        .collect();
    if !objects.is_empty() {
        insert(&mut value, "x-palisade-objects", Value::Array(objects));
    }
    Operation { value, responses: kinds, tag, missing }
}

/// The pages of other origins that may read the responses.
fn cors(cors: CorsPolicy) -> Value {
    let origins = match cors.origins {
        CorsOrigins::Any => json!("any"),
        CorsOrigins::Listed(origins) => json!(origins),
    };
    json!({ "origins": origins, "credentials": cors.credentials })
}

/// The module path of a handler, without the crate's name.
fn modules(module: &str) -> Vec<&str> {
    module.split("::").skip(1).collect()
}

/// The tag: the modules of the handler; the crate's name for those at its root.
fn tag(module: &str) -> String {
    let modules = modules(module);
    if modules.is_empty() { module.to_owned() } else { modules.join(".") }
}

/// The id: modules and name of the handler, and the method where there are several.
fn id(policy: &Policy, method: Option<&str>) -> String {
    let mut parts = modules(policy.module);
    parts.push(policy.name);
    let method = method.map(str::to_ascii_lowercase);
    parts.extend(method.as_deref());
    parts.join(".")
}

/// The first paragraph of a documentation in one line, and the rest; without a documentation, the
/// name of the handler as words.
fn texts(docs: &str, name: &str) -> (String, String) {
    let (first, rest) = docs.split_once("\n\n").unwrap_or((docs, ""));
    let summary = first.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if summary.is_empty() {
        return (name.replace('_', " "), String::new());
    }
    (summary, rest.trim().to_owned())
}

/// The description, with the access rule.
fn described(text: &str, policy: &Policy) -> String {
    let access = match policy.access {
        Access::Public => return text.to_owned(),
        Access::Authenticated => "Any valid credentials are taken.".to_owned(),
        Access::Scoped(scope) => format!("Scopes: `{scope}`."),
    };
    if text.is_empty() { access } else { format!("{text}\n\n{access}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{cors, tag, texts};
    use crate::policy::{CorsOrigins, CorsPolicy};

    #[test]
    fn a_policy_says_whose_pages_and_whether_with_credentials() {
        let policy = |origins, credentials| CorsPolicy {
            origins,
            credentials,
            headers: &[],
            expose: &[],
            max_age: None,
            reason: None,
        };
        let any = cors(policy(CorsOrigins::Any, false));
        assert_eq!(any, json!({ "origins": "any", "credentials": false }));
        let listed = cors(policy(CorsOrigins::Listed(&["https://a.example"]), true));
        assert_eq!(listed, json!({ "origins": ["https://a.example"], "credentials": true }));
    }

    #[test]
    fn the_first_paragraph_is_the_summary() {
        let both = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            texts("Reads\na note.\n\nMore.\n\nAnd.", "x"),
            both("Reads a note.", "More.\n\nAnd.")
        );
        assert_eq!(texts("", "read_note"), both("read note", ""));
        assert_eq!(tag("notes"), "notes");
        assert_eq!(tag("notes::api::note"), "api.note");
    }
}
