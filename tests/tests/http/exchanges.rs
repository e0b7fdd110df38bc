//! What an answer says about its connection, and what happens to it then.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{HttpRequest, http::header, web};
use futures_util::StreamExt as _;
use palisade::prelude::*;
use palisade_tests::{
    client::{Answer, Connection},
    server::Server,
    token::token,
};

use crate::service::{GOOD, palisade, shared};

/// Ends a connection, and shows by its own answer that the connection was in order.
const LAST: &str = "GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

/// The answers to these bytes, until the service closes.
#[track_caller]
fn answers(bytes: &[u8]) -> Vec<Answer> {
    let mut connection = Connection::open(shared().address());
    connection.write(bytes);
    connection.answers()
}

#[track_caller]
fn statuses(bytes: &str) -> Vec<u16> {
    answers(bytes.as_bytes()).iter().map(|answer| answer.status).collect()
}

/// A request to make an item; `None` for a caller without a token.
fn create(subject: Option<&str>, fields: &str, body: &str) -> String {
    let known = subject.map(|subject| {
        let token = token(subject, "items:write");
        format!("Authorization: Bearer {token}\r\n")
    });
    let known = known.unwrap_or_default();
    format!(
        "POST /items HTTP/1.1\r\nHost: x\r\n{known}Content-Type: application/json\r\n\
         {fields}\r\n{body}"
    )
}

/// As [`create`], with the length of its body.
fn create_whole(subject: Option<&str>, fields: &str, body: &str) -> String {
    create(subject, &format!("Content-Length: {}\r\n{fields}", body.len()), body)
}

/// Offers of an upgrade that no handler takes.
const OFFERS: [&str; 7] = [
    "Connection: upgrade\r\n",
    "Connection: keep-alive, Upgrade\r\n",
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "Connection: Upgrade\r\nUpgrade: TLS/1.3\r\n",
    "Upgrade: websocket\r\n",
    "Upgrade: h2c\r\n",
];

#[test]
fn an_offer_to_upgrade_that_is_not_taken_is_an_ordinary_exchange() {
    for offer in OFFERS {
        let is_socket = offer.contains("websocket");
        for (request, status) in [
            (format!("GET /ping HTTP/1.1\r\nHost: x\r\n{offer}\r\n"), 200),
            (format!("GET /me HTTP/1.1\r\nHost: x\r\n{offer}\r\n"), 401),
            (format!("GET /nowhere HTTP/1.1\r\nHost: x\r\n{offer}\r\n"), 404),
            (format!("GET /a//b HTTP/1.1\r\nHost: x\r\n{offer}\r\n"), 400),
            // The firewall refuses a WebSocket's handshake that is no GET.
            (create_whole(Some("upgrade"), offer, GOOD), if is_socket { 400 } else { 201 }),
            (create_whole(None, offer, GOOD), if is_socket { 400 } else { 401 }),
        ] {
            let both = answers(format!("{request}{LAST}").as_bytes());
            let found: Vec<_> = both.iter().map(|answer| answer.status).collect();
            assert_eq!(found, [status, 200], "{request}");
            assert_eq!(both[0].header("connection"), None, "{request}");
            assert_eq!(both[1].header("connection"), Some("close"), "{request}");
        }
        let closing = offer.replace("Connection: ", "Connection: close, ");
        let request = format!("GET /ping HTTP/1.1\r\nHost: x\r\n{closing}\r\n{LAST}");
        let expected: &[u16] = if closing == offer { &[200, 200] } else { &[200] };
        assert_eq!(statuses(&request), expected, "{request}");
    }
}

/// A connection of HTTP/1.0 has no such offer, and closes unless it says otherwise.
#[test]
fn an_old_request_is_kept_by_its_own_word_alone() {
    for (fields, said) in [
        ("", None),
        ("Connection: upgrade\r\nUpgrade: h2c\r\n", None),
        ("Connection: keep-alive\r\n", Some("keep-alive")),
    ] {
        let request = format!("GET /ping HTTP/1.0\r\nHost: x\r\n{fields}\r\n{LAST}");
        let found = answers(request.as_bytes());
        assert_eq!(found.len(), if said.is_some() { 2 } else { 1 }, "{request} {found:?}");
        assert_eq!(found[0].header("connection"), said, "{request}");
        assert_eq!(found[0].status, 200, "{request}");
    }
}

