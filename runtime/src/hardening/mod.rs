//! Reduces the rights of the process: root, core dumps, files, system calls.
//!
//! 1. The server of [`Builder::serve`](crate::Builder::serve) binds its sockets first. Then it
//!    switches to the user of `PALISADE_USER`, without the groups of root and with `no_new_privs`,
//!    before it accepts a connection (CWE-250, CWE-271).
//! 2. In production it writes no core dumps, which would contain keys and requests (CWE-528), and
//!    no process of the same user may attach to it.
//! 3. A `Sandbox` (feature `sandbox`) is entered at the beginning of `main`. From then on the
//!    process can access only the listed files, cannot start programs, and cannot make the system
//!    calls that no service needs.
//!
//! If a configured protection cannot be set up, the service does not start.

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
