//! The whole document.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Schemas,
    operation::{Operation, operation},
    path::{self, is_documented_method},
    problems, responses,
    security::{self, Schemes},
};
use crate::Endpoints;

/// An OpenAPI 3.1 document.
///
/// It is identical, byte for byte, for the same endpoints: members are sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenApi {
    value: Value,
    undocumented: Vec<Undocumented>,
}

/// A part of the document that is empty because no type describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Undocumented {
    /// The handler, with its module path.
    pub handler: String,
    /// The file of the handler.
    pub file: String,
    /// The line of the handler.
    pub line: u32,
    /// The missing part.
    pub what: String,
}

impl fmt::Display for Undocumented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { handler, file, line, what } = self;
        write!(f, "{file}:{line}: `{handler}`: {what}")
    }
}

/// The parts of a document besides its endpoints.
#[derive(Debug, Default)]
pub(crate) struct Around<'a> {
    pub(crate) title: &'a str,
    pub(crate) version: &'a str,
    pub(crate) description: &'a str,
    /// The address of the service, with the path prefix that a proxy removes.
    pub(crate) server: Option<String>,
    /// The names of the service's authenticators; empty if they are unknown yet.
    pub(crate) authenticators: Vec<String>,
}

impl OpenApi {
    /// The document of these endpoints, for a service of this name and version.
    ///
    /// It contains neither palisade's own endpoints nor plain handlers.
    pub fn of(endpoints: &Endpoints, title: &str, version: &str) -> Self {
        Self::around(endpoints, &Around { title, version, ..Around::default() })
    }

    pub(crate) fn around(endpoints: &Endpoints, around: &Around<'_>) -> Self {
        let schemes = Schemes::new(around.authenticators.clone());
        let mut schemas = Schemas::default();
        let mut paths = BTreeMap::<String, Map<String, Value>>::new();
        let (mut tags, mut used) = (BTreeSet::new(), BTreeSet::new());
        let mut kinds = BTreeSet::new();
        let mut undocumented = Vec::new();
        for (policy, description) in endpoints.described() {
            let Some(route) = policy.route else { continue };
            let template = path::template(route.path);
            used.extend(schemes.of(policy).into_iter().map(str::to_owned));
            for method in route.methods.iter().filter(|method| is_documented_method(method)) {
                let Operation { value, responses, tag, missing } =
                    operation(policy, description, method, &template, &schemes, &mut schemas);
                tags.insert(tag);
                kinds.extend(responses);
                undocumented.extend(missing.map(|what| Undocumented {
                    handler: policy.path(),
                    file: policy.file.to_owned(),
                    line: policy.line,
                    what: what.to_owned(),
                }));
                let operations = paths.entry(template.path.clone()).or_default();
                operations.insert(method.to_ascii_lowercase(), value);
            }
        }
        undocumented.extend(schemas.clashes().map(|name| {
            Undocumented {
                handler: name.to_owned(),
                file: String::new(),
                line: 0,
                what: "two types of answers have this name: say another one, \
                   `#[schema(as = other::Name)]`"
                    .to_owned(),
            }
        }));
        undocumented.dedup();
        let mut paths = json!(paths);
        let mut components = schemas.settle(&mut paths);
        components.extend(problems::components(&kinds));
        let tags: Vec<_> = tags.into_iter().map(|name| json!({ "name": name })).collect();
        let mut info = json!({ "title": around.title, "version": around.version });
        if !around.description.is_empty() {
            super::parameters::insert(&mut info, "description", json!(around.description));
        }
        let mut value = json!({
            "openapi": "3.1.0",
            "info": info,
            "paths": paths,
            "tags": tags,
            "components": {
                "schemas": components,
                "headers": responses::headers(),
                "securitySchemes": security::schemes(used.iter().map(String::as_str)),
            },
        });
        if let Some(server) = &around.server {
            super::parameters::insert(&mut value, "servers", json!([{ "url": server }]));
        }
        // Independent of the library's order of members.
        value.sort_all_objects();
        Self { value, undocumented }
    }

    /// The document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The document as text, with one member per line.
    pub fn to_json(&self) -> String {
        // Texts, numbers and lists of them can always be serialized.
        let mut text = serde_json::to_string_pretty(&self.value).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The parts of the service that are missing from the document because no type describes them.
    pub fn undocumented(&self) -> &[Undocumented] {
        &self.undocumented
    }
}
