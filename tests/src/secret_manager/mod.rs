//! Secret managers of the tests' own, as their interfaces are documented, and one of AWS that is an
//! emulator.

mod azure;
mod google;
mod moto;
mod peer;
mod vault;

pub use azure::KeyVault;
pub use google::SecretManager;
pub use moto::{Moto, instance_metadata};
pub use peer::{Asked, Manner, Peer, Reply};
pub use vault::Vault;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

/// A value that occurs nowhere else: what holds it in any output has leaked it.
///
/// # Panics
///
/// Where the machine has no randomness.
pub fn unheard_of() -> String {
    let mut bytes = [0; 24];
    aws_lc_rs::rand::fill(&mut bytes).unwrap_or_else(|error| panic!("{error}"));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A private file with this text, in a folder of the system's temporary one.
///
/// # Panics
///
/// It cannot be written.
pub fn private_file(text: &str) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("palisade-secret-{}-{number}", std::process::id()));
    let written = fs::write(&path, text)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path
}
