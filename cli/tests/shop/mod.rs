//! Small packages, and the program run over them.

#![allow(dead_code, unreachable_pub, reason = "no test program uses all of it")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// The manifest of a package that depends on palisade.
pub const MANIFEST: &str = "
[package]
name = \"shop\"
version = \"0.0.0\"
edition = \"2024\"

[dependencies]
palisade = \"0.1\"

[workspace]
";

/// A package that holds these files besides its manifest.
pub fn package(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "Cargo.toml", MANIFEST);
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

/// Writes a file below a folder.
pub fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Runs `cargo palisade routes` there.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-palisade"))
        .args(["palisade", "routes"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What a run printed.
pub fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// What a run printed besides.
pub fn log(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The inventory of a package without mistakes.
pub fn inventory(files: &[(&str, &str)]) -> Vec<Value> {
    let folder = package(files);
    let output = run(folder.path(), &["--json"]);
    assert_eq!((output.status.code(), log(&output)), (Some(0), ""));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A line for each endpoint: mode, methods, path, item.
pub fn names(inventory: &[Value]) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    inventory
        .iter()
        .map(|entry| {
            let methods: Vec<_> = entry["methods"].as_array().unwrap().iter().map(text).collect();
            format!(
                "{} {} {} {}::{}",
                text(&entry["mode"]),
                if methods.is_empty() { "?".to_owned() } else { methods.join(",") },
                text(&entry["path"]),
                text(&entry["module"]),
                text(&entry["name"]),
            )
        })
        .collect()
}
