//! A client that keeps to the rules.

use std::{future::poll_fn, net::SocketAddr, time::Duration};

use actix_web::web::Bytes;
use h2::{Reason, RecvStream, client::SendRequest};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    runtime::{Builder, Runtime},
    task::JoinHandle,
    time::timeout,
};

use crate::client::Answer;

const PATIENCE: Duration = Duration::from_secs(10);

/// A connection, on which requests are sent one after the other.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    send: SendRequest<Bytes>,
    connection: JoinHandle<Result<(), h2::Error>>,
    authority: String,
}

/// A request that is put together field by field.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    trailers: bool,
}

impl Request {
    /// A request of its pseudo-header fields alone.
    pub fn new(method: &str, target: &str) -> Self {
        let (method, target) = (method.to_owned(), target.to_owned());
        Self { method, target, fields: Vec::new(), body: None, trailers: false }
    }

    /// Adds a field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Adds a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds a body, without its length.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Adds a JSON body with its type and length.
    #[must_use]
    pub fn json(self, body: &str) -> Self {
        let length = body.len().to_string();
        let typed = self.header("content-type", "application/json");
        typed.header("content-length", &length).body(body)
    }

    /// Sends a field behind the body.
    #[must_use]
    pub fn trailers(mut self) -> Self {
        self.trailers = true;
        self
    }
}

impl Client {
    /// Opens a connection.
    ///
    /// # Panics
    ///
    /// Nothing there speaks HTTP/2.
    pub fn open(address: SocketAddr) -> Self {
        Self::open_with(address, &h2::client::Builder::new())
    }

    /// Opens a connection with these settings.
    ///
    /// # Panics
    ///
    /// Nothing there speaks HTTP/2.
    pub fn open_with(address: SocketAddr, settings: &h2::client::Builder) -> Self {
        let connect = async { TcpStream::connect(address).await.unwrap_or_else(|e| panic!("{e}")) };
        Self::over(connect, &address.to_string(), settings)
    }

    /// The same over the connection that this makes, TLS for example; `authority` is that of the requests.
    ///
    /// # Panics
    ///
    /// Nothing there speaks HTTP/2.
    pub fn over<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
        connect: impl Future<Output = S>,
        authority: &str,
        settings: &h2::client::Builder,
    ) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
        let (send, connection) = runtime.block_on(async {
            let opened = settings.handshake(connect.await).await;
            let (send, connection) = opened.unwrap_or_else(|error| panic!("{error}"));
            (send, tokio::spawn(connection))
        });
        Self { runtime, send, connection, authority: authority.to_owned() }
    }

    /// Sends a request, and reads the answer.
    ///
    /// # Errors
    ///
    /// The stream or the connection is ended instead.
    ///
    /// # Panics
    ///
    /// Nothing comes in ten seconds.
    pub fn send(&mut self, request: &Request) -> Result<Answer, h2::Error> {
        let exchange = exchange(self.send.clone(), &self.authority, request);
        self.runtime.block_on(async {
            timeout(PATIENCE, exchange).await.unwrap_or_else(|_| panic!("no answer: {request:?}"))
        })
    }

    /// Sends requests at once, and reads the answers.
    ///
    /// # Panics
    ///
    /// Nothing comes in ten seconds.
    pub fn send_all(&mut self, requests: &[Request]) -> Vec<Result<Answer, h2::Error>> {
        let (send, authority) = (self.send.clone(), self.authority.clone());
        self.runtime.block_on(async {
            let tasks: Vec<_> = requests
                .iter()
                .map(|request| {
                    let (send, authority, request) =
                        (send.clone(), authority.clone(), request.clone());
                    tokio::spawn(async move { exchange(send, &authority, &request).await })
                })
                .collect();
            let mut answers = Vec::new();
            for task in tasks {
                let answer = timeout(PATIENCE, task).await;
                let answer = answer.unwrap_or_else(|_| panic!("no answer"));
                answers.push(answer.unwrap_or_else(|error| panic!("{error}")));
            }
            answers
        })
    }

    /// Runs this with the connection.
    pub fn run<T>(&mut self, work: impl AsyncFnOnce(SendRequest<Bytes>) -> T) -> T {
        let send = self.send.clone();
        self.runtime.block_on(work(send))
    }

    /// What the connection ends with, once it is over.
    ///
    /// # Panics
    ///
    /// It does not end in ten seconds.
    pub fn end(self) -> Option<Reason> {
        let Self { runtime, send, connection, .. } = self;
        let ended = runtime.block_on(timeout(PATIENCE, connection));
        drop(send);
        let ended = ended.unwrap_or_else(|_| panic!("the connection does not end"));
        ended.unwrap_or_else(|error| panic!("{error}")).err().and_then(|error| error.reason())
    }
}

#[palisade::allow_unsafe(
    request_forgery,
    reason = "the client of the tests, which sends what they say"
)]
async fn exchange(
    send: SendRequest<Bytes>,
    authority: &str,
    request: &Request,
) -> Result<Answer, h2::Error> {
    let Request { method, target, fields, body, trailers } = request;
    let mut send = send.ready().await?;
    let mut head = http::Request::builder().method(method.as_str());
    let target = if target.starts_with('/') {
        format!("http://{authority}{target}")
    } else {
        target.clone()
    };
    head = head.uri(target);
    for (name, value) in fields {
        head = head.header(name, value);
    }
    let head = head.body(()).unwrap_or_else(|error| panic!("{error}"));
    let (answer, mut stream) = send.send_request(head, body.is_none())?;
    let sending = async {
        let Some(body) = body else { return };
        let mut rest = Bytes::from(body.clone());
        while !rest.is_empty() {
            stream.reserve_capacity(rest.len());
            match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(Ok(room)) if stream.send_data(rest.split_to(room), false).is_ok() => {}
                // The answer has the reason.
                _ => return,
            }
        }
        if *trailers {
            let mut fields = http::HeaderMap::new();
            fields.insert("x-trailer", http::HeaderValue::from_static("1"));
            let _sent = stream.send_trailers(fields);
        } else {
            let _sent = stream.send_data(Bytes::new(), true);
        }
    };
    let receiving = async {
        let answer = answer.await?;
        let (head, body) = answer.into_parts();
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
        let (status, headers) = (head.status.as_u16(), headers.collect());
        Ok(Answer { status, headers, body: read(body).await? })
    };
    // An answer may come before the body is sent.
    let mut receiving = std::pin::pin!(receiving);
    tokio::select! {
        biased;
        answer = &mut receiving => answer,
        () = sending => receiving.await,
    }
}

/// The whole body.
async fn read(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut whole = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}
