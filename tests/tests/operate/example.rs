//! The services of `examples/`, as they are built: started in folders of their own.

use std::{
    env,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    thread,
};

use cargo_palisade::{
    args::{Args, Command},
    openapi,
};
use palisade_tests::{
    client::{Answer, Request},
    skip,
};
use serde_json::Value;
use tempfile::TempDir;

/// The services that have a document.
pub(crate) const ALL: [&str; 3] = ["browser", "notes", "uploads"];

/// The password that the tests log in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running service.
pub(crate) struct Example {
    pub(crate) address: SocketAddr,
    process: Child,
    _folder: TempDir,
}

/// The program of a service, beside this one; says so where it is not built.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let own = env::current_exe().unwrap();
    let program = own.parent().and_then(Path::parent).unwrap().join(name);
    if program.is_file() {
        return Some(program);
    }
    skip(&format!("the example {name} (cargo build --workspace)"), "PALISADE_TEST_EXAMPLES");
    None
}

/// What `cargo palisade openapi` answers with these options: the exit code, the output and the log.
pub(crate) fn tool(options: &[&str]) -> (u8, String, String) {
    let (mut out, mut log) = (Vec::new(), Vec::new());
    let words = ["cargo-palisade", "openapi"].into_iter().chain(options.iter().copied());
    let args = <Args as clap::Parser>::parse_from(words);
    let Command::Openapi(args) = &args.command else { panic!("{options:?}") };
    let code = openapi::run(args, &mut out, &mut log).unwrap();
    (code, String::from_utf8(out).unwrap(), String::from_utf8(log).unwrap())
}

/// The document of a service, as the tool gets it.
pub(crate) fn document(program: &Path) -> Value {
    let (code, out, log) = tool(&["--strict", "--program", program.to_str().unwrap()]);
    // What an `HttpResponse` holds is in no type; everything else is.
    let is_known = |line: &str| line.contains("home::icon");
    assert!(log.lines().all(is_known), "{log}");
    assert_eq!(code, u8::from(!log.is_empty()));
    serde_json::from_str(&out).unwrap()
}

impl Example {
    /// Starts a service in development; `None` where it is not built.
    pub(crate) fn start(name: &str) -> Option<Self> {
        let program = program(name)?;
        let folder = tempfile::tempdir().unwrap();
        let mut command = Process::new(program);
        for (variable, _) in env::vars_os() {
            if variable.to_string_lossy().starts_with("PALISADE_") {
                command.env_remove(variable);
            }
        }
        let data = folder.path().join("data");
        let mut process = command
            .env_remove("RUST_LOG")
            .env_remove("DATABASE_URL")
            .env(format!("{}_DATA", name.to_uppercase()), &data)
            .env("BROWSER_ADMIN_PASSWORD", PASSWORD)
            .env("PALISADE_BIND", "127.0.0.1:0")
            .env("PALISADE_LIMITS", "off")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "{name} ended: {seen}");
            seen.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.parse().unwrap();
            }
        };
        // If the log were not read, the service would block once the pipe is full.
        thread::spawn(move || log.lines().map_while(Result::ok).for_each(drop));
        Some(Self { address, process, _folder: folder })
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.request("GET", target).send()
    }

    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
