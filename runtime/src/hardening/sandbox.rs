//! Restricts the files and system calls of a process.

use std::{
    fs,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access as _, AccessFs, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, path_beneath_rules,
};

use super::{calls, paths::Paths};
use crate::{Failure, file_owner::FileOwner, private_folder::make_missing};

/// The newest tested version of Landlock; older kernels enforce what they support.
const INTERFACE: ABI = ABI::V6;

/// Files that the libraries of every service read: names of hosts and users, certificates, time
/// zones, resource limits. Missing ones are skipped.
const SYSTEM: [&str; 36] = [
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
    "/run/NetworkManager/resolv.conf",
    "/run/resolvconf",
    "/run/systemd/resolve",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

/// Restricts the process to the files and system calls that the service needs. Feature `sandbox`,
/// on Linux.
///
/// It is entered once, at the start of `main`, while the process has one thread. It applies to
/// every thread that starts later, and cannot be undone:
///
/// - Files: the listed paths, and those that the libraries of every service read (certificates,
///   host names, time zones). Access to every other file fails with `EACCES`, regardless of its
///   mode, for root too ([Landlock](https://docs.kernel.org/userspace-api/landlock.html), Linux
///   5.13).
/// - Programs: none can be started, from a file or from memory.
/// - System calls that access other processes, change the machine or run code in the kernel
///   (`ptrace`, `mount`, `bpf`, `keyctl`, `io_uring_setup`, ..) fail with `EPERM`, and so does
///   `clone` with a new namespace
///   ([seccomp](https://docs.kernel.org/userspace-api/seccomp_filter.html)). Those of the x32 table
///   fail with `ENOSYS`.
/// - A program's file grants no rights (`no_new_privs`), and the process writes no core dumps.
///
/// Sockets are not restricted: use systemd's `RestrictAddressFamilies` and the network policy of a
/// cluster for that.
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
    /// Folders that are written, and made if they are missing.
    folders: Vec<PathBuf>,
    is_optional: bool,
    /// The owner of created folders.
    owner: Option<FileOwner>,
}

impl Sandbox {
    /// Without files of the service's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows the paths that these settings name, and those that the environment names.
    pub(crate) fn with_settings(values: Vec<(String, String)>, file: Option<PathBuf>) -> Self {
        let Paths { read, write: folders, owner } = Paths::of_settings(values, file);
        Self { read, write: Vec::new(), folders, is_optional: false, owner }
    }

    /// Permits reading this file, or this folder with everything in it.
    pub fn read(mut self, path: impl Into<PathBuf>) -> Self {
        self.read.push(path.into());
        self
    }

    /// Permits reading and writing this folder with everything in it, or this file. A missing
    /// folder is created so that only the user of the process can enter it.
    ///
    /// A missing path with the name of a file (`notes.db`) is an error of [`enter`](Self::enter):
    /// name its folder, in which SQLite creates further files. A `/` at the end makes it a folder.
    pub fn write(mut self, path: impl Into<PathBuf>) -> Self {
        self.write.push(path.into());
        self
    }

    /// Continues with a warning if the kernel does not have Landlock or has disabled it: on
    /// machines of developers, in older containers.
    pub fn where_supported(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// Enters the sandbox.
    ///
    /// # Errors
    ///
    /// The process has other threads already, which would not be restricted; a path to read, or a
    /// file to write, is missing; the kernel does not support Landlock or seccomp.
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
        if self
            .read
            .iter()
            .chain(&self.write)
            .chain(&self.folders)
            .any(|path| path.parent().is_none())
        {
            return Err("`/` is everything: name the folders that the service needs".to_owned());
        }
        if let Some(file) = self.write.iter().find(|path| is_missing_file(path)) {
            let folder = match file.parent() {
                Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
                Some(folder) => folder,
                None => file,
            };
            let folder = folder.display();
            return Err(format!(
                "`{file}` is missing, and has the name of a file: create it, or name its folder, `.write(\"{folder}\")`; \
                 if it is a folder, write `{file}/`",
                file = file.display()
            ));
        }
        for folder in self.write.iter().chain(&self.folders) {
            make_missing(folder, self.owner).map_err(|error| error.to_string())?;
        }
        if let Some(missing) = self.read.iter().find(|path| !path.exists()) {
            return Err(format!(
                "`{}` is missing: create it, or do not name it",
                missing.display()
            ));
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
        // A service creates no devices, and runs no files that it has written.
        let write = all & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock);
        let ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(all)?
            .create()?
            .add_rules(path_beneath_rules(SYSTEM, read))?
            .add_rules(path_beneath_rules(["/dev/null"], read | AccessFs::WriteFile))?
            .add_rules(path_beneath_rules(&self.read, read))?
            .add_rules(path_beneath_rules(&self.write, write))?
            .add_rules(path_beneath_rules(&self.folders, write))?;
        Ok(ruleset.restrict_self()?.ruleset)
    }
}

/// Whether nothing is at this path, and its name has an extension. Folders have one rarely, and are written with a
/// separator at the end then.
fn is_missing_file(path: &Path) -> bool {
    let is_folder = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    !is_folder && path.extension().is_some() && !path.exists()
}
