//! A MariaDB server of a test's own.

use std::{
    fs,
    io::Read as _,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::Duration,
};

use crate::daemon::{self, Daemon};

/// A MariaDB server on a free port of the loopback address, with a data folder of its own, that
/// ends and takes its folder with it when this is dropped.
///
/// It has an account `palisade` with a password that may do everything, and a database of that
/// name. No configuration and no data of the distribution's server is read.
#[derive(Debug)]
pub struct MariaDbServer {
    daemon: Daemon,
    server: PathBuf,
}

#[palisade::allow_unsafe(
    hardcoded_secret,
    reason = "the server of a test, on the loopback interface"
)]
impl MariaDbServer {
    const PASSWORD: &str = "not-a-secret";
}

impl MariaDbServer {
    /// Starts one; `None` where none is installed, and then the test is counted as skipped. With
    /// `PALISADE_TEST_MARIADB=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let folders = [PathBuf::from("/usr/sbin")];
        let server = daemon::program("mariadbd", &folders);
        let install = daemon::program("mariadb-install-db", &folders);
        let (Some(server), Some(install)) = (server, install) else {
            crate::skip("mariadbd", "PALISADE_TEST_MARIADB");
            return None;
        };
        let daemon = Daemon::new("mariadb", &["mysql", "nobody"]);
        daemon.run(
            daemon
                .command(&install)
                .args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"])
                .args(["--auth-root-authentication-method=normal", "--skip-log-bin"])
                .arg(format!("--datadir={}", daemon.folder.join("data").display())),
        );
        let init = daemon.folder.join("init.sql");
        let text = format!(
            "CREATE DATABASE IF NOT EXISTS palisade CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n\
             CREATE USER IF NOT EXISTS palisade@'127.0.0.1' IDENTIFIED BY '{password}';\n\
             GRANT ALL ON *.* TO palisade@'127.0.0.1';\n",
            password = Self::PASSWORD,
        );
        fs::write(init, text).unwrap_or_else(|error| panic!("{error}"));
        let mut mariadb = Self { daemon, server };
        mariadb.start();
        Some(mariadb)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.daemon.address
    }

    /// The URL of its database.
    pub fn url(&self) -> String {
        format!("mysql://palisade:{}@{}/palisade", Self::PASSWORD, self.daemon.address)
    }

    /// Starts it again, on the same port and with the data that it had.
    ///
    /// # Panics
    ///
    /// It does not answer within a minute.
    pub fn start(&mut self) {
        let folder = &self.daemon.folder;
        let mut command = self.daemon.command(&self.server);
        command
            .arg("--no-defaults")
            .arg(format!("--datadir={}", folder.join("data").display()))
            .arg(format!("--socket={}", folder.join("socket").display()))
            .arg(format!("--pid-file={}", folder.join("pid").display()))
            .arg(format!("--init-file={}", folder.join("init.sql").display()))
            .arg(format!("--port={}", self.daemon.address.port()))
            .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"])
            // The data lives as long as the test.
            .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"])
            .args(["--innodb-log-file-size=8M", "--performance-schema=off"]);
        self.daemon.start(command, |daemon| is_up(daemon.address));
    }

    /// Ends it at once, as a crash would.
    pub fn stop(&mut self) {
        self.daemon.stop("KILL");
    }

    /// Holds it still: connections stay open, and nothing answers.
    pub fn hang(&self) {
        self.daemon.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.daemon.signal("CONT");
    }
}

/// The server greets who connects.
fn is_up(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting)?;
        // Three bytes of length, a number, and the version of the protocol.
        Ok(greeting[4] == 10)
    };
    ask().unwrap_or(false)
}
