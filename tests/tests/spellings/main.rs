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
use palisade_tests::inventory::{self, Declared};
use serde_json::Value;

/// Name, module and line, by method and path; palisade's own endpoints are in no source of the
/// package.
type Places = BTreeMap<String, Option<(String, String, u64)>>;

/// What the running service declares, by method and path: each column of the table.
fn running() -> (BTreeMap<String, Declared>, Places) {
    let endpoints = odd::endpoints();
    let mut declared = inventory::started(&endpoints.inventory().to_string());
    for columns in declared.values_mut() {
        columns.remove("at");
    }
    (declared, endpoints.policies().map(place).collect())
}

fn place(policy: &'static Policy) -> (String, Option<(String, String, u64)>) {
    let route = policy.route.unwrap();
    // The module of this program's root is another one.
    let own = policy.module.starts_with("spellings::");
    let module = policy.module.replace("spellings::", "crate::").replace("r#", "");
    let name = policy.name.trim_start_matches("r#").to_owned();
    let place = own.then(|| (name, module, u64::from(policy.line)));
    (format!("{} {}", route.methods.join(","), route.path), place)
}

/// What the tool reads, by method and path.
fn read() -> (BTreeMap<String, Declared>, Places) {
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
    let mut entries: Vec<Value> = serde_json::from_slice(&out).unwrap();
    // Of what is compiled under a condition that does not hold, the sources know too.
    entries.retain(|entry| !entry["conditions"].to_string().contains("[\"windows"));
    let mut declared = inventory::read(&entries);
    for columns in declared.values_mut() {
        columns.remove("at");
    }
    let endpoints = entries.iter().filter(|entry| entry["kind"] == "endpoint");
    let places = endpoints.map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap().replace("r#", "");
        let own = text("module").starts_with("crate");
        let line = entry["line"].as_u64().unwrap();
        (inventory::key(entry), own.then(|| (text("name"), text("module"), line)))
    });
    (declared, places.collect())
}

#[test]
fn the_inventory_of_the_sources_is_that_of_the_running_service() {
    let ((running, placed), (mut read, mut read_places)) = (running(), read());
    assert!(running.len() > 70, "{}", running.len());
    let lost: Vec<_> = running.keys().filter(|key| !read.contains_key(*key)).collect();
    assert!(lost.is_empty(), "not read: {lost:#?}");
    read.retain(|key, _| running.contains_key(key));
    for (key, declared) in &running {
        assert_eq!(read.get(key), Some(declared), "{key}");
    }
    read_places.retain(|key, _| running.contains_key(key));
    assert_eq!(read_places, placed);
}
