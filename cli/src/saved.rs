//! Compares the inventory with a saved one.

use std::{collections::BTreeMap, fs, io, path::Path};

use serde_json::{Map, Value};

use crate::inventory::Entry;

/// The position of an entry changes with every edit above it, and has no meaning for access.
const NOT_COMPARED: [&str; 2] = ["file", "line"];

/// Reads an inventory from `--json`.
///
/// # Errors
///
/// The file is unreadable or has other content.
pub fn read(path: &Path) -> io::Result<Vec<Entry>> {
    serde_json::from_slice(&fs::read(path)?).map_err(io::Error::from)
}

/// The differences, one per line: `-` removed, `+` new, `~` changed. Empty without differences.
pub fn difference(saved: &[Entry], found: &[Entry]) -> Vec<String> {
    let (saved, found) = (by_key(saved), by_key(found));
    let mut lines = Vec::new();
    for (key, old) in &saved {
        match found.get(key) {
            None => lines.push(format!("- {}{}", key.0, summary(old))),
            Some(new) => lines.extend(changes(&key.0, old, new)),
        }
    }
    for (key, new) in &found {
        if !saved.contains_key(key) {
            lines.push(format!("+ {}{}", key.0, summary(new)));
        }
    }
    lines
}

/// Entries by their identity; the number distinguishes those with the same identity.
fn by_key(entries: &[Entry]) -> BTreeMap<(String, usize), Map<String, Value>> {
    let mut keyed = BTreeMap::new();
    for entry in entries {
        let name = match entry {
            Entry::Endpoint(endpoint) => {
                let methods = endpoint.methods.join(",");
                let path = endpoint.path.as_deref().unwrap_or("?");
                let method = if methods.is_empty() { "?" } else { &methods };
                format!(
                    "{method} {path} ({} {}::{})",
                    endpoint.package, endpoint.module, endpoint.name
                )
            }
            Entry::Dangerous(call) => {
                format!("{} ({} {})", call.call, call.package, call.module)
            }
            Entry::Scope(scope) => {
                format!("scope {} ({} {})", scope.name, scope.package, scope.module)
            }
            Entry::Raw(raw) => format!("raw {} ({} {})", raw.reader, raw.package, raw.module),
            Entry::Silenced(silenced) => format!(
                "allow_unsafe({}) ({} {})",
                silenced.rule, silenced.package, silenced.module
            ),
        };
        let Ok(Value::Object(mut fields)) = serde_json::to_value(entry) else { continue };
        for field in NOT_COMPARED {
            fields.remove(field);
        }
        let number = (0..).find(|number| !keyed.contains_key(&(name.clone(), *number)));
        keyed.insert((name, number.unwrap_or_default()), fields);
    }
    keyed
}

fn summary(fields: &Map<String, Value>) -> String {
    fields.get("access").map(|access| format!(": access {access}")).unwrap_or_default()
}

fn changes(key: &str, old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (before, after) = (old.get(name), new.get(name));
        if before != after {
            let show = |value: Option<&Value>| value.unwrap_or(&Value::Null).to_string();
            lines.push(format!("~ {key}: {name} {} -> {}", show(before), show(after)));
        }
    }
    lines
}
