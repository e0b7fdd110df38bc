//! Bodies of HTTP/2, of requests and of answers, and clients that give up.

use std::{
    future::poll_fn,
    num::NonZeroU32,
    sync::atomic::Ordering::SeqCst,
    thread,
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use h2::Reason;
use palisade_tests::{
    http2::{Client, Frames, Request, error, flag, kind},
    token::token,
};

use crate::http2_service::{start, until};

const SECOND: Duration = Duration::from_secs(1);

const GOOD: &str = r#"{"name": "lamp", "qty": 2}"#;

#[test]
fn bodies_are_read_with_and_without_their_length() {
    let (server, _) = start(|builder| builder);
    let mut client = Client::open(server.address());
    for length in [0, 1, 16_384, 70_000, 200_000] {
        let plain = Request::new("PUT", "/uploads").body(vec![b'x'; length]);
        let told = plain.clone().header("content-length", &length.to_string());
        for request in [plain.clone(), told, plain.trailers()] {
            let answer = client.send(&request).unwrap();
            assert_eq!((answer.status, answer.text()), (200, length.to_string()));
        }
    }
    // The cap holds without a length too.
    let large = Request::new("PUT", "/uploads").body(vec![b'x'; 200_001]);
    assert_eq!(client.send(&large).unwrap().status, 413);
    // All at once, which is more than the window of the connection.
    let requests: Vec<_> =
        (0..20).map(|_| Request::new("PUT", "/uploads").body(vec![b'x'; 200_000])).collect();
    for answer in client.send_all(&requests) {
        assert_eq!(answer.unwrap().text(), "200000");
    }
}

#[test]
fn frames_of_any_size_make_one_body() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    let block = frames.request("PUT", "/uploads", &[]);
    frames.send(kind::HEADERS, flag::END_HEADERS, 1, &block);
    let mut bytes = Vec::new();
    for size in [1, 1, 1, 5_000, 1, 16_384, 3, 4_096, 4_095, 2] {
        bytes.extend(Frames::frame(kind::DATA, 0, 1, &vec![b'x'; size]));
        // Padding is not part of it.
        bytes.extend(Frames::frame(
            kind::DATA,
            flag::PADDED,
            1,
            &[&[3, b'y'][..], &[0; 3]].concat(),
        ));
    }
    bytes.extend(Frames::frame(kind::DATA, flag::END_STREAM, 1, b""));
    frames.write(&bytes);
    let whole: usize =
        [1, 1, 1, 5_000, 1, 16_384, 3, 4_096, 4_095, 2].iter().map(|size| size + 1).sum();
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    assert_eq!(frames.expect(kind::DATA).payload, whole.to_string().as_bytes());
}

#[test]
fn a_body_has_the_length_that_it_states() {
    let (server, steps) = start(|builder| builder);
    for (stated, sent) in [("3", &b"four"[..]), ("5", b"four")] {
        let mut frames = Frames::open(server.address());
        let block = frames.request("PUT", "/uploads", &[("content-length", stated)]);
        frames.send(kind::HEADERS, flag::END_HEADERS, 1, &block);
        frames.send(kind::DATA, flag::END_STREAM, 1, sent);
        let reset = frames.expect(kind::RST_STREAM);
        assert_eq!((reset.stream, reset.error()), (1, Some(error::PROTOCOL_ERROR)));
        frames.ask(3, "/ping");
        assert_eq!(frames.expect(kind::HEADERS).stream, 3, "it is not answered");
    }
    assert_eq!(steps.begun(), 0);
}

