//! The process.

use std::{
    fs,
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Page, pipe::Pipe};
use crate::daemon::{self, Daemon};

/// A running Chromium with a profile of its own in a temporary folder; it ends, and takes the folder
/// with it, when this is dropped.
///
/// It reaches nothing but `localhost` and `127.0.0.1`, which are two sites to it; two ports of one
/// of them are two origins of one site.
#[derive(Debug)]
pub struct Chromium {
    /// `None` once it is closed.
    pipe: Mutex<Option<Pipe>>,
    process: Child,
    /// The last to go: it removes the folder.
    daemon: Daemon,
}

/// Debian's name, and those that others give it.
const PROGRAMS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const ARGUMENTS: [&str; 15] = [
    "--headless",
    // They would cover a part of what a picture shows.
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-gpu",
    // Containers give shared memory 64 MiB.
    "--disable-dev-shm-usage",
    "--lang=en-US",
    // No name is looked up: whatever else it would like to load is not found.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

impl Chromium {
    /// Starts one; `None` where none is installed, and then the test is counted as skipped. With
    /// `PALISADE_TEST_CHROMIUM=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let Some(program) = PROGRAMS.iter().find_map(|name| daemon::program(name, &[])) else {
            crate::skip("chromium", "PALISADE_TEST_CHROMIUM");
            return None;
        };
        let daemon = Daemon::new("chromium", &[]);
        let log = fs::File::create(daemon.folder.join("log"));
        // Its pipe is at the descriptors 3 and 4; a shell puts it there.
        let mut command: Command = daemon.command("/bin/sh".as_ref());
        command.args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"]);
        command.arg(&program).args(ARGUMENTS);
        command.arg(format!("--user-data-dir={}", daemon.folder.join("profile").display()));
        if daemon::is_root() {
            // Root cannot have its sandbox. What it loads are pages of these tests.
            command.arg("--no-sandbox");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(log.unwrap_or_else(|error| panic!("{error}")));
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{program:?}: {error}"));
        let (Some(to), Some(from)) = (process.stdin.take(), process.stdout.take()) else {
            panic!("a process without pipes")
        };
        let pipe = Mutex::new(Some(Pipe::new(to, from)));
        let browser = Self { pipe, process, daemon };
        if let Err(error) = browser.command("", "Browser.getVersion", &json!({})) {
            panic!("{error}: {}", browser.log());
        }
        Some(browser)
    }

    /// An empty page in a profile of its own: it shares no cookie with any other.
    pub fn page(&self) -> Page<'_> {
        let context = json!({"disposeOnDetach": true});
        let context = self.told("", "Target.createBrowserContext", &context);
        Page::new(self, &context["browserContextId"])
    }

    /// Sends a command that cannot but succeed.
    #[track_caller]
    pub(super) fn told(&self, session: &str, method: &str, params: &Value) -> Value {
        let answer = self.command(session, method, params);
        answer.unwrap_or_else(|error| panic!("{method} {params}: {error}"))
    }

    pub(super) fn command(
        &self,
        session: &str,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        self.with(|pipe| pipe.command(session, method, params))
    }

    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Pipe) -> T) -> T {
        let mut pipe = self.pipe();
        let Some(pipe) = pipe.as_mut() else { panic!("the browser is closed") };
        act(pipe)
    }

    fn pipe(&self) -> MutexGuard<'_, Option<Pipe>> {
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.daemon.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It ends with its pipe, and its children with it.
        self.pipe().take();
        let asked = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) {
            if asked.elapsed() > Duration::from_secs(10) {
                let _ended = self.process.kill();
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
