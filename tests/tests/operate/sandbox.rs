//! What the process of a service gives away, seen from outside: in `/proc`, and by trying.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::{SocketAddr, TcpListener},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use palisade::{Palisade, Sandbox, prelude::*};
use palisade_tests::client::Request;

#[get("/open")]
#[public]
async fn open() -> &'static str {
    "open"
}

/// A test of this file, in a process of its own and in its main thread.
fn child(test: &str, variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = format!("sandbox::{test}");
    command.args(["--exact", &name, "--ignored", "--nocapture", "--test-threads=1"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PALISADE_") {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    command
}

/// A service in a process of its own, which ends with this.
struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        let mut process =
            child("child_that_serves", variables).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| {
            let line = line.unwrap();
            line.split_once("serves at ").and_then(|(_, address)| address.trim().parse().ok())
        });
        // What it says later goes nowhere, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let running = Self { process, address: address.unwrap() };
        let answer =
            Request::new(running.address, "GET", "/open").header("Host", "api.example").send();
        assert_eq!(answer.text(), "open");
        running
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

#[test]
#[ignore = "a process that other tests start"]
#[expect(clippy::print_stdout, reason = "what the parent reads")]
fn child_that_serves() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::System::new().block_on(async move {
        let palisade = match Palisade::from_env() {
            Ok(palisade) => palisade,
            Err(failure) => return println!("{failure}"),
        };
        println!("serves at {address}");
        let palisade = palisade.listener(listener).endpoints(endpoints![open]);
        if let Err(failure) = palisade.serve().await {
            println!("{failure}");
        }
    });
}

const HTTPS: (&str, &str) = ("PALISADE_PUBLIC_ORIGIN", "https://api.example");

fn is_root() -> bool {
    status(&fs::read_to_string("/proc/self/status").unwrap())["Uid"].starts_with("0 ")
}

#[test]
fn a_service_of_root_becomes_the_user_that_is_named() {
    if !is_root() {
        eprintln!("skipped: only root can become another user");
        return;
    }
    let service = Running::start(&[HTTPS, ("PALISADE_USER", "4242:4243")]);
    let status = service.status();
    assert_eq!(status["Uid"], "4242 4242 4242 4242");
    assert_eq!(status["Gid"], "4243 4243 4243 4243");
    assert_eq!(status["Groups"], "4243");
    assert_eq!(status["NoNewPrivs"], "1");
    assert_eq!(status["CapEff"].trim_start_matches('0'), "");
    // Every thread, workers among them.
    let threads = fs::read_dir(format!("/proc/{}/task", service.process.id())).unwrap();
    let mut seen = 0;
    for thread in threads {
        let text = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        assert_eq!(self::status(&text)["Uid"], "4242 4242 4242 4242");
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
        let output =
            child("child_that_serves", &[HTTPS, ("PALISADE_USER", user)]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("PALISADE_USER") && text.contains(says), "{user}: {text}");
        assert!(!text.contains("serves at"), "{text}");
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
    let output = child("child_that_serves", &[("PALISADE_UMASK", "0999")]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("PALISADE_UMASK is \"0999\""), "{text}");
}

/// What a confined process tries, as `name: what came of it`.
#[test]
#[ignore = "a process that other tests start"]
#[expect(clippy::print_stdout, reason = "what the parent reads")]
fn child_that_is_confined() {
    let folder = std::env::var("OPERATE_FOLDER").unwrap();
    let folder = Path::new(&folder);
    let sandbox = Sandbox::from_env().read(folder.join("read")).write(folder.join("data"));
    if let Err(failure) = sandbox.enter() {
        return println!("enter: {failure}");
    }
    println!("enter: ok");
    let told = |name: &str, result: std::io::Result<()>| match result {
        Ok(()) => println!("{name}: ok"),
        Err(error) => println!("{name}: {:?}", error.kind()),
    };
    let read = |path: &Path| fs::read(path).map(drop);
    told("read what is named", read(&folder.join("read/settings.toml")));
    told("read the file of a setting", read(&folder.join("keys/keys.json")));
    told("read what is not named", read(&folder.join("other/secret.txt")));
    told("read the shadow file", read(Path::new("/etc/shadow")));
    told("read host names", read(Path::new("/etc/hosts")));
    told("write what is read", fs::write(folder.join("read/settings.toml"), "x"));
    told("write data", fs::write(folder.join("data/a"), "x"));
    told("rename data", fs::rename(folder.join("data/a"), folder.join("data/b")));
    told("write elsewhere", fs::write(folder.join("other/new"), "x"));
    told("start a program", Command::new("/bin/true").status().map(drop));
    told("change the root", std::os::unix::fs::chroot("/"));
    told("listen", TcpListener::bind("127.0.0.1:0").map(drop));
    told("start a thread", std::thread::Builder::new().spawn(|| ()).map(drop));
    let status = status(&fs::read_to_string("/proc/self/status").unwrap());
    println!("seccomp: {}, no_new_privs: {}", status["Seccomp"], status["NoNewPrivs"]);
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
    let variables = [
        ("OPERATE_FOLDER", folder.to_str().unwrap()),
        ("PALISADE_AUTH_KEYS", keys.to_str().unwrap()),
    ];
    let output = child("child_that_is_confined", &variables).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    if text.contains("the kernel has no Landlock") {
        eprintln!("skipped: the kernel of this machine has no Landlock");
        return;
    }
    for expected in [
        "enter: ok",
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
        "change the root: PermissionDenied",
        "listen: ok",
        "start a thread: ok",
        "seccomp: 2, no_new_privs: 1",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let mode = fs::metadata(folder.join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "a folder that it made");
}

#[test]
fn a_sandbox_is_entered_before_there_are_threads() {
    let began = Instant::now();
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || receive.recv_timeout(Duration::from_secs(60)).is_ok());
    let failure = Sandbox::new().enter().unwrap_err();
    assert!(failure.to_string().contains("threads"), "{failure}");
    drop(send);
    assert!(!other.join().unwrap() && began.elapsed() < Duration::from_secs(60));
    let missing = child("child_that_misses", &[]).output().unwrap();
    let text = String::from_utf8(missing.stdout).unwrap();
    assert!(text.contains("`/does/not/exist` is not there"), "{text}");
}

#[test]
#[ignore = "a process that other tests start"]
#[expect(clippy::print_stdout, reason = "what the parent reads")]
fn child_that_misses() {
    let result = Sandbox::new().read("/does/not/exist").enter();
    println!("{}", result.err().map_or_else(|| "entered".to_owned(), |f| f.to_string()));
}
