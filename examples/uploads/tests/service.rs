//! The service as its README starts it: one command, then requests over a real socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use palisade_tests::{
    client::{Answer, Request},
    leaks,
};
use tempfile::TempDir;

/// A grey pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\
    \0\0\0\nIDATx\xda\x63\x68\0\0\0\x82\0\x81\xda\x45\x08\x3b\0\0\0\0IEND\xaeB`\x82";

const BOUNDARY: &str = "----a-line-that-stands-in-no-file";

/// A running service with a folder of its own.
struct Service {
    folder: TempDir,
    address: SocketAddr,
    process: Child,
    log: Option<JoinHandle<String>>,
}

impl Service {
    fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = command(&folder.path().join("data"))
            .envs(settings.iter().copied())
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
                break address.parse().unwrap();
            }
        };
        // A process blocks when it writes to a full pipe that is not read.
        let log = std::thread::spawn(move || {
            let _ended = log.read_to_string(&mut seen);
            seen
        });
        Self { folder, address, process, log: Some(log) }
    }

    fn get(&self, target: &str) -> Answer {
        Request::new(self.address, "GET", target).send()
    }

    fn body(parts: &[Part<'_>]) -> Vec<u8> {
        let mut body = Vec::new();
        for Part { field, name, media_type, content } in parts {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                 filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        body
    }

    fn form(&self, parts: &[Part<'_>]) -> Request {
        Request::new(self.address, "POST", "/files")
            .header("Content-Type", &format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(Self::body(parts))
    }

    fn send(&self, parts: &[Part<'_>]) -> Answer {
        self.form(parts).send()
    }

    /// Every file below the service's folder, its own locks apart.
    fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(&self.folder.path().join("data"), &mut found);
        found
    }
}

/// The program, without the variables of this test's own environment that it would read.
fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uploads"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALISADE_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG").env("UPLOADS_DATA", data).env("PALISADE_BIND", "127.0.0.1:0");
    command
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if fs::metadata(&path).unwrap().len() > 0 {
            found.push(path);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let log = self.log.take().and_then(|log| log.join().ok());
        if !std::thread::panicking() {
            leaks::search("the log of the service", &log.unwrap_or_default());
        }
    }
}

#[derive(Clone, Copy)]
struct Part<'a> {
    field: &'a str,
    name: &'a str,
    media_type: &'a str,
    content: &'a [u8],
}

const LAMP: Part<'_> =
    Part { field: "file", name: "lamp.png", media_type: "image/png", content: PNG };

#[test]
fn a_file_comes_back_as_a_download() {
    let service = Service::start();
    let kept = service.send(&[LAMP]);
    assert_eq!(kept.status, 201, "{}", kept.text());
    let json = kept.json();
    let id = json.get("id").unwrap().as_str().unwrap();
    assert_eq!(json.get("kind").unwrap(), "png");
    assert_eq!(json.get("size").unwrap(), PNG.len());
    assert_eq!(json.get("name").unwrap(), "lamp.png");
    assert_eq!(kept.header("location"), Some(format!("/files/{id}").as_str()));

    let file = service.get(&format!("/files/{id}"));
    assert_eq!((file.status, file.body.as_slice()), (200, PNG));
    assert_eq!(file.header("content-type"), Some("image/png"));
    let disposition = file.header("content-disposition").unwrap();
    assert!(disposition.starts_with("attachment; filename=\"lamp.png\""), "{disposition}");
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    let csp = file.header("content-security-policy").unwrap();
    assert!(csp.contains("sandbox") && csp.contains("default-src 'none'"), "{csp}");
    assert!(file.header("cache-control").unwrap().contains("no-store"));
}

#[test]
fn the_list_has_pages() {
    let service = Service::start();
    assert_eq!(service.get("/files").json(), serde_json::json!([]));
    for _ in 0..3 {
        assert_eq!(service.send(&[LAMP]).status, 201);
    }
    let id = |file: &serde_json::Value| file.get("id").unwrap().as_str().unwrap().to_owned();
    let page = |target: &str| -> Vec<String> {
        service.get(target).json().as_array().unwrap().iter().map(id).collect()
    };
    let all = page("/files");
    assert_eq!(all.len(), 3);
    assert_eq!(page("/files?limit=2"), all[..2]);
    assert_eq!(page(&format!("/files?limit=2&after={}", all[1])), all[2..]);
    for wrong in ["?limit=0", "?limit=101", "?after=x", "?folder=.."] {
        assert_eq!(service.get(&format!("/files{wrong}")).status, 422, "{wrong}");
    }
    // However short the page is, the names of all files are read for it.
    let policy = service.get("/files?limit=1").header("ratelimit-policy").unwrap().to_owned();
    assert!(policy.contains("\"ip-concurrent\";q=2"), "{policy}");
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let service = Service::start();
    let large = vec![0; 6 << 20];
    let hidden = [PNG, b"<script>alert(1)</script>"].concat();
    let cases: [(&str, u16, &[Part<'_>]); 8] = [
        ("wrong magic", 415, &[Part { content: b"GIF8, or so it says", ..LAMP }]),
        ("another kind than it says", 415, &[Part { media_type: "application/pdf", ..LAMP }]),
        (
            "a page",
            415,
            &[Part {
                content: b"<!doctype html><script>1</script>",
                media_type: "text/html",
                ..LAMP
            }],
        ),
        ("something behind its end", 422, &[Part { content: &hidden, ..LAMP }]),
        ("too large", 413, &[Part { content: &large, ..LAMP }]),
        ("two files", 422, &[LAMP, LAMP]),
        ("another field", 422, &[Part { field: "photo", ..LAMP }]),
        ("no file", 422, &[]),
    ];
    for (what, status, parts) in cases {
        let answer = service.send(parts);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert!(!answer.problem().is_empty(), "{what}");
    }
    let json = Request::new(service.address, "POST", "/files").json("{}").send();
    assert_eq!((json.status, json.problem().as_str()), (415, "unsupported-media-type"));
    assert_eq!(service.files(), Vec::<PathBuf>::new());
    assert_eq!(service.get("/files").json(), serde_json::json!([]));
}

#[test]
fn a_name_is_shown_and_never_used() {
    let service = Service::start();
    for name in ["../../escaped.png", "/escaped.png", "..\\escaped.png"] {
        let answer = service.send(&[Part { name, ..LAMP }]);
        // A name may be refused; kept as a path it is never.
        assert_eq!(answer.status, 201, "{name}: {}", answer.text());
        assert_eq!(answer.json().get("name").unwrap(), "escaped.png", "{name}");
    }
    let data = service.folder.path().join("data");
    let files = service.files();
    assert!(!files.is_empty());
    for file in &files {
        let inside = file.strip_prefix(&data).unwrap().display().to_string();
        assert!(!inside.contains("escaped"), "{inside}");
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0, "{inside}");
    }
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(service.folder.path()).unwrap().count(), 1);
}

#[test]
fn an_id_is_no_path() {
    let service = Service::start();
    for (id, status) in [
        ("0".repeat(32), 404),
        ("0".repeat(31), 422),
        ("A".repeat(32), 422),
        ("..%2f..%2fetc%2fpasswd".to_owned(), 400),
        ("%2e%2e".to_owned(), 400),
        ("info.json".to_owned(), 422),
    ] {
        let answer = service.get(&format!("/files/{id}"));
        assert_eq!(answer.status, status, "{id}: {}", answer.text());
    }
}

#[test]
fn pages_of_other_sites_send_no_files_unless_they_are_listed() {
    let listed = "https://app.example";
    let service = Service::start_with(&[("PALISADE_CORS_ORIGINS", listed)]);
    let from = |origin: &str| {
        let form = service.form(&[LAMP]);
        form.header("Sec-Fetch-Site", "cross-site").header("Origin", origin).send()
    };
    let refused = from("https://evil.example");
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(refused.header("access-control-allow-origin"), None);
    assert_eq!(service.files(), Vec::<PathBuf>::new());
    let taken = from(listed);
    assert_eq!(taken.status, 201, "{}", taken.text());
    assert_eq!(taken.header("access-control-allow-origin"), Some(listed));
}

/// Eight uploads of an address are under way at once, and their places come back when their clients are
/// gone.
#[test]
fn an_address_has_eight_uploads_under_way() {
    let service = Service::start();
    let body = Service::body(&[LAMP]);
    let (head, half) = (body.len() + 1, &body[..body.len() / 2]);
    // A client that sends `Expect: 100-continue` gets the refusal before it sends a byte of the
    // body.
    let begin = || {
        let mut stream = TcpStream::connect(service.address).unwrap();
        let head = format!(
            "POST /files HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; \
             boundary={BOUNDARY}\r\nContent-Length: {head}\r\nExpect: 100-continue\r\n\r\n",
            service.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = BufReader::new(stream);
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        if line.starts_with("HTTP/1.1 100 ") {
            answer.get_mut().write_all(half).unwrap();
            return Some(answer);
        }
        assert!(line.starts_with("HTTP/1.1 429 "), "{line}");
        None
    };
    for round in 0..3 {
        let began = Instant::now();
        let mut open = Vec::new();
        // A place is free when the service has learned that its client is gone.
        while open.len() < 8 {
            assert!(began.elapsed() < Duration::from_secs(20), "round {round}: {}", open.len());
            open.extend(begin());
        }
        for _ in 0..6 {
            assert!(begin().is_none(), "round {round}: a ninth upload is under way");
        }
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
    for line in ["[uploads]", "backlog = \"99\"  # command line; default: \"1024\""] {
        assert!(printed.lines().any(|printed| printed == line), "{line}: {printed}");
    }
    let origin = "\"  # environment; default: \".palisade/uploads\"";
    assert!(printed.lines().any(|line| line.starts_with("data = ") && line.ends_with(origin)));
    assert!(run("--check").starts_with("the settings are valid"));
    assert!(!data.exists(), "nothing was made");
}
