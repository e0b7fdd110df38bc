//! A Redis server of a test's own.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// How long a server may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A `redis-server` on a free port of the loopback address, with a folder of its own.
///
/// It keeps its data over [`stop`](Self::stop) and [`start`](Self::start), and ends and takes its
/// folder with it when this is dropped.
#[derive(Debug)]
pub struct RedisServer {
    address: SocketAddr,
    folder: PathBuf,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one; `None` where no `redis-server` is installed. A test that returns then is named
    /// on the standard error, and `scripts/test` counts it as skipped:
    ///
    /// ```text
    /// let Some(redis) = RedisServer::launch() else { return };
    /// ```
    ///
    /// With `PALISADE_TEST_REDIS=required` in the environment its absence is a failure.
    ///
    /// # Panics
    ///
    /// There is one, and it does not start; or it is required, and there is none.
    pub fn launch() -> Option<Self> {
        let program = Path::new("redis-server");
        let found = env::var_os("PATH").is_some_and(|paths| {
            env::split_paths(&paths).any(|folder| folder.join(program).is_file())
        });
        if !found {
            let required = env::var_os("PALISADE_TEST_REDIS");
            assert_ne!(required.as_deref(), Some(OsStr::new("required")), "no redis-server");
            let name = thread::current().name().unwrap_or("a test").to_owned();
            // Not by a macro: what those print is kept back for tests that pass.
            let _shown = writeln!(io::stderr(), "SKIPPED {name}: redis-server is not installed");
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("{error}"));
        drop(listener);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = format!("palisade-redis-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
        let mut server = Self { address, folder, child: None };
        server.start();
        Some(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Starts it again, on the same port and with the data that it had.
    ///
    /// # Panics
    ///
    /// It does not answer within 20 seconds.
    pub fn start(&mut self) {
        if self.child.is_some() {
            return;
        }
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.address.port().to_string()])
            .args(["--save", "", "--appendonly", "yes", "--appendfsync", "always"])
            .arg("--dir")
            .arg(&self.folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("redis-server: {error}")));
        let started = Instant::now();
        while !self.answers() {
            assert!(started.elapsed() < PATIENCE, "redis-server does not answer");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it at once, as a crash would.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended = child.kill();
            let _reaped = child.wait();
        }
    }

    fn answers(&self) -> bool {
        let ping = || -> io::Result<bool> {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer)?;
            Ok(&answer == b"+PONG")
        };
        ping().unwrap_or(false)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
        let _removed = fs::remove_dir_all(&self.folder);
    }
}
