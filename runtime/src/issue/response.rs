//! The response to a login or a refresh.

use std::{fmt, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header::{CACHE_CONTROL, PRAGMA},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::refresh_token::RefreshToken;

/// The tokens of a login or a refresh: the response of RFC 6749 section 5.1.
///
/// As the return value of a handler it becomes JSON that caches do not store: `access_token`,
/// `token_type` (`Bearer`), `expires_in` in seconds, `scope`, and `refresh_token` if the issuer has
/// a store for it. `Debug` prints no token.
pub struct TokenResponse {
    pub(super) access_token: SecretString,
    pub(super) expires_in: Duration,
    pub(super) scopes: String,
    pub(super) refresh_token: Option<RefreshToken>,
}

impl TokenResponse {
    /// The access token.
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// The refresh token, if the issuer has a store for it.
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    /// The lifetime of the access token.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// The scopes of the access token, separated by spaces.
    pub fn scopes(&self) -> &str {
        &self.scopes
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
struct Fields<'a> {
    /// The access token.
    #[cfg_attr(feature = "openapi", schema(max_length = 16_384))]
    access_token: &'a str,
    /// `Bearer`.
    #[cfg_attr(feature = "openapi", schema(max_length = 16))]
    token_type: &'static str,
    /// Seconds for which the access token is good.
    expires_in: u64,
    /// The scopes of the access token, with a space between each two.
    #[cfg_attr(feature = "openapi", schema(max_length = 16_384))]
    scope: &'a str,
    /// The refresh token, good for one use.
    #[cfg_attr(feature = "openapi", schema(max_length = 256))]
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for TokenResponse {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Fields::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for TokenResponse {}

impl Responder for TokenResponse {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(Fields {
                access_token: self.access_token.expose_secret(),
                token_type: "Bearer",
                expires_in: self.expires_in.as_secs(),
                scope: &self.scopes,
                refresh_token: self.refresh_token.as_ref().map(RefreshToken::expose),
            })
    }
}
