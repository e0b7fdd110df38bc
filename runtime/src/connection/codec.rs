//! Parses requests and encodes responses with Actix's codec.
//!
//! That codec remembers the request's `Connection` field, and repeats it in the response. If it is
//! an offer to upgrade, another codec encodes the response, which has seen a plain request.

use std::io;

use actix_codec::{Decoder as _, Encoder as _};
use actix_http::{
    ConnectionType, Method, Request, RequestHead, Response, ServiceConfig, StatusCode, Version,
    body::BodySize,
    error::ParseError,
    h1::{self, Message, MessageType},
};
use actix_web::{
    http::header,
    web::{Bytes, BytesMut},
};

pub(super) struct Codec {
    config: ServiceConfig,
    inner: h1::Codec,
    /// Encodes the response, if `inner` cannot.
    plain: Option<h1::Codec>,
    framing: Framing,
}

/// How the end of the request's body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// There is no body.
    None,
    /// By the inner codec.
    Coded,
    /// By the remaining number of bytes.
    Length(u64),
    /// There is no body, and a response with 101 makes a stream of all that follows.
    Tunnel,
}

/// What a request demands of its connection and its response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Whether the connection may be kept.
    pub(super) keeps: bool,
    /// Whether the client waits for `100 Continue` before it sends the body.
    pub(super) expects: bool,
    pub(super) has_body: bool,
    /// Whether its method is safe (RFC 9110, 9.2.1).
    pub(super) is_safe: bool,
    /// Whether a response with 101 makes a stream of the connection.
    pub(super) offers_tunnel: bool,
    pub(super) is_head: bool,
    /// Whether it is HTTP/1.0, which has no chunked bodies.
    pub(super) is_old: bool,
}

pub(super) enum Decoded<T> {
    Some(T),
    Partial,
    /// The input is invalid, and so is all that follows; the response has this status.
    Malformed(StatusCode),
}

pub(super) enum Piece {
    Bytes(Bytes),
    End,
}

/// The `Connection` field of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Keep,
    Close,
    Upgrade,
}

impl Codec {
    pub(super) fn new(config: &ServiceConfig) -> Self {
        let inner = h1::Codec::new(config.clone());
        Self { config: config.clone(), inner, plain: None, framing: Framing::None }
    }

