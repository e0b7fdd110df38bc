//! The time at which a limit is asked, where a request takes long to arrive.

use std::{thread, time::Duration};

use actix_web::App;
use palisade::prelude::*;
use palisade_tests::{client::Connection, server::Server};

use crate::service;

#[derive(Debug, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct Letter {
    #[validate(length(min = 1, max = 32))]
    to: String,
}

#[post("/letters")]
#[public(reason = "a test of limits by the body")]
#[rate_limit("100/second", by = ip)]
#[rate_limit("1/4 s", by = body("to"))]
#[validated]
async fn send(letter: Json<Letter>) -> String {
    letter.into_inner().to
}

#[test]
fn a_limit_by_the_body_is_asked_when_the_body_is_there() {
    let builder = service::palisade().body_timeout(Duration::from_secs(600));
    let palisade = builder.endpoints(endpoints![send]).build().unwrap();
    let server = Server::start(move || {
        App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
    });
    let body = r#"{"to":"ada"}"#;
    let mut slow = Connection::open(server.address());
    let head = "POST /letters HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    slow.write(format!("{head}Content-Length: {}\r\n\r\n{{", body.len()).as_bytes());
    thread::sleep(Duration::from_millis(300));
    assert_eq!(server.post("/letters").json(body).send().status, 200);
    thread::sleep(Duration::from_millis(4_200));
    // When its head came, the unit was there; since then it was spent, and came back.
    slow.write(&body.as_bytes()[1..]);
    assert_eq!(slow.answer().unwrap().status, 200);
    // By now, and not by when its head came, has it spent it.
    assert_eq!(server.post("/letters").json(body).send().status, 429);
}
