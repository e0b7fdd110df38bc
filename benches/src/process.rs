//! A contender in a process of its own.

use std::{
    env, fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::contender::Contender;

/// A running contender; it gets a signal to stop when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    /// Starts a contender, under `wrapper` where one is given (`valgrind --tool=callgrind ..`).
    ///
    /// # Errors
    ///
    /// The program `contender` is not beside this one, or does not listen within a minute.
    pub fn start(contender: Contender, wrapper: &[String]) -> io::Result<Self> {
        Self::spawn(&beside("contender")?, &[contender.name()], wrapper)
    }

    /// Starts a program with these arguments, behind which comes the address where it has to listen.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not listen within a minute.
    pub fn spawn(program: &Path, arguments: &[&str], wrapper: &[String]) -> io::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(arguments).arg(address.to_string());
        command.envs(collector());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self { child, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(60) {
                return Err(io::Error::other(format!("{} does not listen", arguments.join(" "))));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time that it has used, in clock ticks of 10 ms.
    ///
    /// # Errors
    ///
    /// The system does not report it.
    pub fn ticks(&self) -> io::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        ticks(&stat, 11)
    }

    /// Sends it a signal to stop and waits for its end.
    ///
    /// # Errors
    ///
    /// The signal cannot be sent.
    pub fn stop(mut self) -> io::Result<()> {
        self.interrupt()?;
        self.child.wait()?;
        Ok(())
    }

    fn interrupt(&self) -> io::Result<()> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status().map(|_| ())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _told = self.interrupt();
            let _ended = self.child.wait();
        }
    }
}

/// A collector of spans that takes everything, for contenders that send some, on a thread of this process.
#[cfg(feature = "otel")]
fn collector() -> Option<(&'static str, String)> {
    static ADDRESS: std::sync::OnceLock<Option<SocketAddr>> = std::sync::OnceLock::new();

    let start = || {
        let listener = TcpListener::bind("127.0.0.1:0").ok()?;
        let address = listener.local_addr().ok()?;
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| take(&stream)));
        Some(address)
    };
    let address = (*ADDRESS.get_or_init(start))?;
    Some((crate::contender::COLLECTOR, format!("http://{address}")))
}

#[cfg(not(feature = "otel"))]
const fn collector() -> [(&'static str, String); 0] {
    []
}

/// Reads one export, and answers that it was taken.
#[cfg(feature = "otel")]
fn take(stream: &TcpStream) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};

    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let _read = io::copy(&mut reader.take(length), &mut io::sink());
    let mut stream = stream;
    let _sent =
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/// Processor seconds of this process's children that have ended.
///
/// # Errors
///
/// The system does not report it.
pub fn children_seconds() -> io::Result<f64> {
    const TICK: f64 = 0.01;
    let ticks = ticks(&fs::read_to_string("/proc/self/stat")?, 13)?;
    Ok(f64::from(u32::try_from(ticks).map_err(io::Error::other)?) * TICK)
}

/// User and system time, which are adjacent from this field on.
fn ticks(stat: &str, user: usize) -> io::Result<u64> {
    // The name in parentheses may hold spaces: fields are counted after it.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let field = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok());
    match (field(user), field(user + 1)) {
        (Some(user), Some(system)) => Ok(user + system),
        _ => Err(io::Error::other("no times in /proc")),
    }
}

/// Another program of this package.
///
/// # Errors
///
/// It is not there: build the whole package.
pub fn beside(name: &str) -> io::Result<PathBuf> {
    let own = env::current_exe()?;
    let path = own.parent().map(|folder: &Path| folder.join(name)).unwrap_or_default();
    if path.is_file() {
        return Ok(path);
    }
    Err(io::Error::other(format!(
        "{} is missing: build with `cargo build --profile bench -p palisade-benches`",
        path.display()
    )))
}
