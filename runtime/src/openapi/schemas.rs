//! The named schemas of a document, collected while its operations are described.

use std::{
    any::TypeId,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Map, Value, json};
use utoipa::{ToSchema, openapi::RefOr, openapi::schema::Schema};

use super::answer::{Answer, Head};

/// The start of references to input types until all names are known.
const INPUT: &str = "#/input/";

/// The start of the final references.
const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of a document.
#[derive(Debug, Default)]
pub struct Schemas {
    /// Input types: their full name, and the schema once it is known.
    inputs: Vec<Input>,
    /// Types of responses, by their name.
    outputs: BTreeMap<String, Value>,
    /// Names that two different types of responses have.
    clashes: BTreeSet<String>,
}

#[derive(Debug)]
struct Input {
    id: TypeId,
    /// With the module path.
    name: &'static str,
    schema: Value,
}

/// Makes the schema of a type, from its `ToSchema`.
pub(super) type MakeSchema = fn(&mut Schemas) -> Value;

impl Schemas {
    /// The response of a handler, from what the macros found.
    pub fn answer(&mut self, head: Option<Head>, content: Option<MakeSchema>) -> Option<Answer> {
        let head = head?;
        Some(Answer { schema: content.map(|make| make(self)), head })
    }

    /// The schema of a type that derives `ToSchema`, as a reference if the type has a name of its
    /// own.
    pub(super) fn output<T: ToSchema>(&mut self) -> Value {
        let mut nested = Vec::new();
        T::schemas(&mut nested);
        for (name, schema) in nested {
            self.keep(name, to_json(&schema));
        }
        let schema = to_json(&T::schema());
        let is_named = schema.get("properties").is_some()
            || schema.get("oneOf").is_some()
            || schema.get("enum").is_some();
        // With type parameters, several types would have one name.
        if !is_named || std::any::type_name::<T>().contains('<') {
            return schema;
        }
        let name = T::name().into_owned();
        self.keep(name.clone(), schema);
        json!({ "$ref": format!("{COMPONENTS}{name}") })
    }

    fn keep(&mut self, name: String, schema: Value) {
        match self.outputs.get(&name) {
            Some(known) if *known != schema => {
                self.clashes.insert(name);
            }
            Some(_) => {}
            None => {
                self.outputs.insert(name, schema);
            }
        }
    }

    /// A reference to an input type, whose schema `make` returns.
    pub(crate) fn input(
        &mut self,
        id: TypeId,
        name: &'static str,
        make: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        if let Some(known) = self.inputs.iter().position(|one| one.id == id) {
            return json!({ "$ref": format!("{INPUT}{known}") });
        }
        let at = self.inputs.len();
        // Added first, so that a type may contain itself.
        self.inputs.push(Input { id, name, schema: Value::Null });
        let schema = make(self);
        if let Some(input) = self.inputs.get_mut(at) {
            input.schema = schema;
        }
        json!({ "$ref": format!("{INPUT}{at}") })
    }

    /// The names that two different types of responses have.
    pub(super) fn clashes(&self) -> impl Iterator<Item = &str> {
        self.clashes.iter().map(String::as_str)
    }

    /// Sets the name of each schema, in the document and in the schemas themselves, which are
    /// returned.
    pub(super) fn settle(self, document: &mut Value) -> Map<String, Value> {
        let names = self.names();
        let mut all: Map<String, Value> = self.outputs.into_iter().collect();
        for (input, name) in self.inputs.into_iter().zip(&names) {
            all.insert(name.clone(), input.schema);
        }
        for schema in all.values_mut() {
            rename(schema, &names);
        }
        rename(document, &names);
        all
    }

    /// The names of the input types: the last segment of their path, with further segments if two
    /// would have the same name, and with `Input` if a type of a response has it.
    fn names(&self) -> Vec<String> {
        let short = |name: &str| last(name, 1);
        let mut counts = BTreeMap::<String, usize>::new();
        for input in &self.inputs {
            *counts.entry(short(input.name)).or_default() += 1;
        }
        let mut taken: BTreeSet<String> = self.outputs.keys().cloned().collect();
        self.inputs
            .iter()
            .map(|input| {
                let plain = short(input.name);
                let is_one = counts.get(&plain) == Some(&1);
                let mut name = if is_one { plain } else { last(input.name, usize::MAX) };
                if taken.contains(&name) {
                    name.push_str("Input");
                }
                while !taken.insert(name.clone()) {
                    name.push('_');
                }
                name
            })
            .collect()
    }
}

