//! Compares two documents operation by operation.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::{Map, Value};

use super::{
    Change, ChangeKind,
    access::{Access, Outcome},
    cors::{Cors, cors},
    limit::limits,
    schema::{Comparison, Direction},
};

/// The changes from one document to another that break clients, or that permit more. Empty without
/// such changes.
pub fn changes(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let none = Map::new();
    let paths = |document: &'_ Value| -> BTreeMap<String, (String, Value)> {
        let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&none);
        // The names of parameters do not distinguish paths.
        paths.iter().map(|(path, item)| (unnamed(path), (path.clone(), item.clone()))).collect()
    };
    let (before, after) = (paths(old), paths(new));
    for (key, (path, item)) in &before {
        let Some((_, new_item)) = after.get(key) else {
            changes.push(change(ChangeKind::PathRemoved, path, "present", "gone"));
            continue;
        };
        for (method, operation) in item.as_object().into_iter().flatten() {
            let place = format!("{} {path}", method.to_uppercase());
            match new_item.get(method) {
                None => {
                    changes.push(change(ChangeKind::OperationRemoved, &place, "present", "gone"));
                }
                Some(new_operation) => {
                    let mut found = Operation { old, new, changes: &mut changes, place };
                    found.compare(operation, new_operation);
                }
            }
        }
    }
    changes
}

/// A path without the names of its parameters.
fn unnamed(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        inside = (inside || c == '{') && c != '}';
        if !inside || c == '{' {
            text.push(c);
        }
    }
    text
}

fn change(
    kind: ChangeKind,
    place: &str,
    before: impl Into<String>,
    after: impl Into<String>,
) -> Change {
    Change { kind, place: place.to_owned(), before: before.into(), after: after.into() }
}

/// One operation in both documents.
struct Operation<'a> {
    old: &'a Value,
    new: &'a Value,
    changes: &'a mut Vec<Change>,
    place: String,
}

