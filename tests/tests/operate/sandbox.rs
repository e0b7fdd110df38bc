//! What the process of a service gives away, seen from outside: in `/proc`, and by trying.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        net::UnixStream,
    },
    path::Path,
    process::{Child, Command, Stdio},
};

use palisade::{
    Sandbox,
    audit::{Key, verify},
};
use palisade_tests::client::Request;

use crate::{
    authority::{Authority, Wanted, replace},
    tls_client::Client,
};

/// The program of these tests: what it does, and its variables.
fn child(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_confined"));
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALISADE_") {
            command.env_remove(name);
        }
    }
    command.env("PALISADE_HOSTS", "127.0.0.1").envs(variables.iter().copied());
    command
}

/// What the program said, of its start or of what it tried.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// A service in a process of its own, which ends with this.
struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        Self::of(&mut child(&["serve"], variables))
    }

    fn of(command: &mut Command) -> Self {
        let running = Self::begin(command);
        let answer = Request::new(running.address, "GET", "/open").send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "open"), "{:?}", answer.headers);
        running
    }

    fn begin(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_once("serves at ").and_then(|(_, address)| address.trim().parse().ok())
        });
        // What it says later goes nowhere, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address: address.unwrap() }
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{name}", self.process.id())).unwrap()
    }

    /// The fields of `/proc/PID/status`.
    fn status(&self) -> BTreeMap<String, String> {
        status(&self.file("status"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _ended = self.process.wait();
    }
}

fn status(text: &str) -> BTreeMap<String, String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    fields
        .map(|(name, value)| {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            (name.to_owned(), value)
        })
        .collect()
}

const HTTPS: (&str, &str) = ("PALISADE_PUBLIC_ORIGIN", "https://api.example");

fn is_root() -> bool {
    status(&fs::read_to_string("/proc/self/status").unwrap())["Uid"].starts_with("0 ")
}

#[test]
fn a_service_of_root_becomes_the_user_that_is_named() {
    if !is_root() {
        palisade_tests::skip("root, who alone becomes another user,", "PALISADE_TEST_ROOT");
        return;
    }
    let service = Running::start(&[HTTPS, ("PALISADE_USER", "4242:4243")]);
    let status = service.status();
    assert_eq!(status["Uid"], "4242 4242 4242 4242");
    assert_eq!(status["Gid"], "4243 4243 4243 4243");
    assert_eq!(status["Groups"], "4243");
    assert_eq!(status["NoNewPrivs"], "1");
    assert_eq!(status["CapEff"].trim_start_matches('0'), "");
    // Every thread, workers included.
    let threads = fs::read_dir(format!("/proc/{}/task", service.process.id())).unwrap();
    let mut seen = 0;
    for thread in threads {
        let text = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let status = self::status(&text);
        assert_eq!(status["Uid"], "4242 4242 4242 4242");
        // The thread of the log started before the settings were read.
        if status["Name"] != "log" {
            assert_eq!(status["NoNewPrivs"], "1", "{}", status["Name"]);
        }
        seen += 1;
    }
    assert!(seen > 1, "{seen}");
    let plain = Running::start(&[HTTPS]);
    assert!(plain.status()["Uid"].starts_with("0 "));
}

#[test]
fn a_user_that_cannot_be_had_stops_the_start() {
    for (user, says) in
        [("root", "it is root"), ("no-such-user-here", "is no user of this machine")]
    {
        let text = said(&mut child(&["serve"], &[HTTPS, ("PALISADE_USER", user)]));
        assert!(text.contains("PALISADE_USER") && text.contains(says), "{user}: {text}");
    }
}

#[test]
fn a_service_in_production_leaves_no_core_dumps() {
    let limit = |service: &Running| {
        let limits = service.file("limits");
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        line.split_whitespace().filter_map(|word| word.parse::<u64>().ok()).collect::<Vec<_>>()
    };
    let service = Running::start(&[HTTPS]);
    assert_eq!(limit(&service), [0, 0]);
    let reason = "a fault is looked for in a dump";
    let kept = Running::start(&[HTTPS, ("PALISADE_DANGEROUS_CORE_DUMPS", reason)]);
    let own = fs::read_to_string("/proc/self/limits").unwrap();
    let own = own.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let of_kept = kept.file("limits");
    let of_kept = of_kept.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(words(of_kept), words(own), "as its parent has it");
    if is_root() {
        // The entries of a process that cannot be dumped belong to root.
        let user = ("PALISADE_USER", "4242:4242");
        let owner = |service: &Running| {
            fs::metadata(format!("/proc/{}/environ", service.process.id())).unwrap().uid()
        };
        assert_eq!(owner(&Running::start(&[HTTPS, user])), 0);
    }
}

#[test]
fn new_files_have_no_more_permissions_than_the_mask_leaves() {
    let service = Running::start(&[("PALISADE_UMASK", "0077")]);
    assert_eq!(service.status()["Umask"], "0077");
    let text = said(&mut child(&["serve"], &[("PALISADE_UMASK", "0999")]));
    assert!(text.contains("PALISADE_UMASK (environment) is \"0999\""), "{text}");
}