#[test]
fn continue_is_sent_when_the_body_is_waited_for_and_never_before_a_refusal() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    let block = frames.request("PUT", "/uploads", &[("expect", "100-continue")]);
    frames.send(kind::HEADERS, flag::END_HEADERS, 1, &block);
    let interim = frames.expect(kind::HEADERS);
    assert_eq!((interim.status(), interim.flags & flag::END_STREAM), (None, 0));
    frames.send(kind::DATA, flag::END_STREAM, 1, b"body");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
    // The guards refuse it, so nothing is asked for.
    for (stream, fields) in [
        (3, &[("expect", "100-continue")][..]),
        (5, &[("expect", "100-continue"), ("content-length", "9")]),
    ] {
        let block = frames.request("PUT", "/guarded-uploads", fields);
        frames.send(kind::HEADERS, flag::END_HEADERS, stream, &block);
        let rest: Vec<_> = std::iter::from_fn(|| frames.read().ok())
            .take_while(|frame| frame.kind != kind::RST_STREAM)
            .filter(|frame| frame.kind == kind::HEADERS)
            .collect();
        assert_eq!(rest.len(), 1, "{rest:?}");
    }
    // A client that does not wait for it gets none.
    let block = frames.request("PUT", "/uploads", &[("expect", "100-continue")]);
    let head = Frames::frame(kind::HEADERS, flag::END_HEADERS, 7, &block);
    frames.write(&[head, Frames::frame(kind::DATA, flag::END_STREAM, 7, b"body")].concat());
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
}

#[test]
fn an_answer_may_come_before_the_body_and_tells_that_the_rest_is_not_read() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    let token = token("ada", "");
    let bearer = format!("Bearer {token}");
    for (stream, fields) in
        [(1, &[][..]), (3, &[("authorization", bearer.as_str()), ("content-length", "300000")])]
    {
        let block = frames.request("PUT", "/guarded-uploads", fields);
        frames.send(kind::HEADERS, flag::END_HEADERS, stream, &block);
        for _ in 0..4 {
            frames.send(kind::DATA, 0, stream, &[b'x'; 16_000]);
        }
        let mut has_ended = false;
        let reset = loop {
            let frame = frames.read().unwrap();
            if frame.kind == kind::RST_STREAM {
                break frame;
            }
            has_ended |= frame.kind == kind::DATA && frame.flags & flag::END_STREAM != 0;
        };
        assert!(has_ended, "the answer is whole");
        assert_eq!((reset.stream, reset.error()), (stream, Some(error::NO_ERROR)));
        // Frames that are still on their way are not an error.
        frames.send(kind::DATA, 0, stream, &[b'x'; 1_000]);
    }
    frames.ask(5, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));
}

#[test]
fn a_body_that_does_not_come_ends_its_request_alone() {
    let (server, _) = start(|builder| builder.body_timeout(SECOND));
    let mut client = Client::open(server.address());
    let authority = server.address().to_string();
    let bearer = format!("Bearer {}", token("ada", "items:write"));
    let status = client.run(async |send| {
        let mut send = send.ready().await.unwrap();
        let uri = format!("http://{authority}/items");
        let head = http::Request::builder().method("POST").uri(uri);
        let head = head.header("authorization", &bearer).header("content-type", "application/json");
        let head = head.body(()).unwrap();
        let (answer, mut stream) = send.send_request(head, false).unwrap();
        stream.send_data(Bytes::from_static(b"{"), false).unwrap();
        let mut others = send.ready().await.unwrap();
        let uri = format!("http://{authority}/ping");
        let head = http::Request::builder().uri(uri).body(()).unwrap();
        let (other, _) = others.send_request(head, true).unwrap();
        assert_eq!(other.await.unwrap().status().as_u16(), 200);
        answer.await.unwrap().status().as_u16()
    });
    assert_eq!(status, 408);
    assert_eq!(client.send(&Request::new("GET", "/ping")).unwrap().status, 200);
}

