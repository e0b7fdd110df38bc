//! The body: media type, encoding, size.

use std::{num::NonZeroU32, thread, time::Duration};

use palisade_tests::{
    client::{Answer, Connection, Request},
    server::Server,
    token::token,
};

use crate::service::{GOOD, endpoints, palisade, shared};

fn create() -> Request {
    shared().post("/items").bearer(&token("bodies", "items:write"))
}

#[test]
fn only_json_is_taken_as_json() {
    for (content_type, status) in [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/vnd.items+json", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset*=utf-16''x", 415),
        ("application/json, text/plain", 415),
        ("multipart/form-data; boundary=x", 415),
    ] {
        let answer = create().header("Content-Type", content_type).body(GOOD).send();
        assert_eq!(answer.status, status, "{content_type}");
    }
    assert_eq!(create().body(GOOD).send().status, 415, "no type at all");
    let twice = create().header("Content-Type", "application/json");
    assert_eq!(twice.header("Content-Type", "application/json").body(GOOD).send().status, 415);
}

#[test]
fn encoded_bodies_are_refused() {
    for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "x"] {
        let answer = create().header("Content-Encoding", encoding).json(GOOD).send();
        assert_eq!(answer.status, 415, "{encoding}");
        let answer = shared().request("PUT", "/blobs").header("Content-Encoding", encoding);
        assert_eq!(answer.body("x").send().status, 415, "{encoding} into a vouched extractor");
    }
    assert_eq!(create().header("Content-Encoding", "identity").json(GOOD).send().status, 201);
}

#[test]
fn the_cap_holds_for_a_declared_and_for_an_undeclared_length() {
    let padded = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
    assert_eq!(create().json(&padded(1024)).send().status, 201);
    assert_eq!(create().json(&padded(1025)).send().status, 413);

    let mut connection = Connection::open(shared().address());
    let token = token("bodies", "items:write");
    connection.write(
        format!(
            "POST /items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        .as_bytes(),
    );
    for _ in 0..3 {
        connection.write(format!("200\r\n{}\r\n", " ".repeat(512)).as_bytes());
    }
    // The end of the body never came.
    assert_eq!(connection.answer().unwrap().status, 413);
}

#[test]
fn a_body_in_many_pieces_is_read_whole() {
    let mut connection = Connection::open(shared().address());
    let token = token("bodies", "items:write");
    connection.write(
        format!(
            "POST /items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        .as_bytes(),
    );
    for byte in GOOD.bytes() {
        connection.write(format!("1\r\n{}\r\n", char::from(byte)).as_bytes());
    }
    connection.write(b"0\r\n\r\n");
    assert_eq!(connection.answer().unwrap().status, 201);
}

#[test]
fn vouched_extractors_are_under_the_cap() {
    let put = |body: &str| shared().request("PUT", "/blobs").body(body).send();
    assert_eq!(put("12345678").text(), "8");
    assert_eq!(put("123456789").status, 413);
    let mut connection = Connection::open(shared().address());
    connection.write(
        b"PUT /blobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
          9\r\n123456789\r\n0\r\n\r\n",
    );
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.problem().as_str()), (413, "body-too-large"));
}

/// The answer to a body of some length, of which pieces of this size come every 200 ms.
fn drip(server: &Server, target: &str, length: usize, piece: usize) -> Answer {
    let body = format!("{}{GOOD}", " ".repeat(length - GOOD.len()));
    let mut connection = Connection::open(server.address());
    connection.write(
        format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n"
        )
        .as_bytes(),
    );
    for piece in body.as_bytes().chunks(piece) {
        thread::sleep(Duration::from_millis(200));
        if !connection.try_write(piece) {
            break;
        }
    }
    connection.answer().unwrap()
}

#[test]
fn the_deadline_of_a_body_follows_its_bytes() {
    let rate = NonZeroU32::new(500).unwrap();
    let settings = palisade().body_timeout(Duration::from_secs(1)).body_rate(rate);
    let server = Server::serve(settings.endpoints(endpoints()));
    // Four times the grace time, at several times the rate.
    let answer = drip(&server, "/slow-body", 12_000, 600);
    assert_eq!((answer.status, answer.header("connection")), (200, None), "{}", answer.text());
    // A byte now and then is no progress.
    let answer = drip(&server, "/slow-body", 100, 1);
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
}

#[test]
fn an_endpoint_has_a_deadline_of_its_own_for_the_whole_body() {
    let server = Server::serve(palisade().endpoints(endpoints()));
    assert_eq!(drip(&server, "/slow-body/whole", 600, 600).status, 200);
    assert_eq!(drip(&server, "/slow-body/whole", 12_000, 600).status, 408);
}
