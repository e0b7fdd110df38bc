//! A client that sends exactly the bytes of a test, and reads one answer.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use socket2::{Domain, Socket, Type};

use crate::leaks;

/// How long a test waits for bytes that should be on their way.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer, as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, values as they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The one value of a header.
    ///
    /// # Panics
    ///
    /// Where the header came twice: no test expects that.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(own, _)| own == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} came twice");
        value
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The last part of the problem's type; empty where the body is not a problem document.
    pub fn problem(&self) -> String {
        if self.header("content-type") != Some("application/problem+json") {
            return String::new();
        }
        let problem = self.json();
        let kind = problem.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
        kind.rsplit([':', '#']).next().unwrap_or_default().to_owned()
    }
}

/// A request that is put together line by line.
#[derive(Clone, Debug)]
pub struct Request {
    address: SocketAddr,
    head: String,
    body: Vec<u8>,
}

impl Request {
    /// A request with a `Host` field and nothing else.
    pub fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n");
        Self { address, head, body: Vec::new() }
    }

    /// Adds a header, unchanged.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Adds a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Adds a body with its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len();
        self.header("Content-Length", &length.to_string())
    }

    /// Adds a JSON body with its type and length.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        self.header("Content-Type", "application/json").body(body)
    }

    /// The head as far as it is written: without the empty line that ends it.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Sends the request on a connection of its own and reads the answer.
    ///
    /// # Panics
    ///
    /// Where no answer comes.
    pub fn send(self) -> Answer {
        let mut connection = Connection::open(self.address);
        connection.write(self.head.as_bytes());
        connection.write(b"Connection: close\r\n\r\n");
        connection.write(&self.body);
        connection.answer().unwrap_or_else(|error| panic!("{}: {error}", self.head))
    }
}

/// A connection to a server under test.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn set_read_timeout(&self, patience: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(patience),
            Self::Unix(stream) => stream.set_read_timeout(patience),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Unix(stream) => stream.write_all(bytes),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Panics
    ///
    /// If no server listens.
    pub fn open(address: SocketAddr) -> Self {
        let stream =
            TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        Self::over(stream)
    }

    /// Opens one from another address of this machine.
    ///
    /// # Panics
    ///
    /// Nothing listens there, or the address is not of this machine.
    pub fn open_from(source: IpAddr, address: SocketAddr) -> Self {
        let stream = Socket::new(Domain::for_address(address), Type::STREAM, None)
            .and_then(|socket| {
                socket.bind(&SocketAddr::new(source, 0).into())?;
                socket.connect(&address.into())?;
                Ok(TcpStream::from(socket))
            })
            .unwrap_or_else(|error| panic!("{source} to {address}: {error}"));
        Self::over(stream)
    }

    /// Opens one to a Unix socket.
    ///
    /// # Panics
    ///
    /// Nothing listens there.
    pub fn open_unix(path: &Path) -> Self {
        let stream = UnixStream::connect(path);
        let stream = stream.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::of(Stream::Unix(stream))
    }

    fn over(stream: TcpStream) -> Self {
        // Small writes leave at once, as those of the usual clients.
        stream.set_nodelay(true).unwrap_or_else(|error| panic!("{error}"));
        Self::of(Stream::Tcp(stream))
    }

    fn of(stream: Stream) -> Self {
        let set = stream.set_read_timeout(Some(PATIENCE));
        set.unwrap_or_else(|error| panic!("{error}"));
        Self { stream, buffer: Vec::new() }
    }

    /// Sends bytes. It is not an error here if the peer has closed already: the answer shows it.
    pub fn write(&mut self, bytes: &[u8]) {
        leaks::sent(bytes);
        let _sent = self.stream.write_all(bytes);
    }

    /// Whether the connection still takes bytes.
    pub fn try_write(&mut self, bytes: &[u8]) -> bool {
        leaks::sent(bytes);
        self.stream.write_all(bytes).is_ok()
    }

    /// Reads one answer.
    ///
    /// # Errors
    ///
    /// Nothing came in ten seconds, or what came is no HTTP answer.
    pub fn answer(&mut self) -> io::Result<Answer> {
        let head = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let rest = self.buffer.split_off(end + 4);
                break std::mem::replace(&mut self.buffer, rest);
            }
            self.fill()?;
        };
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {head:?}")))?;
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        answer.body = self.body(&answer)?;
        leaks::received(&answer.headers, &answer.body);
        Ok(answer)
    }

    /// Reads one answer, if it comes in time.
    ///
    /// # Panics
    ///
    /// Where something else comes than an answer.
    pub fn answer_within(&mut self, patience: Duration) -> Option<Answer> {
        let set = self.stream.set_read_timeout(Some(patience));
        set.unwrap_or_else(|error| panic!("{error}"));
        match self.answer() {
            Ok(answer) => Some(answer),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Reads answers until the peer closes the connection.
    ///
    /// # Panics
    ///
    /// Where it is still open after ten seconds without a byte, or sends what is no HTTP answer.
    pub fn answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        loop {
            match self.answer() {
                Ok(answer) => answers.push(answer),
                // A peer that has not read everything may reset the connection it closes.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
                    ) && self.buffer.is_empty() =>
                {
                    return answers;
                }
                Err(error) => panic!("{error} after {answers:?}, with {:?}", self.buffer),
            }
        }
    }

    /// All bytes until the peer closes the connection, as they come.
    ///
    /// # Panics
    ///
    /// Where it is still open after ten seconds without a byte.
    pub fn rest(&mut self) -> Vec<u8> {
        loop {
            match self.fill() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return std::mem::take(&mut self.buffer);
                }
                Err(error) => panic!("{error} after {:?}", self.buffer.escape_ascii()),
            }
        }
    }

    fn body(&mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        if let Some(length) = answer.header("content-length").and_then(|text| text.parse().ok()) {
            while self.buffer.len() < length {
                self.fill()?;
            }
            let rest = self.buffer.split_off(length);
            return Ok(std::mem::replace(&mut self.buffer, rest));
        }
        if answer.header("transfer-encoding") != Some("chunked") {
            return Ok(Vec::new());
        }
        let mut body = Vec::new();
        loop {
            let Some(end) = find(&self.buffer, b"\r\n") else {
                self.fill()?;
                continue;
            };
            let size = String::from_utf8_lossy(self.buffer.get(..end).unwrap_or_default());
            let size = usize::from_str_radix(&size, 16).map_err(io::Error::other)?;
            while self.buffer.len() < end + 2 + size + 2 {
                self.fill()?;
            }
            body.extend_from_slice(self.buffer.get(end + 2..end + 2 + size).unwrap_or_default());
            self.buffer.drain(..end + 2 + size + 2);
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut chunk = [0; 4096];
        let read = self.stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.buffer.extend_from_slice(chunk.get(..read).unwrap_or_default());
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