#[test]
fn what_may_have_changed_something_goes_on_when_its_client_gives_up() {
    let (server, steps) = start(|builder| builder);
    for ends in ["reset", "connection"] {
        steps.open.store(false, SeqCst);
        let (begun, done) = (steps.begun(), steps.done());
        let mut frames = Frames::open(server.address());
        for (stream, method) in [(1, "GET"), (3, "POST")] {
            let block = frames.request(method, "/waits", &[]);
            frames.send(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, stream, &block);
        }
        until("both have begun", || steps.begun() == begun + 2);
        if ends == "reset" {
            for stream in [1, 3] {
                frames.send(kind::RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            }
            // That the service has seen it.
            frames.ask(5, "/ping");
            assert_eq!(frames.expect(kind::HEADERS).stream, 5);
        } else {
            drop(frames);
        }
        thread::sleep(SECOND / 2);
        steps.open.store(true, SeqCst);
        until("the one that may change something is done", || steps.done() == done + 1);
        thread::sleep(SECOND / 10);
        assert_eq!(steps.done(), done + 1, "{ends}: the other one is not");
    }
}

#[test]
fn answers_without_a_body_end_with_their_head() {
    let (server, _) = start(|builder| builder);
    let mut frames = Frames::open(server.address());
    for (stream, method, path) in [
        (1, "HEAD", "/ping"),
        (3, "GET", "/statuses/204"),
        (5, "GET", "/statuses/304"),
        (7, "HEAD", "/nowhere"),
    ] {
        let block = frames.request(method, path, &[]);
        frames.send(kind::HEADERS, flag::END_STREAM | flag::END_HEADERS, stream, &block);
        let head = frames.expect(kind::HEADERS);
        assert_eq!((head.stream, head.flags & flag::END_STREAM), (stream, flag::END_STREAM));
    }
}

#[test]
fn large_answers_keep_to_the_windows_of_the_client() {
    let (server, steps) = start(|builder| builder);
    for window in [16_384, 65_535, 1 << 20] {
        let mut settings = h2::client::Builder::new();
        settings.initial_window_size(window);
        let mut client = Client::open_with(server.address(), &settings);
        let requests: Vec<_> = ["sized", "stream"]
            .iter()
            .cycle()
            .take(6)
            .map(|kind| Request::new("GET", &format!("/made/{kind}/3000000")))
            .collect();
        for answer in client.send_all(&requests) {
            let answer = answer.unwrap();
            assert!(answer.body.len() == 3_000_000 && answer.body.iter().all(|byte| *byte == b'x'));
        }
    }
    assert_eq!(steps.held(), 0);
}

#[test]
fn an_answer_that_breaks_off_never_looks_whole() {
    let (server, steps) = start(|builder| builder);
    let mut client = Client::open(server.address());
    for ending in ["fails", "panics", "short"] {
        let request = Request::new("GET", &format!("/made/{ending}/50000"));
        let error = client.send(&request).unwrap_err();
        assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR), "{ending}");
    }
    // No more than it states.
    let answer = client.send(&Request::new("GET", "/made/long/50000")).unwrap();
    assert_eq!(answer.body.len(), 49_999);
    assert_eq!(client.send(&Request::new("GET", "/ping")).unwrap().status, 200);
    until("the bodies are dropped", || steps.held() == 0);
}

/// SETTINGS with windows of this size.
fn windows(size: u32) -> Vec<u8> {
    [&[0, 4][..], &size.to_be_bytes()].concat()
}

#[test]
fn what_waits_to_be_sent_has_a_bound() {
    let (server, steps) = start(|builder| builder.write_timeout(600 * SECOND));
    let mut frames = Frames::open(server.address());
    let large = 1_u32 << 30;
    frames.send(kind::SETTINGS, 0, 0, &windows(large));
    frames.send(kind::WINDOW_UPDATE, 0, 0, &large.to_be_bytes());
    frames.ask(1, "/made/sized/30000000");
    until("it is held", || steps.held() == 1);
    // A body is dropped when all of it was taken.
    for _ in 0..30 {
        thread::sleep(SECOND / 10);
        assert_eq!(steps.held(), 1, "all of it waits to be sent");
    }
}

