//! `cargo palisade openapi` with a build of its own: of an example, and of small packages that do not build,
//! or do not write what they should.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Instant,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::example;

/// The tool as a program, with the environment of a shell: what the runner of the tests says of its own
/// package would have Cargo build things again.
fn tool(cargo: Option<&Path>, options: &[&str]) -> Option<Output> {
    let mut command = Command::new(example::program("cargo-palisade")?);
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "NEXTEST"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(&*name);
        }
    }
    if let Some(cargo) = cargo {
        command.env("CARGO", cargo);
    }
    Some(command.args(["palisade", "openapi"]).args(options).output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Cargo, which builds the program with the features that the tests were built with: those of `--package` alone
/// are others, so that all dependencies would be built once more.
fn cargo_of_the_tests(folder: &Path) -> PathBuf {
    let script = folder.join("cargo");
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let text = format!(
        "#!/bin/sh\n\
         if [ \"$1\" != build ]; then exec {cargo} \"$@\"; fi\n\
         for word do\n\
           shift\n\
           case $word in\n\
             --package) skip=1 ;;\n\
             *) if [ -n \"$skip\" ]; then skip=; else set -- \"$@\" \"$word\"; fi ;;\n\
           esac\n\
         done\n\
         exec {cargo} \"$@\" --workspace --test operate\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

#[test]
fn an_example_is_built_and_asked() {
    let Some(program) = example::program("notes") else { return };
    let folder = tempfile::tempdir().unwrap();
    let cargo = cargo_of_the_tests(folder.path());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let began = Instant::now();
    let options = ["--manifest-path", manifest, "--package", "notes", "--strict"];
    let Some(output) = tool(Some(&cargo), &options) else { return };
    assert!(output.status.success(), "{}", text(&output.stderr));
    eprintln!("the example was built and asked in {:.1} s", began.elapsed().as_secs_f64());
    let written: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written, example::document(&program));
}

/// A stand-in for palisade: its `main` writes what the attribute holds.
const STAND_IN: &str = r#"
use proc_macro::TokenStream;

#[proc_macro_attribute]
pub fn main(arguments: TokenStream, _: TokenStream) -> TokenStream {
    let arguments = arguments.to_string();
    let (_, text) = arguments.split_once('=').unwrap();
    format!(
        "fn main() {{ \
             let file = std::env::var_os(\"CARGO_PALISADE_OPENAPI\").unwrap(); \
             std::fs::write(file, {text}).unwrap(); \
         }}"
    )
    .parse()
    .unwrap()
}
"#;

/// A workspace of packages that depend on the stand-in: for each, its name and its `main.rs`.
fn workspace(packages: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    put("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\nexclude = [\"target\"]\n");
    let package = |name: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n")
    };
    put("palisade/Cargo.toml", &(package("palisade") + "[lib]\nproc-macro = true\n"));
    put("palisade/src/lib.rs", STAND_IN);
    for (name, main) in packages {
        let manifest = package(name) + "[dependencies]\npalisade = { path = \"../palisade\" }\n";
        put(&format!("{name}/Cargo.toml"), &manifest);
        put(&format!("{name}/src/main.rs"), main);
    }
    folder
}

fn asked(workspace: &TempDir, options: &[&str]) -> Option<(Option<i32>, String, String)> {
    let manifest = workspace.path().join("Cargo.toml");
    // Of its own: a target folder of the tests would be blocked while they are built.
    let target = workspace.path().join("target");
    let mut all = vec!["--manifest-path", manifest.to_str().unwrap()];
    all.extend(options);
    let mut command = Command::new(example::program("cargo-palisade")?);
    command.env("CARGO_TARGET_DIR", target).args(["palisade", "openapi"]).args(all);
    let output = command.output().unwrap();
    Some((output.status.code(), text(&output.stdout), text(&output.stderr)))
}

#[test]
fn a_package_is_chosen_built_and_asked() {
    const DOCUMENT: &str = r##"#[palisade::main(openapi = r#"{ "document": { "openapi": "3.1.0" } }"#)]
async fn main() {}"##;
    const GARBAGE: &str = "#[palisade::main(openapi = \"nonsense\")]\nasync fn main() {}";
    const BROKEN: &str = "#[palisade::main(openapi = 1 + )]\nasync fn main() {}";
    let one = workspace(&[("shop", DOCUMENT)]);
    let Some((code, out, log)) = asked(&one, &[]) else { return };
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert_eq!(out, "{\n  \"openapi\": \"3.1.0\"\n}\n");
    let (code, _, log) = asked(&one, &["--bin", "store"]).unwrap();
    assert_eq!(code, Some(2));
    assert!(log.contains("has no program named `store`"), "{log}");
    let several = workspace(&[("shop", GARBAGE), ("store", BROKEN)]);
    for (options, says) in [
        (&[][..], "several packages have a program: shop, store"),
        (&["--package", "shops"], "no package is named `shops`"),
        (&["--package", "shop"], "expected ident at line 1"),
        (&["--package", "store"], "`store` cannot be built"),
    ] {
        let (code, out, log) = asked(&several, options).unwrap();
        assert_eq!((code, out.as_str()), (Some(2), ""), "{options:?}: {log}");
        assert!(log.contains(says), "{options:?}: {log}");
    }
}
