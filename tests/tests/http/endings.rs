//! Where answers end, and what a reset or a stop of the service does to a request.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, body, http::StatusCode, web};
use futures_util::{StreamExt as _, stream};
use palisade::prelude::*;
use palisade_tests::{
    client::{Answer, Connection},
    server::Server,
};
use socket2::SockRef;

use crate::service::palisade;

/// Ends a connection, and shows by its own answer that the connection was in order.
const LAST: &str = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

/// Answers later than the rest of what its client has sent arrives.
#[get("/later")]
#[public]
async fn later() -> &'static str {
    actix_web::rt::time::sleep(Duration::from_millis(300)).await;
    "later"
}

/// A streamed answer, whose last piece is an error where the path says so.
async fn streamed(kind: Path<String>) -> HttpResponse {
    let mut pieces = vec![Ok("abc"), Ok("def")];
    if kind.contains("broken") {
        pieces.push(Err(io::Error::other("the source of the body failed")));
    }
    let pieces = stream::iter(pieces).map(|piece| piece.map(web::Bytes::from));
    let mut answer = HttpResponse::Ok().streaming(pieces);
    answer.head_mut().no_chunking(kind.contains("by-close"));
    answer
}

/// An answer without a body.
async fn bodiless(status: Path<u16>) -> HttpResponse<body::None> {
    HttpResponse::with_body(StatusCode::from_u16(*status).unwrap(), body::None::new())
}

/// The length of a body, which is read later than it comes.
async fn length(mut body: web::Payload) -> String {
    let mut bytes = 0;
    actix_web::rt::time::sleep(Duration::from_millis(50)).await;
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => bytes += piece.len(),
            Err(error) => return format!("failed: {error}"),
        }
    }
    bytes.to_string()
}

/// An answer in which a piece is empty.
async fn with_an_empty_piece() -> HttpResponse {
    struct Pieces(Vec<&'static str>);

    impl body::MessageBody for Pieces {
        type Error = std::convert::Infallible;

        fn size(&self) -> body::BodySize {
            body::BodySize::Stream
        }

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<web::Bytes, Self::Error>>> {
            let piece = self.0.pop().map(|piece| Ok(web::Bytes::from_static(piece.as_bytes())));
            std::task::Poll::Ready(piece)
        }
    }

    HttpResponse::Ok().body(Pieces(vec!["def", "", "abc"]))
}

fn server() -> Server {
    Server::serve(palisade().endpoints(endpoints![ping, later]).configure(|config| {
        config.route("/streamed/{kind}", web::get().to(streamed));
        config.route("/bodiless/{status}", web::get().to(bodiless));
        config.route("/empty-piece", web::get().to(with_an_empty_piece));
        config.route("/length", web::post().to(length));
    }))
}

/// What comes until the connection ends, and whether it ends in order.
fn until_the_end(server: &Server, request: &str) -> (String, io::Result<usize>) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    let ended = stream.read_to_end(&mut all);
    (String::from_utf8(all).unwrap(), ended)
}

/// HTTP/1.0 has no chunks (RFC 9112, 6.1): the end of the connection is that of the body.
#[test]
fn a_streamed_answer_to_an_old_request_has_no_chunks() {
    let server = server();
    for fields in ["", "Connection: keep-alive\r\n"] {
        let request = format!("GET /streamed/whole HTTP/1.0\r\nHost: x\r\n{fields}\r\n{LAST}");
        let (answer, ended) = until_the_end(&server, &request);
        assert!(ended.is_ok(), "{ended:?}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, "abcdef", "{answer}");
        for field in ["transfer-encoding", "content-length", "keep-alive"] {
            assert!(!head.contains(field), "{head}");
        }
    }
    let request = format!("GET /streamed/whole HTTP/1.1\r\nHost: x\r\n\r\n{LAST}");
    let (answer, ended) = until_the_end(&server, &request);
    assert!(ended.is_ok() && answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(answer.ends_with("pong"), "its end is found: {answer}");
}

/// Where the end of the connection is that of the body, a body that broke off must not end in order
/// (RFC 9112, 8): the client would take it for the whole.
#[test]
fn a_body_without_a_length_that_breaks_off_ends_in_a_reset() {
    let server = server();
    for request in [
        "GET /streamed/broken HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET /streamed/broken-by-close HTTP/1.1\r\nHost: x\r\n\r\n",
    ] {
        let (answer, ended) = until_the_end(&server, request);
        let kind = ended.map_err(|error| error.kind());
        assert_eq!(kind, Err(io::ErrorKind::ConnectionReset), "{request} {answer}");
    }
    let request = "GET /streamed/whole-by-close HTTP/1.1\r\nHost: x\r\n\r\n";
    let (answer, ended) = until_the_end(&server, request);
    assert!(ended.is_ok() && answer.ends_with("\r\n\r\nabcdef"), "{ended:?} {answer}");
}

#[test]
fn an_answer_without_a_body_says_so_where_its_status_does_not() {
    let server = server();
    let ask = |status: u16| -> Vec<Answer> {
        let mut connection = Connection::open(server.address());
        let request = format!("GET /bodiless/{status} HTTP/1.1\r\nHost: x\r\n\r\n{LAST}");
        connection.write(request.as_bytes());
        connection.answers()
    };
    for (status, length) in [(200, Some("0")), (205, Some("0")), (204, None), (304, None)] {
        let answers = ask(status);
        let found: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(found, [status, 200], "{answers:?}");
        assert_eq!(answers[0].header("content-length"), length, "{status}");
    }
    // A final answer has to follow them, and none would.
    for status in [100, 101, 102, 103] {
        let answers = ask(status);
        let found: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(found, [500], "{status}: {answers:?}");
        assert_eq!(answers[0].header("connection"), Some("close"), "{status}");
    }
}

/// How the reader of a body saw it end.
type Ends = Arc<Mutex<Option<String>>>;

/// Reads its body in a task of its own, and never answers.
async fn read_apart(mut payload: web::Payload, ends: Data<Ends>) -> HttpResponse {
    actix_web::rt::spawn(async move {
        let end = loop {
            match payload.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error.to_string(),
                None => break "whole".to_owned(),
            }
        };
        *ends.lock().unwrap() = Some(end);
    });
    std::future::pending().await
}

#[test]
fn who_reads_a_body_learns_of_a_reset_at_once() {
    let ends = Ends::default();
    let data = Data::new(Arc::clone(&ends));
    let server = Server::serve(palisade().configure(move |config| {
        config.app_data(data.clone()).route("/apart", web::post().to(read_apart));
    }));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let head =
        "POST /apart HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // With this the body is waited for.
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).unwrap();
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
    until("the reader learns of it", || ends.lock().unwrap().is_some());
    let end = ends.lock().unwrap().clone().unwrap();
    assert_ne!(end, "whole");
}

