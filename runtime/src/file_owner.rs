//! The owner of files that a process opens before it becomes another user.

/// The user that a process of root becomes once its sockets are bound. Files that the process opens before, and writes to
/// or replaces later, have to be this user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "no process becomes another user there")
)]
pub(crate) struct FileOwner {
    pub(crate) user: u32,
    pub(crate) group: u32,
}
