//! Audit events as messages of syslog.

use std::{
    collections::VecDeque,
    fmt,
    io::{self, Write as _},
    net::{TcpStream, ToSocketAddrs as _, UdpSocket},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

#[cfg(unix)]
use std::os::unix::net::UnixDatagram;

use super::{
    error::AuditError,
    event::{Event, Outcome},
    queue::{CAPACITY, Output, Queue},
    sink::Sink,
    timestamp::Timestamp,
};
use crate::visible::push_escaped;

/// `log audit` of RFC 5424 section 6.2.1.
const LOG_AUDIT: u8 = 13;

/// The time limit for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The greatest `sequenceId` (RFC 5424 section 7.3.1).
const LAST_SEQUENCE: u32 = 2_147_483_647;

/// The options of a syslog server.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the sink is opened"]
pub struct SyslogOptions {
    target: Target,
    app_name: String,
    facility: u8,
    enterprise: Option<u32>,
}

#[derive(Clone, Debug)]
enum Target {
    #[cfg(unix)]
    Unix(PathBuf),
    Udp(String),
    Tcp(String),
}

/// A syslog server (RFC 5424) that receives audit events.
///
/// 1. Over a Unix socket of datagrams (`/dev/log`), UDP (RFC 5426) or TCP with octet counting (RFC 6587
///    section 3.4.1). None of them is encrypted: send to a relay on this machine, and have it speak TLS.
/// 2. The message is the event as JSON. The structured data has `origin` and `meta` of RFC 5424, and an
///    element of its own with the main fields where the organisation has an enterprise number
///    ([`enterprise`](SyslogOptions::enterprise)).
/// 3. A request puts its event into a queue of 4 MiB. A thread of its own sends, and connects again each
///    second while the server is out of reach. What finds no room is dropped and counted, and the
///    next message says how many (`audit-dropped`). What UDP loses on its way, and what a connection of TCP
///    has taken when it breaks, is not known: the gaps of `sequenceId` show it.
pub struct SyslogSink {
    queue: Arc<Queue>,
    header: Header,
    sequence: Arc<AtomicU32>,
}

/// The part that all messages have in common.
#[derive(Clone, Debug)]
struct Header {
    facility: u8,
    host: String,
    app_name: String,
    process: u32,
    enterprise: Option<u32>,
}

impl SyslogOptions {
    /// Parses the address of a server: `unix:/dev/log`, `udp:host:514` or `tcp:host:601`.
    ///
    /// # Errors
    ///
    /// An invalid address.
    pub fn new(server: &str) -> Result<Self, AuditError> {
        let wrong = || AuditError::Address(server.to_owned());
        let (kind, address) = server.split_once(':').ok_or_else(wrong)?;
        let has_port = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        let target = match kind {
            #[cfg(unix)]
            "unix" if address.starts_with('/') => Target::Unix(address.into()),
            "udp" if has_port => Target::Udp(address.to_owned()),
            "tcp" if has_port => Target::Tcp(address.to_owned()),
            _ => return Err(wrong()),
        };
        Ok(Self { target, app_name: program(), facility: LOG_AUDIT, enterprise: None })
    }

    /// The `APP-NAME` of messages; the name of the program unless this is called.
    pub fn app_name(mut self, name: &str) -> Self {
        self.app_name = word(name, 48);
        self
    }

    /// The facility, from 0 to 23; 13 (`log audit`) unless this is called. A greater one counts as
    /// 23.
    pub fn facility(mut self, facility: u8) -> Self {
        self.facility = facility.min(23);
        self
    }

    /// Adds an element of structured data with the main fields, `palisade@` and this number: the private
    /// enterprise number that IANA has given to the organisation (RFC 5424 section 7.2.2).
    pub fn enterprise(mut self, number: u32) -> Self {
        self.enterprise = Some(number);
        self
    }

    /// Starts to send. A server that is out of reach is tried again.
    ///
    /// # Errors
    ///
    /// The thread that sends cannot be started.
    pub fn open(self) -> Result<SyslogSink, AuditError> {
        let Self { target, app_name, facility, enterprise } = self;
        let process = std::process::id();
        let header = Header { facility, host: host_name(), app_name, process, enterprise };
        let sequence = Arc::<AtomicU32>::default();
        let output = Sending {
            target,
            connection: None,
            header: header.clone(),
            sequence: Arc::clone(&sequence),
        };
        Ok(SyslogSink { queue: Queue::start("syslog", CAPACITY, output)?, header, sequence })
    }
}

impl Sink for SyslogSink {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn write(&self, event: &Event<'_>) {
        self.queue.push(self.header.message(event, next(&self.sequence)));
    }

    fn dropped(&self) -> u64 {
        self.queue.dropped()
    }

    fn flush(&self, most: Duration) {
        self.queue.flush(most);
    }
}

impl Drop for SyslogSink {
    fn drop(&mut self) {
        self.queue.close();
        self.queue.flush(super::FLUSH);
    }
}

impl fmt::Debug for SyslogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SyslogSink")
    }
}

