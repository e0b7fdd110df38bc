//! HTTP/2 of a service: the same guards and answers as HTTP/1.1, and connections that end in order.

use std::{
    collections::BTreeMap,
    num::{NonZeroU32, NonZeroU64},
    sync::atomic::Ordering::SeqCst,
    thread,
    time::{Duration, Instant},
};

use palisade::Http2;
use palisade_tests::{
    client::{self, Answer, Connection},
    http2::{Client, Frame, Frames, Request, error, flag, kind},
    server::Server,
    token::token,
};

use crate::http2_service::{start, until};

const WHOLE: u8 = flag::END_STREAM | flag::END_HEADERS;

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// The text of a problem without the id of its request, which is another each time.
fn without_id(text: &str) -> String {
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
        Ok(mut members) => {
            members.remove("request_id");
            serde_json::Value::from(members).to_string()
        }
        Err(_) => text.to_owned(),
    }
}

/// The fields of an answer that do not depend on when it was made, nor on how its connection goes on.
fn lasting(answer: &Answer) -> BTreeMap<String, Vec<String>> {
    let mut fields: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (name, value) in &answer.headers {
        // The names are those of frames or chunks.
        if matches!(name.as_str(), "connection" | "transfer-encoding") {
            continue;
        }
        let changes = matches!(name.as_str(), "date" | "x-request-id" | "ratelimit");
        let value = if changes { String::new() } else { value.clone() };
        fields.entry(name.clone()).or_default().push(value);
    }
    fields
}

