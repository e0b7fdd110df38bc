//! The programs that services stand behind, run with the configuration that the documentation shows.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use crate::daemon::{self, Daemon};

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

/// One of them, on a free port of the loopback address, in front of a service.
#[derive(Debug)]
pub struct ReverseProxy {
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
    pub fn launch(kind: Kind, service: SocketAddr) -> Option<Self> {
        let name = match kind {
            Kind::Nginx => "nginx",
            Kind::HaProxy => "haproxy",
            Kind::Caddy => "caddy",
        };
        let Some(program) = daemon::program(name, &[PathBuf::from("/usr/sbin")]) else {
            daemon::skip(name, "PALISADE_TEST_PROXIES");
            return None;
        };
        let mut daemon = Daemon::new(name, &["nobody"]);
        let text = configuration(kind, &block(name), daemon.address, service);
        let file = daemon.folder.join(if kind == Kind::Caddy { "Caddyfile" } else { "conf" });
        fs::write(&file, text).unwrap_or_else(|error| panic!("{error}"));
        let command = command(kind, &daemon, &program, &file);
        daemon.start(command, |daemon| TcpStream::connect(daemon.address).is_ok());
        Some(Self { daemon })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.daemon.address
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

/// The block of code of this kind in the page about deploying.
fn block(kind: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deploying.md");
    let page = fs::read_to_string(page).unwrap_or_else(|error| panic!("{error}"));
    let begin = format!("```{kind}");
    let lines = page.lines().skip_while(|line| *line != begin).skip(1);
    lines.take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect()
}

/// The block with the addresses of this test in place of those that it shows, and without TLS.
fn configuration(kind: Kind, block: &str, own: SocketAddr, service: SocketAddr) -> String {
    let block = block.replace("127.0.0.1:8080", &service.to_string());
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
                 events {{}}\nhttp {{\naccess_log off;\nclient_body_temp_path body;\n\
                 proxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\n\
                 scgi_temp_path scgi;\n{plain}}}\n"
            )
        }
        Kind::HaProxy => {
            let tls = "bind :443 ssl crt /etc/haproxy/api.example.pem";
            block.replace(tls, &format!("bind {own}"))
        }
        Kind::Caddy => {
            let site = format!("http://api.example:{} {{\nbind 127.0.0.1\n", own.port());
            format!("{{\nadmin off\n}}\n{}", block.replacen("api.example {\n", &site, 1))
        }
    }
}
