//! Prometheus, with the files of `examples/observability`.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    client::Request,
    daemon::{self, Daemon},
};

/// Where its files are.
pub const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/observability");

/// What the configuration scrapes.
const SHOWN_TARGET: &str = "127.0.0.1:9090";

/// One server that scrapes one service each second.
#[derive(Debug)]
pub struct Prometheus {
    daemon: Daemon,
}

impl Prometheus {
    /// Starts one; `None` where it is not installed, and then the test is counted as skipped. With
    /// `PALISADE_TEST_PROMETHEUS=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch(target: SocketAddr) -> Option<Self> {
        let Some(program) = daemon::program("prometheus", &[]) else {
            crate::skip("prometheus", "PALISADE_TEST_PROMETHEUS");
            return None;
        };
        let mut daemon = Daemon::new("prometheus", &["nobody"]);
        let read = |name: &str| {
            let path = Path::new(FILES).join(name);
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let configuration = read("prometheus.yml");
        assert!(configuration.contains(SHOWN_TARGET), "another target is shown");
        let configuration =
            configuration.replace(SHOWN_TARGET, &target.to_string()).replace(": 15s", ": 1s");
        for (name, text) in [("prometheus.yml", configuration), ("alerts.yml", read("alerts.yml"))]
        {
            let written = fs::write(daemon.folder.join(name), text);
            written.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let mut command = daemon.command(&program);
        command
            .arg(format!("--config.file={}", daemon.folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", daemon.folder.join("data").display()))
            .arg(format!("--web.listen-address={}", daemon.address));
        daemon.start(command, |daemon| {
            TcpStream::connect(daemon.address).is_ok()
                && Request::new(daemon.address, "GET", "/-/ready").send().status == 200
        });
        Some(Self { daemon })
    }

    /// What a query returns: series with their values at this moment.
    ///
    /// # Panics
    ///
    /// The expression cannot be evaluated.
    pub fn query(&self, expression: &str) -> Vec<Value> {
        let query: String = expression
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect();
        let answer = self.get(&format!("/api/v1/query?query={query}"));
        let status = answer.get("status").and_then(Value::as_str);
        assert_eq!(status, Some("success"), "{expression}: {answer}");
        let result = answer.pointer("/data/result").and_then(Value::as_array);
        result.cloned().unwrap_or_default()
    }

    /// The same, once it returns something.
    pub fn query_until_there(&self, expression: &str, patience: Duration) -> Vec<Value> {
        let start = Instant::now();
        loop {
            let found = self.query(expression);
            if !found.is_empty() || start.elapsed() > patience {
                return found;
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// The JSON at a path of its interface.
    pub fn get(&self, path: &str) -> Value {
        Request::new(self.daemon.address, "GET", path).send().json()
    }
}

/// Runs `promtool` in the folder of the files; `None` where it is not installed.
///
/// # Panics
///
/// It is required, and there is none.
pub fn promtool(args: &[&str]) -> Option<(bool, String)> {
    let Some(program) = daemon::program("promtool", &[] as &[PathBuf]) else {
        crate::skip("promtool", "PALISADE_TEST_PROMETHEUS");
        return None;
    };
    let output = Command::new(program).current_dir(FILES).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("promtool: {error}"));
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}
