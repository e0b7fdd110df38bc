//! The proxies in front of services, run with the configuration of the documentation.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    os::unix::{self, fs::PermissionsExt as _},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::daemon::{self, Daemon};

/// Who they run as, where the tests run as root.
const ACCOUNT: &str = "nobody";

/// The socket that the page about deploying shows.
const SHOWN_SOCKET: &str = "/run/notes/http.sock";

/// A program that hands requests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// `HAProxy`.
    HaProxy,
    /// Caddy.
    Caddy,
}

/// The address of the service behind one of them.
#[derive(Clone, Copy, Debug)]
pub enum Upstream<'a> {
    /// At an address.
    Address(SocketAddr),
    /// At a Unix socket.
    Socket(&'a Path),
}

/// One of them, on a free port of the loopback address, in front of a service.
#[derive(Debug)]
pub struct ReverseProxy {
    kind: Kind,
    daemon: Daemon,
}

impl ReverseProxy {
    /// Starts one with the block of `docs/deploying.md`, without its lines for TLS; `None` where it is not
    /// installed, and then the test is counted as skipped. With `PALISADE_TEST_PROXIES=required` in
    /// the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch(kind: Kind, service: Upstream<'_>) -> Option<Self> {
        Self::launch_as(kind, service, "api.example")
    }

    /// As [`launch`](Self::launch), for requests to this host: clients name the address that they connect to.
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch).
    pub fn launch_as(kind: Kind, service: Upstream<'_>, host: &str) -> Option<Self> {
        let name = kind.name();
        let Some(program) = daemon::program(name, &[PathBuf::from("/usr/sbin")]) else {
            crate::skip(name, "PALISADE_TEST_PROXIES");
            return None;
        };
        let mut daemon = Daemon::new(name, &[ACCOUNT]);
        let service = match service {
            Upstream::Address(address) => address.to_string(),
            Upstream::Socket(path) => {
                socket_form(kind).replace(SHOWN_SOCKET, &path.display().to_string())
            }
        };
        let text = configuration(kind, &block(name), (host, daemon.address), &service);
        let file = daemon.folder.join(if kind == Kind::Caddy { "Caddyfile" } else { "conf" });
        fs::write(&file, text).unwrap_or_else(|error| panic!("{error}"));
        let command = command(kind, &daemon, &program, &file);
        daemon.start(command, |daemon| TcpStream::connect(daemon.address).is_ok());
        Some(Self { kind, daemon })
    }

    /// Starts one with a configuration of the test's own, which is made from the address that it is
    /// to listen at; for nginx, the configuration without the lines about the paths of its files.
    ///
    /// # Panics
    ///
    /// As [`launch`](Self::launch).
    pub fn launch_with(
        kind: Kind,
        configuration: impl FnOnce(SocketAddr) -> String,
    ) -> Option<Self> {
        let name = kind.name();
        let Some(program) = daemon::program(name, &[PathBuf::from("/usr/sbin")]) else {
            crate::skip(name, "PALISADE_TEST_PROXIES");
            return None;
        };
        let mut daemon = Daemon::new(name, &[ACCOUNT]);
        let own = configuration(daemon.address);
        let text = match kind {
            Kind::Nginx => format!("daemon off;\nmaster_process off;\npid nginx.pid;\n{own}"),
            Kind::HaProxy | Kind::Caddy => own,
        };
        let file = daemon.folder.join("conf");
        fs::write(&file, text).unwrap_or_else(|error| panic!("{error}"));
        let command = command(kind, &daemon, &program, &file);
        daemon.start(command, |daemon| TcpStream::connect(daemon.address).is_ok());
        Some(Self { kind, daemon })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.daemon.address
    }

    /// The port that each GET request for this path came from, as the log of the proxy has it so far. The log is
    /// written after the answer.
    pub fn ports(&self, path: &str) -> Vec<u16> {
        let file = if self.kind == Kind::HaProxy { "log" } else { "requests.log" };
        let log = fs::read_to_string(self.daemon.folder.join(file)).unwrap_or_default();
        let request = match self.kind {
            Kind::Nginx | Kind::HaProxy => |line: &str| {
                let (port, request) = line.strip_prefix("request ")?.split_once(' ')?;
                Some((port.to_owned(), request.to_owned()))
            },
            Kind::Caddy => |line: &str| {
                let line: serde_json::Value = serde_json::from_str(line).ok()?;
                let text = |name: &str| Some(line.get("request")?.get(name)?.as_str()?.to_owned());
                Some((text("remote_port")?, format!("{} {}", text("method")?, text("uri")?)))
            },
        };
        let requests = log.lines().filter_map(request);
        let wanted = format!("GET {path}");
        let of_path = requests.filter(|(_, request)| *request == wanted);
        of_path.filter_map(|(port, _)| port.parse().ok()).collect()
    }
}

