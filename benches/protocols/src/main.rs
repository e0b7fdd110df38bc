//! The connection loop of `Builder::serve` against Actix's `HttpServer`: the same app, over HTTP/1.1 and
//! HTTP/2, with and without TLS. `h2load` sends the requests.
//!
//! `protocols` prints requests per second and processor time, `protocols instructions` the instructions of a
//! request under callgrind, as the difference of two runs.

#![expect(clippy::print_stdout, reason = "a measurement is there to be read")]
#![expect(
    clippy::cast_precision_loss,
    reason = "counts far below 2^52 are divided to be read by people"
)]

mod server;

use std::{
    env, fs, io,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Command,
};

use palisade_benches::{median, process::Running};
use tempfile::TempDir;

use crate::server::{BODY, Server, write_files};

const ROUNDS: usize = 5;
const CONNECTIONS: u64 = 16;

/// Requests under way on a connection of HTTP/2.
const STREAMS: u64 = 8;

/// Seconds in one tick of `/proc`.
const TICK: f64 = 0.01;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Protocol {
    name: &'static str,
    is_tls: bool,
    is_http1: bool,
}

const PROTOCOLS: [Protocol; 4] = [
    Protocol { name: "HTTP/1.1", is_tls: false, is_http1: true },
    Protocol { name: "HTTP/2", is_tls: false, is_http1: false },
    Protocol { name: "HTTP/1.1, TLS", is_tls: true, is_http1: true },
    Protocol { name: "HTTP/2, TLS", is_tls: true, is_http1: false },
];

#[derive(Clone, Copy, PartialEq, Eq)]
struct Target {
    name: &'static str,
    path: &'static str,
    has_body: bool,
    /// How many requests a round of throughput sends, and how many the longer run under callgrind.
    requests: u64,
    counted: u64,
}

const TARGETS: [Target; 3] = [
    Target { name: "GET, 4 B", path: "/ping", has_body: false, requests: 100_000, counted: 5_000 },
    Target {
        name: "POST, 1 KiB",
        path: "/items",
        has_body: true,
        requests: 60_000,
        counted: 3_000,
    },
    Target { name: "GET, 1 MiB", path: "/large", has_body: false, requests: 3_000, counted: 100 },
];

/// The shorter run under callgrind sends a tenth.
const SHORTER: u64 = 10;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => print_throughput(),
        ["instructions"] => print_instructions(),
        ["serve", server, "plain", address] => serve(server, None, address),
        ["serve", server, folder, address] => serve(server, Some(Path::new(folder)), address),
        _ => Err(io::Error::other("protocols [instructions]")),
    }
}

fn serve(server: &str, tls: Option<&Path>, address: &str) -> io::Result<()> {
    let server = Server::from_name(server).ok_or_else(|| io::Error::other("no such server"))?;
    server.serve(TcpListener::bind(address)?, tls)
}

/// Starts a server in a process of its own.
fn start(server: Server, is_tls: bool, folder: &Path, wrapper: &[String]) -> io::Result<Running> {
    let folder = if is_tls { folder.display().to_string() } else { "plain".to_owned() };
    Running::spawn(&env::current_exe()?, &["serve", server.name(), &folder], wrapper)
}

/// What of `h2load` is the same in all runs of a kind.
struct Load<'a> {
    protocol: Protocol,
    target: Target,
    folder: &'a Path,
    connections: u64,
    streams: u64,
}

impl Load<'_> {
    /// Sends so many requests, and returns how many were answered in a second.
    fn run(&self, address: SocketAddr, requests: u64) -> io::Result<f64> {
        let scheme = if self.protocol.is_tls { "https" } else { "http" };
        let mut command = Command::new("h2load");
        command.args(["-n", &requests.to_string(), "-c", &self.connections.to_string()]);
        if self.protocol.is_http1 {
            command.arg("--h1");
        } else {
            command.args(["-m", &self.streams.to_string()]);
        }
        if self.target.has_body {
            command.arg("-d").arg(self.folder.join(BODY));
            command.args(["-H", "content-type: application/json"]);
        }
        command.arg(format!("{scheme}://127.0.0.1:{}{}", address.port(), self.target.path));
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let all = format!("status codes: {requests} 2xx");
        let rate = text.lines().find_map(|line| line.strip_prefix("finished in "));
        let rate = rate.and_then(|line| line.split(", ").nth(1)?.strip_suffix(" req/s"));
        match rate.and_then(|rate| rate.parse().ok()) {
            Some(rate) if text.contains(&all) => Ok(rate),
            _ => Err(io::Error::other(format!("not every request was answered with 2xx:\n{text}"))),
        }
    }
}