    /// The head of the next request.
    pub(super) fn head(&mut self, input: &mut BytesMut) -> Decoded<(Request, Terms)> {
        self.plain = None;
        let request = match self.inner.decode(input) {
            Ok(Some(Message::Item(request))) => request,
            Ok(None) => return Decoded::Partial,
            Err(ParseError::TooLarge) => {
                return Decoded::Malformed(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
            }
            // The codec only returns chunks of a body, and that of the last request was read to its
            // end.
            Ok(Some(Message::Chunk(_))) | Err(_) => {
                return Decoded::Malformed(StatusCode::BAD_REQUEST);
            }
        };
        let head = request.head();
        let kind = head.connection_type();
        let is_head = head.method == Method::HEAD;
        let is_old = head.version < Version::HTTP_11;
        let is_connect = head.method == Method::CONNECT;
        let plain = |codec: &Self| plain(&codec.config, is_head, is_old);
        self.framing = match self.inner.message_type() {
            MessageType::None => Framing::None,
            MessageType::Payload => Framing::Coded,
            // The codec treats every request with `Upgrade: websocket` as a stream without an end,
            // whatever its method and `Content-Length`. The standards do not.
            MessageType::Stream => match declared_length(head) {
                Some(0) if offers_tunnel(head) => Framing::Tunnel,
                Some(0) => Framing::None,
                Some(length) => Framing::Length(length),
                None => return Decoded::Malformed(StatusCode::BAD_REQUEST),
            },
        };
        match self.framing {
            Framing::Coded if kind == ConnectionType::Upgrade => self.plain = Some(plain(self)),
            Framing::Coded | Framing::Tunnel => {}
            Framing::None | Framing::Length(_)
                if kind == ConnectionType::Upgrade
                    || self.inner.message_type() == MessageType::Stream =>
            {
                self.inner = plain(self);
            }
            Framing::None | Framing::Length(_) => {}
        }
        let keeps = match kind {
            ConnectionType::Close => false,
            ConnectionType::KeepAlive => true,
            // HTTP/1.0 has no such offer, and closes by default.
            ConnectionType::Upgrade => !is_old,
        };
        let terms = Terms {
            // The bytes after a refused CONNECT may be for the other end of the tunnel.
            keeps: keeps && !is_connect,
            expects: head.expect(),
            is_safe: is_head || head.method == Method::GET,
            has_body: matches!(self.framing, Framing::Coded | Framing::Length(_)),
            offers_tunnel: self.framing == Framing::Tunnel,
            is_head,
            is_old,
        };
        Decoded::Some((request, terms))
    }

    /// The next piece of the request's body, or of the stream after a 101.
    pub(super) fn piece(&mut self, input: &mut BytesMut) -> Decoded<Piece> {
        match &mut self.framing {
            Framing::None => Decoded::Some(Piece::End),
            Framing::Length(0) => Decoded::Some(Piece::End),
            Framing::Length(_) if input.is_empty() => Decoded::Partial,
            Framing::Length(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let bytes = input.split_to(most.min(input.len())).freeze();
                *left = left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                Decoded::Some(Piece::Bytes(bytes))
            }
            Framing::Coded | Framing::Tunnel => match self.inner.decode(input) {
                Ok(Some(Message::Chunk(Some(bytes)))) => Decoded::Some(Piece::Bytes(bytes)),
                Ok(Some(Message::Chunk(None))) => {
                    self.framing = Framing::None;
                    Decoded::Some(Piece::End)
                }
                Ok(None) => Decoded::Partial,
                // A request where a part of a body is expected.
                Ok(Some(Message::Item(_))) | Err(_) => Decoded::Malformed(StatusCode::BAD_REQUEST),
            },
        }
    }

    /// Encodes the head of a response.
    pub(super) fn answer(
        &mut self,
        mut response: Response<()>,
        size: BodySize,
        said: Said,
        terms: Terms,
        output: &mut BytesMut,
    ) -> io::Result<()> {
        let head = response.head_mut();
        match said {
            Said::Keep => head.set_connection_type(ConnectionType::KeepAlive),
            Said::Close => head.set_connection_type(ConnectionType::Close),
            Said::Upgrade => head.set_connection_type(ConnectionType::Upgrade),
        }
        if self.framing == Framing::Tunnel && said != Said::Upgrade {
            // Requests follow.
            self.inner = plain(&self.config, terms.is_head, terms.is_old);
            self.framing = Framing::None;
        }
        self.encoder().encode(Message::Item((response, size)), output)
    }

    /// Encodes a piece of the response's body, or its end.
    pub(super) fn write(&mut self, piece: Option<Bytes>, output: &mut BytesMut) -> io::Result<()> {
        self.encoder().encode(Message::Chunk(piece), output)
    }

    /// Encodes the response to invalid input, which closes the connection.
    pub(super) fn refuse(&mut self, status: StatusCode, output: &mut BytesMut) -> io::Result<()> {
        let mut codec = h1::Codec::new(self.config.clone());
        let response = Response::with_body(status, ());
        codec.encode(Message::Item((response, BodySize::Sized(0))), output)
    }

    fn encoder(&mut self) -> &mut h1::Codec {
        self.plain.as_mut().unwrap_or(&mut self.inner)
    }
}

/// A codec that has seen a request without a body, which keeps its connection.
fn plain(config: &ServiceConfig, is_head: bool, is_old: bool) -> h1::Codec {
    let head: &[u8] = match (is_head, is_old) {
        (false, false) => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        (true, false) => b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        (false, true) => b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        (true, true) => b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
    let mut codec = h1::Codec::new(config.clone());
    // It is complete and valid. Otherwise the codec would send `close`.
    let _request = codec.decode(&mut BytesMut::from(head));
    codec
}

/// A WebSocket's handshake (RFC 6455, 4.1). A body would precede the stream.
fn offers_tunnel(head: &RequestHead) -> bool {
    head.method == Method::GET
        && head.version == Version::HTTP_11
        && head.connection_type() == ConnectionType::Upgrade
}

/// The value of `Content-Length`, 0 without one; `None` if it is invalid.
fn declared_length(head: &RequestHead) -> Option<u64> {
    match head.headers().get(header::CONTENT_LENGTH) {
        None => Some(0),
        Some(value) => value.to_str().ok()?.trim().parse().ok(),
    }
}
