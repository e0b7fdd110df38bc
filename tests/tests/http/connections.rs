//! Clients that do not read, and addresses with many connections.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    num::NonZeroU32,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    App, HttpServer,
    body::{BodySize, MessageBody},
    web::Bytes,
};
use palisade::{Palisade, prelude::*};
use palisade_tests::{audit, client::Connection, server::Server};

/// The size of `/large`: more than the buffers of both ends hold.
const LARGE: usize = 64 << 20;

const CHUNK: usize = 256 << 10;

/// Bodies that are held.
#[derive(Clone, Debug, Default)]
struct Held(Arc<AtomicUsize>);

struct Large {
    left: usize,
    held: Held,
}

impl MessageBody for Large {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(u64::try_from(self.left).unwrap())
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = self.left.min(CHUNK);
        self.left -= chunk;
        Poll::Ready((chunk > 0).then(|| Ok(Bytes::from(vec![b'x'; chunk]))))
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        self.held.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[get("/large")]
#[public]
async fn large(held: Data<Held>) -> HttpResponse {
    held.0.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().body(Large { left: LARGE, held: Held::clone(&held) })
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

/// Which server it is.
#[derive(Clone, Copy, Debug)]
enum By {
    /// `Builder::serve`.
    Serve,
    /// `Palisade::on_connect`, in a server of the user's own.
    OnConnect,
}

struct Running {
    address: SocketAddr,
    held: Held,
    /// Ends the server with itself.
    _serving: Serving,
}

#[derive(Debug)]
enum Serving {
    Serve { _server: Server },
    OnConnect { _server: Own },
}

#[derive(Debug)]
struct Own {
    handle: actix_web::dev::ServerHandle,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    fn start(by: By, settings: impl FnOnce(palisade::Builder) -> palisade::Builder) -> Self {
        let held = Held::default();
        let builder = settings(Palisade::builder())
            .endpoints(endpoints![large, ping].with_data(held.clone()));
        match by {
            By::Serve => {
                let server = Server::serve(builder);
                Self {
                    address: server.address(),
                    held,
                    _serving: Serving::Serve { _server: server },
                }
            }
            By::OnConnect => {
                let (_server, address) = Own::start(builder.build().unwrap());
                Self { address, held, _serving: Serving::OnConnect { _server } }
            }
        }
    }

    fn held(&self) -> usize {
        self.held.0.load(Ordering::SeqCst)
    }

    fn ask(&self, target: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        stream
    }

    /// Whether a new connection is answered.
    fn answers(&self) -> Option<Connection> {
        let mut connection = Connection::open(self.address);
        connection.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.answer().is_ok_and(|answer| answer.status == 200).then_some(connection)
    }
}

impl Own {
    fn start(palisade: Palisade) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let bound = palisade.on_connect();
                let server = HttpServer::new(move || {
                    App::new().configure(|app| palisade.mount(app)).wrap(palisade.clone())
                })
                .on_connect(bound)
                .workers(1)
                .disable_signals()
                .shutdown_timeout(0)
                .listen(listener)
                .unwrap()
                .run();
                send.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        (Self { handle: receive.recv().unwrap(), thread: Some(thread) }, address)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let stopping = self.handle.stop(false);
        actix_web::rt::System::new().block_on(stopping);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// Waits until this holds, for longer than any busy machine takes.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "not in a minute: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_answer_that_is_not_read_ends_and_one_that_is_read_slowly_does_not() {
    for by in [By::Serve, By::OnConnect] {
        let patient = Running::start(by, |builder| builder.write_timeout(Duration::from_secs(600)));
        let strict = Running::start(by, |builder| builder.write_timeout(Duration::from_secs(2)));
        unread_ends_and_slow_does_not(&patient, &strict);
    }
}

fn unread_ends_and_slow_does_not(patient: &Running, strict: &Running) {
    let _unread = [patient.ask("/large"), patient.ask("/large")];
    let _given_up = [strict.ask("/large"), strict.ask("/large")];
    let mut slow = strict.ask("/large");
    until("answers are on their way", || patient.held() == 2 && strict.held() == 3);
    // A few bytes at a time, for several times the timeout, and then the rest.
    let (mut read, mut buffer) = (0, vec![0; 512 << 10]);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(9) {
        read += slow.read(&mut buffer).unwrap();
        thread::sleep(Duration::from_millis(200));
    }
    until("unread answers end", || strict.held() == 1);
    loop {
        match slow.read(&mut buffer).unwrap() {
            0 => break,
            more => read += more,
        }
        if read > LARGE {
            break;
        }
    }
    assert!(read > LARGE, "{read}");
    assert_eq!(patient.held(), 2, "the control holds its answers");
}

#[test]
fn an_address_has_so_many_connections_and_gets_them_back() {
    let most = NonZeroU32::new(3).unwrap();
    for by in [By::Serve, By::OnConnect] {
        let server = Running::start(by, |builder| builder.connections_per_address(most));
        let mut open: Vec<Connection> = (0..3).map(|_| server.answers().unwrap()).collect();
        for _ in 0..3 {
            assert!(server.answers().is_none(), "{by:?}: a fourth connection is answered");
        }
        open.pop();
        until("a place is free again", || server.answers().is_some());
    }
}

#[test]
fn a_trusted_proxy_and_an_unlimited_network_have_as_many_as_they_like() {
    let one = NonZeroU32::new(1).unwrap();
    for by in [By::Serve, By::OnConnect] {
        let proxied = Running::start(by, |builder| {
            builder.connections_per_address(one).trusted_proxy("127.0.0.1")
        });
        let unlimited = Running::start(by, |builder| {
            let builder = builder.connections_per_address(one);
            builder.dangerous_unlimited_network("127.0.0.1", "a test of connections")
        });
        for server in [proxied, unlimited] {
            let open: Vec<_> = (0..5).map(|_| server.answers()).collect();
            assert!(open.iter().all(Option::is_some), "{by:?}");
        }
    }
}

#[test]
fn a_timeout_without_sense_stops_the_start() {
    for wrong in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(3_601)] {
        let builder = Palisade::builder().write_timeout(wrong).keep_alive(wrong);
        let failure = builder.head_timeout(wrong).build().unwrap_err();
        let told = failure.to_string();
        assert!(
            ["write_timeout", "keep_alive", "head_timeout"].iter().all(|name| told.contains(name))
        );
    }
}

#[test]
fn connections_without_bounds_are_warned_of() {
    audit::listen();
    let palisade = crate::service::palisade().endpoints(endpoints![ping]).build().unwrap();
    let bound = palisade.on_connect();
    let mut extensions = actix_web::dev::Extensions::new();
    // What a server passes whose connections are not plain TCP.
    bound(&"a connection over TLS", &mut extensions);
    assert!(audit::message("does not take plain TCP connections").is_some());
}

#[test]
fn two_hundred_clients_that_do_not_read_are_gone_after_the_write_timeout() {
    let server = Running::start(By::Serve, |builder| builder.write_timeout(Duration::from_secs(2)));
    let unread: Vec<_> = (0..200).map(|_| server.ask("/large")).collect();
    until("answers are on their way", || server.held() > 100);
    until("all of them end", || server.held() == 0);
    assert_eq!(unread.len(), 200);
    assert!(server.answers().is_some());
}

/// Reads until the server closes.
fn until_closed(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.read_to_end(&mut all).unwrap();
    String::from_utf8(all).unwrap()
}

#[test]
fn a_head_has_its_time_and_so_has_the_next_one() {
    let server = Running::start(By::Serve, |builder| {
        builder.head_timeout(Duration::from_secs(1)).keep_alive(Duration::from_secs(600))
    });
    let mut silent = TcpStream::connect(server.address).unwrap();
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.write_all(b"GET /ping HTTP/1.1\r\nHost: ").unwrap();
    let mut kept = server.answers().unwrap();
    let mut second = server.answers().unwrap();
    second.write(b"GET /ping HTTP/1.1\r\nHo");
    assert_eq!(until_closed(&mut silent), "", "a client that sent nothing is owed no answer");
    let told = until_closed(&mut slow);
    assert!(told.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{told}");
    assert!(told.contains("connection: close\r\n"), "{told}");
    let answers = second.answers();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!((answers[0].status, answers[0].header("connection")), (408, Some("close")));
    kept.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(kept.answer().unwrap().status, 200, "an idle connection has the time of its own");
}

#[test]
fn an_idle_connection_is_closed_after_its_time_and_not_before() {
    let short = Running::start(By::Serve, |builder| builder.keep_alive(Duration::from_secs(1)));
    let usual = Running::start(By::Serve, |builder| builder);
    let (mut closed, mut kept) = (short.answers().unwrap(), usual.answers().unwrap());
    // A request starts the time anew.
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(400));
        closed.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(closed.answer().unwrap().status, 200);
    }
    assert_eq!(closed.rest(), b"");
    kept.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(kept.answer().unwrap().status, 200);
}

#[test]
fn further_connections_wait_for_one_of_as_many_as_are_set() {
    let server = Running::start(By::Serve, |builder| {
        builder.connections(std::num::NonZeroUsize::new(4).unwrap())
    });
    let mut open: Vec<_> = (0..4).map(|_| server.answers().unwrap()).collect();
    let mut waiting = Connection::open(server.address);
    waiting.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(waiting.answer_within(Duration::from_millis(300)).is_none());
    open.clear();
    assert_eq!(waiting.answer_within(Duration::from_secs(30)).unwrap().status, 200);
}
