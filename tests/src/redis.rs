//! Redis servers of a test's own: one, or a cluster of three.

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::port::free_address;

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
    /// Of a node of a cluster: the port on which it talks to the others.
    bus: Option<u16>,
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
        is_installed().then(|| Self::with_bus(None))
    }

    fn with_bus(bus: Option<u16>) -> Self {
        let address = free_address();
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = format!("palisade-redis-{}-{number}", std::process::id());
        let folder = env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{error}"));
        let mut server = Self { address, folder, bus, child: None };
        server.start();
        server
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
        let mut command = Command::new("redis-server");
        if let Some(bus) = self.bus {
            command.args(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]);
            command.args(["--cluster-port", &bus.to_string()]);
        }
        let child = command
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

    /// Suspends it: connections stay open, and nothing is answered (SIGSTOP).
    ///
    /// # Panics
    ///
    /// It does not run.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets it go on (SIGCONT).
    ///
    /// # Panics
    ///
    /// It does not run.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let Some(child) = &self.child else { panic!("redis-server does not run") };
        let status =
            Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// What it answers to a command; the text of one answer, as it comes.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub fn command(&self, words: &[&str]) -> String {
        self.ask(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// How often commands of this name were called, by clients and by scripts.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub fn calls(&self, command: &str) -> u64 {
        let stats = self.command(&["INFO", "commandstats"]);
        let line = format!("cmdstat_{command}:calls=");
        let calls = stats.lines().find_map(|stat| stat.strip_prefix(&line));
        calls.and_then(|calls| calls.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    /// All of its keys, in their order.
    ///
    /// # Panics
    ///
    /// It does not answer.
    pub fn keys(&self) -> Vec<String> {
        let script = "local keys = redis.call('KEYS', '*') table.sort(keys) \
                      return table.concat(keys, '\\n')";
        self.command(&["EVAL", script, "0"]).lines().map(str::to_owned).collect()
    }

    /// Makes the user of such a line, `ACL SETUSER ..`, and returns the URL to connect as it. The password
    /// of the documentation, `PASSWORD`, is replaced, because a service in production refuses it.
    ///
    /// # Panics
    ///
    /// The server takes no such line.
    pub fn user(&self, line: &str) -> String {
        let line = line.replace(">PASSWORD ", ">k7Jq2mXw9ZtRb4Lc ");
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(self.command(&words), "OK", "{line}");
        let name = words.get(2).copied().unwrap_or_default();
        let password = words.iter().find_map(|word| word.strip_prefix('>')).unwrap_or_default();
        format!("redis://{name}:{password}@{}", self.address)
    }

    fn answers(&self) -> bool {
        self.ask(&["PING"]).is_ok_and(|answer| answer == "PONG")
    }

    fn ask(&self, words: &[&str]) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        stream.write_all(request.as_bytes())?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let line = line.trim_end();
        let Some(length) = line.strip_prefix('$') else {
            return Ok(line.get(1..).unwrap_or_default().to_owned());
        };
        let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
        let mut text = vec![0; length];
        stream.read_exact(&mut text)?;
        String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

/// Says that a test is skipped, in a line that `scripts/test` counts.
///
/// # Panics
///
/// Where the environment has `required` for this variable.
pub fn skip(server: &str, variable: &str) {
    let required = env::var_os(variable);
    assert_ne!(required.as_deref(), Some(OsStr::new("required")), "no {server}");
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED {name}: {server} is not installed\n");
    match env::var_os("SKIPPED_TESTS_FILE") {
        Some(path) => {
            let file = fs::OpenOptions::new().append(true).open(path);
            let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
            written.unwrap_or_else(|error| panic!("SKIPPED_TESTS_FILE: {error}"));
        }
        // Not by a macro: what those print is kept back for tests that pass.
        None => {
            let _shown = io::stderr().write_all(line.as_bytes());
        }
    }
}

fn is_installed() -> bool {
    let program = Path::new("redis-server");
    let found = env::var_os("PATH")
        .is_some_and(|paths| env::split_paths(&paths).any(|folder| folder.join(program).is_file()));
    if !found {
        skip("redis-server", "PALISADE_TEST_REDIS");
    }
    found
}

/// Three masters, each with a third of the slots, and no replica.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: [RedisServer; 3],
}

impl RedisCluster {
    /// Starts one; `None` as with [`RedisServer::launch`].
    ///
    /// # Panics
    ///
    /// It is not ready within 20 seconds.
    pub fn launch() -> Option<Self> {
        if !is_installed() {
            return None;
        }
        let nodes = [(); 3].map(|()| RedisServer::with_bus(Some(free_address().port())));
        let [first, others @ ..] = &nodes;
        for (node, [from, to]) in
            nodes.iter().zip([["0", "5460"], ["5461", "10922"], ["10923", "16383"]])
        {
            assert_eq!(node.command(&["CLUSTER", "ADDSLOTSRANGE", from, to]), "OK");
        }
        for node in others {
            let (port, bus) = (node.address.port(), node.bus.unwrap_or_default());
            let words = [&*port.to_string(), &*bus.to_string()];
            let [port, bus] = words;
            assert_eq!(first.command(&["CLUSTER", "MEET", "127.0.0.1", port, bus]), "OK");
        }
        let cluster = Self { nodes };
        let started = Instant::now();
        while !cluster.is_ready() {
            assert!(started.elapsed() < PATIENCE, "the cluster does not get ready");
            thread::sleep(Duration::from_millis(50));
        }
        Some(cluster)
    }

    /// All nodes, with commas between.
    pub fn url(&self) -> String {
        self.nodes.each_ref().map(RedisServer::url).join(",")
    }

    /// The nodes.
    pub fn nodes(&mut self) -> &mut [RedisServer; 3] {
        &mut self.nodes
    }

    /// Whether every node takes part and all slots are served.
    pub fn is_ready(&self) -> bool {
        self.nodes.iter().all(|node| {
            let info = node.ask(&["CLUSTER", "INFO"]).unwrap_or_default();
            info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
        })
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
        let _removed = fs::remove_dir_all(&self.folder);
    }
}
