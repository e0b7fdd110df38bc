//! Running instances of the service.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use palisade_tests::{client::Request, leaks, postgres::PostgresServer, redis::RedisServer};
use tempfile::TempDir;

/// Instances that serve together. What is asked goes to one after the other.
pub(crate) struct Deployment {
    instances: Vec<Instance>,
    turn: AtomicUsize,
    folder: TempDir,
    _servers: Option<(PostgresServer, RedisServer)>,
}

/// The documentation of the Redis user, which has to be enough.
const LIMITS: &str = include_str!("../../../../docs/limits.md");

/// The advised user: the line of the documentation that makes it.
pub(crate) fn advised_user() -> &'static str {
    LIMITS.lines().find(|line| line.starts_with("ACL SETUSER shop ")).unwrap()
}

/// One process.
pub(crate) struct Instance {
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
    process: Child,
}

impl Deployment {
    /// One instance with a file of its own.
    pub(crate) fn on_sqlite(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let instance = Instance::start(&folder.path().join("data"), settings);
        Self { instances: vec![instance], turn: AtomicUsize::new(0), folder, _servers: None }
    }

    /// Two instances with one Postgres, one Redis and one signing key; `None` where one of these
    /// is not installed. To Redis they go as the user that the documentation advises.
    pub(crate) fn on_postgres_and_redis(settings: &[(&str, &str)]) -> Option<Self> {
        let servers = (PostgresServer::launch()?, RedisServer::launch()?);
        let folder = tempfile::tempdir().unwrap();
        let (database, redis) = (servers.0.url(), servers.1.user(advised_user()));
        let shared = [
            ("DATABASE_URL", database.as_str()),
            ("PALISADE_REDIS_URL", redis.as_str()),
            ("PALISADE_REDIS_PREFIX", "shop"),
        ];
        let settings = [&shared, settings].concat();
        // The first makes the key that both sign with.
        let data = folder.path().join("data");
        let instances = vec![Instance::start(&data, &settings), Instance::start(&data, &settings)];
        Some(Self { instances, turn: AtomicUsize::new(0), folder, _servers: Some(servers) })
    }

    /// A request to the instance whose turn it is.
    pub(crate) fn request(&self, method: &str, target: &str) -> Request {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.request_to(turn, method, target)
    }

    /// A request to this instance, counted around.
    pub(crate) fn request_to(&self, number: usize, method: &str, target: &str) -> Request {
        let instance = &self.instances[number % self.instances.len()];
        Request::new(instance.address, method, target)
    }

    /// The key that its tokens are signed with, where it is one of its own.
    pub(crate) fn signing_key(&self) -> PathBuf {
        self.folder.path().join("data/signing.pem")
    }

    /// Where the first instance listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.instances[0].address
    }

    /// The process of the first instance.
    pub(crate) fn process(&self) -> u32 {
        self.instances[0].process.id()
    }

    /// How many instances there are.
    pub(crate) fn instances(&self) -> usize {
        self.instances.len()
    }

    /// Everything that the instances have logged.
    pub(crate) fn log(&self) -> String {
        self.instances.iter().map(|instance| instance.log.lock().unwrap().clone()).collect()
    }
}

impl Instance {
    /// Starts one, and waits until it listens.
    pub(crate) fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::try_start(data, settings).unwrap()
    }

    /// Starts one, and waits until it listens; or returns what it said before it ended.
    pub(crate) fn try_start(data: &Path, settings: &[(&str, &str)]) -> Result<Self, String> {
        settings.iter().for_each(|(name, value)| leaks::setting(name, value));
        let mut process = command(data)
            .env("PALISADE_BIND", "127.0.0.1:0")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            if stderr.read_line(&mut line).unwrap() == 0 {
                let _reaped = process.wait();
                return Err(seen);
            }
            seen.push_str(&line);
            if let Some((_, address)) = line.trim().split_once("listening on http://") {
                break address.parse().unwrap();
            }
        };
        if let Ok(key) = fs::read_to_string(data.join("signing.pem")) {
            leaks::pem(&key);
        }
        let log = Arc::new(Mutex::new(seen));
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Ok(Self { address, log, process })
    }

    /// What it has logged.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
        if !thread::panicking() {
            leaks::search("the log of the service", &self.log());
        }
    }
}

/// The program, without the variables of this test's own environment that it would read.
pub(crate) fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_notes"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PALISADE_") || text.starts_with("NOTES_") || text == "DATABASE_URL" {
            command.env_remove(&name);
        }
    }
    command.env("NOTES_DATA", data).env_remove("RUST_LOG");
    command
}
