//! Compares schemas: the permitted values of requests and responses.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::{Change, ChangeKind};

/// Deeper values are not compared: every recursive schema has been compared by then.
const DEEPEST: usize = 64;

/// The direction of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From the client.
    Request,
    /// To the client.
    Response,
}

/// Compares the schemas of two documents.
pub(super) struct Comparison<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) changes: &'a mut Vec<Change>,
    /// Pairs of references that are being compared, which a recursive type has again.
    seen: HashSet<(String, String)>,
}

/// Bounds: their keyword, and whether a smaller value is stricter.
const BOUNDS: [(&str, bool); 10] = [
    ("maxLength", true),
    ("maxItems", true),
    ("maxProperties", true),
    ("maximum", true),
    ("exclusiveMaximum", true),
    ("minLength", false),
    ("minItems", false),
    ("minProperties", false),
    ("minimum", false),
    ("exclusiveMinimum", false),
];

/// Conditions that are only compared for equality.
const CONDITIONS: [&str; 6] =
    ["pattern", "format", "allOf", "not", "propertyNames", "x-palisade-rules"];

impl<'a> Comparison<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value, changes: &'a mut Vec<Change>) -> Self {
        Self { old, new, changes, seen: HashSet::new() }
    }

    fn note(
        &mut self,
        kind: ChangeKind,
        place: &str,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        let (before, after) = (before.into(), after.into());
        self.changes.push(Change { kind, place: place.to_owned(), before, after });
    }

    /// Compares the permitted values of two schemas.
    pub(super) fn schemas(
        &mut self,
        old: &Value,
        new: &Value,
        direction: Direction,
        place: &str,
        depth: usize,
    ) {
        if depth > DEEPEST {
            return;
        }
        let references = (reference(old), reference(new));
        if let (Some(old), Some(new)) = references
            && !self.seen.insert((format!("{direction:?}{old}"), new.to_owned()))
        {
            return;
        }
        let old = resolve(self.old, old).clone();
        let new = resolve(self.new, new).clone();
        self.types(&old, &new, direction, place);
        self.values(&old, &new, direction, place);
        self.bounds(&old, &new, direction, place);
        self.conditions(&old, &new, direction, place);
        self.choices(&old, &new, direction, place, depth);
        self.objects(&old, &new, direction, place, depth);
        for word in ["items", "additionalProperties"] {
            if let (Some(old), Some(new)) = (old.get(word), new.get(word))
                && old.is_object()
                && new.is_object()
            {
                self.schemas(old, new, direction, &format!("{place}/*"), depth + 1);
            }
        }
        let both = (old.get("prefixItems"), new.get("prefixItems"));
        if let (Some(Value::Array(old)), Some(Value::Array(new))) = both {
            for (at, (old, new)) in old.iter().zip(new).enumerate() {
                self.schemas(old, new, direction, &format!("{place}/{at}"), depth + 1);
            }
        }
    }

    fn types(&mut self, old: &Value, new: &Value, direction: Direction, place: &str) {
        // A list of choices says it in its own way.
        if [old, new].iter().any(|one| one.get("oneOf").is_some() || one.get("anyOf").is_some()) {
            return;
        }
        let (before, after) = (types(old), types(new));
        let takes_all =
            |all: &Option<BTreeSet<String>>, others: &Option<BTreeSet<String>>| match (all, others)
            {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(all), Some(others)) => others
                    .iter()
                    .all(|one| all.contains(one) || (one == "integer" && all.contains("number"))),
            };
        let show = |types: &Option<BTreeSet<String>>| match types {
            None => "any".to_owned(),
            Some(types) => types.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let (narrows, widens) = (!takes_all(&after, &before), !takes_all(&before, &after));
        let kind = match direction {
            Direction::Request if narrows => ChangeKind::RequestTypeChanged,
            Direction::Request if widens => ChangeKind::RequestTypeWidened,
            Direction::Response if widens => ChangeKind::ResponseTypeChanged,
            Direction::Request | Direction::Response => return,
        };
        self.note(kind, place, show(&before), show(&after));
    }

    fn values(&mut self, old: &Value, new: &Value, direction: Direction, place: &str) {
        let (before, after) = (values(old), values(new));
        let show = |values: &Option<BTreeSet<String>>| match values {
            None => "any".to_owned(),
            Some(values) => values.iter().cloned().collect::<Vec<_>>().join(", "),
        };
        let takes_all =
            |all: &Option<BTreeSet<String>>, others: &Option<BTreeSet<String>>| match (all, others)
            {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(all), Some(others)) => others.is_subset(all),
            };
        if !takes_all(&after, &before) && direction == Direction::Request {
            self.note(ChangeKind::RequestEnumNarrowed, place, show(&before), show(&after));
        }
        if !takes_all(&before, &after) {
            let kind = match direction {
                Direction::Request => ChangeKind::RequestEnumWidened,
                Direction::Response => ChangeKind::ResponseEnumWidened,
            };
            self.note(kind, place, show(&before), show(&after));
        }
    }

    fn bounds(&mut self, old: &Value, new: &Value, direction: Direction, place: &str) {
        for (word, smaller_is_stricter) in BOUNDS {
            let (before, after) = (old.get(word), new.get(word));
            let number = |value: Option<&Value>| value.and_then(Value::as_f64);
            let (narrows, widens) = match (number(before), number(after)) {
                (Some(old), Some(new)) if smaller_is_stricter => (new < old, new > old),
                (Some(old), Some(new)) => (new > old, new < old),
                (None, Some(_)) => (true, false),
                (Some(_), None) => (false, true),
                (None, None) => (false, false),
            };
            self.constraint(word, (before, after), (narrows, widens), direction, place);
        }
    }

    fn conditions(&mut self, old: &Value, new: &Value, direction: Direction, place: &str) {
        for word in CONDITIONS {
            let (before, after) = (old.get(word), new.get(word));
            let outcome = match (before, after) {
                (Some(old), Some(new)) if old != new => (true, true),
                (None, Some(_)) => (true, false),
                (Some(_), None) => (false, true),
                (Some(_), Some(_)) | (None, None) => (false, false),
            };
            self.constraint(word, (before, after), outcome, direction, place);
        }
    }

    fn constraint(
        &mut self,
        word: &str,
        (before, after): (Option<&Value>, Option<&Value>),
        (narrows, widens): (bool, bool),
        direction: Direction,
        place: &str,
    ) {
        let kind = match direction {
            Direction::Request if narrows => ChangeKind::RequestConstraintNarrowed,
            Direction::Request if widens => ChangeKind::RequestConstraintDropped,
            Direction::Response if widens => ChangeKind::ResponseConstraintWidened,
            Direction::Request | Direction::Response => return,
        };
        let show = |value: Option<&Value>| match value {
            Some(value) => format!("{word} {value}"),
            None => format!("no {word}"),
        };
        self.note(kind, place, show(before), show(after));
    }

    fn choices(
        &mut self,
        old: &Value,
        new: &Value,
        direction: Direction,
        place: &str,
        depth: usize,
    ) {
        let choices = |value: &Value| -> Vec<Value> {
            let list = value.get("oneOf").or_else(|| value.get("anyOf")).and_then(Value::as_array);
            list.cloned().unwrap_or_default()
        };
        let (before, after) = (choices(old), choices(new));
        if before.is_empty() && after.is_empty() {
            return;
        }
        // One that is not a list is a list of one.
        let before = if before.is_empty() { vec![old.clone()] } else { before };
        let after = if after.is_empty() { vec![new.clone()] } else { after };
        let same = |one: &Value, other: &Value| match (reference(one), reference(other)) {
            (Some(one), Some(other)) => one == other,
            _ => one == other,
        };
        if let ([old], [new]) = (before.as_slice(), after.as_slice()) {
            self.schemas(old, new, direction, place, depth + 1);
            return;
        }
        for gone in before.iter().filter(|old| !after.iter().any(|new| same(old, new))) {
            if direction == Direction::Request {
                self.note(ChangeKind::RequestTypeChanged, place, show_choice(gone), "gone");
            }
        }
        for added in after.iter().filter(|new| !before.iter().any(|old| same(old, new))) {
            let kind = match direction {
                Direction::Request => ChangeKind::RequestTypeWidened,
                Direction::Response => ChangeKind::ResponseTypeChanged,
            };
            self.note(kind, place, "absent", show_choice(added));
        }
        for old in &before {
            if let Some(new) = after.iter().find(|new| same(old, new)) {
                self.schemas(old, new, direction, place, depth + 1);
            }
        }
    }

    fn objects(
        &mut self,
        old: &Value,
        new: &Value,
        direction: Direction,
        place: &str,
        depth: usize,
    ) {
        let none = Map::new();
        let (before, after) = (properties(old, &none), properties(new, &none));
        let (was_required, is_required) = (required(old), required(new));
        let is_closed = |schema: &Value| {
            ["additionalProperties", "unevaluatedProperties"]
                .iter()
                .any(|word| schema.get(*word) == Some(&Value::Bool(false)))
        };
        for (name, old_property) in before {
            let place = format!("{place}/{name}");
            match (after.get(name), direction) {
                (Some(new_property), _) => {
                    self.schemas(old_property, new_property, direction, &place, depth + 1);
                }
                (None, Direction::Response) => {
                    self.note(ChangeKind::ResponseFieldRemoved, &place, "present", "gone");
                }
                (None, Direction::Request) if is_closed(new) => {
                    self.note(ChangeKind::RequestFieldRemoved, &place, "taken", "refused");
                }
                (None, Direction::Request) => {}
            }
        }
        match direction {
            Direction::Request => {
                for name in is_required.difference(&was_required) {
                    let before = if before.contains_key(name) { "optional" } else { "absent" };
                    let place = format!("{place}/{name}");
                    self.note(ChangeKind::RequestFieldRequired, &place, before, "required");
                }
                for name in was_required.difference(&is_required) {
                    if after.contains_key(name) {
                        let place = format!("{place}/{name}");
                        self.note(ChangeKind::RequestOptional, &place, "required", "optional");
                    }
                }
                let is_object = |value: &Value| value.get("properties").is_some();
                if is_object(old) && is_object(new) {
                    match (is_closed(old), is_closed(new)) {
                        (true, false) => self.note(
                            ChangeKind::RequestUnknownFieldsTaken,
                            place,
                            "unknown fields refused",
                            "taken",
                        ),
                        (false, true) => self.note(
                            ChangeKind::RequestUnknownFieldsRefused,
                            place,
                            "unknown fields taken",
                            "refused",
                        ),
                        (true, true) | (false, false) => {}
                    }
                }
            }
            Direction::Response => {
                let lost = was_required.difference(&is_required);
                for name in lost.filter(|name| after.contains_key(name.as_str())) {
                    let place = format!("{place}/{name}");
                    self.note(ChangeKind::ResponseFieldOptional, &place, "required", "optional");
                }
            }
        }
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)
}

/// The target of a reference in a document.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..DEEPEST {
        let Some(path) = reference(schema).and_then(|path| path.strip_prefix('#')) else { break };
        let Some(found) = document.pointer(path) else { break };
        schema = found;
    }
    schema
}

fn types(schema: &Value) -> Option<BTreeSet<String>> {
    match schema.get("type")? {
        Value::String(one) => Some(BTreeSet::from([one.clone()])),
        Value::Array(several) => {
            Some(several.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn values(schema: &Value) -> Option<BTreeSet<String>> {
    if let Some(only) = schema.get("const") {
        return Some(BTreeSet::from([only.to_string()]));
    }
    Some(schema.get("enum")?.as_array()?.iter().map(ToString::to_string).collect())
}

fn properties<'a>(schema: &'a Value, none: &'a Map<String, Value>) -> &'a Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).unwrap_or(none)
}

fn required(schema: &Value) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn show_choice(choice: &Value) -> String {
    match reference(choice) {
        Some(name) => name.rsplit('/').next().unwrap_or(name).to_owned(),
        None => choice.to_string(),
    }
}
