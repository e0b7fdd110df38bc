//! Programs that have to be compiled: once, whichever test comes first.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::client::source;

/// Where `scripts/test` puts what the clients need, and where their programs are made.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("clients")
}

/// The program of this source; `None` where there is no compiler.
///
/// Tests run in several processes: the first one compiles, and the others wait for its lock.
pub(super) fn built(
    name: &str,
    program: &str,
    compile: impl Fn(&Path, &Path) -> Command,
) -> Option<PathBuf> {
    let own = folder().join(name);
    fs::create_dir_all(&own).unwrap();
    let lock = File::create(own.join("lock")).unwrap();
    lock.lock().unwrap();
    let (source, program) = (source(name), own.join(program));
    // The source that the program was made of.
    let (text, made_of) = (fs::read(&source).unwrap(), own.join("source"));
    if program.exists() && fs::read(&made_of).is_ok_and(|old| old == text) {
        return Some(program);
    }
    let output = compile(&source, &program).stdin(Stdio::null()).output().ok()?;
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}");
    fs::write(made_of, text).unwrap();
    Some(program)
}