#[test]
fn an_answer_that_is_not_taken_ends() {
    let (server, steps) = start(|builder| builder.write_timeout(SECOND));
    // No window at all.
    let mut frames = Frames::open(server.address());
    frames.send(kind::SETTINGS, 0, 0, &windows(0));
    frames.ask(1, "/made/sized/100000");
    until("it is held", || steps.held() == 1);
    let reset = frames.expect(kind::RST_STREAM);
    assert_eq!((reset.stream, reset.error()), (1, Some(error::CANCEL)));
    until("it is dropped", || steps.held() == 0);
    frames.send(kind::SETTINGS, 0, 0, &windows(65_535));
    frames.ask(3, "/ping");
    assert_eq!(frames.expect(kind::HEADERS).status(), Some(200));

    // An occasional byte.
    let mut frames = Frames::open(server.address());
    frames.send(kind::SETTINGS, 0, 0, &windows(0));
    frames.ask(1, "/made/sized/100000");
    let began = Instant::now();
    until("it is held", || steps.held() == 1);
    until("it is dropped", || {
        frames.send(kind::WINDOW_UPDATE, 0, 1, &1_u32.to_be_bytes());
        thread::sleep(SECOND / 20);
        steps.held() == 0
    });
    assert!(began.elapsed() >= SECOND / 2);

    // Windows, and a socket that is not read.
    let mut frames = Frames::open(server.address());
    let large = 1_u32 << 30;
    frames.send(kind::SETTINGS, 0, 0, &windows(large));
    frames.send(kind::WINDOW_UPDATE, 0, 0, &large.to_be_bytes());
    frames.ask(1, "/made/sized/100000000");
    until("it is held", || steps.held() == 1);
    until("it is dropped", || steps.held() == 0);
    // And one that is read slowly, above the least rate.
    let mut slow = Frames::open(server.address());
    slow.send(kind::SETTINGS, 0, 0, &windows(1_000));
    slow.ask(1, "/made/sized/20000");
    let mut taken = 0;
    while taken < 20_000 {
        let data = slow.expect(kind::DATA);
        taken += data.payload.len();
        thread::sleep(SECOND / 10);
        let more = u32::try_from(data.payload.len()).unwrap_or(0).max(1);
        slow.send(kind::WINDOW_UPDATE, 0, 1, &more.to_be_bytes());
    }
    assert_eq!(taken, 20_000);
}

#[test]
fn what_is_sent_and_not_read_has_a_bound() {
    let window = NonZeroU32::new(16_384).unwrap();
    let both = NonZeroU32::new(65_535).unwrap();
    let (server, _) = start(|builder| {
        builder.http2_stream_window(window).http2_connection_window(both).body_timeout(60 * SECOND)
    });
    let mut client = Client::open(server.address());
    let authority = server.address().to_string();
    // The handlers do not read these bodies.
    let sent = client.run(async |send| {
        let mut send = send.ready().await.unwrap();
        let uri = format!("http://{authority}/waits");
        let mut sent = 0_usize;
        let mut open = Vec::new();
        for _ in 0..8 {
            let head = http::Request::builder().method("POST").uri(&uri).body(()).unwrap();
            let (answer, mut stream) = send.send_request(head, false).unwrap();
            send = send.ready().await.unwrap();
            stream.reserve_capacity(1 << 20);
            let room = tokio::time::timeout(SECOND / 4, async {
                loop {
                    let room = poll_fn(|cx| stream.poll_capacity(cx)).await.unwrap().unwrap();
                    stream.send_data(Bytes::from(vec![b'x'; room]), false).unwrap();
                    sent += room;
                }
            });
            let _waits: Result<(), _> = room.await;
            open.push((answer, stream));
        }
        sent
    });
    // Windows before the settings came are those of the protocol.
    assert!(sent <= 65_535 + 16_384, "{sent}");
    assert_eq!(client.send(&Request::new("POST", "/items").json(GOOD)).unwrap().status, 401);
}