impl Operation<'_> {
    fn compare(&mut self, old: &Value, new: &Value) {
        self.access(old, new);
        self.credentials(old, new);
        self.objects(old, new);
        self.cors(old, new);
        self.cross_site(old, new);
        self.limits(old, new);
        self.parameters(old, new);
        self.body(old, new);
        self.responses(old, new);
    }

    fn note(
        &mut self,
        kind: ChangeKind,
        part: &str,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        let place = match part {
            "" => self.place.clone(),
            part => format!("{} {part}", self.place),
        };
        self.changes.push(change(kind, &place, before, after));
    }

    fn schemas(&mut self, old: &Value, new: &Value, direction: Direction, part: &str) {
        let place = format!("{} {part}", self.place);
        let mut comparison = Comparison::new(self.old, self.new, self.changes);
        comparison.schemas(old, new, direction, &place, 0);
    }

    fn access(&mut self, old: &Value, new: &Value) {
        let (before, after) = (access(old), access(new));
        let kind = match before.compare(&after) {
            Outcome::Same => return,
            Outcome::Narrower => ChangeKind::AccessNarrowed,
            Outcome::Wider if after == Access::Public => ChangeKind::AccessPublic,
            Outcome::Wider => ChangeKind::AccessWidened,
            Outcome::Other => ChangeKind::AccessChanged,
        };
        let show = |access: &Access| match access {
            Access::Public => "public".to_owned(),
            Access::Authenticated => "authenticated".to_owned(),
            Access::Scoped(scopes) => scopes.clone(),
        };
        self.note(kind, "access", show(&before), show(&after));
    }

    fn credentials(&mut self, old: &Value, new: &Value) {
        let names = |operation: &Value| -> BTreeSet<String> {
            let choices = operation.get("security").and_then(Value::as_array);
            let choices = choices.into_iter().flatten().filter_map(Value::as_object);
            choices.flat_map(|choice| choice.keys().cloned()).collect()
        };
        let (before, after) = (names(old), names(new));
        // A change between public and authenticated is a change of access.
        if before.is_empty() || after.is_empty() {
            return;
        }
        for name in before.difference(&after) {
            self.note(ChangeKind::CredentialsRemoved, "security", name, "gone");
        }
        for name in after.difference(&before) {
            self.note(ChangeKind::CredentialsAdded, "security", "absent", name);
        }
    }

    /// The objects that are loaded and checked for permission, by the caller's action. Their types
    /// are Rust names, which clients do not see.
    fn objects(&mut self, old: &Value, new: &Value) {
        let (before, after) = (objects(old), objects(new));
        let count =
            |all: &BTreeMap<String, usize>, action: &str| all.get(action).copied().unwrap_or(0);
        let actions: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for action in actions {
            let (old, new) = (count(&before, action), count(&after, action));
            let kind = match new.cmp(&old) {
                Ordering::Less => ChangeKind::ObjectCheckRemoved,
                Ordering::Greater => ChangeKind::AccessNarrowed,
                Ordering::Equal => continue,
            };
            let show = |count: usize| format!("{count} checked for `{action}`");
            self.note(kind, "objects", show(old), show(new));
        }
    }

    fn cors(&mut self, old: &Value, new: &Value) {
        let (before, after) = (cors(old), cors(new));
        let show = |cors: &Option<Cors>| {
            cors.as_ref().map_or_else(|| "the service's policy".to_owned(), Cors::show)
        };
        // What the service's own policy is, no document says: any origin is one more, or one less.
        let (narrows, widens) = match (&before, &after) {
            (None, None) => (false, false),
            (Some(old), Some(new)) => (!old.is_within(new), !new.is_within(old)),
            (Some(old), None) => (!old.is_closed(), old.is_closed()),
            (None, Some(new)) => (new.is_closed(), !new.is_closed()),
        };
        if narrows {
            self.note(ChangeKind::CorsNarrowed, "cors", show(&before), show(&after));
        }
        if widens {
            self.note(ChangeKind::CorsWidened, "cors", show(&before), show(&after));
        }
    }

    fn cross_site(&mut self, old: &Value, new: &Value) {
        let text = |operation: &Value| {
            let text = operation.get("x-palisade-cross-site").and_then(Value::as_str);
            text.unwrap_or("refuse").to_owned()
        };
        let (before, after) = (text(old), text(new));
        match (before == "allow", after == "allow") {
            (false, true) => self.note(ChangeKind::CrossSiteAllowed, "", before, after),
            (true, false) => self.note(ChangeKind::CrossSiteRefused, "", before, after),
            (true, true) | (false, false) => {}
        }
    }

    fn limits(&mut self, old: &Value, new: &Value) {
        let (before, after) = (limits(old), limits(new));
        for (key, limit) in &before {
            let Some(new) = after.get(key) else {
                self.note(ChangeKind::LimitRemoved, "limits", &limit.shown, "gone");
                continue;
            };
            let (rate, burst) = (new.rate.compare(&limit.rate), new.burst.cmp(&limit.burst));
            if rate.is_gt() || burst.is_gt() {
                self.note(ChangeKind::LimitRaised, "limits", &limit.shown, &new.shown);
            }
            if rate.is_lt() || burst.is_lt() {
                self.note(ChangeKind::LimitLowered, "limits", &limit.shown, &new.shown);
            }
            if (limit.bans && !new.bans) || (!limit.is_open && new.is_open) {
                self.note(ChangeKind::LimitWeakened, "limits", &limit.shown, &new.shown);
            }
        }
        for (_, limit) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            self.note(ChangeKind::LimitLowered, "limits", "absent", &limit.shown);
        }
    }

    fn parameters(&mut self, old: &Value, new: &Value) {
        let (before, after) = (parameters(old), parameters(new));
        let is_required =
            |one: &Value| one.get("required").and_then(Value::as_bool).unwrap_or_default();
        let any = Value::Object(Map::new());
        for (key, parameter) in &before {
            let part = format!("{} {}", key.0, key.1);
            let Some(new_parameter) = after.get(key) else {
                // One of the path or of a header is not refused where it is not read.
                if key.0 == "query" {
                    self.note(ChangeKind::ParameterRemoved, &part, "taken", "refused");
                }
                continue;
            };
            if is_required(new_parameter) && !is_required(parameter) {
                self.note(ChangeKind::ParameterRequired, &part, "optional", "required");
            }
            if is_required(parameter) && !is_required(new_parameter) {
                self.note(ChangeKind::RequestOptional, &part, "required", "optional");
            }
            let schema = |one: &Value| one.get("schema").unwrap_or(&any).clone();
            self.schemas(&schema(parameter), &schema(new_parameter), Direction::Request, &part);
        }
        for (key, parameter) in &after {
            if !before.contains_key(key) && is_required(parameter) && key.0 != "path" {
                let part = format!("{} {}", key.0, key.1);
                self.note(ChangeKind::ParameterRequired, &part, "absent", "required");
            }
        }
    }

    fn body(&mut self, old: &Value, new: &Value) {
        let (before, after) = (old.get("requestBody"), new.get("requestBody"));
        let is_required =
            |one: &Value| one.get("required").and_then(Value::as_bool).unwrap_or_default();
        let (before, after) = match (before, after) {
            (None, None) => return,
            (Some(_), None) => {
                self.note(ChangeKind::RequestBodyRemoved, "body", "taken", "gone");
                return;
            }
            (None, Some(new)) => {
                if is_required(new) {
                    self.note(ChangeKind::RequestBodyRequired, "body", "absent", "required");
                }
                return;
            }
            (Some(old), Some(new)) => (old, new),
        };
        if is_required(after) && !is_required(before) {
            self.note(ChangeKind::RequestBodyRequired, "body", "optional", "required");
        }
        if is_required(before) && !is_required(after) {
            self.note(ChangeKind::RequestOptional, "body", "required", "optional");
        }
        let cap = |one: &Value| one.get("x-palisade-body-limit").and_then(Value::as_u64);
        match (cap(before), cap(after)) {
            (Some(old), Some(new)) if new > old => {
                self.note(ChangeKind::BodyLimitRaised, "body", old.to_string(), new.to_string());
            }
            (Some(old), Some(new)) if new < old => {
                self.note(ChangeKind::BodyLimitLowered, "body", old.to_string(), new.to_string());
            }
            // The service's default, which is not known here.
            (None, Some(new)) => {
                let new = new.to_string();
                self.note(ChangeKind::BodyLimitRaised, "body", "the service's default", new);
            }
            (Some(old), None) => {
                let old = old.to_string();
                self.note(ChangeKind::BodyLimitLowered, "body", old, "the service's default");
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
        let kinds = |one: &Value| -> BTreeSet<String> {
            let mut all = BTreeSet::new();
            each_kind(one, &mut all);
            all
        };
        let (old_kinds, new_kinds) = (kinds(before), kinds(after));
        for kind in new_kinds.difference(&old_kinds) {
            self.note(ChangeKind::UploadKindAdded, "body", "refused", kind);
        }
        for kind in old_kinds.difference(&new_kinds) {
            self.note(ChangeKind::UploadKindRemoved, "body", kind, "refused");
        }
        self.contents(before, after, Direction::Request, "body");
    }

    fn contents(&mut self, old: &Value, new: &Value, direction: Direction, part: &str) {
        let any = Value::Object(Map::new());
        let contents = old.get("content").and_then(Value::as_object).into_iter().flatten();
        for (media_type, content) in contents {
            let new_content = new.get("content").and_then(|contents| contents.get(media_type));
            let Some(new_content) = new_content else {
                let kind = match direction {
                    Direction::Request => ChangeKind::RequestMediaTypeRemoved,
                    Direction::Response => ChangeKind::ResponseMediaTypeRemoved,
                };
                self.note(kind, part, media_type, "gone");
                continue;
            };
            let schema = |one: &Value| one.get("schema").unwrap_or(&any).clone();
            self.schemas(&schema(content), &schema(new_content), direction, part);
        }
        if direction == Direction::Request {
            let names = new.get("content").and_then(Value::as_object).into_iter().flatten();
            let known = |name: &str| old.get("content").is_some_and(|all| all.get(name).is_some());
            for (media_type, _) in names.filter(|(name, _)| !known(name)) {
                self.note(ChangeKind::RequestMediaTypeAdded, part, "refused", media_type);
            }
        }
    }

    fn responses(&mut self, old: &Value, new: &Value) {
        let has = |operation: &Value, status: &str| {
            operation.get("responses").is_some_and(|all| all.get(status).is_some())
        };
        match (has(old, "428"), has(new, "428")) {
            (false, true) => {
                self.note(ChangeKind::ConditionRequired, "", "no condition needed", "428");
            }
            (true, false) => {
                self.note(ChangeKind::ConditionDropped, "", "428", "no condition needed");
            }
            (true, true) | (false, false) => {}
        }
        let responses = old.get("responses").and_then(Value::as_object).into_iter().flatten();
        for (status, response) in responses {
            // A refusal that can no longer occur breaks no client.
            if status.starts_with(['4', '5']) {
                continue;
            }
            match new.get("responses").and_then(|all| all.get(status)) {
                None => self.note(ChangeKind::StatusRemoved, status, "answered", "gone"),
                Some(new_response) => {
                    self.contents(response, new_response, Direction::Response, status);
                }
            }
        }
    }
}

fn access(operation: &Value) -> Access {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    if let Some(scopes) = text("x-required-scopes") {
        return Access::Scoped(scopes.to_owned());
    }
    let is_public = operation.get("security").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if is_public { Access::Public } else { Access::Authenticated }
}

/// How many objects are checked for each action.
fn objects(operation: &Value) -> BTreeMap<String, usize> {
    let list = operation.get("x-palisade-objects").and_then(Value::as_array);
    let mut all = BTreeMap::new();
    for object in list.into_iter().flatten() {
        let action = object.get("action").and_then(Value::as_str).unwrap_or_default();
        *all.entry(action.to_owned()).or_insert(0_usize) += 1;
    }
    all
}

/// By place and name; for a path, by their number.
fn parameters(operation: &Value) -> BTreeMap<(String, String), Value> {
    let list = operation.get("parameters").and_then(Value::as_array);
    let mut in_path = 0_usize;
    let mut all = BTreeMap::new();
    for parameter in list.into_iter().flatten() {
        let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
        let place = text("in").to_owned();
        let name = if place == "path" {
            in_path += 1;
            in_path.to_string()
        } else {
            text("name").to_owned()
        };
        all.insert((place, name), parameter.clone());
    }
    all
}

/// The kinds of files in a body, at any position in its schema.
fn each_kind(value: &Value, all: &mut BTreeSet<String>) {
    if let Some(kinds) = value.get("x-palisade-kinds").and_then(Value::as_array) {
        all.extend(kinds.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| each_kind(member, all)),
        Value::Array(elements) => elements.iter().for_each(|element| each_kind(element, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
