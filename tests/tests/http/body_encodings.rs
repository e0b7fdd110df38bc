//! Bodies in content codings over real sockets.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use palisade::prelude::*;
use palisade_tests::{
    audit,
    client::{Answer, Connection, Request},
    server::Server,
    token::token,
};
use proptest::{prelude::*, test_runner::TestRunner};

use crate::service;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Entry {
    text: Text<4_000>,
}

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Long {
    #[validate(length(max = 1_000_000))]
    numbers: Vec<u32>,
}

#[post("/encodings/json")]
#[public(reason = "a test of bodies in codings")]
#[body_limit("4 KiB")]
#[body_encoding(gzip, br, zstd)]
#[validated]
async fn take_json(entry: Json<Entry>) -> String {
    entry.text.as_str().len().to_string()
}

#[post("/encodings/form")]
#[public(reason = "a test of bodies in codings")]
#[body_encoding(gzip)]
#[validated]
async fn take_form(entry: Form<Entry>) -> String {
    entry.text.as_str().to_owned()
}

#[post("/encodings/scoped")]
#[require_scope("a")]
#[body_encoding(zstd, gzip)]
#[validated]
async fn take_scoped(entry: Json<Entry>) -> String {
    entry.text.as_str().len().to_string()
}

#[post("/encodings/plain")]
#[public(reason = "a test of bodies in codings")]
#[validated]
async fn take_plain(entry: Json<Entry>) -> String {
    entry.text.as_str().len().to_string()
}

#[post("/encodings/large")]
#[public(reason = "a test of bodies in codings")]
#[body_limit("64 MiB")]
#[body_encoding(gzip, zstd)]
#[validated]
async fn take_large(entry: Json<Long>) -> String {
    entry.numbers.len().to_string()
}

#[post("/encodings/counted")]
#[public(reason = "a test of limits by bytes")]
#[rate_limit("8 KiB/hour", by = ip)]
#[body_limit("4 KiB")]
#[body_encoding(gzip)]
#[validated]
async fn take_counted(entry: Json<Entry>) -> String {
    entry.text.as_str().len().to_string()
}

thread_local! {
    // One for each test: the refusals in the log are limited by a rate.
    static SERVER: Server = {
        audit::listen();
        let endpoints =
            endpoints![take_json, take_form, take_scoped, take_plain, take_large, take_counted];
        Server::serve(service::palisade().endpoints(endpoints))
    };
}

/// A request to the server of this test.
fn request(target: &str) -> Request {
    SERVER.with(|server| server.post(target))
}

fn connect() -> Connection {
    SERVER.with(|server| Connection::open(server.address()))
}

fn coded(coding: &str, content: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" | "x-gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(content).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut made = Vec::new();
            let params = brotli::enc::BrotliEncoderParams::default();
            brotli::BrotliCompress(&mut &*content, &mut made, &params).unwrap();
            made
        }
        "zstd" => zstd::encode_all(content, 3).unwrap(),
        other => panic!("{other}"),
    }
}

fn of_length(length: usize) -> Vec<u8> {
    format!("{{\"text\":\"{}\"}}", "a".repeat(length)).into_bytes()
}

fn post(target: &str, coding: &str, body: impl Into<Vec<u8>>) -> Request {
    let request = request(target).header("Content-Type", "application/json");
    request.header("Content-Encoding", coding).body(body)
}

/// Status, and the reason in the log.
fn refused(answer: &Answer) -> (u16, String) {
    let events = audit::events("request_id", answer.header("x-request-id").unwrap());
    let event = events.iter().find(|event| event.contains_key("reason")).unwrap();
    (answer.status, event["reason"].clone())
}

#[test]
fn a_body_is_decoded_where_that_is_declared() {
    for coding in ["gzip", "x-gzip", "br", "zstd", "GZIP", "identity, gzip", ", zstd,"] {
        let name = coding.trim_matches([',', ' ']).trim_start_matches("identity, ");
        let body = coded(&name.to_ascii_lowercase(), &of_length(3_000));
        let answer = post("/encodings/json", coding, body).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "3000"), "{coding}");
    }
    for plain in ["identity", "Identity, identity", ""] {
        let answer = post("/encodings/json", plain, of_length(10)).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "10"), "{plain:?}");
    }
    let form = request("/encodings/form").header("Content-Encoding", "gzip");
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    let answer = form.body(coded("gzip", b"text=some%20words")).send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "some words"));
}

