//! No `palisade.toml` makes the start of a service fail otherwise than with a message, and no message repeats
//! the value of a secret.

#![no_main]

use std::{env, fs, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use palisade::Palisade;

/// The folder that the process is started in, as it seems to the service.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    env::set_current_dir(folder.path()).unwrap();
    folder
});

/// A secret that no message may have. It is weak, too long for some, and of no form.
const MARKER: &str = "mushroom-mushroom-mushroom";

fuzz_target!(|data: &[u8]| {
    let file = FOLDER.path().join("palisade.toml");
    let secrets = ["form_key", "redis_url", "audit_key", "auth_keys_json"];
    let own: String = secrets.map(|name| format!("{name} = \"{MARKER}\"\n")).concat();
    let text = [b"[palisade]\n", own.as_bytes(), data].concat();
    fs::write(&file, text).unwrap();
    if let Err(failure) = Palisade::from_env() {
        let said = format!("{failure} {failure:?}");
        assert!(!said.contains(MARKER), "{said}");
    }
    fs::write(&file, data).unwrap();
    let _whatever_it_says = Palisade::from_env();
});
