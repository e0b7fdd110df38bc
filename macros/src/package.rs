//! The package that is being compiled.

use std::path::PathBuf;

/// The folder of its `Cargo.toml`.
#[cfg(not(test))]
pub(crate) fn root() -> Option<PathBuf> {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)
}

/// Here the package that the fixtures belong to.
#[cfg(test)]
#[expect(clippy::unnecessary_wraps, reason = "as in a build, where Cargo may not have set it")]
pub(crate) fn root() -> Option<PathBuf> {
    Some(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests"))
}
