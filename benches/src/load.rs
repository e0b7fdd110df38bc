//! A load from one thread over a fixed number of kept-alive connections, bounded in count.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::contender;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `GET /ping`: headers, CORS and a limit.
    Ping,
    /// `POST /items`: everything.
    Create,
}

impl Target {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ping, Self::Create];

    /// The name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ping => "GET /ping",
            Self::Create => "POST /items",
        }
    }

    const fn status(self) -> &'static [u8] {
        match self {
            Self::Ping => b"HTTP/1.1 200",
            Self::Create => b"HTTP/1.1 201",
        }
    }

    fn request(self, token: &str) -> Vec<u8> {
        const BODY: &str = r#"{"name":"a lamp for the hall","qty":3}"#;
        match self {
            Self::Ping => "GET /ping HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n".to_owned(),
            Self::Create => format!(
                "POST /items HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\
                 Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{BODY}",
                BODY.len(),
            ),
        }
        .into_bytes()
    }
}

/// Connections to one contender, and the request that goes over them.
#[derive(Debug)]
pub struct Load {
    connections: Vec<TcpStream>,
    request: Vec<u8>,
    target: Target,
    buffer: Vec<u8>,
}

impl Load {
    /// Opens so many connections.
    ///
    /// # Errors
    ///
    /// No server listens.
    pub fn open(address: SocketAddr, target: Target, connections: usize) -> io::Result<Self> {
        Self::with_token(address, target, connections, &contender::token()?)
    }

    /// The same, with this token in each request.
    ///
    /// # Errors
    ///
    /// No server listens.
    pub fn with_token(
        address: SocketAddr,
        target: Target,
        connections: usize,
        token: &str,
    ) -> io::Result<Self> {
        let open = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            Ok(stream)
        };
        Ok(Self {
            connections: (0..connections).map(open).collect::<io::Result<_>>()?,
            request: target.request(token),
            target,
            buffer: vec![0; 16 * 1024],
        })
    }

    /// Sends at least `count` requests, one at a time on each connection, and returns how many
    /// were answered and how long that took.
    ///
    /// # Errors
    ///
    /// An answer with another status than the good one: then nothing was measured.
    pub fn run(&mut self, count: u64) -> io::Result<(u64, Duration)> {
        let started = Instant::now();
        let mut answered = 0;
        while answered < count {
            for connection in &mut self.connections {
                connection.write_all(&self.request)?;
            }
            for connection in &mut self.connections {
                read_answer(connection, &mut self.buffer, self.target.status())?;
                answered += 1;
            }
        }
        Ok((answered, started.elapsed()))
    }
}

fn read_answer(connection: &mut TcpStream, buffer: &mut [u8], status: &[u8]) -> io::Result<()> {
    let mut filled = 0;
    loop {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let read = connection.read(room)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        let got = buffer.get(..filled).unwrap_or_default();
        if let Some(end) = got.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = got.get(..end).unwrap_or_default();
            if !head.starts_with(status) {
                return Err(io::Error::other(String::from_utf8_lossy(head).into_owned()));
            }
            if filled >= end + 4 + content_length(head)? {
                return Ok(());
            }
        }
    }
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let start = head.windows(NAME.len()).position(|window| window == NAME);
    let digits = start.and_then(|start| head.get(start + NAME.len()..)).unwrap_or_default();
    let digits: Vec<u8> = digits.iter().copied().take_while(u8::is_ascii_digit).collect();
    let digits = String::from_utf8_lossy(&digits).into_owned();
    digits.parse().map_err(|_| io::Error::other("an answer without content-length"))
}
