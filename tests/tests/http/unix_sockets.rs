//! Services at a Unix socket.

use std::{
    fs,
    num::{NonZeroU32, NonZeroUsize},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use palisade::{Builder, ClientAddr, Palisade, auth::MutualTls, prelude::*};
use palisade_tests::{audit, client::Connection, unix_server::UnixServer};
use socket2::{Domain, SockAddr, Socket, Type};
use tempfile::TempDir;

#[get("/address")]
#[public]
async fn address(client: ClientAddr) -> String {
    client.to_string()
}

#[get("/limited")]
#[public]
#[rate_limit("2/hour", by = ip)]
async fn limited() -> &'static str {
    "ok"
}

#[post("/echo")]
#[public(reason = "a test of sockets")]
async fn echo(body: Vouched<String>) -> String {
    body.into_inner()
}

/// A body without a length.
struct Pieces(u8);

impl MessageBody for Pieces {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.0 = self.0.saturating_sub(1);
        Poll::Ready((self.0 > 0).then(|| Ok(Bytes::from_static(b"piece"))))
    }
}

#[get("/streamed")]
#[public]
async fn streamed() -> HttpResponse {
    HttpResponse::Ok().body(Pieces(4))
}

#[get("/unchunked")]
#[public]
async fn unchunked() -> HttpResponse {
    HttpResponse::Ok().no_chunking(15).body(Pieces(4))
}

/// Bodies and handlers that are held.
#[derive(Clone, Debug, Default)]
struct Held(Arc<AtomicUsize>);

/// A body that no buffer holds.
struct Large(usize, Held);

impl MessageBody for Large {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(64 << 20)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let chunk = self.0.min(256 << 10);
        self.0 -= chunk;
        Poll::Ready((chunk > 0).then(|| Ok(Bytes::from(vec![b'x'; chunk]))))
    }
}

impl Drop for Large {
    fn drop(&mut self) {
        self.1.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[get("/large")]
#[public]
async fn large(held: Data<Held>) -> HttpResponse {
    held.0.fetch_add(1, Ordering::SeqCst);
    HttpResponse::Ok().body(Large(64 << 20, Held::clone(&held)))
}

/// Waits until nothing is held.
#[get("/waits")]
#[public]
async fn waits(held: Data<Held>) -> &'static str {
    held.0.fetch_add(1, Ordering::SeqCst);
    while held.0.load(Ordering::SeqCst) > 0 {
        actix_web::rt::time::sleep(Duration::from_millis(2)).await;
    }
    "waited"
}

/// Waits until it holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} in a minute");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A folder for a socket.
struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        audit::listen();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("http.sock");
        Self { folder, path }
    }

    fn builder() -> Builder {
        Palisade::builder().endpoints(endpoints![address, limited, echo, streamed, unchunked])
    }

    fn serve(&self, build: impl FnOnce(Builder) -> Builder) -> UnixServer {
        UnixServer::serve(build(Self::builder()), &self.path).unwrap()
    }

    fn failure(&self, build: impl FnOnce(Builder) -> Builder) -> String {
        UnixServer::serve(build(Self::builder()), &self.path).unwrap_err().to_string()
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn trusting(builder: Builder) -> Builder {
    builder.trusted_proxy("unix:")
}

#[test]
fn a_service_at_a_unix_socket_serves_and_keeps_its_connections() {
    let place = Place::new();
    let server = place.serve(trusting);
    let mut connection = server.open();
    for _ in 0..3 {
        connection.write(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello\
              GET /streamed HTTP/1.1\r\nHost: localhost\r\n\r\n",
        );
        let answer = connection.answer().unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(connection.answer().unwrap().text(), "piecepiecepiece");
    }
    assert_eq!(mode(&place.path), 0o600);
    server.stop().unwrap();
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0, "the socket is left behind");
}

#[test]
fn the_client_is_the_one_that_a_trusted_peer_writes() {
    let place = Place::new();
    let server = place.serve(trusting);
    let forwarded = "X-Forwarded-For: 6.6.6.6, 203.0.113.7\r\nX-Request-Id: of-the-proxy\r\n";
    let answer = server.get("/address", forwarded);
    assert_eq!(answer.text(), "203.0.113.7");
    let event = audit::events("request_id", answer.header("x-request-id").unwrap()).remove(0);
    assert_eq!(event.get("client").map(String::as_str), Some("203.0.113.7"), "{event:?}");
    assert_eq!(event.get("proxy_request_id").map(String::as_str), Some("of-the-proxy"));
    // Each client has its own limit.
    let status =
        |client: &str| server.get("/limited", &format!("X-Forwarded-For: {client}\r\n")).status;
    let first = [(); 3].map(|()| status("203.0.113.7"));
    assert_eq!((first, status("203.0.113.8")), ([200, 200, 429], 200));
}

