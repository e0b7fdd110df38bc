//! The builder of a service that its settings make.

use std::env;

use super::{Settings, from_env, load};
use crate::{Builder, Failure, Palisade};

impl Palisade {
    /// A builder with palisade's own [settings](crate::settings) from every source except the command line:
    /// `palisade.toml`, the environment (`PALISADE_*`), and files that hold one value.
    ///
    /// The page about settings (`docs/settings.md`) lists them all, and so does `--help` of a service
    /// that is made by [`from_settings`](Self::from_settings).
    ///
    /// # Errors
    ///
    /// Every setting that is malformed, empty, or unknown, each with its origin and the fix.
    pub fn from_env() -> Result<Builder, Failure> {
        from_env(env::vars_os())
    }

    /// The [settings](crate::settings) of a service, and a builder with palisade's own, from every source:
    /// `palisade.toml`, the environment, files that hold one value, and the command line. A service
    /// without settings of its own asks for `()`.
    ///
    /// The process ends here where its command line asks for `--help` or `--version`, for every setting
    /// with its value and its origin (`--print-settings`, with secrets masked), or for a check of the
    /// settings (`--check`): values and files are looked at, nothing is connected.
    ///
    /// ```no_run
    /// use palisade::{Settings, prelude::*};
    ///
    /// /// Keeps notes.
    /// #[derive(Settings)]
    /// #[settings(section = "notes")]
    /// struct NotesSettings {
    ///     /// The folder of the database file.
    ///     #[setting(default = ".palisade")]
    ///     data: std::path::PathBuf,
    /// }
    ///
    /// #[palisade::main]
    /// async fn main() -> palisade::Exit {
    ///     let (settings, palisade) = Palisade::from_settings::<NotesSettings>()?;
    ///     println!("notes are kept in {}", settings.data.display());
    ///     palisade.serve().await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Every setting that is missing, malformed, empty or unknown, each with its origin and the fix.
    pub fn from_settings<S: Settings>() -> Result<(S, Builder), Failure> {
        load::of_process()
    }
}
