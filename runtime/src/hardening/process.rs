//! Core dumps, and the modes of new files.

use std::io;

/// Prevents core dumps, and attaching by other processes of the same user.
#[cfg(target_os = "linux")]
pub(crate) fn forbid_core_dumps() -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
    };

    // If the supervisor has set it, its filter of system calls may block this one.
    if getrlimit(Resource::Core).maximum != Some(0) {
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    // If the kernel pipes dumps to a program, the limit has no effect (core(5)).
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// Only the limit, on other systems.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn forbid_core_dumps() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?)
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as elsewhere")]
pub(crate) fn forbid_core_dumps() -> io::Result<()> {
    Ok(())
}

/// Removes these permissions from every file that the process creates from now on.
#[cfg(unix)]
pub(crate) fn restrict_file_mode(mask: u32) {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
}

#[cfg(not(unix))]
pub(crate) fn restrict_file_mode(_: u32) {}
