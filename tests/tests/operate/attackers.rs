//! Clients that attack the service of a test: many slow connections, and floods of frames over TLS.

use std::{
    fs,
    io::{self, ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use palisade_tests::http2::{Frames, flag, kind};

use crate::tls_client::{Client, Open};

/// Threads that hold the slow connections.
const THREADS: usize = 2;

/// Time between two signs of life of a slow connection.
const TICK: Duration = Duration::from_millis(200);

/// Parts of that time, in each of which as many of the connections send: clients that do not know of each
/// other do not send at the same moment.
const PARTS: u32 = 100;

/// What slow clients do.
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    pub(crate) is_secure: bool,
    /// The first bytes of each connection, and those that it sends occasionally.
    begins: fn() -> Vec<u8>,
    goes_on: fn() -> Vec<u8>,
    /// The bytes that it reads occasionally.
    reads: usize,
}

/// What a client sends as fast as it can.
pub(crate) struct Flood {
    pub(crate) name: &'static str,
    /// Whether what other clients notice of it is measured.
    pub(crate) is_measured: bool,
    /// What it sends for the stream of this number: 1, 3, 5 ..
    pub(crate) sends: fn(u32) -> Vec<u8>,
}

const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;

fn fields(method: &str, path: &str) -> Vec<u8> {
    Frames::block(&[
        (":method", method),
        (":scheme", "https"),
        (":path", path),
        (":authority", "localhost"),
    ])
}

/// The preface, and SETTINGS with windows of this size.
fn preface(window: u32) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let setting = [&[0, 4][..], &window.to_be_bytes()].concat();
    bytes.extend(Frames::frame(kind::SETTINGS, 0, 0, &setting));
    bytes
}

fn head(stream: u32, flags: u8, method: &str, path: &str) -> Vec<u8> {
    Frames::frame(kind::HEADERS, flags, stream, &fields(method, path))
}

fn begin(window: u32, flags: u8, method: &str, path: &str) -> Vec<u8> {
    [preface(window), head(1, flags, method, path)].concat()
}

pub(crate) const ATTACKS: &[Attack] = &[
    Attack {
        name: "slow heads, HTTP/1.1",
        is_secure: false,
        begins: || b"GET /ping HTTP/1.1\r\nHost: localhost\r\n".to_vec(),
        goes_on: || b"X-A: b\r\n".to_vec(),
        reads: 1_024,
    },
    Attack {
        name: "slow heads, HTTP/2",
        is_secure: true,
        begins: || begin(65_535, flag::END_STREAM, "GET", "/ping"),
        goes_on: || Frames::frame(kind::CONTINUATION, 0, 1, b""),
        reads: 1_024,
    },
    Attack {
        name: "slow bodies, HTTP/1.1",
        is_secure: false,
        begins: || {
            let head = "PUT /uploads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
            head.as_bytes().to_vec()
        },
        goes_on: || b"x".to_vec(),
        reads: 1_024,
    },
    Attack {
        name: "slow bodies, HTTP/2",
        is_secure: true,
        begins: || begin(65_535, flag::END_HEADERS, "PUT", "/uploads"),
        goes_on: || Frames::frame(kind::DATA, 0, 1, b"x"),
        reads: 1_024,
    },
    Attack {
        name: "slow readers, HTTP/1.1",
        is_secure: false,
        begins: || b"GET /made/sized/1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        goes_on: Vec::new,
        reads: 16,
    },
    Attack {
        name: "slow readers, HTTP/2",
        is_secure: true,
        begins: || begin(1, WHOLE, "GET", "/made/sized/1000000"),
        goes_on: || Frames::frame(kind::WINDOW_UPDATE, 0, 1, &1_u32.to_be_bytes()),
        reads: 16,
    },
];