#[test]
fn hundreds_of_requests_that_offer_h2c_are_served_on_one_connection() {
    let offer = OFFERS[2];
    let request = create_whole(Some("many"), offer, GOOD);
    let mut connection = Connection::open(shared().address());
    for number in 0..500 {
        // As a client sends it that writes head and body by themselves.
        let (head, body) = request.split_at(request.len() - GOOD.len());
        connection.write(head.as_bytes());
        connection.write(body.as_bytes());
        let answer = connection.answer().unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!((answer.status, answer.header("connection")), (201, None), "{number}");
    }
}

/// `Content-Length` says where a body ends, whatever is offered beside it (CWE-444).
#[test]
fn a_body_beside_an_offer_of_a_stream_is_no_request() {
    let offer = OFFERS[3];
    for request in [create_whole(None, offer, LAST), create_whole(None, OFFERS[5], LAST)] {
        assert_eq!(statuses(&format!("{request}{LAST}")), [400, 200], "{request}");
    }
    let get = format!(
        "GET /ping HTTP/1.1\r\nHost: x\r\n{offer}Content-Length: {}\r\n\r\n{LAST}",
        LAST.len()
    );
    assert_eq!(statuses(&format!("{get}{LAST}")), [400, 200]);
}

/// Echoes what comes once its offer is taken.
async fn echo(request: HttpRequest, mut payload: web::Payload) -> HttpResponse {
    if !request.headers().contains_key(header::UPGRADE) {
        return HttpResponse::Ok().body("no offer");
    }
    let (send, receive) = tokio::sync::mpsc::unbounded_channel();
    actix_web::rt::spawn(async move {
        while let Some(Ok(bytes)) = payload.next().await {
            if send.send(bytes).is_err() {
                return;
            }
        }
    });
    let echoed = futures_util::stream::unfold(receive, async |mut receive| {
        let bytes = receive.recv().await?;
        let is_last = bytes.ends_with(b"end");
        if is_last {
            receive.close();
        }
        Some((Ok::<_, std::io::Error>(bytes), receive))
    });
    HttpResponse::SwitchingProtocols().upgrade("websocket").streaming(echoed)
}

#[test]
fn an_offer_that_is_taken_makes_a_stream_of_the_connection() {
    let server = Server::serve(palisade().configure(|config| {
        config.route("/echo", web::get().to(echo));
    }));
    let mut connection = Connection::open(server.address());
    connection.write(b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(connection.answer().unwrap().text(), "no offer");
    let offer = OFFERS[3];
    connection.write(format!("GET /echo HTTP/1.1\r\nHost: x\r\n{offer}\r\n").as_bytes());
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (101, Some("upgrade")));
    connection.write(LAST.as_bytes());
    connection.write(b"end");
    assert_eq!(connection.rest(), format!("{LAST}end").as_bytes());
}

#[test]
fn behind_a_close_nothing_is_answered_and_the_connection_ends() {
    let close = "Connection: close\r\n";
    let whole = create_whole(None, close, GOOD);
    let chunked = format!(
        "{}{:x}\r\n{GOOD}\r\n0\r\n\r\n",
        create(None, &format!("{close}Transfer-Encoding: chunked\r\n"), ""),
        GOOD.len()
    );
    let old = "GET /ping HTTP/1.0\r\nHost: x\r\n\r\n";
    for (request, status) in [(LAST, 200), (&whole, 401), (&chunked, 401), (old, 200)] {
        for more in [LAST.to_owned(), LAST.repeat(100), "no request\r\n\r\n".to_owned()] {
            let found = answers(format!("{request}{more}").as_bytes());
            assert_eq!(found.len(), 1, "{request}: {found:?}");
            assert_eq!(found[0].status, status, "{request}");
        }
    }
}

#[test]
fn what_comes_behind_an_announced_close_is_read_and_dropped() {
    // Its body is not whole, so the connection is announced to end: nothing behind it counts.
    let mut connection = Connection::open(shared().address());
    connection.write(create(None, "Content-Length: 900\r\n", "x").as_bytes());
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.header("connection")), (401, Some("close")));
    connection.write(format!("{}{LAST}", "x".repeat(899)).as_bytes());
    assert_eq!(connection.rest(), b"");
}