#[test]
fn other_codings_are_415_and_the_answer_says_which_are_taken() {
    let body = coded("gzip", &of_length(10));
    for coding in ["deflate", "compress", "x", "gzip, gzip", "gzip, br", "x, gzip", "gzip;q=1"] {
        let answer = post("/encodings/json", coding, body.clone()).send();
        assert_eq!(answer.header("accept-encoding"), Some("gzip, br, zstd"), "{coding}");
        let reason = "unsupported-content-encoding".to_owned();
        assert_eq!(refused(&answer), (415, reason), "{coding}");
    }
    let twice = post("/encodings/json", "gzip", coded("gzip", &body));
    let answer = twice.header("Content-Encoding", "gzip").send();
    assert_eq!(answer.status, 415, "in two lines");
    for (target, taken) in [
        ("/encodings/plain", "identity"),
        ("/encodings/large", "gzip, zstd"),
        ("/encodings/counted", "gzip"),
    ] {
        let answer = post(target, "br", coded("br", &of_length(10))).send();
        assert_eq!(
            (answer.status, answer.header("accept-encoding")),
            (415, Some(taken)),
            "{target}"
        );
    }
}

#[test]
fn the_cap_holds_for_what_comes_and_for_what_it_decodes_to() {
    let frame = of_length(0).len();
    for coding in ["gzip", "br", "zstd"] {
        let fits = post("/encodings/json", coding, coded(coding, &of_length(3_990))).send();
        assert_eq!(fits.status, 200, "{coding}");
        let padded = [of_length(3_990), vec![b' '; 4_096 - 3_990 - frame]].concat();
        assert_eq!(padded.len(), 4_096);
        assert_eq!(post("/encodings/json", coding, coded(coding, &padded)).send().status, 200);
        let over = post("/encodings/json", coding, coded(coding, &[padded, vec![b' ']].concat()));
        assert_eq!(refused(&over.send()), (413, "body-too-large".to_owned()), "{coding}");
        let bomb = post("/encodings/json", coding, coded(coding, &vec![b' '; 10 << 20])).send();
        assert_eq!(refused(&bomb), (413, "body-too-large".to_owned()), "{coding}");
    }
    // By its length alone, before a byte of it comes.
    let mut connection = connect();
    connection.write(
        b"POST /encodings/json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Encoding: gzip\r\nContent-Length: 4097\r\n\r\n",
    );
    assert_eq!(connection.answer().unwrap().status, 413);
    // Without a length, as soon as there are too many: the end never comes.
    let mut connection = connect();
    connection.write(
        b"POST /encodings/json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
          Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    connection.write(format!("1001\r\n{}\r\n", "a".repeat(4_097)).as_bytes());
    assert_eq!(connection.answer().unwrap().status, 413);
}

#[test]
fn a_large_body_may_not_be_too_small_for_what_it_decodes_to() {
    let numbers: Vec<u32> = (0..1_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761)).collect();
    let body = format!("{{\"numbers\":{numbers:?}}}");
    for coding in ["gzip", "zstd"] {
        let answer = post("/encodings/large", coding, coded(coding, body.as_bytes())).send();
        assert_eq!((answer.status, answer.text().as_str()), (200, "1000000"), "{coding}");
        let blank = |length: usize| [&b"{\"numbers\":[1]}"[..], &vec![b' '; length]].concat();
        let small = post("/encodings/large", coding, coded(coding, &blank(15 << 20))).send();
        assert_eq!((small.status, small.text().as_str()), (200, "1"), "{coding}");
        let bomb = post("/encodings/large", coding, coded(coding, &blank(20 << 20))).send();
        assert_eq!(refused(&bomb), (413, "body-ratio".to_owned()), "{coding}");
    }
}

