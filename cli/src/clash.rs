//! Handlers of one package with the same method and path: the one that an app registers first is
//! used.
//!
//! A list of endpoints is checked when a service starts. A running service cannot compare handlers
//! that an app mounts in addition (`App::service`), or in a second list. The sources do not show
//! whether two mounts belong to one app, so this is a warning.

use std::collections::BTreeMap;

use crate::{
    inventory::{Endpoint, Entry},
    place::Place,
    report::Report,
};

/// Reports them.
pub fn report(entries: &[Entry], report: &mut Report) {
    let mut taken: BTreeMap<(&str, &str, String), &Endpoint> = BTreeMap::new();
    for entry in entries {
        let Entry::Endpoint(endpoint) = entry else { continue };
        // Under a condition or a guard of its own, another one may take its turn.
        let always = endpoint.conditions.is_empty() && endpoint.raw.is_empty();
        let Some(path) = endpoint.path.as_deref().filter(|_| always) else { continue };
        for method in &endpoint.methods {
            let key = (endpoint.package.as_str(), method.as_str(), pattern(path));
            let Some(first) = taken.get(&key) else {
                taken.insert(key, endpoint);
                continue;
            };
            report.warn(
                Place { file: endpoint.file.clone().into(), line: endpoint.line, column: 1 },
                format!(
                    "{method} {} is mounted with `{}::{}` and with `{}::{}`: in one app only the \
                     first that it registers answers",
                    key.2, first.module, first.name, endpoint.module, endpoint.name
                ),
            );
        }
    }
}

/// A path without the names of its parameters, which make no difference.
fn pattern(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let (mut depth, mut in_name) = (0_usize, false);
    for c in path.chars() {
        match c {
            '{' => {
                depth = depth.saturating_add(1);
                in_name = depth == 1;
                text.push(c);
                continue;
            }
            '}' => {
                depth = depth.saturating_sub(1);
                in_name = false;
            }
            ':' if depth == 1 => in_name = false,
            _ => {}
        }
        if !in_name {
            text.push(c);
        }
    }
    text
}