#[test]
fn a_body_whose_chunks_are_malformed_is_refused_and_the_end_is_announced() {
    for body in [
        "+2\r\n{}\r\n0\r\n\r\n",
        "0x1a\r\n{}\r\n0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\r\n{}\r\nz",
    ] {
        let fields = "Transfer-Encoding: chunked\r\n";
        let request = create(Some("chunks"), fields, body);
        let found = answers(format!("{request}{LAST}").as_bytes());
        assert_eq!(found.len(), 1, "{body:?}: {found:?}");
        assert_eq!(found[0].status, 400, "{body:?}");
        assert_eq!(found[0].header("connection"), Some("close"), "{body:?}");
        // Refused before its body is looked at, it ends as well: its end cannot be found.
        let request = create(None, fields, body);
        let found = answers(format!("{request}{LAST}").as_bytes());
        assert_eq!(found.len(), 1, "{body:?}: {found:?}");
        assert_eq!((found[0].status, found[0].header("connection")), (401, Some("close")));
    }
    for malformed in ["GET /ping\r\n\r\n", "GET /ping HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"]
    {
        let found = answers(format!("{malformed}{LAST}").as_bytes());
        assert_eq!(found.len(), 1, "{malformed:?}");
        assert_eq!((found[0].status, found[0].header("connection")), (400, Some("close")));
    }
}

#[test]
fn a_refused_request_whose_body_has_come_keeps_its_connection() {
    let seven = r#"{"a":1}"#;
    let to = |target: &str, kind: &str| {
        format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n")
    };
    let known = token("kept", "items:write");
    let known = format!("Authorization: Bearer {known}\r\n");
    for (head, status) in [
        (to("/items", "application/json"), 401),
        (to("/nowhere", "application/json"), 404),
        (to("/ping", "application/json"), 405),
        (to("/a//b", "application/json"), 400),
        (to("/slow-body", "text/plain"), 415),
        (to("/items", "application/json") + &known, 422),
    ] {
        let declared = format!("{head}Content-Length: 7\r\n\r\n{seven}");
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n7\r\n{seven}\r\n0\r\n\r\n");
        for request in [declared, chunked] {
            let found = answers(format!("{request}{request}{LAST}").as_bytes());
            let all: Vec<_> = found.iter().map(|answer| answer.status).collect();
            assert_eq!(all, [status, status, 200], "{request}");
            assert_eq!(found[0].header("connection"), None, "{request}");
        }
    }
}

#[test]
fn a_refused_request_whose_body_is_large_or_missing_announces_the_end() {
    let large = " ".repeat(300 * 1024);
    for request in [
        create(None, "Content-Length: 7\r\n", ""),
        create(None, "Content-Length: 7\r\n", "{\"a\":"),
        create(None, "Transfer-Encoding: chunked\r\n", "7\r\n"),
        create_whole(None, "", &large),
        create_whole(Some("large"), "", &large),
    ] {
        let mut connection = Connection::open(shared().address());
        connection.write(request.as_bytes());
        let answer = connection.answer().unwrap();
        let told = request.split("\r\n\r\n").next().unwrap();
        assert_eq!(answer.header("connection"), Some("close"), "{told}");
        assert!(matches!(answer.status, 401 | 413), "{told}: {answer:?}");
        assert_eq!(connection.rest(), b"", "{told}");
    }
}

#[test]
fn leave_to_send_a_body_is_given_when_the_guards_agreed() {
    let expect = "Expect: 100-continue\r\nContent-Length: 23\r\n";
    let over = "Expect: 100-continue\r\nContent-Length: 4900000\r\n";
    let nowhere = create(None, expect, "").replace("/items", "/nowhere");
    let text = create(Some("expect"), expect, "").replace("application/json", "text/plain");
    for (request, status) in [
        (create(None, expect, ""), 401),
        (create(Some("expect"), over, ""), 413),
        (nowhere, 404),
        (text, 415),
    ] {
        let mut connection = Connection::open(shared().address());
        connection.write(request.as_bytes());
        // The client did not send its body, and does not say whether it will.
        let found = connection.answers();
        assert_eq!(found.len(), 1, "{request}: {found:?}");
        assert_eq!((found[0].status, found[0].header("connection")), (status, Some("close")));
    }
    let request = create(Some("expect"), expect, "");
    let mut connection = Connection::open(shared().address());
    for _ in 0..3 {
        connection.write(request.as_bytes());
        assert_eq!(connection.answer().unwrap().status, 100);
        connection.write(GOOD.as_bytes());
        assert_eq!(connection.answer().unwrap().status, 201);
    }
    // With the body there is nothing to give leave for.
    connection.write(format!("{request}{GOOD}{LAST}").as_bytes());
    let found: Vec<_> = connection.answers().iter().map(|answer| answer.status).collect();
    assert_eq!(found, [201, 200]);
}

#[test]
fn blank_lines_between_requests_are_no_request() {
    let request = create_whole(Some("blank"), "", GOOD);
    assert_eq!(statuses(&format!("{request}\r\n{request}\r\n\r\n{LAST}")), [201, 201, 200]);
}

