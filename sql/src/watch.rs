//! The function for build scripts.

/// The variable that [`watch`] sets for the compiler, and so for programs that `cargo run` starts.
/// Unlike the service's settings, it does not begin with `PALISADE_`: a service refuses to start
/// with an unknown setting.
pub const WATCHED: &str = "MIGRATIONS_SEEN_BY_PALISADE";

/// Makes Cargo compile the package again when a migration is added, removed or changed.
///
/// `sql!` and `migrations!` notice edits themselves. Only a build script notices a file that did
/// not exist when they ran:
///
/// ```no_run
/// // In the `main` of build.rs:
/// palisade_sql::watch();
/// ```
///
/// It prints `cargo:rerun-if-changed=migrations`, and sets [`WATCHED`] to a string that changes
/// with the folder, so that cargo compiles the crate itself again.
#[expect(clippy::print_stdout, reason = "this is how a build script talks to cargo")]
pub fn watch() {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(std::path::PathBuf::from)
        .unwrap_or_default()
        .join("migrations");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    list(&folder, &mut names, 0);
    names.sort();
    println!("cargo:rustc-env={WATCHED}={}", names.join("|"));
}

/// The names of the files in a folder and in its direct subfolders.
fn list(folder: &std::path::Path, names: &mut Vec<String>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() && depth == 0 {
            list(&path, names, depth.saturating_add(1));
        } else if let Some(name) = path.file_name() {
            // One line, whatever a file is called.
            names.push(name.to_string_lossy().replace(['\n', '\r'], "_"));
        }
    }
}
