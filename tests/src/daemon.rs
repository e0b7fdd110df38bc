//! A server that a test starts for itself: a folder, a port, a process.

use std::{
    env, fs,
    net::SocketAddr,
    os::unix::{self, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::port::free_address;

/// How long a server may take to start or to stop on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A folder of its own below the system's temporary one, a free port of the loopback address, an
/// account without privileges where the test runs as root, and at most one process.
#[derive(Debug)]
pub(crate) struct Daemon {
    pub(crate) folder: PathBuf,
    pub(crate) address: SocketAddr,
    /// User and group, where they have to change.
    account: Option<(u32, u32)>,
    child: Option<Child>,
}

impl Daemon {
    /// Makes the folder; as root it is given to the first of these accounts that there is.
    pub(crate) fn new(name: &str, accounts: &[&str]) -> Self {
        let address = free_address();
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = format!("palisade-{name}-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
        let account = if is_root() { accounts.iter().find_map(|name| account(name)) } else { None };
        if let Some((user, group)) = account {
            unix::fs::chown(&folder, Some(user), Some(group))
                .unwrap_or_else(|error| panic!("{error}"));
        }
        Self { folder, address, account, child: None }
    }

    /// A command in the folder, under the account.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).stdin(Stdio::null());
        command.env("HOME", &self.folder).env("LC_ALL", "C").env_remove("MYSQL_HOME");
        if let Some((user, group)) = self.account {
            // Supplementary groups are dropped with the user.
            command.gid(group).uid(user);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &mut Command) {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {told}");
    }

    /// Starts the server, with what it says in `log` in the folder, and waits until it answers.
    pub(crate) fn start(&mut self, mut command: Command, answers: impl Fn(&Self) -> bool) {
        if self.child.is_some() {
            return;
        }
        let log = self.folder.join("log");
        let file = fs::File::create(&log).unwrap_or_else(|error| panic!("{error}"));
        let both = file.try_clone().unwrap_or_else(|error| panic!("{error}"));
        let child = command.stdout(both).stderr(file).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("{command:?}: {error}")));
        let started = Instant::now();
        while !answers(self) {
            let ended =
                self.child.as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)));
            if ended || started.elapsed() > PATIENCE {
                let log = fs::read_to_string(&log).unwrap_or_default();
                panic!("{command:?} does not answer: {log}");
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends the process a signal by its id.
    pub(crate) fn signal(&self, name: &str) {
        if let Some(child) = &self.child {
            let _sent = Command::new("kill")
                .arg(format!("-{name}"))
                .arg(child.id().to_string())
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Sends it to the process and to its children, for a server of many processes.
    pub(crate) fn signal_family(&self, name: &str) {
        self.signal(name);
        let Some(child) = &self.child else { return };
        let (id, children) = (child.id(), format!("/proc/{0}/task/{0}/children", child.id()));
        let children = fs::read_to_string(children).unwrap_or_else(|error| panic!("{id}: {error}"));
        for child in children.split_whitespace() {
            let _sent = Command::new("kill")
                .arg(format!("-{name}"))
                .arg(child)
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Ends the process with a signal that it ends at once by, and by force if it does not.
    pub(crate) fn stop(&mut self, signal: &str) {
        // A process that is held still takes no other signal.
        self.signal("CONT");
        self.signal(signal);
        let Some(mut child) = self.child.take() else { return };
        let asked = Instant::now();
        while matches!(child.try_wait(), Ok(None)) && asked.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(20));
        }
        let _ended = child.kill();
        let _reaped = child.wait();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop("KILL");
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// The program, in the folders of `PATH` or in one of these.
pub(crate) fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let paths = env::var_os("PATH").unwrap_or_default();
    // Resolved: Postgres looks for its files beside its own program.
    folders
        .iter()
        .cloned()
        .chain(env::split_paths(&paths))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

pub(crate) fn is_root() -> bool {
    unix_user_of("/proc/self").is_some_and(|user| user == 0)
}

fn unix_user_of(path: &str) -> Option<u32> {
    use unix::fs::MetadataExt as _;
    fs::metadata(path).ok().map(|metadata| metadata.uid())
}

/// User and group of an account.
pub(crate) fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (found, _, user, group) =
            (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        (found == name).then_some((user.parse().ok()?, group.parse().ok()?))
    })
}
