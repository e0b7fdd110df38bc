//! A service under test at a Unix socket.

use std::{
    num::NonZeroUsize,
    os::unix::{fs::MetadataExt as _, net::UnixStream},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use palisade::{Builder, Failure};
use tokio::sync::oneshot;

use crate::{
    audit,
    client::{Answer, Connection},
    leaks,
};

/// The number of the file at a path.
fn file(path: &Path) -> Option<u64> {
    path.symlink_metadata().ok().map(|found| found.ino())
}

/// How long a service may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running service; it stops when this is dropped.
#[derive(Debug)]
pub struct UnixServer {
    path: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), Failure>>>,
}

impl UnixServer {
    /// Runs the service as `Builder::serve` does, at this path, with two workers.
    ///
    /// # Errors
    ///
    /// It does not start.
    ///
    /// # Panics
    ///
    /// It neither starts nor fails in ten seconds.
    pub fn serve(builder: Builder, path: &Path) -> Result<Self, Failure> {
        Self::start(builder.bind(format!("unix:{}", path.display())), path, file(path))
    }

    /// Runs a service that was given its socket, which is at this path.
    ///
    /// # Errors
    ///
    /// It does not start.
    ///
    /// # Panics
    ///
    /// It neither starts nor fails in ten seconds.
    pub fn run(builder: Builder, path: &Path) -> Result<Self, Failure> {
        Self::start(builder, path, None)
    }

    /// `before` is what is at the path already, and is not of this service.
    fn start(builder: Builder, path: &Path, before: Option<u64>) -> Result<Self, Failure> {
        audit::watch();
        let (send, receive) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let workers = NonZeroUsize::new(2).unwrap_or(NonZeroUsize::MIN);
            let stopped = async {
                let _dropped = receive.await;
            };
            let serving = builder.workers(workers).serve_until(stopped);
            actix_web::rt::System::new().block_on(serving)
        });
        let started = Instant::now();
        let own = Self { path: path.to_owned(), stop: Some(send), thread: Some(thread) };
        loop {
            if own.thread.as_ref().is_some_and(JoinHandle::is_finished) {
                return own.stop().map(|()| panic!("the service has ended"));
            }
            let is_new = before.is_none() || file(path) != before;
            if is_new && UnixStream::connect(path).is_ok() {
                return Ok(own);
            }
            assert!(started.elapsed() < PATIENCE, "{} takes no connection", path.display());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// A connection to it.
    pub fn open(&self) -> Connection {
        Connection::open_unix(&self.path)
    }

    /// The answer to a GET request with these lines of its head.
    ///
    /// # Panics
    ///
    /// No answer comes.
    pub fn get(&self, target: &str, fields: &str) -> Answer {
        let mut connection = self.open();
        let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
        connection.write(head.as_bytes());
        connection.answer().unwrap_or_else(|error| panic!("{head}: {error}"))
    }

    /// Sends it the signal to stop.
    pub fn tell(&mut self) {
        drop(self.stop.take());
    }

    /// Sends it the signal to stop, and waits for its end.
    ///
    /// # Errors
    ///
    /// What `Builder::serve` says.
    ///
    /// # Panics
    ///
    /// Its thread has panicked.
    pub fn stop(mut self) -> Result<(), Failure> {
        self.tell();
        let Some(thread) = self.thread.take() else { return Ok(()) };
        thread.join().unwrap_or_else(|_| panic!("the service panicked"))
    }
}

impl Drop for UnixServer {
    fn drop(&mut self) {
        leaks::none();
    }
}