#[test]
fn answers_are_those_of_http_1() {
    let (server, _) = start(|builder| builder);
    let mut client = Client::open(server.address());
    let token = token("ada", "items:write");
    let authorization = format!("Bearer {token}");
    let good = r#"{"name": "lamp", "qty": 2}"#;
    let known = ("authorization", authorization.as_str());
    let json = ("content-type", "application/json");
    let large = format!(r#"{{"name": "{}", "qty": 2}}"#, "x".repeat(2_000));
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Option<&'a str>, u16);
    let cases: &[Case<'_>] = &[
        ("GET", "/ping", &[], None, 200),
        ("HEAD", "/ping", &[], None, 200),
        ("POST", "/ping", &[], None, 405),
        ("GET", "/nowhere", &[], None, 404),
        ("GET", "/a//b", &[], None, 400),
        ("GET", "/a/..;/b", &[], None, 400),
        ("GET", "/items/7", &[], None, 200),
        ("GET", "/items/seven", &[], None, 422),
        ("GET", "/me", &[], None, 401),
        ("GET", "/me", &[("authorization", "Bearer x")], None, 401),
        ("GET", "/me", &[known], None, 200),
        ("POST", "/items", &[json], Some(good), 401),
        ("POST", "/items", &[known, json], Some(good), 201),
        ("POST", "/items", &[known, json], Some("{"), 400),
        ("POST", "/items", &[known, json], Some(r#"{"name": "", "qty": 0}"#), 422),
        ("POST", "/items", &[known, ("content-type", "text/plain")], Some(good), 415),
        ("POST", "/items", &[known, json], Some(&large), 413),
        ("POST", "/items", &[known, json, ("sec-fetch-site", "cross-site")], Some(good), 403),
        ("OPTIONS", "/ping", &[], None, 405),
        ("GET", "/slow", &[], None, 504),
        ("GET", "/panics", &[], None, 500),
        ("GET", "/statuses/204", &[], None, 204),
        ("GET", "/statuses/304", &[], None, 304),
        ("GET", "/statuses/404", &[], None, 404),
        ("GET", "/statuses/101", &[], None, 500),
        ("GET", "/fields", &[], None, 200),
        ("GET", "/cached", &[], None, 200),
        ("GET", "/made/sized/30000", &[], None, 200),
        ("HEAD", "/made/sized/30000", &[], None, 200),
        ("GET", "/made/stream/30000", &[], None, 200),
        ("GET", "/made/long/30000", &[], None, 200),
        ("GET", "/ping", &[("host", "other.example")], None, 421),
    ];
    for (method, target, fields, body, status) in cases {
        let case = format!("{method} {target} {fields:?}");
        let host = fields.iter().find(|(name, _)| *name == "host").map(|(_, host)| *host);
        let mut old = Connection::open(server.address());
        let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
        let address = server.address().to_string();
        head.push_str(&format!("Host: {}\r\n", host.unwrap_or(&address)));
        let mut new = match host {
            Some(host) => Request::new(method, &format!("http://{host}{target}")),
            None => Request::new(method, target),
        };
        for (name, value) in fields.iter().filter(|(name, _)| *name != "host") {
            head.push_str(&format!("{name}: {value}\r\n"));
            new = new.header(name, value);
        }
        if let Some(body) = body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            new = new.header("content-length", &body.len().to_string()).body(*body);
        }
        old.write(format!("{head}\r\n{}", body.unwrap_or_default()).as_bytes());
        let head_only = *method == "HEAD";
        let old = if head_only { headless(&mut old) } else { old.answer().unwrap() };
        let new = client.send(&new).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((old.status, new.status), (*status, *status), "{case}");
        assert_eq!(without_id(&old.text()), without_id(&new.text()), "{case}");
        let (old, mut new) = (lasting(&old), lasting(&new));
        if !old.contains_key("content-length") {
            assert!(!new.contains_key("content-length") || *status == 101, "{case}: {new:?}");
        }
        for field in ["connection", "keep-alive", "transfer-encoding", "upgrade"] {
            assert!(!new.contains_key(field), "{case}: {field}");
            if let Some(value) = old.get(field) {
                new.insert(field.to_owned(), value.clone());
            }
        }
        assert_eq!(old, new, "{case}");
    }
}

/// An answer to HEAD, which ends with its head.
fn headless(connection: &mut Connection) -> Answer {
    let bytes = String::from_utf8(connection.rest()).unwrap();
    let (head, rest) = bytes.split_once("\r\n\r\n").unwrap();
    assert_eq!(rest, "");
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let fields = lines.map(|line| line.split_once(": ").unwrap());
    let headers = fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Answer { status, headers: headers.collect(), body: Vec::new() }
}

#[test]
fn a_request_is_what_it_is_in_http_1() {
    let (server, _) = start(|builder| builder);
    let mut client = Client::open(server.address());
    let request =
        Request::new("GET", "/request?a=1").header("cookie", "a=1").header("cookie", "b=2");
    let host = server.address().to_string();
    let answer = client.send(&request).unwrap();
    assert_eq!(answer.text(), format!("HTTP/2.0 /request?a=1 {host} a=1; b=2 127.0.0.1"));
    // The host may be in the field, or in both.
    for fields in [&[][..], &[("host", "localhost:1")]] {
        let mut frames = Frames::open(server.address());
        let pseudo = [(":method", "GET"), (":scheme", "https"), (":path", "/ping")];
        let authority = [(":authority", "localhost:1")];
        let both = [&pseudo[..], &authority, fields].concat();
        frames.send(kind::HEADERS, WHOLE, 1, &Frames::block(&both));
        assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
        let field_only = [&pseudo[..], &[("host", "localhost:1")]].concat();
        frames.send(kind::HEADERS, WHOLE, 3, &Frames::block(&field_only));
        assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    }
}

#[test]
fn the_preface_decides_where_it_may() {
    let (plain, _) = start(|builder| builder);
    // Byte by byte, and HTTP/1.1 whose beginning is alike.
    let mut slow = Frames::raw(plain.address());
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
        assert!(slow.write(&[*byte]));
    }
    slow.send(kind::SETTINGS, 0, 0, &[0, 1, 0, 0, 0, 0]);
    slow.ask(1, "/ping");
    assert_eq!(slow.expect(kind::HEADERS).status(), Some(200));
    for (method, status) in [("GET", 200), ("PROPFIND", 405), ("P", 405), ("PRI", 405)] {
        let answer = client::Request::new(plain.address(), method, "/ping").send();
        assert_eq!(answer.status, status, "{method}");
    }
    let mut both = Connection::open(plain.address());
    both.write(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(both.answer().unwrap().status, 200);
    both.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(both.answer().unwrap().status, 400, "not within a connection of HTTP/1.1");
    for mode in [Http2::Tls, Http2::Off] {
        let (server, _) = start(|builder| builder.http2(mode));
        let mut connection = Connection::open(server.address());
        connection.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        let answers = connection.answers();
        assert_eq!(answers.iter().map(|one| one.status).collect::<Vec<_>>(), [400], "{mode:?}");
        assert_eq!(server.get("/ping").send().status, 200, "{mode:?}");
    }
}

#[test]
fn what_is_malformed_ends_its_stream_and_nothing_else() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    let own = server.address().to_string();
    let (method, scheme, path) = ((":method", "GET"), (":scheme", "http"), (":path", "/ping"));
    let authority = (":authority", own.as_str());
    let good = [method, scheme, path, authority];
    let with = |field| [&good[..], &[field]].concat();
    let resets = [
        vec![scheme, path, authority],
        vec![method, path, authority],
        vec![method, scheme, authority],
        // Neither `:authority` nor `Host`.
        vec![method, scheme, path],
        with(method),
        with(path),
        with(scheme),
        with(authority),
        vec![method, scheme, (":path", ""), authority],
        vec![method, scheme, (":path", "ping"), authority],
        vec![method, scheme, (":path", "a:80"), authority],
        vec![method, scheme, path, ("accept", "x"), authority],
        with((":status", "200")),
        with(("connection", "close")),
        with(("keep-alive", "timeout=5")),
        with(("proxy-connection", "close")),
        with(("transfer-encoding", "chunked")),
        with(("upgrade", "h2c")),
        with(("te", "gzip")),
        with(("content-length", "5")),
        with(("content-length", "+0")),
        // Extended CONNECT (RFC 8441) is not offered.
        vec![(":method", "CONNECT"), (":protocol", "websocket"), scheme, path, authority],
        vec![(":method", "CONNECT"), path, scheme, authority],
    ];
    let mut stream = 1;
    for fields in &resets {
        frames.send(kind::HEADERS, WHOLE, stream, &Frames::block(fields));
        frames.ask(stream + 2, "/ping");
        let reset = frames.next_of(&[kind::RST_STREAM, kind::GOAWAY]);
        let told = (reset.kind, reset.stream, reset.error());
        let expected = (kind::RST_STREAM, stream, Some(error::PROTOCOL_ERROR));
        assert_eq!(told, expected, "{fields:?}");
        let answer = frames.expect(kind::HEADERS);
        assert_eq!((answer.stream, answer.status()), (stream + 2, Some(200)), "{fields:?}");
        stream += 4;
    }
    // A field with an unknown pseudo-header name or with invalid characters ends the connection.
    for field in [(":unknown", "x"), ("Accept", "x"), ("accept", "a\r\nb"), ("a b", "c")] {
        let mut own = Frames::open(server.address());
        own.send(kind::HEADERS, WHOLE, 1, &Frames::block(&with(field)));
        assert_eq!(own.end(), Some(error::PROTOCOL_ERROR), "{field:?}");
    }
    let refused = [
        vec![(":method", "CONNECT"), authority],
        vec![(":method", "CONNECT"), (":authority", "127.0.0.1:22")],
        with(("host", "localhost")),
        with(("host", "a.example")),
        vec![method, scheme, path, (":authority", "a@localhost")],
        vec![method, (":scheme", "ftp"), path, (":authority", "localhost"), ("host", "b")],
        vec![method, scheme, (":path", "*"), authority],
        vec![method, scheme, (":path", "//a/b"), authority],
    ];
    for fields in &refused {
        frames.send(kind::HEADERS, WHOLE, stream, &Frames::block(fields));
        let answer = frames.expect(kind::HEADERS);
        assert_eq!((answer.stream, answer.status()), (stream, Some(400)), "{fields:?}");
        stream += 2;
    }
    let options = [(":method", "OPTIONS"), scheme, (":path", "*"), authority];
    for fields in [&options[..], &with(("te", "trailers"))] {
        frames.send(kind::HEADERS, WHOLE, stream, &Frames::block(fields));
        let status = frames.expect(kind::HEADERS).status();
        assert!(matches!(status, Some(200 | 204)), "{fields:?}: {status:?}");
        stream += 2;
    }
}

#[test]
fn a_header_list_has_a_bound() {
    let (server, _) = start(|builder| builder.http2_header_list(number(8_192)));
    let mut client = Client::open(server.address());
    let many = |count: usize| {
        (0..count).fold(Request::new("GET", "/ping"), |request, number| {
            request.header(&format!("x-{number}"), "1")
        })
    };
    let long = |length: usize| Request::new("GET", "/ping").header("x-long", &"x".repeat(length));
    // With `Host`, 96 fields.
    for (request, status) in
        [(many(95), 200), (many(96), 431), (long(7_900), 200), (long(9_000), 431), (many(1), 200)]
    {
        assert_eq!(client.send(&request).unwrap().status, status);
    }
    // 32 KiB unless it is set.
    let (usual, _) = start(|builder| builder);
    let mut client = Client::open(usual.address());
    assert_eq!(client.send(&long(32_000)).unwrap().status, 200);
    assert_eq!(client.send(&long(33_000)).unwrap().status, 431);
    assert_eq!(client.send(&long(60_000)).unwrap().status, 431);
}

#[test]
fn requests_of_a_connection_at_a_time_have_a_bound() {
    let (server, steps) = start(|builder| builder.http2_streams(number(3)));
    let mut frames = Frames::open(server.address());
    let settings = frames.expect(kind::SETTINGS);
    let streams = settings.payload.chunks(6).find(|one| one[..2] == [0, 3]).unwrap();
    assert_eq!(streams[2..], [0, 0, 0, 3]);
    for stream in [1, 3, 5] {
        frames.ask(stream, "/waits");
    }
    until("three have begun", || steps.begun() == 3);
    frames.ask(7, "/waits");
    let refused = frames.expect(kind::RST_STREAM);
    assert_eq!((refused.stream, refused.error()), (7, Some(error::REFUSED_STREAM)));
    steps.open.store(true, SeqCst);
    let mut ended: Vec<_> = (0..3).map(|_| frames.expect(kind::HEADERS).stream).collect();
    ended.sort_unstable();
    assert_eq!(ended, [1, 3, 5]);
    frames.ask(9, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    assert_eq!(steps.begun(), 3);
}

#[test]
fn connections_count_by_address_whatever_they_carry() {
    let (server, _) = start(|builder| builder.connections_per_address(number(2)));
    let requests: Vec<_> = (0..50).map(|_| Request::new("GET", "/ping")).collect();
    let mut open = [Client::open(server.address()), Client::open(server.address())];
    for client in &mut open {
        let answers = client.send_all(&requests);
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status == 200));
    }
    let mut third = Frames::open(server.address());
    third.ask(1, "/ping");
    assert_eq!(third.rest(), [], "it is closed without a byte");
    drop(open);
    until("there is a place", || {
        let mut next = Frames::open(server.address());
        next.ask(1, "/ping");
        next.read().is_ok_and(|frame| frame.kind == kind::SETTINGS)
    });
}

