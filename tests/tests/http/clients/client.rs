//! The clients, and which of them are there.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use palisade_tests::{client::Answer, skip};

use super::{
    build::{built, folder},
    call::Call,
    curl::Curl,
    program::Program,
    reqwest::Reqwest,
};

/// What came of a call: an answer, or what the client says instead.
pub(super) type Outcome = Result<Answer, String>;

/// A client that keeps its connections from one call to the next.
pub(super) trait Client: Send {
    /// Makes the calls one after the other.
    fn send(&mut self, calls: &[Call]) -> Vec<Outcome>;
}

/// The clients of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Aiohttp,
    Axios,
    Curl,
    Fetch,
    Go,
    Got,
    Httpx,
    Jdk,
    Lwp,
    Requests,
    Reqwest,
    Undici,
}

impl Kind {
    /// What the skipped test calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Aiohttp => "aiohttp (PyPI)",
            Self::Axios => "axios (npm)",
            Self::Curl => "curl",
            Self::Fetch => "Node.js",
            Self::Go => "Go",
            Self::Got => "got (npm)",
            Self::Httpx => "httpx (PyPI)",
            Self::Jdk => "a JDK",
            Self::Lwp => "LWP (libwww-perl)",
            Self::Requests => "requests (PyPI)",
            Self::Reqwest => "reqwest",
            Self::Undici => "undici (npm)",
        }
    }

    /// The name that a file of this name has in the forms of the client.
    pub(super) fn file_name(self, name: &str) -> String {
        // It encodes the whole name, as it would be in a URL.
        if self == Self::Aiohttp {
            return name.replace('ö', "%C3%B6").replace('ß', "%C3%9F").replace(' ', "%20");
        }
        name.to_owned()
    }

    /// How many connections it takes for requests one after the other, where none ends.
    pub(super) fn connections(self) -> usize {
        // undici looks for a free connection before it has noticed that the last one is.
        if matches!(self, Self::Fetch | Self::Undici) { 2 } else { 1 }
    }

    /// The client, for the service at this address; `None` where it is not installed, and then the test is
    /// counted as skipped. With `PALISADE_TEST_CLIENTS=required` in the environment its absence is a failure.
    pub(super) fn launch(self, service: SocketAddr) -> Option<Box<dyn Client>> {
        let command = match self {
            Self::Reqwest => return Some(Box::new(Reqwest::new(service))),
            Self::Curl => Some(Command::new("curl")),
            Self::Go => built("client.go", "client", |source, program| {
                let mut go = Command::new("go");
                // Nothing is fetched: the program needs the standard library alone.
                go.env("GOPROXY", "off").env("GOTOOLCHAIN", "local").env("GO111MODULE", "off");
                go.env("GOCACHE", folder().join("go-cache"))
                    .env("GOPATH", folder().join("go-path"));
                go.args(["build", "-o"]).arg(program).arg(source);
                go
            })
            .map(Command::new),
            Self::Jdk => built("Client.java", "Client.class", |source, class| {
                let mut javac = Command::new("javac");
                javac.args(["-encoding", "UTF-8", "-d"]).arg(class.with_file_name("")).arg(source);
                javac
            })
            .map(|class| {
                let mut java = Command::new("java");
                java.arg("-cp").arg(class.with_file_name("")).arg("Client");
                java
            }),
            Self::Aiohttp => Some(python("aiohttp_client.py")),
            Self::Httpx => Some(python("httpx_client.py")),
            Self::Requests => Some(python("requests_client.py")),
            Self::Axios => Some(node("axios.mjs")),
            Self::Fetch => Some(node("fetch.mjs")),
            Self::Got => Some(node("got.mjs")),
            Self::Undici => Some(node("undici.mjs")),
            Self::Lwp => {
                // Debian's own, which its packages of modules are for.
                let own = Path::new("/usr/bin/perl");
                let mut perl = Command::new(if own.exists() { own } else { Path::new("perl") });
                perl.arg(source("lwp.pl"));
                Some(perl)
            }
        };
        let Some(mut command) = command else {
            skip(self.name(), "PALISADE_TEST_CLIENTS");
            return None;
        };
        // Neither settings of proxies nor those of the user's own.
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("LC_ALL", "C.UTF-8").env("HOME", folder());
        command.env("CLIENT_PACKAGES", folder().join("node")).env("PYTHONDONTWRITEBYTECODE", "1");
        if !is_there(&command, if self == Self::Curl { "--version" } else { "version" }) {
            skip(self.name(), "PALISADE_TEST_CLIENTS");
            return None;
        }
        Some(if self == Self::Curl {
            Box::new(Curl::new(service))
        } else {
            Box::new(Program::start(command, service))
        })
    }
}

/// A program of `tests/clients`.
pub(super) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

fn python(name: &str) -> Command {
    let mut python = Command::new(folder().join("python/bin/python"));
    python.arg(source(name));
    python
}

fn node(name: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(source(name));
    node
}

/// Whether it runs at all, with what it needs.
fn is_there(command: &Command, version: &str) -> bool {
    let mut asked = duplicate(command);
    asked.arg(version).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// The same command; the environment is the one that was set.
fn duplicate(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args()).env_clear();
    same.envs(command.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
    same
}