/// Each of them has to be ended by the service.
pub(crate) const FLOODS: &[Flood] = &[
    Flood { name: "PING", is_measured: true, sends: |_| Frames::frame(kind::PING, 0, 0, &[7; 8]) },
    Flood {
        name: "acknowledged PING",
        is_measured: false,
        sends: |_| Frames::frame(kind::PING, flag::ACK, 0, &[7; 8]),
    },
    Flood {
        name: "SETTINGS",
        is_measured: true,
        sends: |_| Frames::frame(kind::SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 1]),
    },
    Flood {
        name: "empty SETTINGS",
        is_measured: false,
        sends: |_| Frames::frame(kind::SETTINGS, 0, 0, b""),
    },
    Flood {
        name: "SETTINGS with windows",
        is_measured: false,
        sends: |stream| {
            let size = if stream % 4 == 1 { 0_u32 } else { 65_535 };
            let one = [&[0, 4][..], &size.to_be_bytes()].concat();
            Frames::frame(kind::SETTINGS, 0, 0, &one.repeat(100))
        },
    },
    Flood {
        name: "PRIORITY",
        is_measured: false,
        sends: |_| Frames::frame(kind::PRIORITY, 0, 1, &[0, 0, 0, 3, 9]),
    },
    Flood {
        name: "unknown frames",
        is_measured: false,
        sends: |_| Frames::frame(0x42, 0, 0, b"x"),
    },
    Flood {
        name: "WINDOW_UPDATE",
        is_measured: false,
        sends: |_| Frames::frame(kind::WINDOW_UPDATE, 0, 0, &1_u32.to_be_bytes()),
    },
    Flood {
        name: "empty DATA",
        is_measured: false,
        sends: |stream| match stream {
            1 => head(1, flag::END_HEADERS, "PUT", "/uploads"),
            _ => Frames::frame(kind::DATA, 0, 1, b""),
        },
    },
    Flood {
        name: "DATA of padding",
        is_measured: false,
        sends: |stream| match stream {
            1 => head(1, flag::END_HEADERS, "PUT", "/uploads"),
            _ => Frames::frame(kind::DATA, flag::PADDED, 1, &[3, 0, 0, 0]),
        },
    },
    Flood {
        name: "CONTINUATION",
        is_measured: true,
        sends: |stream| match stream {
            1 => head(1, flag::END_STREAM, "GET", "/ping"),
            _ => Frames::frame(kind::CONTINUATION, 0, 1, &Frames::block(&[("x", "y")])),
        },
    },
    Flood {
        name: "empty CONTINUATION",
        is_measured: false,
        sends: |stream| match stream {
            1 => head(1, flag::END_STREAM, "GET", "/ping"),
            _ => Frames::frame(kind::CONTINUATION, 0, 1, b""),
        },
    },
    Flood {
        name: "rapid reset",
        is_measured: true,
        sends: |stream| {
            let reset = Frames::frame(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            [head(stream, WHOLE, "GET", "/slow"), reset].concat()
        },
    },
    // The service resets them itself (CVE-2025-8671).
    Flood {
        name: "reset by mistakes of the client",
        is_measured: false,
        sends: |stream| {
            let block = [fields("GET", "/slow"), Frames::block(&[("te", "gzip")])].concat();
            Frames::frame(kind::HEADERS, WHOLE, stream, &block)
        },
    },
];

/// A connection of an attacker.
enum Wire {
    Plain(TcpStream),
    Secure(Box<Open>),
}

impl Wire {
    fn open(is_secure: bool, address: SocketAddr, client: &Client) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        if is_secure {
            return Ok(Self::Secure(Box::new(client.open_over(stream, "localhost")?)));
        }
        Ok(Self::Plain(stream))
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(stream) => stream,
            Self::Secure(open) => open.socket(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Secure(open) => open.write(bytes),
        }
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into),
            Self::Secure(open) => open.read(into),
        }
    }

    /// Sends and reads a little; whether the connection is still there.
    fn tick(&mut self, attack: &Attack) -> bool {
        let waits = |error: io::Error| error.kind() == ErrorKind::WouldBlock;
        if self.write(&(attack.goes_on)()).is_err_and(|error| !waits(error)) {
            return false;
        }
        let mut some = [0; 1_024];
        match self.read(&mut some[..attack.reads]) {
            Ok(read) => read > 0,
            Err(error) => waits(error),
        }
    }
}

