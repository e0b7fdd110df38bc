//! Clients that hang up while their request is under way.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use actix_web::{App, HttpServer, rt::time::sleep};
use palisade::{
    Palisade,
    limit::{KeyPart, LimitHandle},
    prelude::*,
};
use palisade_tests::{
    audit::{self, Fields},
    server::Server,
};
use socket2::SockRef;

use crate::service;

/// What the handlers of one test have done.
#[derive(Debug, Default)]
struct Steps {
    begun: AtomicUsize,
    done: AtomicUsize,
    open: AtomicBool,
}

impl Steps {
    fn begin(&self) {
        self.begun.fetch_add(1, SeqCst);
    }

    fn end(&self) {
        self.done.fetch_add(1, SeqCst);
    }

    fn counts(&self) -> (usize, usize) {
        (self.begun.load(SeqCst), self.done.load(SeqCst))
    }
}

/// Removes something in two steps: a row, and what belongs to it.
#[delete("/rows/{id}")]
#[public(reason = "a test of clients that hang up")]
#[concurrency_limit(1000, by = global)]
#[validated]
async fn remove_in_two_steps(id: Path<u32>, steps: Data<Steps>) -> NoContent {
    steps.begin();
    sleep(Duration::from_millis(u64::from(*id % 20))).await;
    steps.end();
    NoContent
}

#[post("/guesses")]
#[public(reason = "a test of clients that hang up")]
#[rate_limit("500/day", by = ip, count = failures)]
async fn guess_wrong(steps: Data<Steps>) -> Result<NoContent> {
    steps.begin();
    sleep(Duration::from_millis(5)).await;
    steps.end();
    Err(Problem::new(palisade::Kind::InvalidGrant))
}

#[post("/waits")]
#[public(reason = "a test of clients that hang up")]
#[concurrency_limit(1000, by = global)]
async fn wait_for_the_gate(steps: Data<Steps>) -> NoContent {
    steps.begin();
    while !steps.open.load(SeqCst) {
        sleep(Duration::from_millis(2)).await;
    }
    steps.end();
    NoContent
}

#[get("/waits")]
#[public]
async fn look_at_the_gate(steps: Data<Steps>) -> NoContent {
    steps.begin();
    while !steps.open.load(SeqCst) {
        sleep(Duration::from_millis(2)).await;
    }
    steps.end();
    NoContent
}

#[post("/late")]
#[public(reason = "a test of clients that hang up")]
#[concurrency_limit(10, by = global)]
#[timeout("200 ms")]
async fn never_end(steps: Data<Steps>) -> NoContent {
    steps.begin();
    sleep(Duration::from_secs(60)).await;
    steps.end();
    NoContent
}

#[post("/panics-late")]
#[public(reason = "a test of clients that hang up")]
async fn panic_late(steps: Data<Steps>) -> NoContent {
    steps.begin();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(steps.counts().1, 1, "a panic of a handler whose client is gone");
    NoContent
}

#[post("/parts")]
#[public(reason = "a test of parts that run to their end")]
#[timeout("50 ms")]
async fn finish_a_part(steps: Data<Steps>) -> Result<NoContent> {
    palisade::finish(async move {
        steps.begin();
        sleep(Duration::from_millis(200)).await;
        steps.end();
    })
    .await;
    Ok(NoContent)
}

#[post("/parts-in-time")]
#[public(reason = "a test of parts that run to their end")]
async fn finish_in_time() -> String {
    palisade::finish(async { "the part's own output".to_owned() }).await
}

#[post("/bodies")]
#[public(reason = "a test of clients that hang up")]
#[validated]
async fn read_a_body(item: Json<service::NewItem>, steps: Data<Steps>) -> String {
    steps.begin();
    format!("{item:?}")
}

/// A guess whose body is read before it begins.
#[post("/guesses-by-body")]
#[public(reason = "a test of clients that hang up")]
#[rate_limit("500/day", by = ip, count = failures)]
#[validated]
async fn guess_by_body(item: Json<service::NewItem>, steps: Data<Steps>) -> String {
    steps.begin();
    format!("{item:?}")
}

struct Service {
    server: Server,
    palisade: Palisade,
    steps: Arc<Steps>,
    /// Distinguishes the events of this service from those of other tests in this process.
    client: String,
}