/// The last segments of a type's path, joined, followed by its type parameters.
fn last(name: &str, parts: usize) -> String {
    let (path, parameters) = name.split_once('<').unwrap_or((name, ""));
    let path: Vec<_> = path.split("::").collect();
    let skip = path.len().saturating_sub(parts);
    let own = path.get(skip..).unwrap_or_default().join(".");
    let words = parameters
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
        .filter(|word| !word.is_empty())
        .map(|word| word.rsplit("::").next().unwrap_or(word));
    words.fold(own, |name, word| format!("{name}_{word}"))
}

/// Replaces references to input types by the final ones.
fn rename(value: &mut Value, names: &[String]) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("$ref")
                && let Some(at) = reference.strip_prefix(INPUT)
                && let Some(name) = at.parse::<usize>().ok().and_then(|at| names.get(at))
            {
                *reference = format!("{COMPONENTS}{name}");
            }
            members.values_mut().for_each(|member| rename(member, names));
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| rename(element, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn to_json(schema: &RefOr<Schema>) -> Value {
    // It consists of texts, numbers and lists of them, which can always be serialized.
    let mut value = serde_json::to_value(schema).unwrap_or_else(|_| json!({}));
    bound(&mut value);
    value
}

/// Adds the bounds that the types alone imply: for integers, dates and ids.
fn bound(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let format = members.get("format").and_then(Value::as_str).unwrap_or_default();
            let has_type = |name: &str| match members.get("type") {
                Some(Value::String(only)) => only == name,
                Some(Value::Array(several)) => several.iter().any(|one| one == name),
                _ => false,
            };
            let is_unsigned = members.get("minimum").and_then(Value::as_f64) == Some(0.0);
            let bounds = match (has_type("integer"), format, is_unsigned) {
                (true, "int32", false) => Some((json!(i32::MIN), json!(i32::MAX))),
                (true, "int32", true) => Some((json!(0), json!(u32::MAX))),
                (true, "int64", false) => Some((json!(i64::MIN), json!(i64::MAX))),
                (true, "int64", true) => Some((json!(0), json!(u64::MAX))),
                _ => None,
            };
            let longest = match (has_type("string"), format) {
                (true, "date-time") => Some(64),
                (true, "date" | "time" | "uuid") => Some(36),
                _ => None,
            };
            if let Some((least, most)) = bounds {
                if !members.contains_key("exclusiveMinimum") {
                    members.entry("minimum").or_insert(least);
                }
                if !members.contains_key("exclusiveMaximum") {
                    members.entry("maximum").or_insert(most);
                }
            }
            if let Some(longest) = longest {
                members.entry("maxLength").or_insert(json!(longest));
            }
            members.values_mut().for_each(bound);
        }
        Value::Array(elements) => elements.iter_mut().for_each(bound),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use serde_json::json;

    use super::{Schemas, last};

    #[test]
    fn names_are_short_where_they_can_be() {
        assert_eq!(last("a::b::Page", 1), "Page");
        assert_eq!(last("a::b::Page", usize::MAX), "a.b.Page");
        assert_eq!(last("a::Of<b::Item, 3>", 1), "Of_Item_3");
        let mut schemas = Schemas::default();
        let mut document = json!([
            schemas.input(TypeId::of::<u8>(), "a::Page", |_| json!({ "a": 1 })),
            schemas.input(TypeId::of::<u16>(), "b::Page", |_| json!({ "b": 1 })),
            schemas.input(TypeId::of::<u32>(), "b::Note", |all| all.input(
                TypeId::of::<u32>(),
                "b::Note",
                |_| json!(null)
            )),
            schemas.input(TypeId::of::<u8>(), "a::Page", |_| json!(null)),
        ]);
        schemas.keep("Note".to_owned(), json!({ "output": true }));
        let all = schemas.settle(&mut document);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Note", "NoteInput", "a.Page", "b.Page"]);
        let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
        assert_eq!(
            document,
            json!([
                reference("a.Page"),
                reference("b.Page"),
                reference("NoteInput"),
                reference("a.Page")
            ])
        );
        assert_eq!(all["NoteInput"], reference("NoteInput"));
    }

    #[test]
    fn two_answers_of_one_name_are_told() {
        let mut schemas = Schemas::default();
        schemas.keep("Note".to_owned(), json!({ "a": 1 }));
        schemas.keep("Note".to_owned(), json!({ "a": 1 }));
        assert_eq!(schemas.clashes().count(), 0);
        schemas.keep("Note".to_owned(), json!({ "a": 2 }));
        assert_eq!(schemas.clashes().collect::<Vec<_>>(), ["Note"]);
    }
}
