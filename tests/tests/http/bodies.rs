//! The body: media type, encoding, size.

use std::{num::NonZeroU32, thread, time::Duration};

use palisade::prelude::*;
use palisade_tests::{
    client::{Answer, Connection, Request},
    server::Server,
    token::token,
};

use crate::{
    picture::picture,
    service::{GOOD, endpoints, palisade, shared},
};

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
    let head = format!("POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
    slowly(server, &head, body.as_bytes(), piece)
}

/// The answer to a request whose body comes in pieces of this size, one every 200 ms.
fn slowly(server: &Server, head: &str, body: &[u8], piece: usize) -> Answer {
    let mut connection = Connection::open(server.address());
    connection.write(format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    for piece in body.chunks(piece) {
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
    // An occasional byte does not count as progress.
    let answer = drip(&server, "/slow-body", 100, 1);
    assert_eq!((answer.status, answer.header("connection")), (408, Some("close")));
}

#[test]
fn an_endpoint_has_a_deadline_of_its_own_for_the_whole_body() {
    let server = Server::serve(palisade().endpoints(endpoints()));
    assert_eq!(drip(&server, "/slow-body/whole", 600, 600).status, 200);
    assert_eq!(drip(&server, "/slow-body/whole", 12_000, 600).status, 408);
}

#[derive(Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Long {
    #[validate(range(max = 5_000_000))]
    length: u32,
}

#[put("/large")]
#[public(reason = "a test of the body's deadline")]
#[body_limit("5 MiB")]
#[validated]
async fn large(body: Json<Long>) -> String {
    body.length.to_string()
}

#[post("/pictures")]
#[public(reason = "a test of the body's deadline")]
#[upload(max = "5 MiB", kinds(png))]
async fn save_picture(file: Upload) -> String {
    file.size().to_string()
}

/// The usual settings have 15 seconds for the waits: bodies that take longer have the time of their bytes.
#[test]
fn megabytes_that_come_slowly_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    let store = Uploads::in_folder(folder.path().join("files")).unwrap();
    let served = Palisade::builder().endpoints(endpoints![large, save_picture].with_data(store));
    let server = Server::serve(served);
    // 4.4 MB at 200 KB a second.
    let picture = picture(2200, 2000);
    let piece = 40_000;
    assert!(picture.len() > 4_400_000 && picture.len() < 4_500_000, "{}", picture.len());
    let mut form =
        b"--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
          Content-Type: image/png\r\n\r\n"
            .to_vec();
    form.extend(&picture);
    form.extend(b"\r\n--line--\r\n");
    let text =
        format!("{}{{\"length\":{}}}", " ".repeat(picture.len()), picture.len()).into_bytes();
    let put = "PUT /large HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    let post = "POST /pictures HTTP/1.1\r\nHost: localhost\r\n\
                Content-Type: multipart/form-data; boundary=line\r\n";
    thread::scope(|scope| {
        for (head, body) in [(put, &text), (post, &form)] {
            let (server, picture) = (&server, &picture);
            scope.spawn(move || {
                let answer = slowly(server, head, body, piece);
                let told = answer.text();
                assert_eq!((answer.status, told), (200, picture.len().to_string()), "{head}");
            });
        }
    });
}