impl Header {
    /// `HEADER SP STRUCTURED-DATA SP MSG` of RFC 5424 section 6. The message has no BOM, which
    /// readers of JSON do not accept.
    fn message(&self, event: &Event<'_>, sequence: u32) -> String {
        let severity = match (event.outcome, event.status) {
            (Outcome::Success, _) => 6,
            (Outcome::Failure, Some(500..)) => 3,
            (Outcome::Failure | Outcome::Unknown, _) => 5,
        };
        let priority = u32::from(self.facility) * 8 + severity;
        let Self { host, app_name, process, .. } = self;
        let time = Timestamp(event.time);
        let action = event.action;
        let version = env!("CARGO_PKG_VERSION");
        let mut message = format!(
            "<{priority}>1 {time} {host} {app_name} {process} {action} \
             [origin software=\"palisade\" swVersion=\"{version}\"][meta sequenceId=\"{sequence}\"]"
        );
        if let Some(number) = self.enterprise {
            self.push_element(&mut message, number, event);
        }
        message.push(' ');
        message.push_str(&event.json());
        message
    }

    #[expect(clippy::unused_self, reason = "the elements are a part of the header")]
    fn push_element(&self, message: &mut String, number: u32, event: &Event<'_>) {
        message.push_str(&format!("[palisade@{number}"));
        let client = event.client.map(|client| client.to_string());
        let status = event.status.map(|status| status.to_string());
        for (name, value) in [
            ("outcome", Some(event.outcome.name())),
            ("reason", event.reason),
            ("client", client.as_deref()),
            ("user", event.subject),
            ("method", event.method),
            ("route", event.route),
            ("status", status.as_deref()),
            ("request", event.request_id.as_deref()),
        ] {
            let Some(value) = value else { continue };
            message.push(' ');
            message.push_str(name);
            message.push_str("=\"");
            let value = crate::excerpt::excerpt(value, 256);
            push_escaped(message, value, |c| matches!(c, '"' | '\\' | ']'));
            message.push('"');
        }
        message.push(']');
    }
}

/// It fits no datagram, now or later: it must not delay those after it.
fn is_too_long(error: &io::Error) -> bool {
    let is = error.raw_os_error() == Some(rustix::io::Errno::MSGSIZE.raw_os_error());
    if is {
        tracing::warn!("an audit event is too long for a datagram of syslog, and is lost");
    }
    is
}

fn next(sequence: &AtomicU32) -> u32 {
    let step = |last: u32| Some(if last >= LAST_SEQUENCE { 1 } else { last.saturating_add(1) });
    let last = sequence.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step);
    last.ok().and_then(step).unwrap_or(1)
}

/// The thread's side.
struct Sending {
    target: Target,
    connection: Option<Connection>,
    header: Header,
    sequence: Arc<AtomicU32>,
}

enum Connection {
    #[cfg(unix)]
    Unix(UnixDatagram),
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Output for Sending {
    fn write(&mut self, batch: &mut VecDeque<String>, dropped: &mut u64) -> io::Result<()> {
        if *dropped > 0 {
            let event =
                Event { dropped: *dropped, ..Event::new("audit-dropped", Outcome::Unknown) };
            let message = self.header.message(&event, next(&self.sequence));
            self.send(&message)?;
            *dropped = 0;
        }
        while let Some(message) = batch.front() {
            self.send(message)?;
            batch.pop_front();
        }
        Ok(())
    }
}

impl Sending {
    fn send(&mut self, message: &str) -> io::Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::to(&self.target)?,
        };
        connection.send(message)?;
        self.connection = Some(connection);
        Ok(())
    }
}

