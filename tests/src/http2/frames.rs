//! A client that sends exactly the frames of a test.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
    time::Duration,
};

/// How long a test waits for frames that should be on their way.
const PATIENCE: Duration = Duration::from_secs(10);

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Types of frames (RFC 9113, 6).
pub mod kind {
    #![expect(missing_docs, reason = "the names are those of RFC 9113")]
    pub const DATA: u8 = 0;
    pub const HEADERS: u8 = 1;
    pub const PRIORITY: u8 = 2;
    pub const RST_STREAM: u8 = 3;
    pub const SETTINGS: u8 = 4;
    pub const PING: u8 = 6;
    pub const GOAWAY: u8 = 7;
    pub const WINDOW_UPDATE: u8 = 8;
    pub const CONTINUATION: u8 = 9;
}

/// Their flags.
pub mod flag {
    #![expect(missing_docs, reason = "the names are those of RFC 9113")]
    pub const ACK: u8 = 0x1;
    pub const END_STREAM: u8 = 0x1;
    pub const END_HEADERS: u8 = 0x4;
    pub const PADDED: u8 = 0x8;
}

/// Codes of errors (RFC 9113, 7).
pub mod error {
    #![expect(missing_docs, reason = "the names are those of RFC 9113")]
    pub const NO_ERROR: u32 = 0;
    pub const PROTOCOL_ERROR: u32 = 1;
    pub const INTERNAL_ERROR: u32 = 2;
    pub const FLOW_CONTROL_ERROR: u32 = 3;
    pub const STREAM_CLOSED: u32 = 5;
    pub const FRAME_SIZE_ERROR: u32 = 6;
    pub const REFUSED_STREAM: u32 = 7;
    pub const CANCEL: u32 = 8;
    pub const COMPRESSION_ERROR: u32 = 9;
    pub const ENHANCE_YOUR_CALM: u32 = 11;
}

/// A frame, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its type.
    pub kind: u8,
    /// Its flags.
    pub flags: u8,
    /// Its stream.
    pub stream: u32,
    /// What follows its head.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error code of `RST_STREAM` or GOAWAY.
    pub fn error(&self) -> Option<u32> {
        let code = match self.kind {
            kind::RST_STREAM => self.payload.get(..4),
            kind::GOAWAY => self.payload.get(4..8),
            _ => None,
        };
        code.and_then(|code| code.try_into().ok()).map(u32::from_be_bytes)
    }

    /// The status of an answer, as far as it takes one byte (RFC 7541, appendix A); `None` for others.
    pub fn status(&self) -> Option<u16> {
        // An update of the table's size may come first.
        let block = match self.payload.as_slice() {
            [0x20, rest @ ..] => rest,
            all => all,
        };
        match block.first().filter(|_| self.kind == kind::HEADERS)? {
            0x88 => Some(200),
            0x89 => Some(204),
            0x8b => Some(304),
            0x8c => Some(400),
            0x8d => Some(404),
            0x8e => Some(500),
            _ => None,
        }
    }
}

/// A connection of frames.
#[derive(Debug)]
pub struct Frames {
    stream: TcpStream,
    buffer: Vec<u8>,
    authority: String,
}