/// The GOAWAY frames among these.
fn goaways(frames: &[Frame]) -> Vec<(u32, Option<u32>)> {
    let goaways = frames.iter().filter(|frame| frame.kind == kind::GOAWAY);
    let last = |frame: &Frame| u32::from_be_bytes(frame.payload[..4].try_into().unwrap());
    goaways.map(|frame| (last(frame), frame.error())).collect()
}

fn statuses(frames: &[Frame]) -> Vec<(u32, Option<u16>)> {
    let heads = frames.iter().filter(|frame| frame.kind == kind::HEADERS);
    heads.map(|frame| (frame.stream, frame.status())).collect()
}

#[test]
fn a_connection_ends_after_so_many_requests_and_so_long_a_time() {
    let few = NonZeroU64::new(3).unwrap();
    let (server, _) = start(|builder| builder.http2_requests(few));
    let mut frames = Frames::open(server.address());
    for stream in [1, 3, 5] {
        frames.ask(stream, "/ping");
    }
    let rest = frames.rest();
    assert_eq!(statuses(&rest), [(1, Some(200)), (3, Some(200)), (5, Some(200))]);
    // The first one lets requests through that are on their way.
    assert_eq!(goaways(&rest), [(u32::MAX >> 1, Some(0)), (5, Some(0))]);

    // A client that does not stop is not served for ever.
    let (server, steps) = start(|builder| builder.http2_requests(few).http2_streams(number(4)));
    steps.open.store(true, SeqCst);
    let mut frames = Frames::open(server.address());
    for stream in (1..200).step_by(2) {
        frames.ask(stream, "/waits");
    }
    drop(frames.rest());
    assert!(steps.begun() <= 3 + 4, "{}", steps.begun());

    let (server, _) = start(|builder| builder.http2_age(Duration::from_secs(1)));
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/ping");
    let began = Instant::now();
    let rest = frames.rest();
    assert_eq!(statuses(&rest), [(1, Some(200))]);
    assert_eq!(goaways(&rest), [(u32::MAX >> 1, Some(0)), (1, Some(0))]);
    assert!(began.elapsed() >= Duration::from_millis(900));
}

