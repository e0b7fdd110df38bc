//! Requests to the authority.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::web::{Bytes, BytesMut};
use http::Request;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::{Certificate, redirect};

use crate::causes::with_causes;

/// For one request.
const TIME_OUT: Duration = Duration::from_secs(30);

/// A chain of certificates has a few thousand bytes.
const MOST_BODY: usize = 1 << 20;

/// An HTTPS client that sends requests to the authority only.
#[derive(Clone)]
pub(super) struct Client(reqwest::Client);

impl Client {
    /// `roots` is a PEM bundle; if it is empty, the roots of the system are used.
    pub(super) fn new(roots: &[u8]) -> Result<Self, String> {
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .referer(false)
            .https_only(true)
            .timeout(TIME_OUT)
            .pool_max_idle_per_host(1);
        if !roots.is_empty() {
            let roots = Certificate::from_pem_bundle(roots).map_err(|error| with_causes(&error))?;
            if roots.is_empty() {
                return Err("no certificate in PEM".to_owned());
            }
            client = client.tls_certs_only(roots);
        }
        client.build().map(Self).map_err(|error| with_causes(&error))
    }

    async fn send(self, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
        let other = |error: reqwest::Error| Error::Other(with_causes(&error).into());
        let (head, body) = request.into_parts();
        // Authorities require the length of a request (RFC 9110 section 15.5.12).
        let mut body = BytesResponse::from(http::Response::new(body)).body;
        let body = body.into_bytes().await.map_err(Error::Other)?;
        let request = Request::from_parts(head, reqwest::Body::from(body));
        let request = reqwest::Request::try_from(request).map_err(other)?;
        let mut response = self.0.execute(request).await.map_err(other)?;
        let mut body = BytesMut::new();
        while let Some(part) = response.chunk().await.map_err(other)? {
            if body.len().saturating_add(part.len()) > MOST_BODY {
                return Err(Error::Str("the answer is longer than 1 MiB"));
            }
            body.extend_from_slice(&part);
        }
        let (parts, _read) = http::Response::from(response).into_parts();
        Ok(BytesResponse { parts, body: Box::new(body.freeze()) })
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(self.clone().send(request))
    }
}
