//! The service as its README starts it: one command, then requests over a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A running service with a data folder of its own.
struct Service {
    folder: TempDir,
    address: String,
    process: Child,
}

impl Service {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = command(&folder.path().join("data"))
            .env("PALISADE_BIND", "127.0.0.1:0")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "the service ended: {seen}");
            seen.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.to_owned();
            }
        };
        // A process blocks when it writes to a full pipe that is not read.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { folder, address, process }
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// A token, read off standard output as the README does.
    fn token(&self, arguments: &[&str]) -> String {
        let output = command(&self.data()).arg("token").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().lines().last().unwrap().to_owned()
    }

    /// Status and body of one request.
    fn send(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let authorization =
            token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let content = match body {
            "" => String::new(),
            body => format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
        };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{authorization}{content}\r\n",
            self.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program, without the variables of this test's own environment that it would read.
fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALISADE_") {
            command.env_remove(name);
        }
    }
    command.env("QUICKSTART_DATA", data).env_remove("RUST_LOG");
    command
}

const LAMP: &str = r#"{"name":"lamp","qty":2}"#;

#[test]
fn each_request_of_the_readme_gets_its_answer() {
    let service = Service::start();
    let keys = service.data().join("keys.json");
    assert_eq!(fs::metadata(keys).unwrap().permissions().mode() & 0o777, 0o600);
    let both = service.token(&["--scope", "items:write", "--scope", "items:read"]);
    let reader = service.token(&["--scope", "items:read", "--subject", "somebody"]);

    assert_eq!(service.send("GET", "/ping", None, "").0, 200);
    assert_eq!(service.send("POST", "/items", None, LAMP).0, 401);
    assert_eq!(service.send("POST", "/items", Some(&reader), LAMP).0, 403);
    let (status, body) = service.send("POST", "/items", Some(&both), LAMP);
    assert_eq!((status, body.as_str()), (201, r#"{"id":1,"name":"lamp","qty":2}"#));

    let (status, body) = service.send("POST", "/items", Some(&both), r#"{"name":"","qty":0}"#);
    assert_eq!(status, 422);
    assert!(body.contains("\"/name\"") && body.contains("\"/qty\""), "{body}");
    let (status, body) =
        service.send("POST", "/items", Some(&both), r#"{"name":"x","qty":1,"owner":"me"}"#);
    assert_eq!(status, 422, "{body}");

    let (status, body) = service.send("GET", "/items?limit=5", Some(&both), "");
    assert_eq!((status, body.as_str()), (200, r#"[{"id":1,"name":"lamp","qty":2}]"#));
    assert_eq!(service.send("GET", "/items?limit=101", Some(&both), "").0, 422);
    // What one caller keeps is nothing to another.
    assert_eq!(service.send("GET", "/items", Some(&reader), ""), (200, "[]".to_owned()));
}

#[test]
fn thirty_items_pass_at_once_and_then_one_each_two_seconds() {
    let service = Service::start();
    let token = service.token(&["--scope", "items:write"]);
    let began = Instant::now();
    let mut passed = 0;
    let refused = loop {
        match service.send("POST", "/items", Some(&token), LAMP).0 {
            201 if passed < 100 => passed += 1,
            other => break other,
        }
    };
    // A slow machine gives units back while the requests are on their way.
    let most = 30 + began.elapsed().as_secs() / 2 + 1;
    assert_eq!(refused, 429);
    assert!((30..=most).contains(&passed), "{passed} of {most}");
}

#[test]
fn a_key_that_others_can_read_keeps_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let token = || command(&data).arg("token").output().unwrap();
    assert!(token().status.success());
    let keys = data.join("keys.json");
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = token();
    assert!(!refused.status.success());
    assert!(refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("mode 644"), "{refused:?}");
}

#[test]
fn a_reader_of_the_log_that_stands_still_stops_no_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = command(&folder.path().join("data"))
        .env("PALISADE_BIND", "127.0.0.1:0")
        .env("PALISADE_LIMITS", "off")
        // More than pipe and queue hold.
        .env("RUST_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap());
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the service ended");
        if let Some((_, address)) = line.trim().split_once("listening on http://") {
            break address.to_owned();
        }
    };
    // From here on, the pipe is not read.
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = format!("GET /ping HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let mut ask = |number: usize| {
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = answers
                .read_line(&mut line)
                .unwrap_or_else(|error| panic!("request {number}: {error}"));
            assert_ne!(read, 0, "request {number}: the connection ended");
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
                length = text.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        answers.read_exact(&mut body).unwrap();
    };
    (0..10_000).for_each(&mut ask);

    // When the pipe is read again, lines come, and one of them has the number of missing lines.
    let (send, lines) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        log.lines().map_while(Result::ok).try_for_each(|line| send.send(line))
    });
    let patience = Duration::from_secs(30);
    let told = loop {
        let line = lines.recv_timeout(patience).unwrap();
        if line.contains("lines were dropped") {
            break line;
        }
    };
    let (_, dropped) = told.split_once("total=").unwrap();
    assert!(dropped.trim().parse::<u64>().unwrap() > 0, "{told}");
    ask(10_000);
    while !lines.recv_timeout(patience).unwrap().contains("endpoint=\"ping\"") {}
    process.kill().unwrap();
    process.wait().unwrap();
    drop(lines);
    let _ended = reader.join();
}

#[test]
fn the_items_are_private_and_a_folder_that_others_can_enter_is_refused() {
    let service = Service::start();
    for file in ["quickstart.sqlite", "quickstart.sqlite-wal", "quickstart.sqlite-shm"] {
        let mode = fs::metadata(service.data().join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{file}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let refused = command(folder.path()).arg("token").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("chmod 700"), "{said}");
}

/// Both are what a terminal and a supervisor send, and neither costs a request that is under way.
#[test]
fn signals_let_requests_under_way_finish() {
    for signal in ["INT", "TERM"] {
        let mut service = Service::start();
        let token = service.token(&["--scope", "items:write"]);
        let open = || {
            let stream = TcpStream::connect(&service.address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            stream
        };
        let (mut idle, mut busy) = (open(), open());
        let address = &service.address;
        write!(idle, "GET /ping HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut first = [0; 15];
        idle.read_exact(&mut first).unwrap();
        let length = LAMP.len();
        write!(
            busy,
            "POST /items HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Expect: 100-continue\r\n\r\n"
        )
        .unwrap();
        // With this the request is under way.
        let mut leave = [0; 25];
        busy.read_exact(&mut leave).unwrap();
        let sent = Command::new("sh")
            .arg("-c")
            .arg(format!("kill -{signal} {}", service.process.id()))
            .status();
        assert!(sent.unwrap().success());
        // When the idle connection ends, the service has received the signal.
        idle.read_to_end(&mut Vec::new()).unwrap();
        busy.write_all(LAMP.as_bytes()).unwrap();
        let mut answer = String::new();
        busy.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201 "), "{signal}: {answer}");
        assert!(service.process.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn settings_are_printed_and_checked_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |argument: &str| {
        let output = command(&data).args([argument, "--set", "backlog=99"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = run("--print-settings");
    for line in ["[quickstart]", "backlog = \"99\"  # command line; default: \"1024\""] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let origin = "\"  # environment; default: \".palisade\"";
    assert!(printed.lines().any(|line| line.starts_with("data = ") && line.ends_with(origin)));
    assert!(run("--check").starts_with("the settings are valid"));
    assert!(!data.exists(), "nothing was made");
}