#[test]
fn what_is_not_whole_and_right_is_400() {
    // What it decodes to is judged as any body is.
    let broken = post("/encodings/json", "gzip", coded("gzip", b"{\"text\":")).send();
    assert_eq!(refused(&broken), (400, "malformed-body".to_owned()));
    for coding in ["gzip", "br", "zstd"] {
        let whole = coded(coding, &of_length(500));
        let mut wrong = vec![
            ("cut off", whole[..whole.len() - 1].to_vec()),
            ("its first half", whole[..whole.len() / 2].to_vec()),
            ("nothing", Vec::new()),
            ("plain", of_length(500)),
            ("a byte behind it", [&whole[..], b"\n"].concat()),
            ("another one behind it", [&whole[..], &whole].concat()),
        ];
        if coding == "gzip" {
            let mut checksum = whole.clone();
            checksum[whole.len() - 6] ^= 1;
            wrong.push(("a checksum", checksum));
        }
        for (what, body) in wrong {
            let answer = post("/encodings/json", coding, body).send();
            assert_eq!(answer.status, 400, "{coding}, {what}");
            assert_eq!(answer.problem(), "malformed-body", "{coding}, {what}");
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(coding), "{coding}, {what}: {detail}");
            // The log has the first ten of a cause.
            if coding == "gzip" && (what == "cut off" || what == "a byte behind it") {
                assert_eq!(refused(&answer), (400, "body-coding".to_owned()), "{coding}, {what}");
            }
        }
    }
    let unknown =
        post("/encodings/json", "gzip", coded("gzip", b"{\"text\":\"a\",\"b\":1}")).send();
    assert_eq!((unknown.status, unknown.problem().as_str()), (422, "invalid-input"));
}

#[test]
fn nothing_is_decoded_before_the_guards_agreed() {
    let head = |fields: &str| {
        let mut connection = connect();
        // The body never comes.
        connection.write(
            format!(
                "POST /encodings/scoped HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Content-Encoding: gzip\r\nContent-Length: 100\r\n{fields}\r\n"
            )
            .as_bytes(),
        );
        connection.answer().unwrap().status
    };
    assert_eq!(head(""), 401);
    assert_eq!(head(&format!("Authorization: Bearer {}\r\n", token("ada", "b"))), 403);
    let body = coded("zstd", &of_length(20));
    let whole = post("/encodings/scoped", "zstd", body).bearer(&token("ada", "a")).send();
    assert_eq!((whole.status, whole.text().as_str()), (200, "20"));
}

#[test]
fn a_limit_by_bytes_counts_what_was_decoded() {
    let body = coded("gzip", &of_length(3_900));
    assert!(body.len() < 100);
    let left = |answer: &Answer| answer.header("ratelimit").unwrap_or_default().to_owned();
    let first = post("/encodings/counted", "gzip", body.clone()).send();
    assert_eq!(first.status, 200);
    assert!(left(&first).contains("r=4096"), "{}", left(&first));
    assert_eq!(post("/encodings/counted", "gzip", body.clone()).send().status, 200);
    let third = post("/encodings/counted", "gzip", body).send();
    assert_eq!((third.status, third.problem().as_str()), (429, "quota-exceeded"));
}

#[test]
fn whatever_comes_is_answered() {
    let coding = prop::sample::select(vec!["gzip", "br", "zstd"]);
    let content = prop::collection::vec(any::<u8>(), 0..400);
    let change = (any::<prop::sample::Index>(), any::<u8>(), any::<bool>());
    let mut runner = TestRunner::new(ProptestConfig::with_cases(96));
    let judged = runner.run(&(coding, content, change), |(coding, content, (at, byte, raw))| {
        let mut body = if raw { content } else { coded(coding, &content) };
        if !body.is_empty() {
            let at = at.index(body.len());
            body[at] ^= byte;
        }
        let answer = post("/encodings/json", coding, body).send();
        prop_assert!([200, 400, 413, 422].contains(&answer.status), "{}", answer.status);
        Ok(())
    });
    judged.unwrap();
}
