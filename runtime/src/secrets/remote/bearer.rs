//! Requests that carry an access token.

use std::time::Duration;

use reqwest::{RequestBuilder, header::HeaderValue};
use secrecy::{ExposeSecret as _, SecretString, zeroize::Zeroizing};

use super::{
    client::{Answer, send},
    token::Cached,
};
use crate::secrets::SourceError;

impl Cached<SecretString> {
    /// Sends a request with the token of `fetch` as bearer token (RFC 6750), and once more with a new token if
    /// the answer is 401.
    pub(super) async fn send_authorized<F>(
        &self,
        fetch: impl Fn() -> F,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<Answer, SourceError>
    where
        F: Future<Output = Result<(SecretString, Duration), SourceError>>,
    {
        let token = self.get(fetch()).await?;
        let answer = send(request().header("authorization", bearer(&token.value)?)).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.forget(&token).await;
        let token = self.get(fetch()).await?;
        send(request().header("authorization", bearer(&token.value)?)).await
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, SourceError> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| SourceError::malformed("the access token is not a valid header value"))?;
    value.set_sensitive(true);
    Ok(value)
}
