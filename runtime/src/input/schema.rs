//! The JSON Schema of an input type, for the OpenAPI document.
//!
//! It contains the types and the rules as the checks apply them; a rule that JSON Schema cannot
//! express is listed in `x-palisade-rules`.

use serde_json::{Map, Value, json};

use super::{
    field::{Field, Form},
    layout::{Layout, Tagging, Variant, VariantKind},
    named::ListStyle,
    wire::{Kind, Wire},
};
use crate::json_schema::{InputRule, Schemas};

/// A field in a query string or a path.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) docs: &'static str,
    pub(crate) required: bool,
    pub(crate) schema: Value,
    /// The style of a list.
    pub(crate) list: Option<ListStyle>,
    /// Whether an empty value counts as absent.
    pub(crate) empty_is_absent: bool,
}

impl Wire {
    /// The schema of a value.
    pub(crate) fn schema(self, schemas: &mut Schemas) -> Value {
        let schema = match self.kind {
            Kind::Any(_) => json!({}),
            Kind::Single(_) => self.shown.map_or_else(|| json!({}), |shown| shown()),
            Kind::List(element) => json!({ "type": "array", "items": element().schema(schemas) }),
            Kind::Array(element, count) => json!({
                "type": "array", "items": element().schema(schemas),
                "minItems": count, "maxItems": count,
            }),
            Kind::Tuple(members) => {
                let items: Vec<_> = members.iter().map(|member| member().schema(schemas)).collect();
                json!({
                    "type": "array", "prefixItems": items, "items": false,
                    "minItems": items.len(), "maxItems": items.len(),
                })
            }
            Kind::Map(key, value) => {
                let mut schema = json!({
                    "type": "object", "additionalProperties": value().schema(schemas),
                });
                let key = key().schema(schemas);
                // Keys are strings: the keywords for a number do not apply.
                if key.get("type").is_some_and(|kind| kind == "string")
                    && let Some(schema) = schema.as_object_mut()
                {
                    schema.insert("propertyNames".to_owned(), key);
                }
                schema
            }
            Kind::Declared(form) => form.schema(schemas),
            Kind::Content(form, variant) => form.content(variant, schemas),
        };
        if self.nullable { nullable(schema) } else { schema }
    }
}

impl Form {
    /// The schema of the type; a reference for one with named fields or variants.
    pub(crate) fn schema(&self, schemas: &mut Schemas) -> Value {
        match (self.layout, self.fields) {
            (Layout::Newtype, [field]) => {
                let schema = field.schema(schemas);
                with_docs(schema, self.docs)
            }
            (Layout::Opaque | Layout::Newtype, _) => with_docs(json!({}), self.docs),
            (Layout::Struct, _) => {
                let own = *self;
                schemas.input(self.id, (self.name)(), move |schemas| {
                    with_docs(own.object(own.fields, schemas), own.docs)
                })
            }
            (Layout::Enum(tagging, variants), _) => {
                let own = *self;
                schemas.input(self.id, (self.name)(), move |schemas| {
                    with_docs(own.variants_schema(tagging, variants, schemas), own.docs)
                })
            }
        }
    }

