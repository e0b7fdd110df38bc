//! What the running service declares is what `cargo palisade routes` reads, however it is written.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

#[expect(
    unreachable_pub,
    unused_imports,
    unused_qualifications,
    reason = "words are taken by their siblings, and every way to name something is to be read"
)]
mod odd;

use std::{collections::BTreeMap, fs, path::Path};

use cargo_palisade::{args::RoutesArgs, routes};
use palisade::Policy;
use serde_json::{Value, json};

/// What is compared of an endpoint.
type Declared = BTreeMap<&'static str, Value>;

/// What the running service declares, by method and path.
fn running() -> BTreeMap<String, Declared> {
    odd::endpoints().policies().map(declared).collect()
}

fn declared(policy: &'static Policy) -> (String, Declared) {
    let route = policy.route.unwrap();
    let of_types = policy.arguments.iter().filter_map(|argument| argument.shape.declared());
    let of_types: Vec<_> = of_types.flat_map(|form| form.reasons()).collect();
    let mut reasons: Vec<_> = policy
        .reasons
        .iter()
        .chain(&of_types)
        .map(|reason| format!("{}: {}", reason.word, reason.reason))
        .collect();
    reasons.sort();
    // The module of this program's root is another one.
    let module = policy.module.replace("spellings::", "crate::");
    let fields = [
        ("name", json!(policy.name.trim_start_matches("r#"))),
        ("module", json!(module.replace("r#", ""))),
        ("line", json!(policy.line)),
        ("access", json!(policy.access.to_string())),
        ("limits", json!(policy.limits.len())),
        ("body_limit", json!(policy.body_limit)),
        (
            "body_timeout_ms",
            json!(policy.body_timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap())),
        ),
        (
            "timeout_ms",
            json!(policy.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap())),
        ),
        ("reasons", json!(reasons)),
    ];
    (format!("{} {}", route.methods.join(","), route.path), fields.into_iter().collect())
}

/// What the tool reads, by method and path.
fn read() -> BTreeMap<String, Declared> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spellings");
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
        [dependencies]\npalisade = \"0.1\"\n[workspace]\n";
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "pub mod odd;\n").unwrap();
    for file in ["odd.rs", "included.rs"] {
        fs::copy(here.join(file), folder.path().join("src").join(file)).unwrap();
    }
    let arguments = RoutesArgs {
        json: true,
        manifest_path: Some(folder.path().join("Cargo.toml")),
        package: None,
        check: None,
    };
    let (mut out, mut log) = (Vec::new(), Vec::new());
    let code = routes::run(&arguments, &mut out, &mut log).unwrap();
    assert_eq!((code, String::from_utf8(log).unwrap().as_str()), (routes::WHOLE, ""));
    let entries: Vec<Value> = serde_json::from_slice(&out).unwrap();
    entries
        .iter()
        .filter(|entry| entry["kind"] == "endpoint")
        // Of what is compiled under a condition that does not hold, the sources know too.
        .filter(|entry| !entry["conditions"].to_string().contains("[\"windows"))
        .map(shown)
        .collect()
}

fn shown(entry: &Value) -> (String, Declared) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let methods: Vec<_> = entry["methods"].as_array().unwrap().iter().map(text).collect();
    let mut reasons: Vec<_> = entry["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{}: {}", text(&one["word"]), text(&one["reason"])))
        // The running service has the policy, and no word of the constant that it came from.
        .filter(|reason| !reason.starts_with("headers("))
        .collect();
    reasons.sort();
    let fields = [
        ("name", json!(text(&entry["name"]).trim_start_matches("r#"))),
        ("module", json!(text(&entry["module"]).replace("r#", ""))),
        ("line", entry["line"].clone()),
        ("access", entry["access"].clone()),
        ("limits", json!(entry["limits"].as_array().unwrap().len())),
        ("body_limit", entry["body_limit"].clone()),
        ("body_timeout_ms", entry["body_timeout_ms"].clone()),
        ("timeout_ms", entry["timeout_ms"].clone()),
        ("reasons", json!(reasons)),
    ];
    let key = format!("{} {}", methods.join(","), text(&entry["path"]));
    (key, fields.into_iter().collect())
}

#[test]
fn the_inventory_of_the_sources_is_that_of_the_running_service() {
    let (running, mut read) = (running(), read());
    assert!(running.len() > 65, "{}", running.len());
    let lost: Vec<_> = running.keys().filter(|key| !read.contains_key(*key)).collect();
    assert!(lost.is_empty(), "not read: {lost:#?}");
    read.retain(|key, _| running.contains_key(key));
    for (key, declared) in &running {
        assert_eq!(read.get(key), Some(declared), "{key}");
    }
}
