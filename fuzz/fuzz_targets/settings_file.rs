//! No `palisade.toml` makes the start of a service fail otherwise than with a message, and no message repeats
//! the value of a secret.

#![no_main]

use std::{env, fs, path::PathBuf, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use palisade::{Builder, Failure, Palisade};

/// The folder that the process is started in, as it seems to the service.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// The folder of the fuzzer, which names its corpus by paths below it.
static OUTER: LazyLock<PathBuf> = LazyLock::new(|| env::current_dir().unwrap());

/// A secret that no message may have. It is weak, too long for some, and of no form.
const MARKER: &str = "mushroom-mushroom-mushroom";

fn start(text: &[u8]) -> Result<Builder, Failure> {
    fs::write(FOLDER.path().join("palisade.toml"), text).unwrap();
    let outer = &*OUTER;
    env::set_current_dir(FOLDER.path()).unwrap();
    let started = Palisade::from_env();
    env::set_current_dir(outer).unwrap();
    started
}

fuzz_target!(|data: &[u8]| {
    let secrets = ["form_key", "redis_url", "audit_key", "auth_keys_json"];
    let own: String = secrets.map(|name| format!("{name} = \"{MARKER}\"\n")).concat();
    let text = [b"[palisade]\n", own.as_bytes(), data].concat();
    if let Err(failure) = start(&text) {
        let said = format!("{failure} {failure:?}");
        assert!(!said.contains(MARKER), "{said}");
    }
    let _whatever_it_says = start(data);
});
