//! A migration that changes has Cargo compile the queries again: in a package of its own, with a real
//! Cargo.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const FIRST: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n";

const LIBRARY: &str = r#"
use palisade::sql::{Db, Error};

pub async fn title(db: &Db, id: i64) -> Result<String, Error> {
    palisade::sql!("SELECT title FROM notes WHERE id = {id}" as String).fetch_one(db).await
}
"#;

struct Package(PathBuf);

impl Package {
    /// With the workspace's own versions of everything, and its target folder: little is built.
    fn new() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let package = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuilt"));
        let _none_before = fs::remove_dir_all(&package.0);
        let root = workspace.display();
        package.put(
            "Cargo.toml",
            &format!(
                r#"
[package]
name = "palisade-rebuilt"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
palisade = {{ path = "{root}/runtime", features = ["sqlite"] }}

[build-dependencies]
palisade-sql = {{ path = "{root}/sql", default-features = false }}

[workspace]
"#
            ),
        );
        package.put("build.rs", "fn main() { palisade_sql::watch(); }\n");
        package.put("src/lib.rs", LIBRARY);
        package.put("migrations/0001_notes.sql", FIRST);
        fs::copy(workspace.join("Cargo.lock"), package.0.join("Cargo.lock")).unwrap();
        package
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What Cargo says, and whether it is content.
    fn check(&self) -> (bool, String) {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let output = Command::new(cargo)
            .args(["check", "--offline", "--lib", "--color", "never"])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", target)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn a_migration_that_is_edited_or_added_compiles_the_queries_again() {
    let package = Package::new();
    let (fine, said) = package.check();
    assert!(fine, "{said}");
    let (fine, said) = package.check();
    assert!(fine && !said.contains("Checking palisade-rebuilt"), "nothing has changed: {said}");

    package.put("migrations/0001_notes.sql", &FIRST.replace("title", "name"));
    let (fine, said) = package.check();
    assert!(!fine && said.contains("`notes` has no column `title`"), "edited: {said}");
    package.put("migrations/0001_notes.sql", FIRST);
    let (fine, said) = package.check();
    assert!(fine, "edited back: {said}");

    package.put("migrations/0002_name.sql", "ALTER TABLE notes RENAME COLUMN title TO name;\n");
    let (fine, said) = package.check();
    assert!(!fine && said.contains("`notes` has no column `title`"), "added: {said}");
    fs::remove_file(package.0.join("migrations/0002_name.sql")).unwrap();
    let (fine, said) = package.check();
    assert!(fine, "removed: {said}");
}
