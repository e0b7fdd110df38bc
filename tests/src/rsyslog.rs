//! rsyslog, as a server that audit events are sent to.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::daemon::{self, Daemon};

/// One server, with TCP and UDP at one address and a Unix socket.
#[derive(Debug)]
pub struct Rsyslog {
    daemon: Daemon,
}

impl Rsyslog {
    /// Starts one; `None` where it is not installed, and then the test is counted as skipped. With
    /// `PALISADE_TEST_SYSLOG=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let Some(program) = daemon::program("rsyslogd", &["/usr/sbin".into()]) else {
            crate::skip("rsyslogd", "PALISADE_TEST_SYSLOG");
            return None;
        };
        let mut daemon = Daemon::new("rsyslog", &["nobody"]);
        let (folder, port) = (daemon.folder.display().to_string(), daemon.address.port());
        // One line for each message, of the parts that it was taken apart into.
        let configuration = format!(
            "global(workDirectory=\"{folder}\")\n\
             module(load=\"imtcp\")\n\
             module(load=\"imudp\")\n\
             module(load=\"imuxsock\" SysSock.Use=\"off\")\n\
             input(type=\"imtcp\" address=\"127.0.0.1\" port=\"{port}\")\n\
             input(type=\"imudp\" address=\"127.0.0.1\" port=\"{port}\")\n\
             input(type=\"imuxsock\" Socket=\"{folder}/log.sock\" UseSpecialParser=\"off\" ParseHostname=\"on\")\n\
             template(name=\"parts\" type=\"list\" option.jsonf=\"on\") {{\n\
               property(outname=\"priority\" name=\"pri\" format=\"jsonf\")\n\
               property(outname=\"version\" name=\"protocol-version\" format=\"jsonf\")\n\
               property(outname=\"time\" name=\"timestamp\" dateFormat=\"rfc3339\" format=\"jsonf\")\n\
               property(outname=\"app\" name=\"app-name\" format=\"jsonf\")\n\
               property(outname=\"id\" name=\"msgid\" format=\"jsonf\")\n\
               property(outname=\"data\" name=\"structured-data\" format=\"jsonf\")\n\
               property(outname=\"text\" name=\"msg\" format=\"jsonf\")\n\
             }}\n\
             action(type=\"omfile\" file=\"{folder}/messages\" template=\"parts\")\n"
        );
        let file = daemon.folder.join("rsyslog.conf");
        fs::write(&file, configuration).unwrap_or_else(|error| panic!("{error}"));
        let mut command = daemon.command(&program);
        command.arg("-n").arg("-f").arg(&file).arg("-i").arg(daemon.folder.join("pid"));
        daemon.start(command, |daemon| TcpStream::connect(daemon.address).is_ok());
        Some(Self { daemon })
    }

    /// Where it listens by TCP and by UDP.
    pub fn address(&self) -> SocketAddr {
        self.daemon.address
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        self.daemon.folder.join("log.sock")
    }

    /// The messages that it has written, taken apart, once there are so many.
    ///
    /// # Panics
    ///
    /// They do not come.
    pub fn messages(&self, count: usize) -> Vec<serde_json::Value> {
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(self.daemon.folder.join("messages")).unwrap_or_default();
            let messages: Vec<_> =
                text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            if messages.len() >= count {
                return messages;
            }
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{} of {count}: {text}",
                messages.len()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
