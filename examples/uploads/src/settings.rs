//! The settings of this service.

use std::path::PathBuf;

use palisade::{Failure, settings::Sourced, upload::Uploads};

/// Keeps files.
#[derive(Debug, palisade::Settings)]
#[settings(section = "uploads")]
pub(crate) struct Settings {
    /// The folder that the files are kept in; for its user alone.
    #[setting(default = ".palisade/uploads")]
    data: Sourced<PathBuf>,
}

impl Settings {
    /// Where the files are kept. What an earlier process left unfinished there is removed.
    ///
    /// # Errors
    ///
    /// The folder cannot be made, or others may enter it.
    pub(crate) fn store(&self) -> Result<Uploads, Failure> {
        let store = Uploads::in_folder(&**self.data);
        store.map_err(|error| {
            self.data.refused(Failure::new(format!("the folder of the files: {error}")))
        })
    }
}
