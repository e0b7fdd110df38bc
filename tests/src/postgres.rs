//! A Postgres server of a test's own.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::daemon::{self, Daemon};

/// A Postgres server on a free port of the loopback address, with a data folder of its own, that
/// ends and takes its folder with it when this is dropped.
///
/// It has one superuser, `postgres`, with a password and without TLS. No cluster of the
/// distribution is touched.
#[derive(Debug)]
pub struct PostgresServer {
    daemon: Daemon,
    server: PathBuf,
}

#[palisade::allow_unsafe(
    hardcoded_secret,
    reason = "the server of a test, on the loopback interface"
)]
impl PostgresServer {
    const PASSWORD: &str = "not-a-secret";
}

impl PostgresServer {
    /// Starts one; `None` where none is installed, and then the test is counted as skipped. With
    /// `PALISADE_TEST_POSTGRES=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let folders = versions();
        let programs = (daemon::program("postgres", &folders), daemon::program("initdb", &folders));
        let (Some(server), Some(initdb)) = programs else {
            crate::skip("postgres", "PALISADE_TEST_POSTGRES");
            return None;
        };
        let daemon = Daemon::new("postgres", &["postgres", "nobody"]);
        let password = daemon.folder.join("password");
        fs::write(&password, Self::PASSWORD).unwrap_or_else(|error| panic!("{error}"));
        daemon.run(
            daemon
                .command(&initdb)
                .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"])
                .args(["--locale=C", "--no-sync", "--no-instructions", "--pwfile"])
                .arg(&password)
                .arg("--pgdata=data"),
        );
        let mut postgres = Self { daemon, server };
        postgres.start();
        Some(postgres)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.daemon.address
    }

    /// The URL of its first database.
    pub fn url(&self) -> String {
        format!("postgres://postgres:{}@{}/postgres", Self::PASSWORD, self.daemon.address)
    }

    /// Starts it again, on the same port and with the data that it had.
    ///
    /// # Panics
    ///
    /// It does not answer within a minute.
    pub fn start(&mut self) {
        let mut command = self.daemon.command(&self.server);
        command
            .args(["-D", "data", "-p", &self.daemon.address.port().to_string()])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="])
            // The data lives as long as the test.
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
            .args(["-c", "shared_buffers=16MB", "-c", "max_connections=40", "-c", "ssl=off"]);
        self.daemon.start(command, |daemon| is_up(daemon.address));
    }

    /// Ends it at once, as a crash would.
    pub fn stop(&mut self) {
        // To the first process alone; it takes the others with it.
        self.daemon.stop("QUIT");
    }

    /// Holds every process of it still: connections stay open, and nothing answers.
    pub fn hang(&self) {
        self.daemon.signal_family("STOP");
    }

    /// Lets them go on.
    pub fn resume(&self) {
        self.daemon.signal_family("CONT");
    }
}

/// Where Debian and others keep the programs, the newest version first.
fn versions() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    folders.sort();
    let folders = folders.into_iter().rev().map(|(_, folder)| folder);
    folders.filter(|folder| Path::new(folder).is_dir()).collect()
}

/// The server answers an SSL request with one byte once it takes connections.
fn is_up(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(&[0, 0, 0, 8, 4, 210, 22, 47])?;
        let mut answer = [0; 1];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"N")
    };
    ask().unwrap_or(false)
}
