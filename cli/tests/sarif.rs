//! What `--format sarif` writes, held to the schema of the standard.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::fs;
use std::process::Command;

use cargo_metadata::MetadataCommand;
use serde_json::Value;

/// SARIF 2.1.0 as OASIS publishes it; the package `serde-sarif` carries it.
fn schema() -> Value {
    // What other platforms need may not have been fetched.
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(["--offline", "--filter-platform", host].map(str::to_owned))
        .exec()
        .unwrap();
    let package = metadata.packages.iter().find(|package| package.name == "serde-sarif").unwrap();
    let path = package.manifest_path.parent().unwrap().join("src/schema.json");
    let mut schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    // The published pattern of a language has a bracket too many, which strict engines refuse. We
    // write no language.
    for holder in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{holder}/properties/language"));
        assert!(language.unwrap().as_object_mut().unwrap().remove("pattern").is_some());
    }
    schema
}

#[test]
fn every_document_fits_the_schema() {
    let schema = schema();
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    let validator = jsonschema::validator_for(&schema).unwrap();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../lint/tests/rules");
    let odd = tempfile::tempdir().unwrap();
    fs::write(odd.path().join("a name with spaces and ä.rs"), "fn f( {").unwrap();
    fs::write(odd.path().join("empty.rs"), "").unwrap();
    for (folder, least) in [(fixtures, 100), (odd.path().to_str().unwrap(), 1)] {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-palisade"))
            .args(["check", "--audit", "--format", "sarif", folder])
            .output()
            .unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .take(5)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let results = document["runs"][0]["results"].as_array().unwrap().len();
        assert!(results >= least, "{results} results");
    }
    let mut broken: Value = serde_json::from_str(r#"{"version": "2.1.0"}"#).unwrap();
    assert!(!validator.is_valid(&broken));
    broken["runs"] = Value::Array(Vec::new());
    assert!(validator.is_valid(&broken));
}
