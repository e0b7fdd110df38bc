//! Programs that judge OpenAPI documents, as `scripts/test` installs them below the target folder.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use palisade_tests::skip;

/// A tool in Python: `python`, `schemathesis`. Says so where it is not installed.
pub(crate) fn python(name: &str) -> Option<Command> {
    tool(&format!("python/bin/{name}"), name)
}

/// Spectral, which runs on Node.
pub(crate) fn spectral() -> Option<Command> {
    tool("node/node_modules/.bin/spectral", "spectral")
}

/// Where the packages of Node are.
pub(crate) fn node_modules() -> PathBuf {
    folder().join("node/node_modules")
}

fn folder() -> PathBuf {
    let own = env::current_exe().unwrap();
    own.ancestors().nth(3).unwrap().join("openapi")
}

fn tool(path: &str, name: &str) -> Option<Command> {
    let path = folder().join(path);
    if !Path::new(&path).exists() {
        skip(name, "PALISADE_TEST_OPENAPI_JUDGES");
        return None;
    }
    Some(Command::new(path))
}