impl Kind {
    /// Its program, and the language of its block.
    fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::HaProxy => "haproxy",
            Self::Caddy => "caddy",
        }
    }
}

/// A folder for the socket of a service, which the proxies' account can enter by its group.
#[derive(Debug)]
pub struct SocketFolder(PathBuf);

impl SocketFolder {
    /// Makes one.
    ///
    /// # Panics
    ///
    /// It cannot be made.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = format!("palisade-socket-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(path);
        let made = fs::create_dir(&path).and_then(|()| {
            let group = daemon::is_root().then(|| daemon::account(ACCOUNT)).flatten();
            unix::fs::chown(&path, None, group.map(|(_, group)| group))?;
            // What is made in it has its group.
            fs::set_permissions(&path, fs::Permissions::from_mode(0o2750))
        });
        made.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(path)
    }

    /// Where a socket can be.
    pub fn socket(&self) -> PathBuf {
        self.0.join("http.sock")
    }
}

impl Default for SocketFolder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        let _removed = fs::remove_dir_all(&self.0);
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        self.daemon.stop("TERM");
    }
}

fn command(kind: Kind, daemon: &Daemon, program: &Path, file: &Path) -> Command {
    let mut command = daemon.command(program);
    match kind {
        Kind::Nginx => command.args(["-e", "stderr", "-p"]).arg(&daemon.folder).arg("-c").arg(file),
        Kind::HaProxy => command.arg("-db").arg("-f").arg(file),
        Kind::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file),
    };
    command
}

/// The page about deploying.
fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deploying.md");
    fs::read_to_string(page).unwrap_or_else(|error| panic!("{error}"))
}

/// The address of a service at a Unix socket, as a proxy's configuration writes it.
fn socket_form(kind: Kind) -> String {
    let page = page();
    let begin = format!("| {} |", kind.name());
    let row = page.lines().find(|line| line.to_ascii_lowercase().starts_with(&begin));
    let form = row.and_then(|row| row.split('`').nth(1));
    form.unwrap_or_else(|| panic!("no row `{begin}` in the page about deploying")).to_owned()
}

/// The block of code of this kind in the page about deploying.
fn block(kind: &str) -> String {
    let page = page();
    let begin = format!("```{kind}");
    let lines = page.lines().skip_while(|line| *line != begin).skip(1);
    lines.take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect()
}

/// The block with the addresses of this test in place of those that it shows, without TLS, and with a log of
/// the requests.
fn configuration(
    kind: Kind,
    block: &str,
    (host, own): (&str, SocketAddr),
    service: &str,
) -> String {
    let block = block.replace("127.0.0.1:8080", service);
    match kind {
        Kind::Nginx => {
            let plain: String = block
                .lines()
                .filter(|line| !line.trim_start().starts_with("ssl_"))
                .map(|line| format!("{line}\n"))
                .collect();
            let plain = plain.replace("listen 443 ssl;", &format!("listen {own};"));
            format!(
                "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\n\
                 events {{}}\nhttp {{\nlog_format port 'request $remote_port $request_method $request_uri';\n\
                 access_log requests.log port;\nclient_body_temp_path body;\n\
                 proxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\n\
                 scgi_temp_path scgi;\n{plain}}}\n"
            )
        }
        Kind::HaProxy => {
            let tls = "bind :443 ssl crt /etc/haproxy/api.example.pem";
            let block = block.replace(tls, &format!("bind {own}"));
            let log = "    log stdout format raw daemon\n    log-format \"request %cp %HM %HP\"\n";
            block.replacen("    mode http\n", &format!("    mode http\n{log}"), 1)
        }
        Kind::Caddy => {
            let log = "log {\noutput file requests.log\nformat json\n}";
            let site = format!("http://{host}:{} {{\nbind 127.0.0.1\n{log}\n", own.port());
            format!("{{\nadmin off\n}}\n{}", block.replacen("api.example {\n", &site, 1))
        }
    }
}
