//! The paths that the settings name, for the sandbox.

use std::{
    borrow::Cow,
    env,
    path::{Path, PathBuf},
};

use super::table;
use crate::{
    Sandbox,
    setting_sources::{
        file,
        sources::{Resolved, Surroundings, resolve},
    },
};

impl Sandbox {
    /// Allows the paths that the settings of palisade name, in the environment and in `palisade.toml`:
    ///
    /// - read: `palisade.toml`, `PALISADE_SECRETS_DIR`, the credentials of systemd, each file of a variable
    ///   `.._FILE`, key sets, certificates with their keys, client authorities and revocation lists, the
    ///   `file:` addresses of secrets;
    /// - written: the folders of audit files, of Unix sockets, and `PALISADE_ACME_CACHE`. A missing one is made for
    ///   the user of `PALISADE_USER`.
    ///
    /// Files that are read again when they are replaced are allowed with their folders. Paths of the service's own
    /// settings (a SQLite database, a folder of uploads) are added with [`read`](Self::read) and
    /// [`write`](Self::write).
    pub fn from_env() -> Self {
        Self::with_settings(values_from_env(), settings_file())
    }
}

/// The values of palisade's settings from every source except the command line, without a check. Secrets are left
/// out.
fn values_from_env() -> Vec<(String, String)> {
    let from = Surroundings::with_variables(env::vars_os());
    let known = table::described();
    // What is wrong is reported when the service reads its settings.
    let Resolved { mut values, .. } = resolve(&known, &from, &mut Vec::new());
    let is_secret = |name: &str| known.iter().any(|known| known.name == name && known.secret);
    values.retain(|name, _| !is_secret(name));
    values.into_iter().map(|(name, given)| (name, given.expose().to_owned())).collect()
}

/// The settings file of this process; `None` where it has none.
fn settings_file() -> Option<PathBuf> {
    file::find(None, Path::new("")).map(Cow::into_owned)
}
