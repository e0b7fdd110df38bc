//! The service of the tests of HTTP/2 in a process of its own, whose memory and processor time are read.

use std::{
    env, fs,
    net::{SocketAddr, TcpListener},
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use palisade::TlsFiles;
use palisade_tests::server::Server;
use tempfile::TempDir;

use crate::{
    authority::{Authority, Wanted},
    http2_service::{builder, until},
};

/// Marks the other process as the service, and names the folder of its files.
const SERVICE: &str = "OPERATE_LOAD";

/// The service, in its own process. As a test of its own it has nothing to do.
#[test]
fn service() {
    let Ok(folder) = env::var(SERVICE) else { return };
    let folder = PathBuf::from(folder);
    let many = NonZeroU32::new(20_000).unwrap();
    let start = |tls: bool| {
        let (builder, _) = builder();
        let builder = builder.connections_per_address(many).dangerous_unlimited_network(
            "127.0.0.0/8",
            "the clients of this test share an address",
        );
        let files = || TlsFiles::new(folder.join("own.pem"), folder.join("own.key"));
        let builder = if tls { builder.tls(files()) } else { builder };
        Server::serve_on(TcpListener::bind("127.0.0.1:0").unwrap(), builder)
    };
    let (plain, secure) = (start(false), start(true));
    let draft = folder.join("draft");
    fs::write(&draft, format!("{} {}", plain.address(), secure.address())).unwrap();
    fs::rename(draft, folder.join("addresses")).unwrap();
    loop {
        thread::sleep(Duration::from_secs(60));
    }
}

/// A running service.
pub(crate) struct Service {
    child: Child,
    pub(crate) plain: SocketAddr,
    pub(crate) secure: SocketAddr,
    pub(crate) authority: Authority,
    _folder: TempDir,
}

impl Service {
    pub(crate) fn start() -> Self {
        let (authority, folder) = (Authority::new("servers"), TempDir::new().unwrap());
        let _files = authority.issue(Wanted::default()).write(folder.path(), "own");
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "measured_service::service", "--nocapture"])
            .env(SERVICE, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let file = folder.path().join("addresses");
        until("the service listens", || file.exists());
        let addresses = fs::read_to_string(file).unwrap();
        let (plain, secure) = addresses.split_once(' ').unwrap();
        let (plain, secure) = (plain.parse().unwrap(), secure.parse().unwrap());
        Self { child, plain, secure, authority, _folder: folder }
    }

    /// A figure of `/proc/PID/status`, in bytes.
    pub(crate) fn memory(&self, name: &str) -> usize {
        let status = fs::read_to_string(self.file("status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        1_024 * line.split_whitespace().next().unwrap().parse::<usize>().unwrap()
    }

    /// From here on, `VmHWM` is the largest memory since this.
    pub(crate) fn forget_peak(&self) {
        // Not every system allows it. Then the figure is that of all attacks so far.
        let _forgotten = fs::write(self.file("clear_refs"), "5");
    }

    /// Processor time that it has used.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(self.file("stat")).unwrap();
        // The name, which may hold spaces, ends with the last parenthesis.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(10 * ticks)
    }

    fn file(&self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.child.id().to_string()).join(name)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