/// The figures of a server for one target and protocol.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    micros: Vec<f64>,
}

/// The servers that are measured with a protocol.
fn servers(protocol: Protocol) -> &'static [Server] {
    if protocol.name == "HTTP/1.1" { &Server::ALL } else { &[Server::Actix, Server::Palisade] }
}

fn print_throughput() -> io::Result<()> {
    let folder = TempDir::new()?;
    write_files(folder.path())?;
    println!(
        "Medians of {ROUNDS} interleaved rounds, one worker, {CONNECTIONS} connections, {STREAMS} streams on \
         each of HTTP/2\n"
    );
    println!("| protocol | request | server | requests/s | ratio | CPU per request | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for protocol in PROTOCOLS {
        for target in TARGETS {
            let load = Load {
                protocol,
                target,
                folder: folder.path(),
                connections: CONNECTIONS,
                streams: STREAMS,
            };
            let mut running = Vec::new();
            for server in servers(protocol) {
                let process = start(*server, protocol.is_tls, folder.path(), &[])?;
                load.run(process.address(), target.requests / 10)?;
                running.push((*server, process, Figures::default()));
            }
            for _ in 0..ROUNDS {
                for (_, process, figures) in &mut running {
                    let before = process.ticks()?;
                    figures.rates.push(load.run(process.address(), target.requests)?);
                    let used = (process.ticks()? - before) as f64 * TICK;
                    figures.micros.push(used * 1e6 / target.requests as f64);
                }
            }
            let mut base = None;
            for (server, _, figures) in running {
                let (rate, cost) = (median(figures.rates), median(figures.micros));
                let (base_rate, base_cost) = *base.get_or_insert((rate, cost));
                println!(
                    "| {} | {} | {} | {rate:.0} | {:.2} | {cost:.1} us | {:.2} |",
                    protocol.name,
                    target.name,
                    server.name(),
                    rate / base_rate,
                    cost / base_cost
                );
            }
        }
    }
    Ok(())
}

fn print_instructions() -> io::Result<()> {
    let folder = TempDir::new()?;
    write_files(folder.path())?;
    let kept = env::var_os("KEEP").map(std::path::PathBuf::from);
    println!("| protocol | request | server | instructions | ratio |");
    println!("|---|---|---|---|---|");
    for protocol in PROTOCOLS {
        for target in TARGETS {
            let load = Load { protocol, target, folder: folder.path(), connections: 1, streams: 1 };
            let mut base = None;
            for server in servers(protocol) {
                let many = target.counted;
                let few = many / SHORTER;
                let out = kept.as_deref().unwrap_or(folder.path());
                let longer = count(*server, &load, many, out)?;
                let shorter = count(*server, &load, few, out)?;
                let each = longer.saturating_sub(shorter) as f64 / (many - few) as f64;
                let ratio = each / *base.get_or_insert(each);
                println!(
                    "| {} | {} | {} | {each:.0} | {ratio:.2} |",
                    protocol.name,
                    target.name,
                    server.name()
                );
            }
        }
    }
    Ok(())
}

/// The instructions of a server's process that answers so many requests.
fn count(server: Server, load: &Load<'_>, requests: u64, folder: &Path) -> io::Result<u64> {
    let name = format!(
        "{}-{}-{}-{requests}.callgrind",
        server.name(),
        load.protocol.name.replace('/', ""),
        load.target.path.replace('/', "")
    );
    let out = folder.join(name.replace([' ', ','], ""));
    let wrapper = [
        "valgrind".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={}", out.display()),
    ];
    let process = start(server, load.protocol.is_tls, load.folder, &wrapper)?;
    load.run(process.address(), requests)?;
    process.stop()?;
    let text = fs::read_to_string(&out)?;
    let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    let total = total.or_else(|| text.lines().find_map(|line| line.strip_prefix("summary: ")));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| io::Error::other(format!("no total in {}", out.display())))
}