    /// The named parameters of a query string or a path.
    pub(crate) fn parameters(&self, schemas: &mut Schemas) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for field in self.fields {
            if field.flatten {
                if let Kind::Declared(inner) = field.read_as().opened().kind {
                    parameters.extend(inner.parameters(schemas).into_iter().map(|inner| {
                        Parameter { required: inner.required && !field.optional, ..inner }
                    }));
                }
                continue;
            }
            let one = Parameter {
                name: field.name,
                docs: field.docs,
                required: field.is_required(),
                schema: field.value_schema(schemas),
                list: field.list,
                empty_is_absent: field.empty_is_absent,
            };
            parameters.extend(field.aliases.iter().map(|alias| Parameter {
                name: alias,
                required: false,
                schema: one.schema.clone(),
                ..one
            }));
            // One of its names is sufficient.
            let required = one.required && field.aliases.is_empty();
            parameters.push(Parameter { required, ..one });
        }
        parameters
    }

    /// The schemas of the members of a path, in order.
    pub(crate) fn members(&self, schemas: &mut Schemas) -> Vec<Value> {
        self.fields.iter().map(|field| field.value_schema(schemas)).collect()
    }

    /// An object with these fields.
    fn object(&self, fields: &[Field], schemas: &mut Schemas) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        let mut is_closed = !self.unknown_fields;
        for field in fields {
            if field.flatten {
                let Kind::Declared(inner) = field.read_as().opened().kind else {
                    is_closed = false;
                    continue;
                };
                if !matches!(inner.layout, Layout::Struct) {
                    is_closed = false;
                    continue;
                }
                let inner = inner.object(inner.fields, schemas);
                if let Some(Value::Object(own)) = inner.get("properties") {
                    properties.extend(own.clone());
                }
                if let (Some(Value::Array(own)), false) = (inner.get("required"), field.optional) {
                    required.extend(own.clone());
                }
                continue;
            }
            let schema = with_docs(field.schema(schemas), field.docs);
            for alias in field.aliases {
                properties.insert((*alias).to_owned(), schema.clone());
            }
            properties.insert(field.name.to_owned(), schema);
            if field.is_required() && field.aliases.is_empty() {
                required.push(json!(field.name));
            }
        }
        let mut schema = json!({ "type": "object", "properties": properties });
        if let Some(schema) = schema.as_object_mut() {
            if !required.is_empty() {
                schema.insert("required".to_owned(), Value::Array(required));
            }
            if is_closed {
                schema.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        schema
    }

    fn variants_schema(
        &self,
        tagging: Tagging,
        variants: &[Variant],
        schemas: &mut Schemas,
    ) -> Value {
        let is_plain = matches!(tagging, Tagging::External)
            && variants.iter().all(|variant| matches!(variant.kind, VariantKind::Unit));
        if is_plain {
            let names: Vec<_> = variants.iter().flat_map(|variant| variant.names).collect();
            return json!({ "type": "string", "enum": names });
        }
        let mut choices = Vec::new();
        for variant in variants {
            if matches!(tagging, Tagging::Untagged) {
                choices.push(self.content(variant, schemas));
                continue;
            }
            for name in variant.names {
                choices.push(self.tagged(tagging, variant, name, schemas));
            }
        }
        let word = if matches!(tagging, Tagging::Untagged) { "anyOf" } else { "oneOf" };
        json!({ word: choices })
    }

    fn tagged(
        &self,
        tagging: Tagging,
        variant: &Variant,
        name: &str,
        schemas: &mut Schemas,
    ) -> Value {
        let is_unit = matches!(variant.kind, VariantKind::Unit);
        let object = |properties: Value, required: Vec<&str>| {
            let mut schema =
                json!({ "type": "object", "properties": properties, "required": required });
            if let Some(schema) = schema.as_object_mut()
                && !self.unknown_fields
            {
                schema.insert("additionalProperties".to_owned(), json!(false));
            }
            schema
        };
        match tagging {
            Tagging::External if is_unit => json!({ "type": "string", "const": name }),
            Tagging::External | Tagging::Untagged => {
                object(json!({ name: self.content(variant, schemas) }), vec![name])
            }
            Tagging::Adjacent(tag, _) if is_unit => {
                object(json!({ tag: { "type": "string", "const": name } }), vec![tag])
            }
            Tagging::Adjacent(tag, content) => {
                let holds = self.content(variant, schemas);
                let required = match self.requires_content(variant) {
                    true => vec![tag, content],
                    false => vec![tag],
                };
                object(
                    json!({ tag: { "type": "string", "const": name }, content: holds }),
                    required,
                )
            }
            Tagging::Internal(tag) => {
                let mut schema = match (variant.kind, self.fields_of(variant)) {
                    (VariantKind::Named, fields) => self.object(fields, schemas),
                    (VariantKind::Newtype, [field]) => {
                        let form = field.read_as().opened().form();
                        let form = form.filter(|form| matches!(form.layout, Layout::Struct));
                        match form {
                            Some(form) => form.object(form.fields, schemas),
                            None => json!({ "type": "object" }),
                        }
                    }
                    (VariantKind::Unit, _) => object(json!({}), Vec::new()),
                    (VariantKind::Opaque | VariantKind::Tuple | VariantKind::Newtype, _) => {
                        json!({ "type": "object" })
                    }
                };
                if let Some(schema) = schema.as_object_mut() {
                    let properties = schema.entry("properties").or_insert_with(|| json!({}));
                    if let Some(properties) = properties.as_object_mut() {
                        properties
                            .insert(tag.to_owned(), json!({ "type": "string", "const": name }));
                    }
                    let required = schema.entry("required").or_insert_with(|| json!([]));
                    if let Some(required) = required.as_array_mut() {
                        required.push(json!(tag));
                    }
                }
                schema
            }
        }
    }

    /// The content of a variant, without its tag.
    fn content(&self, variant: &Variant, schemas: &mut Schemas) -> Value {
        match (variant.kind, self.fields_of(variant)) {
            (VariantKind::Unit, _) => json!({ "type": "null" }),
            (VariantKind::Newtype, [field]) => field.schema(schemas),
            (VariantKind::Opaque | VariantKind::Newtype, _) => json!({}),
            (VariantKind::Tuple, fields) => {
                let items: Vec<_> = fields.iter().map(|field| field.schema(schemas)).collect();
                json!({
                    "type": "array", "prefixItems": items, "items": false,
                    "minItems": items.len(), "maxItems": items.len(),
                })
            }
            (VariantKind::Named, fields) => self.object(fields, schemas),
        }
    }
}

impl Field {
    fn is_required(&self) -> bool {
        !self.optional || self.rules.iter().any(|rule| matches!(rule, InputRule::Required))
    }

    /// The schema of the value in a JSON document.
    fn schema(&self, schemas: &mut Schemas) -> Value {
        let is_nullable = self.read_as().nullable;
        let schema = self.value_schema(schemas);
        if is_nullable { nullable(schema) } else { schema }
    }

    /// The schema of the value in a format without `null`.
    fn value_schema(&self, schemas: &mut Schemas) -> Value {
        let wire = self.read_as();
        let mut schema = Wire { nullable: false, ..wire }.schema(schemas);
        if self.checkbox {
            schema = json!({ "type": "string", "enum": ["on", "true", "false"] });
        }
        for rule in self.rules {
            // A function reads it: the form of the value is unknown.
            if !self.opaque || matches!(rule, InputRule::Url(_)) {
                rule.describe(&mut schema);
            }
        }
        schema
    }
}

/// The same, or `null`.
fn nullable(mut schema: Value) -> Value {
    let kind = schema.get("type").cloned();
    match (kind, schema.as_object_mut()) {
        (Some(kind @ Value::String(_)), Some(members)) if !members.contains_key("const") => {
            members.insert("type".to_owned(), json!([kind, "null"]));
            if let Some(Value::Array(values)) = members.get_mut("enum") {
                values.push(Value::Null);
            }
            schema
        }
        // An empty schema includes `null`.
        (None, Some(members)) if members.is_empty() => schema,
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

fn with_docs(mut schema: Value, docs: &str) -> Value {
    if let Some(members) = schema.as_object_mut()
        && !docs.is_empty()
    {
        members.insert("description".to_owned(), json!(docs));
    }
    schema
}
