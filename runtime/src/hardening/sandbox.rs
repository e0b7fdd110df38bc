//! Files and system calls that a process keeps.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, path_beneath_rules,
};

use super::calls;
use crate::Failure;

/// The newest interface of Landlock that was tried; of older kernels as much as they have.
const INTERFACE: ABI = ABI::V6;

/// What the libraries of every service read: names of hosts and users, certificates, time zones, the bounds
/// of the machine. What is not there is left out.
const SYSTEM: [&str; 33] = [
    "/dev/random",
    "/dev/urandom",
    "/etc/ca-certificates",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/passwd",
    "/etc/pki",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl",
    "/etc/timezone",
    "/lib",
    "/lib64",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/proc/sys/net/core/somaxconn",
    "/proc/sys/vm/overcommit_memory",
    "/proc/version",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

/// Settings of palisade that name a file which is read.
const READ: [&str; 1] = ["PALISADE_AUTH_KEYS"];

/// The files and folders that a service needs; it keeps no others. Feature `sandbox`, on Linux.
///
/// It is entered once, as the first thing in `main`, for good, and for every thread that starts later:
///
/// - Files: what is named here, and what the libraries of every service read (certificates, host names, time
///   zones). Everything else is `EACCES`, whatever its mode, for root too
///   ([Landlock](https://docs.kernel.org/userspace-api/landlock.html), Linux 5.13).
/// - No program is started.
/// - No system call that looks into other processes, changes the machine or has code run in the kernel
///   (`ptrace`, `mount`, `bpf`, `keyctl`, `io_uring_setup`, ..): `EPERM`
///   ([seccomp](https://docs.kernel.org/userspace-api/seccomp_filter.html)).
/// - No rights are gained by a program's file (`no_new_privs`), and no core dumps are left.
///
/// Sockets are not restricted: systemd's `RestrictAddressFamilies` and the network policy of a cluster do
/// that.
///
/// ```no_run
/// use palisade::{Sandbox, prelude::*};
///
/// #[palisade::main]
/// async fn main() -> palisade::Exit {
///     Sandbox::from_env().read("/etc/shop").write("/var/lib/shop").enter()?;
///     let _log = palisade::log::init()?;
///     Palisade::from_env()?.serve().await
/// }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a sandbox does nothing until it is entered"]
pub struct Sandbox {
    read: Vec<PathBuf>,
    write: Vec<PathBuf>,
    is_optional: bool,
}

impl Sandbox {
    /// Without files of the service's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// With what settings of palisade name: the key set of `PALISADE_AUTH_KEYS` and every file of a variable
    /// `PALISADE_.._FILE` are read, and the folder of a Unix socket in `PALISADE_BIND` is written. A key set that is
    /// replaced by a rename is read again: its folder counts.
    pub fn from_env() -> Self {
        let mut sandbox = Self::new();
        for (name, value) in env::vars_os() {
            let Some(name) = name.to_str() else { continue };
            let path = PathBuf::from(&value);
            let is_own = name.starts_with("PALISADE_") && name.ends_with("_FILE");
            if READ.contains(&name) || is_own {
                // A folder right below the root, or the root itself, holds more than what is named.
                let folder = path.parent().filter(|folder| folder.components().count() > 2);
                if path.is_absolute() && path.exists() {
                    sandbox = sandbox.read(folder.unwrap_or(&path));
                }
            }
            let socket = value.to_str().filter(|_| name == "PALISADE_BIND");
            if let Some(path) = socket.and_then(|text| text.strip_prefix("unix:"))
                && let Some(folder) = Path::new(path).parent()
            {
                sandbox = sandbox.write(folder);
            }
        }
        sandbox
    }

    /// Reads this file, or this folder and everything below it.
    pub fn read(mut self, path: impl Into<PathBuf>) -> Self {
        self.read.push(path.into());
        self
    }

    /// Reads and writes this folder and everything below it, or this file. A folder that is missing is
    /// made, for the user of the process alone.
    pub fn write(mut self, path: impl Into<PathBuf>) -> Self {
        self.write.push(path.into());
        self
    }

    /// Goes on with a warning where the kernel has no Landlock, or has it turned off: on machines of
    /// developers, in older containers.
    pub fn where_supported(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Gives everything else away.
    ///
    /// # Errors
    ///
    /// The process has other threads already, which would keep everything; a path that is named and is not
    /// there; a kernel without Landlock or seccomp.
    pub fn enter(self) -> Result<(), Failure> {
        self.confine().map_err(|why| Failure::new(format!("the sandbox: {why}")))
    }

    fn confine(self) -> Result<(), String> {
        let threads = fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
        if threads > 1 {
            return Err(format!(
                "the process has {threads} threads, and only this one would be confined: enter it as the \
                 first thing in `main`, before the log is set up"
            ));
        }
        if self.read.iter().chain(&self.write).any(|path| path.parent().is_none()) {
            return Err("`/` is everything: name the folders that the service needs".to_owned());
        }
        for folder in &self.write {
            make(folder)?;
        }
        if let Some(missing) = self.read.iter().find(|path| !path.exists()) {
            return Err(format!("`{}` is not there", missing.display()));
        }
        super::forbid_core_dumps().map_err(|error| format!("core dumps: {error}"))?;
        rustix::thread::set_no_new_privs(true)
            .map_err(|error| format!("`no_new_privs` cannot be set: {error}"))?;
        let status = self.restrict_files().map_err(|error| format!("files: {error}"))?;
        if status == RulesetStatus::NotEnforced {
            if !self.is_optional {
                return Err(
                    "the kernel has no Landlock, or has it turned off: it takes Linux 5.13 or newer; \
                     `.where_supported()` goes on without it"
                        .to_owned(),
                );
            }
            tracing::warn!(
                "the kernel has no Landlock: the service can open every file of its user"
            );
        }
        calls::forbid()
    }

    fn restrict_files(&self) -> Result<RulesetStatus, landlock::RulesetError> {
        let all = AccessFs::from_all(INTERFACE);
        let read = AccessFs::from_read(INTERFACE) & !BitFlags::from(AccessFs::Execute);
        // A service makes no devices, and runs nothing that it has written.
        let write = all & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock);
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .create()?
            .add_rules(path_beneath_rules(SYSTEM, read))?
            .add_rules(path_beneath_rules(["/dev/null"], read | AccessFs::WriteFile))?
            .add_rules(path_beneath_rules(&self.read, read))?
            .add_rules(path_beneath_rules(&self.write, write))?;
        Ok(ruleset.restrict_self()?.ruleset)
    }
}

/// Makes a folder that is missing: a rule is for what is there.
fn make(folder: &Path) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt as _;

    if folder.exists() {
        return Ok(());
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))
}