#[test]
fn a_peer_that_is_not_trusted_chooses_no_address_and_is_told() {
    let place = Place::new();
    let server = place.serve(|builder| builder);
    assert!(audit::message("all clients count as one address; name `unix:`").is_some());
    let status =
        |client: &str| server.get("/limited", &format!("X-Forwarded-For: {client}\r\n")).status;
    let all = ["203.0.113.1", "203.0.113.2", "203.0.113.3"].map(status);
    assert_eq!(all, [200, 200, 429]);
    assert!(
        audit::message("requests from a Unix socket (`unix:`) bring X-Forwarded-For").is_some()
    );
}

#[test]
fn connections_count_as_one_address_unless_the_peer_is_trusted() {
    let two = NonZeroU32::new(2).unwrap();
    let answered = |server: &UnixServer| {
        let mut connections: Vec<Connection> = (0..4).map(|_| server.open()).collect();
        let mut answered = 0;
        for connection in &mut connections {
            connection.write(b"GET /address HTTP/1.1\r\nHost: localhost\r\n\r\n");
            answered += usize::from(connection.answer().is_ok());
        }
        answered
    };
    let place = Place::new();
    let server = place.serve(|builder| builder.connections_per_address(two));
    // One that only looked whether the service listens may hold a place a moment longer.
    assert!((1..=2).contains(&answered(&server)));
    server.stop().unwrap();
    let server = place.serve(|builder| trusting(builder).connections_per_address(two));
    assert_eq!(answered(&server), 4);
}

#[test]
fn the_mode_of_the_socket_is_a_setting() {
    let place = Place::new();
    let server = place.serve(|builder| builder.socket_mode(0o660));
    assert_eq!(mode(&place.path), 0o660);
    drop(server);
    assert!(place.failure(|builder| builder.socket_mode(0o666)).contains("is 0666: write 0600"));
}

#[test]
fn a_socket_that_was_left_behind_is_replaced_and_nothing_else_is() {
    let place = Place::new();
    drop(UnixListener::bind(&place.path).unwrap());
    let server = place.serve(trusting);
    let told = place.failure(trusting);
    assert!(told.contains("another process listens at"), "{told}");
    assert_eq!(server.get("/address", "").status, 200);
    server.stop().unwrap();
    fs::write(&place.path, "not a socket").unwrap();
    let told = place.failure(trusting);
    assert!(told.contains("exists and is not a socket"), "{told}");
    assert_eq!(fs::read_to_string(&place.path).unwrap(), "not a socket");
}

#[test]
fn a_folder_in_which_others_can_replace_the_socket_is_refused() {
    let place = Place::new();
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let told = place.failure(trusting);
    assert!(told.contains("so other users can replace the files in it"), "{told}");
}

#[test]
fn a_group_that_cannot_enter_the_folder_is_told() {
    let place = Place::new();
    let folder = place.folder.path().display().to_string();
    let text = format!("the folder `{folder}` has mode 700, so that it cannot enter it");
    for (mode, is_told) in [(0o750, false), (0o700, true)] {
        fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(mode)).unwrap();
        place.serve(|builder| trusting(builder).socket_mode(0o660)).stop().unwrap();
        assert_eq!(audit::message(&text).is_some(), is_told, "{mode:o}");
    }
}

#[test]
fn a_socket_that_was_handed_over_is_served_and_left_where_it_is() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let builder = trusting(Place::builder()).unix_listener(listener);
    let server = UnixServer::run(builder, &place.path).unwrap();
    let answer = server.get("/address", "X-Forwarded-For: 203.0.113.7\r\n");
    assert_eq!(answer.text(), "203.0.113.7");
    server.stop().unwrap();
    assert!(place.path.exists());
}

#[test]
fn an_answer_that_is_not_read_ends() {
    let place = Place::new();
    let held = Held::default();
    let server = place.serve(|builder| {
        let endpoints = endpoints![large].with_data(held.clone());
        trusting(builder).write_timeout(Duration::from_secs(1)).endpoints(endpoints)
    });
    let mut connection = server.open();
    connection.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until("the answer begins", || held.0.load(Ordering::SeqCst) == 1);
    until("the answer ends", || held.0.load(Ordering::SeqCst) == 0);
    assert!(connection.answer().is_err(), "the answer is not whole");
}