#[test]
fn a_confined_process_has_what_is_named_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["read", "keys", "other"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    for name in ["read/settings.toml", "keys/keys.json", "other/secret.txt"] {
        fs::write(folder.join(name), "text").unwrap();
    }
    let keys = folder.join("keys/keys.json");
    let variables = [("PALISADE_AUTH_KEYS", keys.to_str().unwrap())];
    let text = said(&mut child(&["try", folder.to_str().unwrap()], &variables));
    if text.contains("the kernel has no Landlock") {
        palisade_tests::skip("a kernel with Landlock", "PALISADE_TEST_LANDLOCK");
        return;
    }
    for expected in [
        "read what is named: ok",
        "read the file of a setting: ok",
        "read what is not named: PermissionDenied",
        "read the shadow file: PermissionDenied",
        "read host names: ok",
        "write what is read: PermissionDenied",
        "write data: ok",
        "rename data: ok",
        "write elsewhere: PermissionDenied",
        "start a program: PermissionDenied",
        "start a program that is in memory: PermissionDenied",
        "make a namespace: PermissionDenied",
        "change the root: PermissionDenied",
        "listen: ok",
        "start a thread: ok",
        "Seccomp: 2",
        "NoNewPrivs: 1",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let mode = fs::metadata(folder.join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "a folder that it made");
}

#[test]
fn a_confined_service_answers() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = ["serve-confined", data.to_str().unwrap()];
    let text = said(&mut child(&["try", "/nowhere"], &[]));
    if text.contains("the kernel has no Landlock") {
        palisade_tests::skip("a kernel with Landlock", "PALISADE_TEST_LANDLOCK");
        return;
    }
    let service = Running::of(&mut child(&arguments, &[HTTPS]));
    for thread in fs::read_dir(format!("/proc/{}/task", service.process.id())).unwrap() {
        let text = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        let status = status(&text);
        assert_eq!((status["Seccomp"].as_str(), status["NoNewPrivs"].as_str()), ("2", "1"));
    }
    if is_root() {
        let user = ("PALISADE_USER", "4242:4242");
        let confined = Running::of(&mut child(&arguments, &[HTTPS, user]));
        assert!(confined.status()["Uid"].starts_with("4242 "), "a user after the sandbox");
    }
}

