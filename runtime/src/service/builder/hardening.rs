//! The rights that the process of a service gives up.

use super::Builder;
use crate::{Failure, file_owner::FileOwner, hardening};

/// Its settings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HardeningSettings {
    run_as: Option<hardening::RunAs>,
    mask: Option<u32>,
    keeps_core_dumps: bool,
}

/// What [`Builder::serve`] does to its process.
#[derive(Debug, Default)]
pub(in crate::service) struct Hardening {
    settings: HardeningSettings,
    is_production: bool,
}

impl HardeningSettings {
    /// The user that has to own the files that the process writes to after it became that user.
    pub(super) fn owner_of_files(&self) -> Option<FileOwner> {
        self.run_as.and_then(hardening::RunAs::owner_of_files)
    }
}

impl Builder {
    /// Becomes this user once the sockets are bound: `name`, `name:group`, or numbers. The process
    /// has to be started as root, loses all other groups, and cannot regain root. Files that it
    /// opened or made before, such as a data folder, belong to the user that opened them.
    ///
    /// In [`serve`](Self::serve), on Linux. Root itself, an unknown user, and a process that cannot
    /// become another are start-up errors.
    ///
    /// ```
    /// # use palisade::Palisade;
    /// let builder = Palisade::builder().bind("0.0.0.0:443").run_as("4242:4242");
    /// # let _ = builder;
    /// ```
    pub fn run_as(mut self, user: &str) -> Self {
        match hardening::RunAs::read(user) {
            Ok(run_as) => {
                let is_other = self.hardening.run_as != Some(run_as);
                self.contradicts("PALISADE_USER", "run_as", is_other);
                self.hardening.run_as = Some(run_as);
                #[cfg(unix)]
                if let Some(owner) = run_as.owner_of_files() {
                    crate::private_folder::accept_files_of(owner);
                    run_as.prepare_threads();
                }
                self.deploy.drops_root = true;
            }
            Err(fault) => {
                self.complaints
                    .push(format!("PALISADE_USER or `.run_as(..)` is {user:?}: {fault}"));
            }
        }
        self
    }

    /// Removes these permissions from every file that the process makes while it serves: `0o077`
    /// leaves files to its own user. Files that palisade writes are private with any mask.
    pub fn umask(mut self, mask: u32) -> Self {
        self.contradicts("PALISADE_UMASK", "umask", self.hardening.mask != Some(mask));
        if mask & !0o777 == 0 {
            self.hardening.mask = Some(mask);
        } else {
            self.complaints.push(format!(
                "PALISADE_UMASK or `.umask(..)` is {mask:04o}: write permissions to take away, like 0077"
            ));
        }
        self
    }

    /// Lets the process leave core dumps in production, and lets other processes of its user attach
    /// to it, for a debugger. Without this it does neither while it [serves](Self::serve): a dump
    /// contains keys and requests (CWE-528). The log at start-up and the inventory show the reason.
    pub fn dangerous_core_dumps(mut self, reason: &str) -> Self {
        self.hardening.keeps_core_dumps = true;
        self.weaken("dangerous_core_dumps", reason);
        self
    }

    pub(super) fn hardening_of(&self, is_production: bool) -> Hardening {
        Hardening { settings: self.hardening, is_production }
    }
}

impl Hardening {
    /// Whether [`apply`](Self::apply) changes the user of the process.
    pub(in crate::service) fn changes_user(&self) -> bool {
        self.settings.run_as.is_some()
    }

    /// Gives up rights that are not needed any more. The sockets are bound.
    pub(in crate::service) fn apply(&self) -> Result<(), Failure> {
        let HardeningSettings { run_as, mask, keeps_core_dumps } = self.settings;
        if let Some(mask) = mask {
            hardening::restrict_file_mode(mask);
        }
        if let Some(run_as) = run_as {
            run_as.become_it().map_err(|fault| {
                Failure::new(format!("PALISADE_USER or `.run_as(..)`: {fault}"))
            })?;
        }
        // Behind the change of the user, which sets it anew.
        if self.is_production && !keeps_core_dumps {
            hardening::forbid_core_dumps().map_err(|error| {
                Failure::new(format!("core dumps cannot be turned off: {error}"))
            })?;
        }
        Ok(())
    }
}
