//! Removes what a process does not need: the rights of root, core dumps, files, system calls.
//!
//! 1. The server of [`Builder::serve`](crate::Builder::serve) binds its sockets first. Then it becomes the
//!    user of `PALISADE_USER`, without the groups of root and with `no_new_privs`, before it takes a
//!    connection (CWE-250, CWE-271).
//! 2. In production it leaves no core dumps, in which keys and requests are readable (CWE-528), and no
//!    process of the same user may attach to it.
//! 3. A `Sandbox` (feature `sandbox`) is entered at the beginning of `main`. From then on the process can read and
//!    write only the files that are named, cannot start programs, and cannot make the system calls that no service
//!    needs.
//!
//! A protection that is configured and cannot be set up stops the start.

#[cfg(all(feature = "sandbox", target_os = "linux"))]
mod calls;
#[cfg(all(feature = "sandbox", target_os = "linux"))]
mod paths;
mod process;
#[cfg(all(feature = "sandbox", target_os = "linux"))]
mod sandbox;
mod user;

pub(crate) use process::{forbid_core_dumps, restrict_file_mode};
#[cfg(all(feature = "sandbox", target_os = "linux"))]
pub use sandbox::Sandbox;
pub(crate) use user::RunAs;
