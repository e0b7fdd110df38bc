//! The input of an operation: parameters and the body.

use serde_json::{Map, Value, json};

use super::{Schemas, path::Template, pattern};
use crate::{
    input::{ListStyle, Parameter},
    policy::{BodyKind, Conditions, CrossSite, Declared, PathShape, Policy, Shape},
};

/// The path parameters, the query string and the conditional headers of an operation.
pub(super) fn parameters(
    policy: &Policy,
    template: &Template<'_>,
    answer_has_version: bool,
    schemas: &mut Schemas,
) -> Vec<Value> {
    let mut all = of_path(policy, template, schemas);
    for argument in policy.arguments {
        if let Shape::Query { declared, .. } = argument.shape {
            let own = declared.form().parameters(schemas);
            all.extend(own.into_iter().map(of_query));
        }
    }
    all.extend(conditions(policy, answer_has_version));
    all
}

fn of_path(policy: &Policy, template: &Template<'_>, schemas: &mut Schemas) -> Vec<Value> {
    let taken: Vec<&str> = policy
        .arguments
        .iter()
        .filter_map(|argument| match argument.shape.path() {
            Some(PathShape::Fields(names)) => Some(names),
            Some(PathShape::One | PathShape::Tuple(_)) | None => None,
        })
        .flatten()
        .copied()
        .collect();
    // A single value and a tuple use those that are not used by name.
    let mut others: Vec<&str> = template
        .parameters
        .iter()
        .map(|one| one.name)
        .filter(|name| !taken.contains(name))
        .collect();
    others.reverse();
    let mut known = Map::<String, Value>::new();
    for argument in policy.arguments {
        let (Some(shape), Some(declared)) = (argument.shape.path(), of_argument(&argument.shape))
        else {
            continue;
        };
        match shape {
            PathShape::One => {
                if let Some(name) = others.pop() {
                    known.insert(name.to_owned(), declared.wire().schema(schemas));
                }
            }
            PathShape::Tuple(_) => {
                for schema in declared.form().members(schemas) {
                    if let Some(name) = others.pop() {
                        known.insert(name.to_owned(), schema);
                    }
                }
            }
            PathShape::Fields(_) => {
                for own in declared.form().parameters(schemas) {
                    known.insert(own.name.to_owned(), with_docs(own.schema, own.docs));
                }
            }
        }
    }
    template
        .parameters
        .iter()
        .map(|parameter| {
            let unknown = || json!({ "type": "string", "maxLength": 8_192 });
            let mut schema = known.remove(parameter.name).unwrap_or_else(unknown);
            let pattern = parameter.pattern.and_then(|one| pattern::ecma(&format!("^(?:{one})$")));
            if let (Some(pattern), Some(members)) = (pattern, schema.as_object_mut())
                && members.get("type").is_some_and(|kind| kind == "string")
                && !members.contains_key("pattern")
            {
                members.insert("pattern".to_owned(), json!(pattern));
            }
            let mut one = json!({
                "name": parameter.name, "in": "path", "required": true,
            });
            take_description(&mut schema, &mut one);
            insert(&mut one, "schema", schema);
            if parameter.is_tail {
                insert(&mut one, "x-palisade-tail", json!(true));
            }
            one
        })
        .collect()
}

fn of_argument(shape: &Shape) -> Option<Declared> {
    match shape {
        Shape::Path { declared, .. } => Some(*declared),
        Shape::Object(object) => Some(object.declared),
        Shape::Free
        | Shape::State(_)
        | Shape::Identity
        | Shape::Conditions
        | Shape::Query { .. }
        | Shape::Body { .. }
        | Shape::Upload { .. }
        | Shape::Vouched
        | Shape::Unknown => None,
    }
}

fn of_query(parameter: Parameter) -> Value {
    let Parameter { name, docs, required, schema, list, empty_is_absent } = parameter;
    let mut one = json!({ "name": name, "in": "query", "required": required });
    let mut schema = with_docs(schema, docs);
    take_description(&mut schema, &mut one);
    insert(&mut one, "schema", schema);
    if let Some(list) = list {
        insert(&mut one, "style", json!("form"));
        insert(&mut one, "explode", json!(list == ListStyle::Repeat));
    }
    if empty_is_absent {
        insert(&mut one, "allowEmptyValue", json!(true));
    }
    one
}

/// The conditional headers that a request may have.
fn conditions(policy: &Policy, answer_has_version: bool) -> Vec<Value> {
    let field = |name: &str, description: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": description,
            // As long as the head of a request may be.
            "schema": { "type": "string" },
        })
    };
    match policy.conditions {
        Conditions::Refused if answer_has_version => vec![field(
            "If-None-Match",
            "The versions that the client has: 304 where one of them is the present one.",
        )],
        Conditions::Refused => Vec::new(),
        Conditions::Optional => {
            vec![field("If-Match", "The versions in which the resource may be changed.")]
        }
        Conditions::Required => vec![field(
            "If-Match",
            "The versions in which the resource may be changed. This or `If-None-Match: *` has to \
             be stated.",
        )],
    }
}

