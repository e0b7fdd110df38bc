//! For each adjacent pair of guards: a request that breaks both gets the earlier one's answer.

use std::{thread, time::Duration};

use actix_web::App;
use palisade_tests::{
    client::{Connection, Request},
    server::Server,
    token::token,
};

use crate::service::{self, GOOD, shared};

/// Requests to `/guarded` with a header key of their own, so that no test spends another's.
fn guarded(client: &str) -> Request {
    shared().post("/guarded").header("X-Client", client)
}

fn exhaust_header_limit(client: &str) {
    for _ in 0..2 {
        assert_eq!(guarded(client).send().status, 401);
    }
}

#[test]
fn the_cross_site_check_before_a_limit_by_header() {
    for _ in 0..3 {
        let answer = guarded("order-1").header("Sec-Fetch-Site", "cross-site").send();
        assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-site"));
    }
    // That spent no unit of the limit.
    exhaust_header_limit("order-1");
    assert_eq!(guarded("order-1").send().status, 429);
    let answer = guarded("order-1").header("Sec-Fetch-Site", "cross-site").send();
    assert_eq!((answer.status, answer.problem().as_str()), (403, "cross-site"));
}

#[test]
fn a_limit_by_header_before_authentication() {
    exhaust_header_limit("order-2");
    let answer = guarded("order-2").bearer("not.a.token").send();
    assert_eq!((answer.status, answer.problem().as_str()), (429, "quota-exceeded"));
}

#[test]
fn authentication_before_scopes() {
    let answer = guarded("order-3").bearer("not.a.token").send();
    assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthenticated"));
}

#[test]
fn scopes_before_the_limit_by_subject() {
    let spender = token("order-4", "a");
    for _ in 0..2 {
        let answer = guarded("order-4a").bearer(&spender).json(GOOD).send();
        assert_eq!(answer.status, 204);
    }
    let answer = guarded("order-4b").bearer(&spender).json(GOOD).send();
    assert_eq!(answer.status, 429);
    let answer = guarded("order-4b").bearer(&token("order-4", "b")).json(GOOD).send();
    assert_eq!((answer.status, answer.problem().as_str()), (403, "insufficient-scope"));
}

#[test]
fn the_limit_by_subject_before_the_media_type() {
    let spender = token("order-5", "a");
    for client in ["order-5a", "order-5b"] {
        assert_eq!(guarded(client).bearer(&spender).json(GOOD).send().status, 204);
    }
    let answer = guarded("order-5c").bearer(&spender).header("Content-Type", "text/plain").send();
    assert_eq!(answer.status, 429);
}

#[test]
fn the_media_type_before_the_declared_length() {
    let request = guarded("order-6").bearer(&token("order-6", "a"));
    let answer = request.header("Content-Type", "text/plain").body(vec![b'x'; 65]).send();
    assert_eq!((answer.status, answer.problem().as_str()), (415, "unsupported-media-type"));
}

#[test]
fn the_declared_length_before_the_body_is_parsed() {
    let request = guarded("order-7").bearer(&token("order-7", "a"));
    let answer = request.json(&"{".repeat(65)).send();
    assert_eq!((answer.status, answer.problem().as_str()), (413, "body-too-large"));
}

#[test]
fn parsing_before_validation() {
    let request = guarded("order-8").bearer(&token("order-8", "a"));
    let answer = request.json(r#"{"name":"","qty":0"#).send();
    assert_eq!((answer.status, answer.problem().as_str()), (400, "malformed-body"));
}

#[test]
fn validation_before_the_handler() {
    let request = guarded("order-9").bearer(&token("order-9", "a"));
    let answer = request.json(r#"{"name":"conflict","qty":0}"#).send();
    assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid-input"));
    let request = guarded("order-9").bearer(&token("order-9", "a"));
    let answer = request.json(r#"{"name":"conflict","qty":1}"#).send();
    assert_eq!((answer.status, answer.problem().as_str()), (409, "conflict"));
}

#[test]
fn without_a_token_no_byte_of_the_body_is_parsed() {
    for body in ["{", "", "not json", r#"{"name":1}"#, &"x".repeat(10_000)] {
        for content_type in ["application/json", "text/plain"] {
            let request = shared().post("/items").header("Content-Type", content_type);
            let answer = request.body(body).send();
            assert_eq!(answer.status, 401, "{content_type} {body:.20}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
}

#[test]
fn a_never_ending_body_with_a_bad_token_is_answered_at_once() {
    // A body's deadline that the client would not wait for.
    let palisade = service::palisade().body_timeout(Duration::from_secs(600));
    let palisade = palisade.endpoints(service::endpoints()).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let mut connection = Connection::open(server.address());
    connection.write(
        b"POST /items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n\
          Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"nam\r\n",
    );
    let answer = connection.answer().unwrap();
    assert_eq!(answer.status, 401);
    // A client that goes on sending is disconnected: after about a second, however fast it sends.
    let goes_on = |_: &u32| {
        thread::sleep(Duration::from_millis(20));
        connection.try_write(&[b'x'; 16_384])
    };
    assert!((0..500).take_while(goes_on).count() < 500, "it was still read after ten seconds");
}
