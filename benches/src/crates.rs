//! Crates that are written for a measurement, to see how long the compiler takes over them.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::process::children_seconds;

/// A folder below the target folder where a measurement keeps its crates and what they build.
#[derive(Debug)]
pub struct Crates {
    folder: PathBuf,
}

impl Crates {
    /// The folder of this name.
    pub fn new(name: &str) -> Self {
        let target = env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
        Self { folder: target.join(name) }
    }

    /// Writes a crate; files that are there with the same text stay untouched.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub fn write(&self, name: &str, files: &[(&str, &str)]) -> io::Result<PathBuf> {
        let path = self.folder.join(name);
        for (file, text) in files {
            let file = path.join(file);
            fs::create_dir_all(file.parent().unwrap_or(&path))?;
            if fs::read_to_string(&file).is_ok_and(|old| old == *text) {
                continue;
            }
            fs::write(&file, text)?;
        }
        // The same versions as here, without asking a registry.
        fs::copy(root().join("Cargo.lock"), path.join("Cargo.lock"))?;
        Ok(path)
    }

    /// Processor seconds of one `cargo check`: unlike the clock on the wall, it does not count
    /// waiting.
    ///
    /// # Errors
    ///
    /// The crate does not compile.
    pub fn check(&self, path: &Path, environment: &[(&str, &str)]) -> io::Result<f64> {
        // Touched, so that this crate is checked anew and nothing else.
        let source = path.join("src/lib.rs");
        fs::write(&source, fs::read(&source)?)?;
        let before = children_seconds()?;
        let status = Command::new("cargo")
            .arg("check")
            .arg("--quiet")
            .current_dir(path)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{} does not compile", path.display())));
        }
        Ok(children_seconds()? - before)
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