#[test]
fn waits_have_their_bounds() {
    let second = Duration::from_secs(1);
    let (server, steps) = start(|builder| builder.keep_alive(2 * second).head_timeout(second));
    // Nothing, the preface alone, and no request.
    for bytes in [&b""[..], b"PRI * HTTP/2.0\r\n\r\n"] {
        let mut frames = Frames::raw(server.address());
        frames.write(bytes);
        let rest = frames.rest();
        assert!(rest.iter().all(|frame| frame.kind != kind::HEADERS), "{rest:?}");
    }
    assert_eq!(Frames::open(server.address()).end(), Some(error::NO_ERROR));
    // A head that does not end, and a frame that does not.
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    let block = frames.get("/ping", &[]);
    frames.send(kind::HEADERS, flag::END_STREAM, 3, &block);
    assert_eq!(frames.end(), Some(error::ENHANCE_YOUR_CALM));
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/ping");
    frames.expect(kind::HEADERS);
    frames.write(&[0, 0, 8, kind::PING]);
    assert_eq!(frames.end(), Some(error::ENHANCE_YOUR_CALM));
    // No request, though there are other frames.
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/ping");
    frames.expect(kind::HEADERS);
    let began = Instant::now();
    let mut pings = 0;
    while frames.send(kind::PING, 0, 0, &[0; 8]) {
        pings += 1;
        assert!(began.elapsed() < Duration::from_secs(30), "pings keep it");
        thread::sleep(Duration::from_millis(100));
    }
    assert!(pings > 10, "it ended with the head's time");
    // A request under way keeps it.
    let mut frames = Frames::open(server.address());
    frames.ask(1, "/waits");
    thread::sleep(3 * second);
    steps.open.store(true, SeqCst);
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(204));
}