/// Gives this thread the lowest priority: attackers are other machines, and must not use the processors that the
/// service and the measured clients need. Without the program `renice` the figures include that use.
fn yield_to_others() {
    let Ok(thread) = fs::read_link("/proc/thread-self") else { return };
    let Some(id) = thread.file_name() else { return };
    let mut renice = Command::new("renice");
    let _status = renice.args(["-n", "19", "-p"]).arg(id).stdout(Stdio::null()).status();
}

/// Slow connections. One that the service ends is replaced.
pub(crate) struct Attackers {
    stop: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Attackers {
    /// Opens so many connections, and keeps them up until [`end`](Self::end).
    pub(crate) fn begin(
        attack: &'static Attack,
        address: SocketAddr,
        client: Client,
        count: usize,
    ) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (open, client) = (Arc::new(AtomicUsize::new(0)), Arc::new(client));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (stop, open, client) =
                    (Arc::clone(&stop), Arc::clone(&open), Arc::clone(&client));
                thread::spawn(move || {
                    yield_to_others();
                    let enter = || {
                        let mut wire = Wire::open(attack.is_secure, address, &client).ok()?;
                        wire.write(&(attack.begins)()).ok()?;
                        wire.socket().set_nonblocking(true).ok()?;
                        Some(wire)
                    };
                    let mut wires: Vec<_> = (0..count / THREADS).map(|_| enter()).collect();
                    open.fetch_add(wires.iter().flatten().count(), SeqCst);
                    let part = wires.len().div_ceil(PARTS as usize).max(1);
                    while !stop.load(SeqCst) {
                        let (began, mut parts) = (Instant::now(), 0);
                        for wires in wires.chunks_mut(part) {
                            for wire in wires {
                                if !wire.as_mut().is_some_and(|wire| wire.tick(attack)) {
                                    *wire = enter();
                                }
                            }
                            parts += 1;
                            let next = TICK * parts / PARTS;
                            thread::sleep(next.saturating_sub(began.elapsed()));
                        }
                        thread::sleep(TICK.saturating_sub(began.elapsed()));
                    }
                })
            })
            .collect();
        // They begin at different times, and the figures are taken while all are there.
        let all = count / THREADS * THREADS;
        let began = Instant::now();
        while open.load(SeqCst) < all && began.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(20));
        }
        Self { stop, open, threads }
    }

    /// Ends them; how many there were at the beginning.
    pub(crate) fn end(self) -> usize {
        self.stop.store(true, SeqCst);
        for thread in self.threads {
            thread.join().unwrap();
        }
        self.open.load(SeqCst)
    }
}

/// Two connections that send as fast as they can. One that the service ends is replaced.
pub(crate) struct Flooders {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<usize>>,
}

impl Flooders {
    pub(crate) fn begin(flood: &'static Flood, address: SocketAddr, client: Client) -> Self {
        let (stop, client) = (Arc::new(AtomicBool::new(false)), Arc::new(client));
        let threads = (0..2)
            .map(|_| {
                let (stop, client) = (Arc::clone(&stop), Arc::clone(&client));
                thread::spawn(move || {
                    yield_to_others();
                    let mut ended = 0;
                    while !stop.load(SeqCst) {
                        let Ok(mut wire) = Wire::open(true, address, &client) else { continue };
                        let mut is_open = wire.write(&preface(65_535)).is_ok();
                        let mut stream = 1;
                        while is_open && stream < 1 << 30 && !stop.load(SeqCst) {
                            let some: Vec<_> =
                                (0..20).map(|index| (flood.sends)(stream + 2 * index)).collect();
                            is_open = wire.write(&some.concat()).is_ok();
                            stream += 40;
                        }
                        ended += usize::from(!is_open);
                    }
                    ended
                })
            })
            .collect();
        Self { stop, threads }
    }

    /// Ends them; how many connections the service has ended.
    pub(crate) fn end(self) -> usize {
        self.stop.store(true, SeqCst);
        self.threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    }
}
