//! A running guest book.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
};

use palisade_tests::{
    client::{Answer, Request},
    leaks,
};
use tempfile::TempDir;

/// What the administrator logs in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// One process with a folder of its own.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
    process: Child,
    /// Goes when it is dropped.
    folder: Option<TempDir>,
}

impl Instance {
    /// Starts one with a known password, and waits until it listens.
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = [&[("BROWSER_ADMIN_PASSWORD", PASSWORD)], settings].concat();
        let mut instance = Self::start_in(&folder.path().join("data"), &settings);
        instance.folder = Some(folder);
        instance
    }

    /// Starts one in this folder, and waits until it listens.
    pub(crate) fn start_in(data: &Path, settings: &[(&str, &str)]) -> Self {
        settings.iter().for_each(|(name, value)| leaks::setting(name, value));
        let mut process = command(data)
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "the service ended: {seen}");
            seen.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.parse().unwrap();
            }
        };
        let log = Arc::new(Mutex::new(seen));
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Self { address, log, process, folder: None }
    }

    /// The address of one of its pages; its origin for an empty path.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request to it.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        Request::new(self.address, method, target)
    }

    /// The answer to a GET.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.request("GET", target).send()
    }

    /// A form that is sent.
    pub(crate) fn form(&self, target: &str, fields: &[(&str, &str)]) -> Request {
        let pairs: Vec<_> = fields.iter().map(|(name, value)| pair(name, value)).collect();
        let request = self.request("POST", target);
        request.header("Content-Type", "application/x-www-form-urlencoded").body(pairs.join("&"))
    }

    /// Writes this into the book.
    pub(crate) fn write(&self, text: &str) {
        let answer = self.form("/entries", &[("text", text)]).send();
        assert_eq!(answer.status, 303, "{text}: {}", answer.text());
    }

    /// The texts in the book, the newest first.
    pub(crate) fn texts(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/entries?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let entries = answer.json();
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry["text"].as_str().unwrap().to_owned()).collect()
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
        if !thread::panicking() {
            leaks::search("the log of the service", &self.log());
        }
    }
}

/// `name=value`, encoded.
pub(crate) fn pair(name: &str, value: &str) -> String {
    let value = percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
    format!("{name}={value}")
}

/// The program, without the variables of this test's own environment that it would read.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_browser"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PALISADE_") || text.starts_with("BROWSER_") {
            command.env_remove(&name);
        }
    }
    command.env("BROWSER_DATA", data).env("PALISADE_BIND", "127.0.0.1:0").env_remove("RUST_LOG");
    command
}
