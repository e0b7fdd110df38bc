//! Handlers that their deadline cannot cut.

use std::{thread, time::Duration};

use actix_web::App;
use palisade::{Palisade, StreamedJson, prelude::*};
use palisade_tests::{audit, server::Server};

use crate::service;

/// What blocks the thread, where no macro sees it.
fn block(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

#[get("/blocks")]
#[public]
#[timeout("50 ms")]
async fn blocks() -> &'static str {
    block(150);
    "finished"
}

#[get("/blocks-and-waits")]
#[public]
#[timeout("2 s")]
async fn blocks_and_waits() -> &'static str {
    block(2_100);
    // Less than the deadline, were it to begin here.
    actix_web::rt::time::sleep(Duration::from_millis(1_800)).await;
    "late"
}

#[get("/in-time")]
#[public]
#[timeout("1 min")]
async fn in_time() -> &'static str {
    block(150);
    "finished"
}

#[get("/streams")]
#[public]
#[timeout("1 s")]
async fn streams() -> StreamedJson<u32> {
    // Longer than the deadline, which leaves the handler itself much time.
    let numbers = futures_util::stream::unfold(0, async |number| {
        actix_web::rt::time::sleep(Duration::from_millis(400)).await;
        (number < 4).then_some((Ok::<u32, Problem>(number), number + 1))
    });
    StreamedJson::array(numbers)
}

fn start() -> (Server, Palisade) {
    audit::listen();
    let endpoints = endpoints![blocks, blocks_and_waits, in_time, streams];
    let palisade = service::palisade().endpoints(endpoints).build().unwrap();
    let own = palisade.clone();
    let server =
        Server::start(move || App::new().configure(|config| own.mount(config)).wrap(own.clone()));
    (server, palisade)
}

#[test]
fn a_handler_that_outlives_its_deadline_is_told() {
    let (server, palisade) = start();
    let outlived = || palisade.limits().metrics().outlived_deadlines;
    let answer = server.get("/blocks").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "finished"));
    assert_eq!(outlived(), 1);
    let events = audit::events("route", "/blocks");
    assert_eq!(events[0]["outlived"], "true");
    let lines =
        audit::events("message", "a handler outlived its deadline: something blocks its thread");
    let line = &lines[0];
    assert_eq!(line["request_id"], answer.header("x-request-id").unwrap());
    assert_eq!(line["deadline_ms"], "50");
    assert!(line["took_ms"].parse::<u32>().unwrap() >= 150);

    assert_eq!(server.get("/in-time").send().status, 200);
    assert_eq!(outlived(), 1);
    assert_eq!(audit::events("route", "/in-time")[0].get("outlived"), None);
}

#[test]
fn a_deadline_counts_what_was_done_before_the_handler_first_waited() {
    let (server, _) = start();
    let answer = server.get("/blocks-and-waits").send();
    assert_eq!((answer.status, answer.problem().as_str()), (504, "timeout"));
}

#[test]
fn a_streamed_body_is_not_under_the_deadline_of_its_handler() {
    let (server, palisade) = start();
    let answer = server.get("/streams").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "[0,\n1,\n2,\n3]\n"));
    assert_eq!(palisade.limits().metrics().outlived_deadlines, 0);
}
