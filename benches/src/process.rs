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

/// A running contender; it is told to stop when this is dropped.
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
        let program = beside("contender")?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.arg(contender.name()).arg(address.to_string());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let running = Self { child, address };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > Duration::from_secs(60) {
                return Err(io::Error::other(format!("{} does not listen", contender.name())));
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
    /// The system does not tell.
    pub fn ticks(&self) -> io::Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold spaces: fields are counted after it.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok());
        match (field(11), field(12)) {
            (Some(user), Some(system)) => Ok(user + system),
            _ => Err(io::Error::other("no times in /proc")),
        }
    }

    /// Tells it to stop and waits for its end.
    ///
    /// # Errors
    ///
    /// It cannot be told.
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
