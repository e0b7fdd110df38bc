//! Requests, with bounds that do not depend on the server.

use reqwest::{Certificate, RequestBuilder, StatusCode, redirect};
use secrecy::zeroize::Zeroizing;

use crate::{
    causes::without_url,
    secrets::{SecretsError, SourceError},
};

/// The largest secrets have 64 KiB; base64 and JSON around it add some more.
const MAX_BODY: usize = 256 * 1024;

/// An HTTP client that follows no redirects.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

/// The answer of a source.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    #[cfg(any(feature = "aws-secrets", feature = "google-secrets"))]
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl Client {
    /// `roots` in PEM replace the certificate authorities of the machine, unless they are empty.
    pub(super) fn new(roots: &[u8]) -> Result<Self, SecretsError> {
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("palisade/", env!("CARGO_PKG_VERSION")))
            // Otherwise the server that answers would decide where the credentials are sent next.
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy that some variable names would see every secret.
            .no_proxy()
            .pool_max_idle_per_host(1);
        if !roots.is_empty() {
            let fault =
                || SecretsError::Setting("the certificate authorities are not in PEM".to_owned());
            let roots = Certificate::from_pem_bundle(roots).map_err(|_| fault())?;
            if roots.is_empty() {
                return Err(fault());
            }
            client = client.tls_certs_only(roots);
        }
        client.build().map(Self).map_err(|error| {
            SecretsError::Setting(format!("there is no HTTPS client: {}", without_url(error)))
        })
    }

    pub(super) fn get(&self, url: reqwest::Url) -> RequestBuilder {
        self.0.get(url)
    }

    #[cfg(any(feature = "vault", feature = "aws-secrets", feature = "azure-secrets"))]
    pub(super) fn post(&self, url: reqwest::Url) -> RequestBuilder {
        self.0.post(url)
    }

    #[cfg(feature = "aws-secrets")]
    pub(super) fn put(&self, url: reqwest::Url) -> RequestBuilder {
        self.0.put(url)
    }
}

/// Sends a request and reads the answer. The time-out of the attempt bounds this.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, SourceError> {
    let fault = |error| SourceError::unavailable(without_url(error));
    let mut response = request.send().await.map_err(fault)?;
    let status = response.status();
    #[cfg(any(feature = "aws-secrets", feature = "google-secrets"))]
    let headers = response.headers().clone();
    let declared = response.content_length().and_then(|length| usize::try_from(length).ok());
    let too_long = || SourceError::malformed(format!("the answer is longer than {MAX_BODY} bytes"));
    if declared.is_some_and(|length| length > MAX_BODY) {
        return Err(too_long());
    }
    // A buffer that grows leaves a copy behind, which is not wiped.
    let mut body = Zeroizing::new(Vec::with_capacity(declared.unwrap_or(MAX_BODY)));
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        if chunk.len() > MAX_BODY - body.len() {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        #[cfg(any(feature = "aws-secrets", feature = "google-secrets"))]
        headers,
        body,
    })
}

impl Answer {
    /// The answer, unless its status says that the source cannot answer now.
    pub(super) fn or_unavailable(self, what: &str) -> Result<Self, SourceError> {
        let status = self.status.as_u16();
        match status {
            300..=399 => Err(SourceError::unavailable(format!(
                "{what} answered {status}, and redirects are not followed: name the address that \
                 answers itself"
            ))),
            408 | 425 | 429 | 500..=599 => {
                Err(SourceError::unavailable(format!("{what} answered {status}")))
            }
            _ => Ok(self),
        }
    }
}
