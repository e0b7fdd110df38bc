//! Files among the endpoints of a service.

use super::StaticFiles;
use crate::Endpoints;

impl Endpoints {
    /// Adds the files of a folder.
    #[must_use]
    pub fn with_files(self, files: StaticFiles) -> Self {
        self.with_mounted(files.mounted())
    }
}