#[test]
fn a_service_that_stops_finishes_what_is_under_way() {
    let (server, steps) = start(|builder| builder);
    let mut busy = Frames::open(server.address());
    busy.ask(1, "/waits");
    let mut idle = Frames::open(server.address());
    idle.ask(1, "/ping");
    assert_eq!(idle.expect(kind::HEADERS).status(), Some(200));
    until("it has begun", || steps.begun() == 1);
    stop(server);
    let rest = idle.rest();
    assert_eq!(goaways(&rest).last(), Some(&(1, Some(error::NO_ERROR))));
    // It gets GOAWAY, and is still answered.
    assert_eq!(busy.expect(kind::GOAWAY).error(), Some(error::NO_ERROR));
    steps.open.store(true, SeqCst);
    let rest = busy.rest();
    assert_eq!(statuses(&rest), [(1, Some(204))]);
    assert_eq!(goaways(&rest), [(1, Some(error::NO_ERROR))]);
}

#[test]
fn a_service_that_stops_ends_a_connection_without_a_request() {
    let (mut server, _) = start(|builder| builder.head_timeout(Duration::from_secs(600)));
    let mut frames = Frames::open(server.address());
    frames.expect(kind::SETTINGS);
    server.tell();
    assert_eq!(frames.end(), Some(error::NO_ERROR));
}

/// Tells it to stop.
fn stop(server: Server) {
    drop(server);
}
