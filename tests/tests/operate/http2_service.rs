//! The service of the tests of HTTP/2.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use actix_web::{
    body::{BodySize, MessageBody},
    http::StatusCode,
    rt::time::sleep,
    web::Bytes,
};
use palisade::{Builder, Http2, Palisade, prelude::*};
use palisade_tests::{server::Server, token};

/// What the handlers of one test have done.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    begun: AtomicUsize,
    done: AtomicUsize,
    /// Bodies of answers that are held.
    held: AtomicUsize,
    pub(crate) open: AtomicBool,
}

impl Steps {
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(SeqCst)
    }

    pub(crate) fn done(&self) -> usize {
        self.done.load(SeqCst)
    }

    pub(crate) fn held(&self) -> usize {
        self.held.load(SeqCst)
    }

    async fn pass_the_gate(&self) {
        self.begun.fetch_add(1, SeqCst);
        while !self.open.load(SeqCst) {
            sleep(Duration::from_millis(2)).await;
        }
        self.done.fetch_add(1, SeqCst);
    }
}

#[derive(Debug, Serialize, Deserialize, Validate, Input)]
#[serde(deny_unknown_fields)]
struct NewItem {
    #[validate(length(min = 1, max = 64))]
    name: String,
    #[validate(range(min = 1, max = 1000))]
    qty: u32,
}

/// How the body of an answer goes wrong, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Whole,
    Fails,
    Panics,
    Short,
    Long,
}

/// A body that is made while it is sent.
struct Made {
    left: usize,
    size: BodySize,
    ending: Ending,
    steps: Arc<Steps>,
}

const PIECE: usize = 10_000;

impl Made {
    fn new(steps: &Arc<Steps>, length: usize, size: BodySize, ending: Ending) -> Self {
        steps.held.fetch_add(1, SeqCst);
        Self { left: length, size, ending, steps: Arc::clone(steps) }
    }
}

impl MessageBody for Made {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = self.left.min(PIECE);
        self.left -= piece;
        if piece > 0 {
            return Poll::Ready(Some(Ok(Bytes::from(vec![b'x'; piece]))));
        }
        match self.ending {
            Ending::Fails => Poll::Ready(Some(Err(std::io::Error::other("it breaks off")))),
            Ending::Panics => panic!("a panic in the body of an answer"),
            Ending::Whole | Ending::Short | Ending::Long => Poll::Ready(None),
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.steps.held.fetch_sub(1, SeqCst);
    }
}

#[get("/ping")]
#[public]
async fn ping() -> &'static str {
    "pong"
}

#[get("/me")]
#[authenticated]
async fn me(who: Principal) -> String {
    who.subject().to_owned()
}

#[post("/items")]
#[require_scope("items:write")]
#[validated]
#[body_limit("1 KiB")]
async fn create(who: Principal, item: Json<NewItem>) -> Result<Created<String>> {
    Ok(Created(format!("{} by {}", item.name, who.subject())))
}

#[get("/items/{id}")]
#[public]
#[validated]
async fn show(id: Path<u32>) -> String {
    id.to_string()
}

#[get("/slow")]
#[public]
#[timeout("200 ms")]
async fn slow() -> &'static str {
    sleep(Duration::from_secs(60)).await;
    "late"
}

#[get("/panics")]
#[public]
async fn panics() -> &'static str {
    panic!("a panic of a handler")
}

#[get("/statuses/{status}")]
#[public]
#[validated]
async fn answer_with(status: Path<u16>) -> HttpResponse {
    let status = StatusCode::from_u16(*status).unwrap();
    HttpResponse::build(status).content_type("text/plain").body("text")
}

/// Fields that only HTTP/1.1 has.
#[get("/fields")]
#[public]
async fn answer_with_fields() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("connection", "close"))
        .insert_header(("keep-alive", "timeout=5"))
        .insert_header(("upgrade", "h2c"))
        .insert_header(("server", "secret/42"))
        .append_header(("x-own", "1"))
        .append_header(("x-own", "2"))
        .body("ok")
}

#[get("/cached")]
#[public]
#[headers(cache = "public, max-age=60")]
async fn cached() -> &'static str {
    "ok"
}

/// What came of the request.
#[get("/request")]
#[public]
async fn show_request(request: Vouched<actix_web::HttpRequest>) -> String {
    let field = |name| {
        let values = request.headers().get_all(name);
        values.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(" | ")
    };
    let peer = request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
    format!(
        "{:?} {} {} {} {peer}",
        request.version(),
        request.uri(),
        field("host"),
        field("cookie")
    )
}

/// How much came.
#[put("/uploads")]
#[public(reason = "a test of bodies")]
#[body_limit("200000 B")]
async fn upload(body: Vouched<Bytes>) -> String {
    body.len().to_string()
}

#[put("/guarded-uploads")]
#[authenticated]
#[body_limit("1 KiB")]
async fn upload_guarded(body: Vouched<Bytes>) -> String {
    body.len().to_string()
}

#[post("/waits")]
#[public(reason = "a test of clients that give up")]
#[concurrency_limit(1000, by = global)]
async fn wait_for_the_gate(steps: Data<Steps>) -> NoContent {
    steps.pass_the_gate().await;
    NoContent
}

#[get("/waits")]
#[public]
async fn look_at_the_gate(steps: Data<Steps>) -> NoContent {
    steps.pass_the_gate().await;
    NoContent
}

#[get("/made/{ending}/{length}")]
#[public]
#[validated]
async fn make(path: Path<(Slug, usize)>, steps: Data<Steps>) -> HttpResponse {
    let (ending, length) = path.into_inner();
    let told = u64::try_from(length).unwrap();
    let (size, ending) = match &*ending {
        "stream" => (BodySize::Stream, Ending::Whole),
        "fails" => (BodySize::Stream, Ending::Fails),
        "panics" => (BodySize::Stream, Ending::Panics),
        "short" => (BodySize::Sized(told + 1), Ending::Short),
        "long" => (BodySize::Sized(told - 1), Ending::Long),
        _ => (BodySize::Sized(told), Ending::Whole),
    };
    HttpResponse::Ok().body(Made::new(&steps, length, size, ending))
}

/// A service that speaks HTTP/2 without TLS, and what its handlers have done.
pub(crate) fn start(settings: impl FnOnce(Builder) -> Builder) -> (Server, Arc<Steps>) {
    let (builder, steps) = builder();
    (Server::serve(settings(builder)), steps)
}

/// The same, before it is started.
pub(crate) fn builder() -> (Builder, Arc<Steps>) {
    let steps = Arc::new(Steps::default());
    let endpoints = endpoints![
        ping,
        me,
        create,
        show,
        slow,
        panics,
        answer_with,
        answer_with_fields,
        cached,
        show_request,
        upload,
        upload_guarded,
        wait_for_the_gate,
        look_at_the_gate,
        make
    ];
    let data = Data::from(Arc::clone(&steps));
    let builder = Palisade::builder()
        .auth(token::verifier())
        .http2(Http2::Plain)
        .configure(move |config| {
            config.app_data(data.clone());
        })
        .endpoints(endpoints);
    (builder, steps)
}

/// Waits until this holds, for longer than any busy machine takes.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "not in a minute: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