/// The body of an operation, if it accepts one.
pub(super) fn body(policy: &Policy, schemas: &mut Schemas) -> Option<Value> {
    let shape = policy.arguments.iter().map(|argument| argument.shape);
    let shape = shape.into_iter().find(|shape| {
        matches!(shape, Shape::Body { .. } | Shape::Upload { .. } | Shape::Vouched)
    })?;
    let mut body = match shape {
        Shape::Body { kind, declared, .. } => {
            let schema = match kind {
                BodyKind::Form | BodyKind::Multipart => form(policy, declared, schemas),
                BodyKind::Json | BodyKind::MergePatch | BodyKind::Any => {
                    declared.wire().schema(schemas)
                }
            };
            let content: Map<String, Value> = media_types(kind)
                .iter()
                .map(|name| ((*name).to_owned(), json!({ "schema": schema })))
                .collect();
            json!({ "required": true, "content": content })
        }
        Shape::Upload { several, fields, .. } => upload(policy, several, fields, schemas),
        // It may read a body, in any format; whether it does is unknown.
        Shape::Vouched
        | Shape::Free
        | Shape::State(_)
        | Shape::Identity
        | Shape::Query { .. }
        | Shape::Path { .. }
        | Shape::Object(_)
        | Shape::Conditions
        | Shape::Unknown => {
            let safe = ["GET", "HEAD", "DELETE", "OPTIONS"];
            let methods = policy.route.map(|route| route.methods).unwrap_or_default();
            if methods.iter().all(|method| safe.contains(method)) {
                return None;
            }
            json!({ "required": false, "content": { "*/*": { "schema": {} } } })
        }
    };
    if let Some(limit) = policy.body_limit {
        insert(&mut body, "x-palisade-body-limit", json!(limit));
    }
    if let Some(timeout) = policy.body_timeout {
        let millis = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        insert(&mut body, "x-palisade-body-timeout-ms", json!(millis));
    }
    if !policy.body_encodings.is_empty() {
        let codings: Vec<_> = policy.body_encodings.iter().map(|coding| coding.name()).collect();
        insert(&mut body, "x-palisade-body-encodings", json!(codings));
    }
    Some(body)
}

fn media_types(kind: BodyKind) -> &'static [&'static str] {
    match kind {
        BodyKind::Json => &["application/json"],
        BodyKind::MergePatch => &["application/json", "application/merge-patch+json"],
        BodyKind::Form => &["application/x-www-form-urlencoded"],
        BodyKind::Multipart => &["multipart/form-data"],
        BodyKind::Any => &["*/*"],
    }
}

/// A form: the fields of its type, and the field of a form token if it needs one.
fn form(policy: &Policy, declared: Declared, schemas: &mut Schemas) -> Value {
    object(declared.form().parameters(schemas), policy)
}

fn object(parameters: Vec<Parameter>, policy: &Policy) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for Parameter { name, docs, required: is_required, schema, empty_is_absent, .. } in parameters {
        let mut schema = with_docs(schema, docs);
        if empty_is_absent {
            schema = json!({ "anyOf": [schema, { "type": "string", "const": "" }] });
        }
        properties.insert(name.to_owned(), schema);
        if is_required {
            required.push(json!(name));
        }
    }
    if policy.cross_site == CrossSite::Token {
        properties.insert(
            crate::form_token::FIELD.to_owned(),
            json!({
                "type": "string", "maxLength": 1_024,
                "description": "The form token: for browsers that do not say where a request comes from.",
            }),
        );
    }
    let mut schema = json!({
        "type": "object", "properties": properties, "additionalProperties": false,
    });
    if !required.is_empty() {
        insert(&mut schema, "required", Value::Array(required));
    }
    schema
}

/// A form with files.
fn upload(
    policy: &Policy,
    several: bool,
    fields: Option<Declared>,
    schemas: &mut Schemas,
) -> Value {
    let own = fields.map(|fields| fields.form().parameters(schemas)).unwrap_or_default();
    let is_optional = policy.arguments.iter().any(|one| one.written.contains("OptionalUpload"));
    let mut schema = object(own, policy);
    let mut encoding = Map::new();
    if let Some(rule) = policy.upload {
        let names: Vec<_> = rule.kinds.iter().map(|kind| kind.name()).collect();
        let media_types: Vec<_> = rule.kinds.iter().map(|kind| kind.media_type()).collect();
        let mut file = json!({
            "type": "string", "format": "binary", "maxLength": rule.max,
            "description": format!("A file of at most {} bytes: {}.", rule.max, names.join(", ")),
            "x-palisade-kinds": names,
        });
        if several {
            file = json!({
                "type": "array", "items": file, "minItems": u32::from(!is_optional),
                "maxItems": rule.files,
            });
        }
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(rule.field.to_owned(), file);
        }
        if !is_optional && let Some(members) = schema.as_object_mut() {
            let required = members.entry("required").or_insert_with(|| json!([]));
            if let Some(required) = required.as_array_mut() {
                required.push(json!(rule.field));
            }
        }
        encoding.insert(rule.field.to_owned(), json!({ "contentType": media_types.join(", ") }));
    }
    json!({
        "required": true,
        "content": { "multipart/form-data": { "schema": schema, "encoding": encoding } },
    })
}

/// Moves the description of a schema to the object that contains the schema.
fn take_description(schema: &mut Value, holder: &mut Value) {
    let description = schema.as_object_mut().and_then(|members| members.remove("description"));
    if let Some(description) = description {
        insert(holder, "description", description);
    }
}

fn with_docs(mut schema: Value, docs: &str) -> Value {
    if !docs.is_empty() {
        insert(&mut schema, "description", json!(docs));
    }
    schema
}

pub(super) fn insert(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}
