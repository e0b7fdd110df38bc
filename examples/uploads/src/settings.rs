//! The command line and the part of the environment that this program reads itself.

use std::path::PathBuf;

use clap::Parser;
use palisade::{Failure, upload::Uploads};

/// Keeps files. Serves on `PALISADE_BIND` (127.0.0.1:8080 if unset).
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Settings {
    /// The folder that the files are kept in; for its user alone.
    #[arg(long, env = "UPLOADS_DATA", value_name = "FOLDER", default_value = ".palisade/uploads")]
    data: PathBuf,
}

impl Settings {
    /// Where the files are kept. What an earlier process left unfinished there is removed.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or others may enter it.
    pub(crate) fn store(&self) -> Result<Uploads, Failure> {
        let store = Uploads::in_folder(&self.data);
        store.map_err(|error| Failure::new(format!("the folder of the files: {error}")))
    }
}
