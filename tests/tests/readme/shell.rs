//! The commands of a page, run in one shell against an example service of their own.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Once,
    thread,
};

use crate::document::{Block, root};

/// Where the documentation says that the service listens.
const WRITTEN: &str = "127.0.0.1:8080";

/// Follows the output of each command.
const MARK: char = '\u{1e}';

/// Requests end, and `cargo run` starts what is built already: alone, each of these packages would be built
/// again with all dependencies, since its features are fewer than those of the workspace.
const PREAMBLE: &str = r#"
set -o pipefail
curl() { command curl --max-time 60 "$@"; }
cargo() {
    if [ "$1 $2 $3 $5" = "run -q -p --" ]; then
        "$4" "${@:6}"
    else
        command cargo "$@"
    fi
}
"#;

/// Commands that are not run, and why. Each is a whole line.
pub(crate) const NOT_RUN: [(&str, &str); 10] = [
    ("cargo run -p browser", "the service that its own page is about; started here"),
    ("cargo run -p notes", "the service that answers all the others; started here"),
    ("cargo run -p quickstart", "the same, on its own page"),
    ("cargo run -p uploads", "the same, on its own page"),
    ("cargo install --path cli", "changes the machine; what it installs is run from its build"),
    (
        "cargo palisade openapi --package notes --output openapi.json",
        "builds the service alone, with all that it depends on; the tests of documents build it with the \
         features of the workspace",
    ),
    ("cargo palisade openapi --package notes --check openapi.json", "the same"),
    (
        "cargo palisade check --deploy --settings deploy/production.env",
        "judges a workspace of the reader's; the tests of deploy checks have their own",
    ),
    (
        "cargo palisade audit-log verify /var/log/notes/audit.jsonl",
        "reads a file of the reader's; the tests of the audit trail have their own",
    ),
    (
        "git clone --depth 1 https://github.com/RustSec/advisory-db ~/.cargo/advisory-db",
        "changes the machine, and reaches a network that it may not have",
    ),
];

/// Pages whose commands are not run, and why.
pub(crate) const NOT_RUN_PAGES: [(&str, &str); 1] = [(
    "docs/getting-started.md",
    "builds a package outside of the workspace; its service is tested as `board.rs`",
)];

/// A command, and what the page says of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) place: String,
    pub(crate) command: String,
    /// The output, as shown; `None` where the page shows none.
    pub(crate) shown: Option<String>,
    /// A status that it is said to print.
    pub(crate) status: Option<String>,
}

/// The commands of a block. `console` shows a prompt, and output below it; in `sh` every line is a
/// command, and a comment that begins with a number says the status of the answer.
pub(crate) fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for line in block.text.lines() {
        let line = match block.kind.as_str() {
            "console" => line.strip_prefix("$ ").ok_or(line),
            _ => Ok(line),
        };
        let goes_on_now = goes_on;
        goes_on = false;
        match (line, steps.last_mut()) {
            (Ok(line) | Err(line), Some(step)) if goes_on_now => {
                goes_on = line.ends_with('\\');
                let (code, status) = split_comment(line);
                step.command.push('\n');
                step.command.push_str(code);
                step.status = status;
            }
            (Ok(line), _) => {
                goes_on = line.ends_with('\\');
                let (code, status) = split_comment(line);
                if !code.is_empty() {
                    let (place, command) = (block.place.clone(), code.to_owned());
                    steps.push(Step { place, command, shown: None, status });
                }
            }
            (Err(line), Some(step)) => {
                let shown = step.shown.get_or_insert_default();
                shown.push_str(line);
                shown.push('\n');
            }
            (Err(line), None) => panic!("{}: {line:?} is output of no command", block.place),
        }
    }
    steps
}

/// The code of a line, and the status that its comment says.
fn split_comment(line: &str) -> (&str, Option<String>) {
    let (code, comment) = match line.split_once(" # ") {
        Some((code, comment)) => (code.trim_end(), comment),
        None if line.starts_with("# ") => ("", line),
        None => (line, ""),
    };
    let number: String = comment.chars().take_while(char::is_ascii_digit).collect();
    (code, (number.len() == 3).then_some(number))
}

/// The example that a page is about.
fn example(page: &str) -> (&'static str, &'static str) {
    match page {
        "examples/browser/README.md" => ("browser", "BROWSER_DATA"),
        "examples/quickstart/README.md" => ("quickstart", "QUICKSTART_DATA"),
        "examples/uploads/README.md" => ("uploads", "UPLOADS_DATA"),
        _ => ("notes", "NOTES_DATA"),
    }
}

