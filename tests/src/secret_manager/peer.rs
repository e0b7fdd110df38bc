//! A server that answers as a function says, or in a manner that no client expects.

use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, http::StatusCode, web};
use serde_json::Value;

use crate::server::Server;

/// A running server; it stops when this is dropped.
pub struct Peer {
    server: Server,
    desk: Arc<Desk>,
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path, still encoded.
    pub path: String,
    /// The parameters.
    pub query: BTreeMap<String, String>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header fields beside those of the body.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// How the server answers.
#[derive(Clone, Debug, Default)]
pub enum Manner {
    /// As the function says.
    #[default]
    Honest,
    /// Not at all: the connection stays open.
    Hang,
    /// With this status and this body.
    Status(u16, &'static str),
    /// With a redirect to this place.
    Redirect(String),
    /// With a body that does not end.
    Endless,
    /// With a body that ends before its length.
    CutOff,
    /// With half of the body that the function says.
    Half,
}

struct Desk {
    answer: Box<dyn Fn(&Asked) -> Reply + Send + Sync>,
    manner: Mutex<Manner>,
    asked: Mutex<Vec<Asked>>,
    count: AtomicUsize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Peer {
    /// Starts a server that answers like this.
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let desk = Arc::new(Desk {
            answer: Box::new(answer),
            manner: Mutex::default(),
            asked: Mutex::default(),
            count: AtomicUsize::new(0),
        });
        let data = web::Data::from(Arc::clone(&desk));
        let server = Server::start(move || {
            App::new().app_data(data.clone()).default_service(web::to(answered))
        });
        Self { server, desk }
    }

    /// Its address, as the beginning of a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Answers in this manner from now on.
    pub fn behave(&self, manner: Manner) {
        *lock(&self.desk.manner) = manner;
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.desk.asked).clone()
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.desk.count.load(Ordering::SeqCst)
    }
}

impl Asked {
    /// A header field.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A parameter.
    pub fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// The fields of a form in the body.
    pub fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body)
    }
}

impl Reply {
    /// JSON with this status.
    #[expect(clippy::needless_pass_by_value, reason = "callers write json!")]
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: body.to_string() }
    }

    /// The same with one more header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    web::Query::<BTreeMap<String, String>>::from_query(text)
        .map(web::Query::into_inner)
        .unwrap_or_default()
}

#[palisade::allow_unsafe(bare_handler, reason = "another party of a test, without palisade")]
async fn answered(request: HttpRequest, desk: web::Data<Desk>, body: web::Bytes) -> HttpResponse {
    desk.count.fetch_add(1, Ordering::SeqCst);
    let headers = request.headers().iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let asked = Asked {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        query: pairs(request.query_string()),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    lock(&desk.asked).push(asked.clone());
    let manner = lock(&desk.manner).clone();
    let reply = (desk.answer)(&asked);
    let mut answer = HttpResponse::build(StatusCode::from_u16(reply.status).unwrap_or_default());
    answer.content_type("application/json");
    for (name, value) in reply.headers {
        answer.insert_header((name, value));
    }
    match manner {
        Manner::Honest => answer.body(reply.body),
        Manner::Half => {
            let half = reply.body.len() / 2;
            answer.body(reply.body.get(..half).unwrap_or_default().to_owned())
        }
        Manner::Hang => {
            actix_web::rt::time::sleep(Duration::from_secs(60)).await;
            HttpResponse::GatewayTimeout().finish()
        }
        Manner::Status(status, body) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap_or_default()).body(body)
        }
        Manner::Redirect(to) => {
            HttpResponse::TemporaryRedirect().insert_header(("location", to)).finish()
        }
        Manner::Endless => HttpResponse::Ok().streaming(Chunks { left: usize::MAX }),
        Manner::CutOff => HttpResponse::Ok().no_chunking(100_000).streaming(Chunks { left: 1 }),
    }
}

/// Chunks of blanks; after the last one the connection breaks.
struct Chunks {
    left: usize,
}

impl futures_core::Stream for Chunks {
    type Item = Result<web::Bytes, actix_web::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(left) = self.left.checked_sub(1) else {
            let broken = actix_web::error::ErrorInternalServerError("cut off");
            return Poll::Ready(Some(Err(broken)));
        };
        self.left = left;
        Poll::Ready(Some(Ok(web::Bytes::from_static(&[b' '; 8192]))))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").field("server", &self.server).finish_non_exhaustive()
    }
}