impl Service {
    fn start(number: u8) -> Self {
        audit::listen();
        let steps = Arc::new(Steps::default());
        let palisade = service::palisade()
            .trusted_proxy("127.0.0.1")
            .endpoints(endpoints![
                remove_in_two_steps,
                guess_wrong,
                wait_for_the_gate,
                look_at_the_gate,
                never_end,
                panic_late,
                finish_a_part,
                finish_in_time,
                read_a_body,
                guess_by_body
            ])
            .build()
            .unwrap();
        let own = palisade.clone();
        let data = Data::from(Arc::clone(&steps));
        let server = Server::start(move || {
            let (own, data) = (own.clone(), data.clone());
            App::new().app_data(data).configure(|config| own.mount(config)).wrap(own.clone())
        });
        Self { server, palisade, steps, client: format!("198.51.100.{number}") }
    }

    /// Sends a request and resets the connection after this time.
    fn send_and_reset(&self, method: &str, target: &str, wait: Duration) {
        let stream = self.send(method, target, "");
        thread::sleep(wait);
        reset(stream);
    }

    fn send(&self, method: &str, target: &str, rest: &str) -> TcpStream {
        let address: SocketAddr = self.server.address();
        let mut stream = TcpStream::connect(address).unwrap();
        let client = &self.client;
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: {client}\r\n{rest}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    fn events(&self) -> Vec<Fields> {
        audit::events("client", &self.client)
    }

    /// All events so far, once there are this many and no request is under way.
    fn events_of(&self, wanted: usize) -> Vec<Fields> {
        eventually(|| self.events().len() >= wanted && self.under_way() == 0);
        let events = self.events();
        assert_eq!(events.len(), wanted, "{events:?}");
        let mut ids: Vec<_> = events.iter().map(|event| &event["request_id"]).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), events.len(), "a request has two events");
        events
    }

    /// Waits until every handler that has begun is done, and left an event with this status.
    #[track_caller]
    fn settle(&self, status: &str) -> (usize, Vec<Fields>) {
        let start = Instant::now();
        loop {
            let events = self.events();
            let (begun, done) = self.steps.counts();
            if begun > 0 && begun == done && with_status(&events, status) == done {
                // What comes late would be seen here.
                thread::sleep(Duration::from_millis(200));
                assert_eq!(self.steps.counts(), (begun, done));
                let events = self.events_of(self.events().len());
                assert_eq!(with_status(&events, status), done, "one event for each");
                return (done, events);
            }
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "{done} of {begun} are done, {} have an event: {events:#?}",
                with_status(&events, status)
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// What its client has left of a limit by address.
    fn left(&self, limit: &LimitHandle) -> usize {
        let key = [KeyPart::Address(self.client.parse().unwrap())];
        let standing = actix_web::rt::System::new().block_on(limit.standing(&key)).unwrap();
        usize::try_from(standing.remaining).unwrap()
    }

    fn under_way(&self) -> u64 {
        self.palisade.limits().metrics().limits.iter().map(|limit| limit.in_flight).sum()
    }
}

/// Ends a connection by RST, so that the other side learns of it at once.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

#[track_caller]
fn eventually(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(30), "it did not happen in 30 seconds");
        thread::sleep(Duration::from_millis(5));
    }
}

fn with_status(events: &[Fields], status: &str) -> usize {
    events.iter().filter(|event| event.get("status").is_some_and(|own| own == status)).count()
}

fn gone(events: &[Fields]) -> usize {
    events.iter().filter(|event| event.get("gone").is_some_and(|own| own == "true")).count()
}

#[test]
fn what_changes_state_is_done_whole_and_leaves_one_event() {
    let service = Service::start(1);
    for number in 0..200_u32 {
        // Delays that have nothing to do with how long the handler takes.
        let wait = Duration::from_micros(u64::from(number.wrapping_mul(7_919) % 12_000));
        service.send_and_reset("DELETE", &format!("/rows/{number}"), wait);
    }
    let (_, events) = service.settle("204");
    let alone =
        events.iter().filter(|event| event.contains_key("gone") && event.contains_key("status"));
    assert!(alone.count() > 0, "no client hung up while its handler worked");
    for event in events.iter().filter(|event| !event.contains_key("status")) {
        assert_eq!(event.get("gone").map(String::as_str), Some("true"), "{event:?}");
    }
}

#[test]
fn a_guess_counts_and_leaves_its_event_though_its_client_is_gone() {
    let service = Service::start(2);
    for number in 0..60_u64 {
        service.send_and_reset("POST", "/guesses", Duration::from_micros(number % 8 * 500));
    }
    let (guesses, _) = service.settle("400");
    let left = service.left(&service.palisade.limits().of::<guess_wrong>("ip").unwrap());
    // One comes back every three minutes.
    assert!(left <= 501 - guesses, "{left} left after {guesses} guesses");
}

