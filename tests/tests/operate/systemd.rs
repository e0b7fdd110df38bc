//! The sockets that systemd passes, and the notifications that it receives.

use std::{
    fs, io,
    os::unix::net::UnixDatagram,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use palisade_tests::{
    client::{Connection, Request},
    port::free_address,
    skip,
};

use crate::process::{Process, arguments, setting, until};

/// A process that gets sockets as systemd hands them over.
fn activated(file: &Path, listens: &[&str], names: &str, settings: &[&str]) -> Option<Command> {
    let program = Path::new("/usr/bin/systemd-socket-activate");
    if !program.is_file() {
        skip("systemd-socket-activate", "PALISADE_TEST_SYSTEMD");
        return None;
    }
    let mut command = Command::new(program);
    for listen in listens {
        command.arg("-l").arg(listen);
    }
    command.arg(format!("--fdname={names}"));
    for setting in settings.iter().copied().chain([setting(file).as_str()]) {
        command.arg("-E").arg(setting);
    }
    command.arg(std::env::current_exe().unwrap()).args(arguments());
    Some(command)
}

#[test]
fn all_sockets_are_served_of_tcp_and_unix() {
    let folder = tempfile::tempdir().unwrap();
    let (address, path) = (free_address(), folder.path().join("http.sock"));
    let listens = [address.to_string(), path.display().to_string()];
    let listens = listens.each_ref().map(String::as_str);
    let settings = ["PALISADE_BIND=systemd", "PALISADE_TRUSTED_PROXIES=unix:"];
    let file = folder.path().join("reloads");
    let Some(command) = activated(&file, &listens, "web:local", &settings) else { return };
    let process = Process::of(command, address);
    // The first connection starts it, and is served.
    process.wait();
    // So many that each worker has served some.
    for _ in 0..8 {
        let answer = Request::new(address, "GET", "/address").send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "127.0.0.1"));
    }
    let mut connection = Connection::open_unix(&path);
    // After a request of TCP, too: the socket says whose request it is.
    connection
        .write(b"GET /address HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n");
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.text().as_str()), (200, "203.0.113.7"));
}

#[test]
fn a_socket_is_taken_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (address, other) = (free_address(), free_address());
    let listens = [other.to_string(), address.to_string()];
    let listens = listens.each_ref().map(String::as_str);
    let file = folder.path().join("reloads");
    let command = activated(&file, &listens, "admin:web", &["PALISADE_BIND=fd://web"]);
    let Some(command) = command else { return };
    let process = Process::of(command, address);
    process.wait();
    // A socket that no setting names is not served.
    let mut connection = Connection::open(other);
    connection.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(connection.answer_within(Duration::from_millis(300)).is_none());

    let (address, file) = (free_address(), folder.path().join("unnamed"));
    let listen = address.to_string();
    let command = activated(&file, &[&listen], "web", &["PALISADE_BIND=fd://admin"]).unwrap();
    let mut process = Process::of(command, address);
    let _first = std::net::TcpStream::connect(address);
    until("it gives up", || {
        let _next = std::net::TcpStream::connect(address);
        process.has_ended()
    });
    assert!(!process.end().success());
}

/// The socket that a supervisor listens at.
struct Supervisor {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Supervisor {
    fn new(folder: &Path) -> Self {
        let path = folder.join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        Self { socket, path }
    }

    /// The next notification within this time.
    fn next(&self, patience: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let mut told = [0; 512];
        match self.socket.recv(&mut told) {
            Ok(length) => Some(String::from_utf8_lossy(&told[..length]).into_owned()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits for a message with this line, and returns it.
    fn wait(&self, line: &str) -> String {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            if let Some(told) = self.next(Duration::from_secs(1))
                && told.lines().any(|own| own.starts_with(line))
            {
                return told;
            }
        }
        panic!("no {line} in a minute");
    }
}

#[test]
fn the_supervisor_is_told_of_start_reload_and_stop() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(folder.path());
    let socket = [("NOTIFY_SOCKET", supervisor.path.to_str().unwrap())];
    let mut process = Process::start(folder.path(), &socket);
    assert!(supervisor.wait("READY=1").contains("STATUS="));
    process.signal("HUP");
    let told = supervisor.wait("RELOADING=1");
    let micros = told.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    let up = fs::read_to_string("/proc/uptime").unwrap();
    let up: f64 = up.split(' ').next().unwrap().parse().unwrap();
    let micros: f64 = micros.parse().unwrap();
    assert!(micros > 0.0 && micros / 1_000_000.0 <= up + 1.0, "{micros} of {up}");
    supervisor.wait("READY=1");
    process.signal("TERM");
    assert!(supervisor.wait("STOPPING=1").contains("STATUS="));
    assert!(process.end().success());
}

#[test]
fn signs_of_life_end_with_a_worker_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(folder.path());
    let release = folder.path().join("release");
    let settings = [
        ("NOTIFY_SOCKET", supervisor.path.to_str().unwrap()),
        ("WATCHDOG_USEC", "1000000"),
        ("OPERATE_RELEASE", release.to_str().unwrap()),
    ];
    let process = Process::start(folder.path(), &settings);
    supervisor.wait("WATCHDOG=1");
    supervisor.wait("WATCHDOG=1");
    let mut held = Connection::open(process.address);
    held.write(b"GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // Twice as long as the supervisor would wait, and four times as long as between two of them.
    let quiet = (0..60).any(|_| supervisor.next(Duration::from_secs(2)).is_none());
    assert!(quiet, "a worker stands still, and the supervisor is told that all is well");
    fs::write(&release, "").unwrap();
    assert_eq!(held.answer().unwrap().status, 200);
    supervisor.wait("WATCHDOG=1");
}

#[test]
fn a_watchdog_of_another_process_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new(folder.path());
    let settings = [
        ("NOTIFY_SOCKET", supervisor.path.to_str().unwrap()),
        ("WATCHDOG_USEC", "200000"),
        ("WATCHDOG_PID", "1"),
    ];
    let process = Process::start(folder.path(), &settings);
    supervisor.wait("READY=1");
    let told = supervisor.next(Duration::from_millis(600));
    assert_eq!(told, None);
    drop(process);
}