impl Connection {
    fn to(target: &Target) -> io::Result<Self> {
        match target {
            #[cfg(unix)]
            Target::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Ok(Self::Unix(socket))
            }
            Target::Udp(address) => {
                let address = first_of(address)?;
                let own = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(own)?;
                socket.connect(address)?;
                Ok(Self::Udp(socket))
            }
            Target::Tcp(address) => {
                let stream = TcpStream::connect_timeout(&first_of(address)?, PATIENCE)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                Ok(Self::Tcp(stream))
            }
        }
    }

    fn send(&mut self, message: &str) -> io::Result<()> {
        match self {
            #[cfg(unix)]
            Self::Unix(socket) => match socket.send(message.as_bytes()) {
                Err(error) if is_too_long(&error) => Ok(()),
                sent => sent.map(|_| ()),
            },
            Self::Udp(socket) => match socket.send(message.as_bytes()) {
                Err(error) if is_too_long(&error) => Ok(()),
                // No server listens, as the reply to an earlier datagram has shown: this one is
                // lost too.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
                sent => sent.map(|_| ()),
            },
            Self::Tcp(stream) => {
                // In one piece: half a frame would make the rest of the connection unreadable.
                let frame = format!("{} {message}", message.len());
                stream.write_all(frame.as_bytes())
            }
        }
    }
}

fn first_of(address: &str) -> io::Result<std::net::SocketAddr> {
    let mut all = address.to_socket_addrs()?;
    let none = || io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    all.next().ok_or_else(none)
}

/// The name of the program, from the system.
fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    word(name.unwrap_or("palisade"), 48)
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.or_else(|_| std::fs::read_to_string("/etc/hostname"));
    word(name.as_deref().unwrap_or_default().trim(), 255)
}

/// Visible ASCII characters of a name, so many at most; `-` where there are none.
fn word(text: &str, most: usize) -> String {
    let word: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if word.is_empty() { "-".to_owned() } else { word }
}

#[cfg(test)]
mod tests {
    use super::{Event, Header, LAST_SEQUENCE, Outcome, SyslogOptions, next};
    use std::{
        sync::atomic::AtomicU32,
        time::{Duration, UNIX_EPOCH},
    };

    #[test]
    fn a_message_has_a_header_and_structured_data() {
        let header = Header {
            facility: 13,
            host: "host".to_owned(),
            app_name: "notes".to_owned(),
            process: 7,
            enterprise: Some(32_473),
        };
        let event = Event {
            time: UNIX_EPOCH + Duration::from_millis(1_500),
            subject: Some("a]\"\\\nb"),
            status: Some(403),
            ..Event::new("request", Outcome::Failure)
        };
        let message = header.message(&event, 9);
        let head = "<109>1 1970-01-01T00:00:01.500000Z host notes 7 request [origin software=\"palisade\" \
                    swVersion=\"0.1.0\"][meta sequenceId=\"9\"][palisade@32473 outcome=\"failure\" \
                    user=\"a\\]\\\"\\\\\\u000ab\" status=\"403\"] {\"schema\":";
        assert!(message.starts_with(head), "{message}");
        assert!(!message.contains('\n'));
        let of = |outcome, status| {
            let message = header.message(&Event { status, ..Event::new("request", outcome) }, 1);
            message.split('>').next().unwrap().to_owned()
        };
        assert_eq!(of(Outcome::Success, Some(200)), "<110");
        assert_eq!(of(Outcome::Failure, Some(500)), "<107");
        assert_eq!(of(Outcome::Unknown, None), "<109");
    }

    #[test]
    fn a_server_is_an_address_with_a_port_or_a_path() {
        for server in
            ["unix:/dev/log", "udp:127.0.0.1:514", "tcp:logs.example:601", "tcp:[::1]:601"]
        {
            assert!(SyslogOptions::new(server).is_ok(), "{server}");
        }
        for server in
            ["", "/dev/log", "unix:log", "udp:127.0.0.1", "udp::514", "tcp:a:0", "tls:a:6514"]
        {
            assert!(SyslogOptions::new(server).is_err(), "{server}");
        }
    }

    #[test]
    fn sequence_ids_begin_again_after_the_last() {
        let sequence = AtomicU32::new(LAST_SEQUENCE - 1);
        assert_eq!([next(&sequence), next(&sequence), next(&sequence)], [LAST_SEQUENCE, 1, 2]);
    }
}