impl Frames {
    /// Opens a connection, and sends the preface and empty SETTINGS.
    ///
    /// # Panics
    ///
    /// Nothing listens there.
    pub fn open(address: SocketAddr) -> Self {
        let mut own = Self::raw(address);
        own.write(PREFACE);
        // No dynamic table: what answers begin with is known.
        own.send(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 0, 0]);
        own
    }

    /// Opens a connection, and sends nothing.
    ///
    /// # Panics
    ///
    /// Nothing listens there.
    pub fn raw(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{error}"));
        let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
        set.and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
            .unwrap_or_else(|error| panic!("{error}"));
        Self { stream, buffer: Vec::new(), authority: address.to_string() }
    }

    /// Sends bytes; whether the connection still takes them.
    pub fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The bytes of a frame.
    ///
    /// # Panics
    ///
    /// The payload is longer than any frame's.
    pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap_or_else(|error| panic!("{error}"));
        let [high, length @ ..] = length.to_be_bytes();
        assert_eq!(high, 0, "no frame is as long as this");
        let mut frame = length.to_vec();
        frame.extend_from_slice(&[kind, flags]);
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    }

    /// Sends a frame; whether the connection still takes it.
    pub fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> bool {
        self.write(&Self::frame(kind, flags, stream, payload))
    }

    /// A header block of these fields, none of which the peer is to remember.
    ///
    /// # Panics
    ///
    /// A name or value is longer than 16 KiB.
    pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in fields {
            block.push(0);
            for text in [name, value] {
                // An integer of 7 bits and more (RFC 7541, 5.1).
                match text.len() {
                    length @ 0..=126 => block.push(u8::try_from(length).unwrap_or(0)),
                    length => {
                        block.push(0x7f);
                        let rest = length - 127;
                        assert!(rest < 1 << 14, "a text of the test is too long");
                        let low = u8::try_from(rest % 128).unwrap_or(0);
                        block.extend([low | 0x80, u8::try_from(rest / 128).unwrap_or(0)]);
                    }
                }
                block.extend_from_slice(text.as_bytes());
            }
        }
        block
    }

    /// The header block of a GET request with these further fields.
    pub fn get(&self, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        self.request("GET", path, fields)
    }

    /// The header block of a request with these further fields.
    pub fn request(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Vec<u8> {
        let own = [
            (":method", method),
            (":scheme", "http"),
            (":path", path),
            (":authority", &self.authority),
        ];
        Self::block(&[&own[..], fields].concat())
    }

    /// Sends a GET request.
    pub fn ask(&mut self, stream: u32, path: &str) -> bool {
        let block = self.get(path, &[]);
        self.send(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, stream, &block)
    }

    /// The next frame.
    ///
    /// # Errors
    ///
    /// The connection is over, or nothing comes in ten seconds.
    pub fn read(&mut self) -> io::Result<Frame> {
        loop {
            if let Some((head, rest)) = self.buffer.split_first_chunk::<9>() {
                let [a, b, c, kind, flags, stream @ ..] = *head;
                let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap_or(0);
                if let Some(payload) = rest.get(..length) {
                    let stream = u32::from_be_bytes(stream) & (u32::MAX >> 1);
                    let frame = Frame { kind, flags, stream, payload: payload.to_vec() };
                    self.buffer.drain(..9 + length);
                    return Ok(frame);
                }
            }
            let mut chunk = [0; 16 * 1024];
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.buffer.extend_from_slice(chunk.get(..read).unwrap_or_default()),
            }
        }
    }

    /// The next frame of this type; others are skipped.
    ///
    /// # Panics
    ///
    /// None comes.
    pub fn expect(&mut self, kind: u8) -> Frame {
        self.next_of(&[kind])
    }

    /// The next frame of one of these types; others are skipped.
    ///
    /// # Panics
    ///
    /// None comes.
    pub fn next_of(&mut self, kinds: &[u8]) -> Frame {
        loop {
            match self.read() {
                Ok(frame) if kinds.contains(&frame.kind) => return frame,
                Ok(_) => {}
                Err(error) => panic!("no frame of the types {kinds:?}: {error}"),
            }
        }
    }

    /// The frames until the peer ends the connection.
    ///
    /// # Panics
    ///
    /// It does not end in time.
    pub fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        loop {
            match self.read() {
                Ok(frame) => frames.push(frame),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::UnexpectedEof
                            | io::ErrorKind::ConnectionReset
                            | io::ErrorKind::BrokenPipe
                    ) =>
                {
                    return frames;
                }
                Err(error) => panic!("{error} after {} frames", frames.len()),
            }
        }
    }

    /// The code of the last GOAWAY before the end of the connection; `None` where it ends without one.
    ///
    /// # Panics
    ///
    /// It does not end in time.
    pub fn end(&mut self) -> Option<u32> {
        let frames = self.rest();
        frames.iter().rev().find(|frame| frame.kind == kind::GOAWAY).and_then(Frame::error)
    }

    /// Ends this side of the connection.
    pub fn shut(&mut self) {
        let _closed = self.stream.shutdown(Shutdown::Write);
    }
}
