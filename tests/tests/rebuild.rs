//! A migration that changes has Cargo compile the queries again, and a program that was not compiled
//! again does not start: in packages of their own, with a real Cargo and a real rustc.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it stands"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const FIRST: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL);\n";

const LIBRARY: &str = r#"
use palisade::sql::{Db, Error};

pub async fn title(db: &Db, id: i64) -> Result<String, Error> {
    palisade::sql!("SELECT title FROM notes WHERE id = {id}" as String).fetch_one(db).await
}
"#;

/// Starts, brings a database to its migrations, and says so.
const PROGRAM: &str = r#"
use palisade::sql::Db;

#[palisade::main]
async fn main() -> palisade::Exit {
    assert!(!cfg!(debug_assertions), "as in a release");
    let db = Db::connect("sqlite::memory:").await?;
    db.migrate(palisade::migrations!()).await?;
    println!("started");
    Ok(())
}
"#;

struct Package {
    folder: PathBuf,
}

impl Package {
    /// With the versions, the profiles and the target folder of this workspace, so that dependencies are
    /// shared with other builds. It has no source yet.
    fn new(name: &str) -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let package = Self { folder: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) };
        let _none_before = fs::remove_dir_all(&package.folder);
        let root = workspace.display();
        let profiles = profiles(workspace);
        package.put(
            "Cargo.toml",
            &format!(
                r#"
[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
palisade = {{ path = "{root}/runtime", features = ["sqlite"] }}

[build-dependencies]
palisade-sql = {{ path = "{root}/sql", default-features = false }}

[workspace]
{profiles}"#
            ),
        );
        fs::copy(workspace.join("Cargo.lock"), package.folder.join("Cargo.lock")).unwrap();
        package
    }

    fn put(&self, file: &str, text: &str) {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What Cargo says, and whether it is content.
    fn check(&self) -> (bool, String) {
        let output = cargo()
            .args(["check", "--lib", "--offline", "--color", "never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target())
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Compiles the program without debug assertions, as for a release, with a library that is built already.
    /// What rustc says, and whether it is content.
    fn compile(&self, library: &Path) -> (bool, String) {
        let option = |name: &str, path: &Path| format!("{name}={}", path.display());
        let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["src/main.rs", "--edition", "2024", "--crate-name", "palisade_stale"])
            .args(["-C", "debug-assertions=off", "--out-dir", "."])
            .args(["--extern", &option("palisade", library)])
            .args(["-L", &option("dependency", &target().join("debug/deps"))])
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("CARGO_PKG_NAME", "palisade-stale")
            .env("CARGO_PKG_VERSION", "0.0.0")
            .env("CARGO_PKG_DESCRIPTION", "")
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// What the program says that was compiled before, and whether it starts.
    fn start(&self) -> (bool, String) {
        let output = Command::new(self.folder.join("palisade_stale"))
            .current_dir(env::temp_dir())
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The library `palisade` with the features of this test. Cargo has built it already, and says where it is.
fn library() -> PathBuf {
    let output = cargo()
        .args(["build", "--quiet", "--workspace", "--test", "rebuild", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let files = messages
        .filter(|message| message["target"]["name"] == "palisade")
        .filter(|message| message["profile"]["test"] == false)
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let paths = files.map(|file| PathBuf::from(file.as_str().unwrap()));
    let mut libraries =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "rlib"));
    libraries.next_back().unwrap()
}

/// The sections of the workspace's manifest that set how development builds are compiled.
fn profiles(workspace: &Path) -> String {
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let sections = manifest.split("\n\n").filter(|section| section.contains("[profile.dev"));
    sections.flat_map(|section| [section, "\n\n"]).collect()
}

/// The workspace's own, so that little is built.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

#[test]
fn a_migration_that_is_edited_or_added_compiles_the_queries_again() {
    let package = Package::new("palisade-rebuilt");
    package.put("build.rs", "fn main() { palisade_sql::watch(); }\n");
    package.put("src/lib.rs", LIBRARY);
    package.put("migrations/0001_notes.sql", FIRST);
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
    fs::remove_file(package.folder.join("migrations/0002_name.sql")).unwrap();
    let (fine, said) = package.check();
    assert!(fine, "removed: {said}");
}

#[test]
fn a_program_with_other_migrations_than_it_was_built_with_does_not_start() {
    // Without a build.rs: nothing else would notice an added file.
    let package = Package::new("palisade-stale");
    package.put("src/main.rs", PROGRAM);
    package.put("migrations/0001_notes.sql", FIRST);
    let library = library();
    let (fine, said) = package.compile(&library);
    assert!(fine, "{said}");
    let starts = || {
        let (fine, said) = package.start();
        assert!(fine && said.contains("started"), "{said}");
    };
    let refuses = |file: &str| {
        let (fine, said) = package.start();
        assert!(!fine && !said.contains("started"), "{said}");
        assert!(said.contains(&format!("migration {file} is not what it was")), "{said}");
        assert!(said.contains("build it again"), "{said}");
    };
    starts();
    package.put("migrations/0001_notes.sql", &format!("{FIRST}-- edited\n"));
    refuses("0001_notes.sql");
    package.put("migrations/0001_notes.sql", FIRST);
    package.put("migrations/0002_name.sql", "ALTER TABLE notes RENAME COLUMN title TO name;\n");
    refuses("0002_name.sql");
    fs::remove_file(package.folder.join("migrations/0002_name.sql")).unwrap();
    starts();
    // After it is moved elsewhere, it uses its embedded migrations.
    fs::remove_dir_all(package.folder.join("migrations")).unwrap();
    starts();
    // And it is not built without them.
    let (fine, said) = package.compile(&library);
    assert!(!fine, "{said}");
    assert!(
        said.contains("the folder `migrations` does not exist beside the Cargo.toml"),
        "{said}"
    );
    assert!(said.contains("0001_first.sql"), "{said}");
}
