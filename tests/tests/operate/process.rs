//! A service in a process of its own, which is this program again: signals go to processes.

use std::{
    env, fs, io,
    net::SocketAddr,
    num::NonZeroUsize,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use palisade::{
    Palisade,
    auth::{ApiKeys, MemoryApiKeyStore},
    prelude::*,
};
use palisade_tests::{client::Request, port::free_address};

/// Marks the other process as one. Its file gets a line for each time that files are read again.
const SERVICE: &str = "OPERATE_SERVICE";

/// Where the other process finds API keys.
pub(crate) const API_KEYS: &str = "OPERATE_API_KEYS";

/// How long a process may take to start or to stop on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[get("/work")]
#[public]
async fn work() -> &'static str {
    actix_web::rt::time::sleep(Duration::from_millis(5)).await;
    "done"
}

#[post("/work")]
#[public(reason = "a test of processes")]
async fn send(body: Vouched<String>) -> String {
    body.into_inner()
}

#[get("/long")]
#[public]
async fn long() -> &'static str {
    actix_web::rt::time::sleep(Duration::from_millis(700)).await;
    "done at last"
}

/// Holds its thread until the file of the process is there.
#[get("/hold")]
#[public]
async fn hold() -> &'static str {
    let file = env::var("OPERATE_RELEASE").unwrap_or_default();
    while !Path::new(&file).exists() {
        thread::sleep(Duration::from_millis(10));
    }
    "released"
}

#[get("/address")]
#[public]
async fn caller(client: ClientAddr) -> String {
    client.to_string()
}

#[get("/private")]
#[authenticated]
async fn private(who: Principal) -> String {
    who.subject().to_owned()
}

/// The other process. As a test of its own it has nothing to do.
#[test]
fn service() {
    let Ok(file) = env::var(SERVICE) else { return };
    actix_web::rt::System::new().block_on(serve(file)).unwrap();
}

async fn serve(file: String) -> palisade::Exit {
    let mut builder = Palisade::from_env()?;
    let mut endpoints = endpoints![work, send, long, hold, caller];
    if let Ok(keys) = env::var(API_KEYS) {
        let store = MemoryApiKeyStore::from_file(keys).unwrap();
        builder = builder.authenticator(ApiKeys::new("acme", store).unwrap());
        endpoints = endpoints.and(endpoints![private]);
    }
    let reload = move || {
        let read = fs::read_to_string(&file);
        let written = read.and_then(|read| fs::write(&file, format!("{read}read again\n")));
        async move { written }
    };
    builder
        .workers(NonZeroUsize::new(2).unwrap())
        .on_reload("the test's file", reload)
        .on_reload("what fails", || async { Err(io::Error::other("a test")) })
        .endpoints(endpoints)
        .serve()
        .await?;
    Ok(())
}

/// A command that runs the service, before its settings.
pub(crate) fn command(file: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(arguments()).env(SERVICE, file);
    command
}

/// What makes this program the service.
pub(crate) fn arguments() -> [&'static str; 3] {
    ["--exact", "process::service", "--nocapture"]
}

/// The setting that marks this program as the service.
pub(crate) fn setting(file: &Path) -> String {
    format!("{SERVICE}={}", file.display())
}

/// A running service.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts one at a free address, and waits until it answers.
    pub(crate) fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let address = free_address();
        let mut command = command(&folder.join("reloads"));
        fs::write(folder.join("reloads"), "").unwrap();
        command.envs(settings.iter().copied()).env("PALISADE_BIND", address.to_string());
        let own = Self::of(command, address);
        own.wait();
        own
    }

    /// Starts this command, which makes a service at this address.
    pub(crate) fn of(mut command: Command, address: SocketAddr) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        Self { child, address }
    }

    /// Waits until it answers.
    pub(crate) fn wait(&self) {
        until("it answers", || std::net::TcpStream::connect(self.address).is_ok());
        assert_eq!(Request::new(self.address, "GET", "/livez").send().status, 200);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").arg(format!("-{name}")).arg(id).status().unwrap();
        assert!(sent.success());
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// How it ends, which has to be soon.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let child = &mut self.child;
        let mut status = None;
        until("it ends", || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Waits until it holds.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "{what} in a minute");
        thread::sleep(Duration::from_millis(10));
    }
}