/// No answer says that it did not fail, so what it has spent is not given back.
#[test]
fn a_guess_that_is_cut_off_before_its_handler_begins_counts_too() {
    const GUESSES: usize = 10;
    let service = Service::start(10);
    let limit = service.palisade.limits().of::<guess_by_body>("ip").unwrap();
    for _ in 0..GUESSES {
        let head = "Content-Type: application/json\r\nContent-Length: 100\r\n";
        let before = service.left(&limit);
        let stream = service.send("POST", "/guesses-by-body", head);
        eventually(|| service.left(&limit) < before);
        reset(stream);
    }
    let events = service.events_of(GUESSES);
    assert_eq!((gone(&events), service.steps.counts()), (GUESSES, (0, 0)), "{events:?}");
    let left = service.left(&limit);
    assert!(left <= 501 - GUESSES, "{left} left");
}

#[test]
fn the_deadline_holds_without_a_client() {
    let service = Service::start(3);
    let stream = service.send("POST", "/late", "");
    eventually(|| service.steps.counts().0 == 1);
    reset(stream);
    let events = service.events_of(1);
    assert_eq!((with_status(&events, "504"), service.steps.counts().1), (1, 0), "{events:?}");
}

#[test]
fn a_panic_without_a_client_is_an_event() {
    let service = Service::start(4);
    let stream = service.send("POST", "/panics-late", "");
    eventually(|| service.steps.counts().0 == 1);
    reset(stream);
    let events = service.events_of(1);
    assert_eq!(with_status(&events, "500"), 1, "{events:?}");
}

#[test]
fn what_changes_nothing_ends_with_its_client() {
    let service = Service::start(5);
    let stream = service.send("GET", "/waits", "");
    eventually(|| service.steps.counts().0 == 1);
    reset(stream);
    let events = service.events_of(1);
    assert_eq!((gone(&events), events[0].get("status")), (1, None), "{events:?}");
    service.steps.open.store(true, SeqCst);
    thread::sleep(Duration::from_millis(50));
    assert_eq!(service.steps.counts(), (1, 0));
}

#[test]
fn a_body_that_is_cut_off_begins_nothing() {
    let service = Service::start(6);
    let head = "Content-Type: application/json\r\nContent-Length: 100\r\n";
    let mut stream = service.send("POST", "/bodies", head);
    stream.write_all(b"{\"name\":").unwrap();
    thread::sleep(Duration::from_millis(100));
    reset(stream);
    let events = service.events_of(1);
    assert_eq!(service.steps.counts().0, 0);
    assert_eq!(with_status(&events, "200"), 0, "{events:?}");
}

#[test]
fn one_address_leaves_a_bounded_number_of_requests_behind() {
    let service = Service::start(7);
    let streams: Vec<_> = (0..80).map(|_| service.send("POST", "/waits", "")).collect();
    eventually(|| service.steps.counts().0 == 80);
    assert_eq!(service.under_way(), 80);
    streams.into_iter().for_each(reset);
    // 64 go on; the others are cut where they wait, and leave their events at once.
    eventually(|| gone(&service.events()) == 16);
    eventually(|| service.under_way() == 64);
    service.steps.open.store(true, SeqCst);
    let events = service.events_of(80);
    assert_eq!((gone(&events), with_status(&events, "204")), (80, 64));
    assert_eq!(service.steps.counts(), (80, 64));
}

#[test]
fn a_service_that_stops_leaves_the_event_of_what_it_cuts() {
    let service = Service::start(8);
    let stream = service.send("POST", "/waits", "");
    eventually(|| service.steps.counts().0 == 1);
    let Service { server, client, steps, .. } = service;
    drop(server);
    drop(stream);
    let events = audit::events("client", &client);
    assert_eq!((events.len(), gone(&events), steps.counts()), (1, 1, (1, 0)), "{events:?}");
}

#[test]
fn a_part_runs_to_its_end_although_the_deadline_passes() {
    let service = Service::start(9);
    assert_eq!(service.server.post("/parts").send().status, 504);
    eventually(|| service.steps.counts() == (1, 1));
    let answer = service.server.post("/parts-in-time").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "the part's own output"));
}

#[test]
fn a_unix_socket_tells_no_address_and_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let palisade = service::palisade().endpoints(endpoints![finish_in_time]).build().unwrap();
    let (send, receive) = mpsc::channel();
    let listens_at = path.clone();
    let thread = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || {
                App::new().configure(|config| palisade.mount(config)).wrap(palisade.clone())
            });
            let server = server.workers(1).disable_signals().bind_uds(listens_at).unwrap().run();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = receive.recv().unwrap();
    for _ in 0..3 {
        let mut stream = UnixStream::connect(&path).unwrap();
        let request = "POST /parts-in-time HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\
                       Connection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop(handle.stop(false));
    thread.join().unwrap();
}