#[test]
fn a_request_that_comes_byte_by_byte_is_served() {
    let request = create_whole(Some("bytes"), "", GOOD) + LAST;
    let mut connection = Connection::open(shared().address());
    for byte in request.as_bytes().chunks(1) {
        connection.write(byte);
    }
    let found: Vec<_> = connection.answers().iter().map(|answer| answer.status).collect();
    assert_eq!(found, [201, 200]);
}

#[test]
fn heads_are_answered_without_a_body_and_kept() {
    let mut connection = Connection::open(shared().address());
    for offer in ["", OFFERS[2], OFFERS[4]] {
        connection.write(format!("HEAD /ping HTTP/1.1\r\nHost: x\r\n{offer}\r\n").as_bytes());
    }
    connection.write(LAST.as_bytes());
    let all = String::from_utf8(connection.rest()).unwrap();
    assert_eq!(all.matches("HTTP/1.1 200 OK\r\n").count(), 4, "{all}");
    assert_eq!(all.matches("content-length: 4\r\n").count(), 4, "{all}");
    assert_eq!(all.matches("pong").count(), 1, "{all}");
    assert_eq!(all.matches("connection:").count(), 1, "{all}");
}

/// A handler that waits for its test.
#[derive(Clone, Debug, Default)]
struct Gate {
    begun: Arc<AtomicBool>,
    open: Arc<AtomicBool>,
}

#[get("/waits")]
#[public]
async fn waits(gate: Data<Gate>) -> &'static str {
    gate.begun.store(true, SeqCst);
    while !gate.open.load(SeqCst) {
        actix_web::rt::time::sleep(Duration::from_millis(2)).await;
    }
    "waited"
}

#[test]
fn a_service_that_stops_closes_what_waits_and_finishes_what_is_under_way() {
    let gate = Gate::default();
    let server = Server::serve(palisade().endpoints(endpoints![waits].with_data(gate.clone())));
    let mut idle = Connection::open(server.address());
    idle.write(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(idle.answer().unwrap().header("connection"), None);
    let mut busy = Connection::open(server.address());
    busy.write(format!("GET /waits HTTP/1.1\r\nHost: x\r\n\r\n{LAST}").as_bytes());
    let began = Instant::now();
    while !gate.begun.load(SeqCst) {
        assert!(began.elapsed() < Duration::from_secs(60), "no handler in a minute");
        thread::sleep(Duration::from_millis(2));
    }
    drop(server);
    assert_eq!(idle.rest(), b"");
    gate.open.store(true, SeqCst);
    let found = busy.answers();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].text().as_str(), found[0].header("connection")),
        ("waited", Some("close"))
    );
}

#[test]
fn an_answer_does_not_wait_for_the_request_behind_it() {
    let gate = Gate::default();
    let endpoints = crate::service::endpoints().and(endpoints![waits].with_data(gate.clone()));
    let server = Server::serve(palisade().endpoints(endpoints));
    let mut connection = Connection::open(server.address());
    let ping = "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n";
    // The one behind it is served, has not come whole, or waits for its body.
    connection.write(format!("{ping}{ping}GET /waits HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    for _ in 0..2 {
        assert_eq!(connection.answer().unwrap().text(), "pong");
    }
    gate.open.store(true, SeqCst);
    assert_eq!(connection.answer().unwrap().text(), "waited");
    connection.write(format!("{ping}GET /pi").as_bytes());
    assert_eq!(connection.answer().unwrap().text(), "pong");
    connection.write(b"ng HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(connection.answer().unwrap().text(), "pong");
    let whole = create_whole(Some("ada"), "", GOOD);
    let (most, rest) = whole.split_at(whole.len() - 3);
    connection.write(format!("{ping}{most}").as_bytes());
    assert_eq!(connection.answer().unwrap().text(), "pong");
    connection.write(rest.as_bytes());
    assert_eq!(connection.answer().unwrap().status, 201);
}

#[test]
fn requests_that_come_together_are_answered_in_their_order() {
    let mut connection = Connection::open(shared().address());
    let create = create_whole(Some("ada"), "", GOOD);
    let one = format!(
        "GET /ping HTTP/1.1\r\nHost: x\r\n\r\nHEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n{create}\
         GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    );
    connection.write(format!("{}{LAST}", one.repeat(20)).as_bytes());
    // The answer to HEAD has a length and no body, so the statuses are read off the lines.
    let all = String::from_utf8(connection.rest()).unwrap();
    let lines = all.split("HTTP/1.1 ").skip(1);
    let statuses: Vec<_> = lines.map(|answer| &answer[..3]).collect();
    let expected = ["200", "200", "201", "404"].repeat(20);
    assert_eq!(statuses, [expected, vec!["200"]].concat());
}