/// A running example, with a folder of its own.
pub(crate) struct Service {
    folder: PathBuf,
    data: &'static str,
    address: String,
    process: Child,
    /// What it said before it listened.
    pub(crate) log: String,
}

impl Service {
    /// Starts the one that this page is about.
    pub(crate) fn start(name: &str) -> Self {
        let (program, data) = example(name);
        let folder = target().join("readme").join(name.replace('/', "-"));
        // What an earlier run left behind would be other items.
        let _absent = fs::remove_dir_all(&folder);
        let mut process = clean(Command::new(target().join("debug").join(program)))
            .env("PALISADE_BIND", "127.0.0.1:0")
            .env(data, &folder)
            .envs(handed_on(program))
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
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { folder, data, address, process, log: seen }
    }

    /// Runs the commands in one shell, and returns what each of them printed.
    pub(crate) fn run(&self, steps: &[Step]) -> Vec<String> {
        let mut script = String::from(PREAMBLE);
        for step in steps {
            if NOT_RUN.iter().all(|(command, _)| *command != step.command) {
                script.push_str(&step.command.replace(WRITTEN, &self.address));
            }
            script.push_str(&format!("\nprintf '\\n%s{MARK}' \"$?\"\n"));
        }
        let path = format!("{}:{}", target().join("debug").display(), env::var("PATH").unwrap());
        let output = clean(Command::new("bash"))
            .args(["-c", &script])
            .current_dir(root())
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", target())
            .env(self.data, &self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8(output.stdout).unwrap().replace(&self.address, WRITTEN);
        let parts: Vec<_> = text.split_terminator(MARK).collect();
        assert_eq!(parts.len(), steps.len(), "the shell stopped: {complaints}");
        let mut printed = Vec::new();
        for (part, Step { place, command, .. }) in parts.iter().zip(steps) {
            let (output, code) = part.rsplit_once('\n').unwrap();
            assert_eq!(code, "0", "{place}: {command}\nprinted {output}\n{complaints}");
            printed.push(output.replace('\r', ""));
        }
        printed
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
    }
}

/// What `cargo palisade routes` reads of an example.
pub(crate) fn inventory(program: &str) -> Vec<serde_json::Value> {
    let output = clean(Command::new(target().join("debug").join("cargo-palisade")))
        .args(["palisade", "routes", "--json", "-p", program])
        .current_dir(root())
        .output()
        .unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), complaints.as_ref()), (Some(0), ""), "{program}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Builds what the commands run, once for all pages.
pub(crate) fn build() {
    static BUILT: Once = Once::new();
    BUILT.call_once(build_all);
}

/// With the features that the tests are built with: a test in the selection adds those of its
/// dependencies. So nothing is built twice.
fn build_all() {
    let status = clean(Command::new(env!("CARGO")))
        .args(["build", "--quiet", "--workspace", "--bins", "--test", "readme"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target())
        .status()
        .unwrap();
    assert!(status.success());
}

/// The target folder that this very test was built into.
fn target() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

/// What `cargo run` adds to the environment of a program: the variables that its build script has
/// set for the compiler. A service that took one of them for a setting would not start.
fn handed_on(program: &str) -> Vec<(String, String)> {
    let builds = fs::read_dir(target().join("debug/build")).unwrap();
    let ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.rsplit_once('-').is_some_and(|(name, _)| name == program)
    };
    let folders = builds.map(|entry| entry.unwrap().path()).filter(ours);
    let outputs = folders.map(|folder| folder.join("output")).filter(|path| path.is_file());
    let written = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).unwrap();
    let Some(newest) = outputs.max_by_key(written) else { return Vec::new() };
    let output = fs::read_to_string(newest).unwrap();
    let set = output.lines().filter_map(|line| {
        let rest = line.trim_start_matches("cargo:").trim_start_matches(':');
        rest.strip_prefix("rustc-env=")?.split_once('=')
    });
    set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Without the settings in the environment of the test.
fn clean(mut command: Command) -> Command {
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let ours = ["PALISADE_", "BROWSER_", "NOTES_", "QUICKSTART_", "UPLOADS_"]
            .iter()
            .any(|own| name.starts_with(own));
        if ours || name == "RUST_LOG" || name == "DATABASE_URL" {
            command.env_remove(name.as_ref());
        }
    }
    command
}
