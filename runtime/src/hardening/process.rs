//! Core dumps, and the modes of new files.

use std::io;

/// Leaves no memory of the process on a disk, and lets no process of the same user attach to it.
#[cfg(target_os = "linux")]
pub(crate) fn forbid_core_dumps() -> io::Result<()> {
    use rustix::process::{
        DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
    };

    // Where the supervisor has set it, a filter of system calls may have taken the call away.
    if getrlimit(Resource::Core).maximum != Some(0) {
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    // Where the kernel hands a dump to a program, the limit does not count (core(5)).
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// The limit alone, elsewhere.
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

/// Takes these permissions from every file that the process makes from now on.
#[cfg(unix)]
pub(crate) fn restrict_file_mode(mask: u32) {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask));
}

#[cfg(not(unix))]
pub(crate) fn restrict_file_mode(_: u32) {}
