//! The facts of the machine and the process for the deploy checks.
//!
//! The builder has the facts of settings and endpoints; here are the others: the databases that
//! were opened, the disk of a SQLite file, the clock, how many instances there are, files with
//! secrets. Nothing here decides: [`palisade_policy::deploy`] has the list and judges.

mod clock;
mod databases;
#[cfg(feature = "sqlite")]
mod disk;
mod replicas;
mod secrets;

pub(crate) use clock::fault_of_clock;
#[cfg(any(feature = "redis", feature = "postgres", feature = "mysql"))]
pub(crate) use clock::{apart, now};
#[cfg(feature = "sqlite")]
pub(crate) use databases::note_file;
pub(crate) use databases::opened;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use databases::{compare_clock, note_server};
pub(crate) use replicas::of_stateful_set;
pub(crate) use secrets::{named_by_environment, shared_files};

/// Whether the process has the rights of root.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}