/// Waits until this holds, for longer than any busy machine takes.
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "not in ten seconds: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Holds the threads of the workers.
#[derive(Clone, Debug, Default)]
struct Gate {
    begun: Arc<AtomicUsize>,
    open: Arc<AtomicBool>,
}

#[get("/holds-its-thread")]
#[public]
async fn hold_the_thread(gate: Data<Gate>) -> &'static str {
    gate.begun.fetch_add(1, SeqCst);
    while !gate.open.load(SeqCst) {
        thread::sleep(Duration::from_millis(2));
    }
    "held"
}

#[test]
fn a_request_that_has_arrived_when_the_service_stops_is_answered() {
    let gate = Gate::default();
    let own = gate.clone();
    let server =
        Server::serve(palisade().endpoints(endpoints![ping, hold_the_thread].with_data(own)));
    let address = server.address();
    // They go to the two workers in turn.
    let mut connections: Vec<_> = (0..4)
        .map(|_| {
            let mut connection = Connection::open(address);
            connection.write(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
            assert_eq!(connection.answer().unwrap().status, 200);
            connection
        })
        .collect();
    let mut arrived = connections.split_off(2);
    for (number, connection) in connections.iter_mut().enumerate() {
        connection.write(b"GET /holds-its-thread HTTP/1.1\r\nHost: x\r\n\r\n");
        until("a thread is held", || gate.begun.load(SeqCst) > number);
    }
    for connection in &mut arrived {
        connection.write(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    drop(server);
    // By then the workers have been notified.
    until("no connection is taken any more", || TcpStream::connect(address).is_err());
    gate.open.store(true, SeqCst);
    for connection in connections.iter_mut().chain(&mut arrived) {
        let answers = connection.answers();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0].status, 200, "{answers:?}");
    }
}

#[test]
fn a_service_that_ends_with_a_future_leaves_other_servers_alone() {
    let listen = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (own, other) = (listen(), listen());
    let address = other.local_addr().unwrap();
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = || App::new().route("/ping", web::get().to(async || "other"));
            let server = HttpServer::new(app).workers(1).disable_signals().shutdown_timeout(0);
            let server = server.listen(other).unwrap().run();
            let handle = server.handle();
            let running = actix_web::rt::spawn(server);
            let service = palisade().endpoints(endpoints![ping]).listener(own);
            service.serve_until(async {}).await.unwrap();
            send.send(handle).unwrap();
            running.await.unwrap().unwrap();
        });
    });
    let handle = receive.recv().unwrap();
    for _ in 0..10 {
        let mut connection = Connection::open(address);
        connection.write(LAST.as_bytes());
        assert_eq!(connection.answer().unwrap().text(), "other");
    }
    drop(handle.stop(false));
    thread.join().unwrap();
}

/// A client may end its side behind its last request (RFC 9112, 9.6): what has come is served.
#[test]
fn a_body_that_came_whole_before_the_end_of_its_client_is_read() {
    let server = server();
    for bytes in [100, 64 << 10, 70_000] {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let head = format!("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: {bytes}\r\n\r\n");
        stream.write_all(&[head.into_bytes(), vec![b'x'; bytes]].concat()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with(&format!("\r\n\r\n{bytes}")), "{bytes}: {answer}");
    }
}

/// The reader of a body that was cut off learns it at once, also where the client had ended its side while
/// the request before was under way.
#[test]
fn a_body_that_was_cut_off_during_the_request_before_it_is_incomplete() {
    let server = server();
    let began = Instant::now();
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let requests = "GET /later HTTP/1.1\r\nHost: x\r\n\r\n\
                    POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc";
    stream.write_all(requests.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.contains("\r\n\r\nlater"), "{answers}");
    assert!(answers.contains("failed: "), "{answers}");
    // The deadline of a body is 15 seconds or more.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn an_empty_piece_of_an_answer_does_not_end_it() {
    let server = server();
    let request = format!("GET /empty-piece HTTP/1.1\r\nHost: x\r\n\r\n{LAST}");
    let (answer, ended) = until_the_end(&server, &request);
    assert!(ended.is_ok() && answer.contains("3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"), "{answer}");
}