#[test]
fn the_next_service_listens_while_this_one_finishes() {
    let place = Place::new();
    let held = Held::default();
    let waiting = endpoints![waits].with_data(held.clone());
    let mut first = place.serve(|builder| trusting(builder).endpoints(waiting));
    let mut under_way = first.open();
    under_way.write(b"GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n");
    until("the handler begins", || held.0.load(Ordering::SeqCst) == 1);
    first.tell();
    until("the socket is removed", || !place.path.exists());
    let second = place.serve(trusting);
    assert_eq!(second.get("/address", "").status, 200);
    held.0.store(0, Ordering::SeqCst);
    assert_eq!(under_way.answer().unwrap().text(), "waited");
    first.stop().unwrap();
    assert_eq!(second.get("/address", "").status, 200);
    second.stop().unwrap();
    assert!(!place.path.exists());
}

#[test]
fn the_backlog_is_a_setting() {
    /// How many connections are taken, or wait to be, until the system refuses one.
    fn most(path: &Path) -> usize {
        let place = SockAddr::unix(path).unwrap();
        let connect = || {
            let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.connect(&place).ok().map(|()| socket)
        };
        // The worker takes as many as it may; from then on they wait.
        let mut open = Vec::new();
        for _ in 0..200 {
            let Some(socket) = connect() else {
                thread::sleep(Duration::from_millis(100));
                match connect() {
                    Some(socket) => open.push(socket),
                    None => break,
                }
                continue;
            };
            open.push(socket);
        }
        open.len()
    }
    let place = Place::new();
    let [few, many] = [2, 64].map(|backlog| {
        let server = place.serve(|builder| {
            let backlog = NonZeroU32::new(backlog).unwrap();
            trusting(builder).connections(NonZeroUsize::MIN).backlog(backlog)
        });
        let most = most(&place.path);
        // Once this is answered, none of those waits any more.
        assert_eq!(server.get("/address", "").status, 200);
        server.stop().unwrap();
        most
    });
    assert!(few < 16 && (64..80).contains(&many), "{few} {many}");
}

#[test]
fn settings_that_do_not_fit_are_told_at_the_start() {
    let place = Place::new();
    let minute = Duration::from_secs(60);
    let text = "`keep_alive` is 60s, and load balancers keep idle connections for 60s";
    place.serve(trusting).stop().unwrap();
    assert!(audit::message(text).is_none());
    place.serve(|builder| trusting(builder).keep_alive(minute)).stop().unwrap();
    assert!(audit::message(text).is_some());
    place.serve(|builder| trusting(builder).head_timeout(minute * 2)).stop().unwrap();
    assert!(audit::message("`head_timeout` is 120s, and `keep_alive` 75s").is_some());
}

#[test]
fn an_answer_whose_end_nothing_would_tell_is_not_sent() {
    let place = Place::new();
    let server = place.serve(trusting);
    let ask = |request: &str| {
        let mut connection = server.open();
        connection.write(request.as_bytes());
        connection.answer().unwrap()
    };
    let old = ask("GET /streamed HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_eq!((old.status, old.body.len()), (505, 0));
    assert!(audit::message("have the proxy speak HTTP/1.1").is_some());
    let head = ask("HEAD /streamed HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_eq!(head.status, 200);
    let whole = ask("GET /address HTTP/1.0\r\nHost: localhost\r\n\r\n");
    assert_eq!((whole.status, whole.text().as_str()), (200, "0.0.0.0"));
    let chunked = ask("GET /unchunked HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(chunked.header("transfer-encoding"), Some("chunked"));
    assert_eq!(chunked.text(), "piecepiecepiece");
}

#[test]
fn a_certificate_counts_where_a_trusted_peer_hands_it_on() {
    let place = Place::new();
    let status = |build: fn(Builder) -> Builder| {
        let certificates = MutualTls::new([]).from_trusted_proxies();
        let builder =
            |builder| build(builder).authenticator(certificates).endpoints(endpoints![own]);
        let server = place.serve(builder);
        let status = server.get("/own", "Client-Cert: :bm8=:\r\n").status;
        server.stop().unwrap();
        status
    };
    let untrusted = || audit::count(&["a `Client-Cert` from a peer that is no trusted proxy"]);
    assert_eq!((status(|builder| builder), untrusted()), (401, 1));
    // It is looked at, and is none.
    assert_eq!((status(trusting), untrusted()), (401, 1));
}

#[get("/own")]
#[authenticated]
async fn own(who: Principal) -> String {
    who.subject().to_owned()
}