/// Sends `GET /metrics` to a Unix socket.
fn metrics(socket: &Path) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_confined_service_uses_and_reads_again_what_its_settings_name() {
    if said(&mut child(&["try", "/nowhere"], &[])).contains("the kernel has no Landlock") {
        palisade_tests::skip("a kernel with Landlock", "PALISADE_TEST_LANDLOCK");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    for name in ["tls", "clients", "secrets", "credentials", "etc", "keys"] {
        fs::create_dir(path(name)).unwrap();
    }
    let authority = Authority::new("servers");
    let first = authority.issue(Wanted::default());
    let _files = first.write(&path("tls"), "own");
    replace(&path("clients/ca.pem"), &authority.pem());
    replace(&path("clients/list.pem"), &authority.revoke(&[77], 30));
    replace(&path("keys/audit"), "6f1c0a9be7d24c5381f0d3a9b6427e5c");
    replace(&path("secrets/PALISADE_FORM_KEY"), "v8Qw2rT5yU1iO4pA7sD0fG3hJ6kL9zXc");
    replace(&path("credentials/palisade_lame_duck"), "0 s");
    replace(&path("etc/palisade.toml"), "[palisade]\naudit_file_age = \"1 h\"\n");
    let variables = [
        ("PALISADE_TLS_CERT", text("tls/own.pem")),
        ("PALISADE_TLS_KEY", text("tls/own.key")),
        ("PALISADE_TLS_CLIENT_CA", text("clients/ca.pem")),
        ("PALISADE_TLS_CLIENT_CRL", text("clients/list.pem")),
        ("PALISADE_TLS_CLIENT_CERT", "optional".to_owned()),
        ("PALISADE_AUDIT", format!("log, file:{}", text("audit/audit.jsonl"))),
        ("PALISADE_AUDIT_KEY_FILE", text("keys/audit")),
        ("PALISADE_METRICS_BIND", format!("unix:{}", text("run/metrics.sock"))),
        ("PALISADE_SECRETS_DIR", text("secrets")),
        ("CREDENTIALS_DIRECTORY", text("credentials")),
        ("PALISADE_CONFIG", text("etc/palisade.toml")),
        ("PALISADE_HOSTS", "localhost".to_owned()),
    ];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut command = child(&["serve-data", &text("data")], &variables);
    let service = Running::begin(&mut command);
    let wait = |what: &str, is_so: &dyn Fn() -> bool| crate::secret_sources::wait_for(what, is_so);
    let client = Client::of(&authority);
    wait("start", &|| client.get(service.address, "localhost", "/open").is_ok());
    for count in ["1", "2"] {
        let told = client.get(service.address, "localhost", "/count").unwrap();
        assert_eq!(told.status, 200);
        assert!(told.text.ends_with(&format!("\r\n\r\n{count}")), "{}", told.text);
    }
    assert!(metrics(&path("run/metrics.sock")).contains("palisade_audit_events_total"));
    assert!(path("data/uploads/files").is_dir());
    let key = Key::new(b"6f1c0a9be7d24c5381f0d3a9b6427e5c").unwrap();
    let audit = path("audit/audit.jsonl");
    wait("audit events", &|| {
        verify(&audit, Some(&key)).is_ok_and(|report| report.lines > 2 && report.is_whole())
    });
    // Everything that is replaced is read again.
    let next = authority.issue(Wanted { serial: 2, ..Wanted::default() });
    let _files = next.write(&path("tls"), "own");
    let shown = || client.open(service.address, "localhost").map(|open| open.certificate());
    let before = shown().unwrap();
    wait("new certificate", &|| shown().is_ok_and(|shown| shown != before));
    let user = authority.issue(Wanted { serial: 5, ..Wanted::default() });
    let user = Client::with(&authority, &user);
    assert!(user.get(service.address, "localhost", "/open").is_ok());
    replace(&path("clients/list.pem"), &authority.revoke(&[5], 30));
    wait("new revocation list", &|| user.get(service.address, "localhost", "/open").is_err());
}

#[test]
fn folders_that_are_made_before_the_user_changes_are_that_users() {
    if !is_root() {
        palisade_tests::skip("root, who alone becomes another user,", "PALISADE_TEST_ROOT");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = |name: &str| place.path().join(name);
    let text = |name: &str| path(name).display().to_string();
    let audit = format!("file:{}", text("audit/audit.jsonl"));
    let acme = text("acme");
    let variables = [
        HTTPS,
        ("PALISADE_USER", "4242:4243"),
        ("PALISADE_AUDIT", audit.as_str()),
        ("PALISADE_AUDIT_FILE_SIZE", "64 KiB"),
    ];
    for word in ["serve", "serve-confined"] {
        let service = Running::of(&mut child(&[word, &text("data")], &variables));
        let file = path("audit/audit.jsonl");
        crate::secret_sources::wait_for("a line of the new user", || {
            verify(&file, None).is_ok_and(|report| report.is_whole() && report.lines > 0)
        });
        for name in
            ["audit", "audit/audit.jsonl", "audit/audit.jsonl.head", "audit/audit.jsonl.lock"]
        {
            let found = fs::metadata(path(name)).unwrap();
            assert_eq!((found.uid(), found.gid()), (4242, 4243), "{name}");
        }
        // The new user begins new files.
        for _ in 0..300 {
            assert_eq!(Request::new(service.address, "GET", "/open").send().status, 200);
        }
        crate::secret_sources::wait_for("a second file", || {
            fs::read_dir(path("audit")).unwrap().count() > 3
        });
        drop(service);
        fs::remove_dir_all(path("audit")).unwrap();
    }
    // What is there and is root's: the error has the fix.
    for name in ["audit", "acme"] {
        fs::create_dir(path(name)).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let issued = [
        HTTPS,
        ("PALISADE_USER", "4242:4243"),
        ("PALISADE_ACME_DOMAINS", "api.example"),
        ("PALISADE_ACME_CONTACT", "mailto:ops@api.example"),
        ("PALISADE_ACME_CACHE", acme.as_str()),
    ];
    for (name, variables) in [("audit", variables.as_slice()), ("acme", &issued)] {
        let said = said(&mut child(&["serve"], variables));
        let fix = format!("chown 4242 {}", text(name));
        assert!(said.contains("PALISADE_USER") && said.contains(&fix), "{name}: {said}");
    }
}

#[test]
fn a_sandbox_is_entered_before_there_are_threads_and_with_paths_that_are_there() {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || receive.recv().is_err());
    let failure = Sandbox::new().enter().unwrap_err();
    assert!(failure.to_string().contains("threads"), "{failure}");
    drop(send);
    assert!(other.join().unwrap());
    let text = said(&mut child(&["miss"], &[]));
    assert!(text.contains("`/does/not/exist` is missing"), "{text}");
}

#[test]
fn a_sandbox_makes_no_folder_in_the_place_of_a_file() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("notes.db");
    let enter = |path: &str| said(&mut child(&["write", path], &[]));
    let text = enter(file.to_str().unwrap());
    let says = format!("name its folder, `.write(\"{}\")`", place.path().display());
    assert!(
        text.contains("is missing, and has the name of a file") && text.contains(&says),
        "{text}"
    );
    assert!(!file.exists());
    // The file that is there, and a folder with such a name.
    fs::write(&file, "").unwrap();
    assert_eq!(enter(file.to_str().unwrap()), "");
    let folder = place.path().join("notes.d");
    assert_eq!(enter(&format!("{}/", folder.display())), "");
    assert!(folder.is_dir());
}
