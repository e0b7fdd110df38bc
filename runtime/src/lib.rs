//! palisade hardens Actix Web services through attributes on the handlers.
//!
//! The attributes declare who may call a handler, how often, and which input it accepts. A handler
//! without declared access does not compile. At run time, every request passes a fixed order of guards
//! before its body is read.
//!
//! ```no_run
//! use palisade::prelude::*;
//!
//! #[derive(Deserialize, Validate, Input)]
//! #[serde(deny_unknown_fields)]
//! struct NewItem {
//!     #[validate(length(min = 1, max = 64))]
//!     name: String,
//!     #[validate(range(min = 1, max = 1000))]
//!     qty: u32,
//! }
//!
//! #[post("/items")]
//! #[require_scope("items:write")]
//! #[rate_limit("30/minute", by = subject)]
//! #[validated]
//! async fn create_item(who: Principal, item: Json<NewItem>) -> Result<Created<String>> {
//!     Ok(Created(format!("{} {} of {}", item.qty, item.name, who.subject())))
//! }
//!
//! #[palisade::main]
//! async fn main() -> palisade::Exit {
//!     Palisade::from_env()?.endpoints(endpoints![create_item]).serve().await
//! }
//! ```
//!
//! # Where to look
//!
//! - The attributes: the route ([`get`], [`post`], [`put`], [`patch`], [`delete`],
//!   [`head`](macro@head), [`options`], [`route`](macro@route)), access ([`require_scope`],
//!   [`authenticated`], [`public`], [`credentials`]), input ([`validated`], [`body_limit`],
//!   [`body_timeout`], [`body_encoding`], [`upload`](macro@upload)), limits
//!   ([`rate_limit`], [`concurrency_limit`], [`timeout`]), conditional requests
//!   ([`conditional`](macro@conditional)), and differences from the defaults of the service
//!   ([`headers`](macro@headers), [`compress`], [`cross_site`](macro@cross_site)). Their order has no
//!   meaning.
//! - Arguments of a handler: they implement [`Extract`]. Request input has types that derive
//!   [`Input`](derive@Input), in which every string and list is bounded; any other input is [`Vouched`].
//! - The caller: [`Principal`], and [`auth`] for keys and tokens. Scopes are strings, or values of an
//!   enum that derives [`Scope`](derive@Scope).
//! - Objects: [`object`] for the policies of single objects; a handler takes one as
//!   [`Owned`](object::Owned).
//! - Versions: [`conditional`](mod@conditional) for `ETag`, `If-Match` and `If-None-Match`.
//! - Responses: [`Result`], [`Problem`], and [`Created`], [`NoContent`], [`Found`].
//! - Limits: [`limit`] for what is counted and how; [`Limits`](limit::Limits) to read, block and
//!   adjust them at run time.
//! - The OpenAPI document of the service: `openapi`, with the feature of this name.
//! - Secrets: [`secrets`] for secret managers and rotation without a restart.
//! - Monitoring: [`metrics`](mod@metrics) for Prometheus, [`audit`] for the audit trail.
//! - The service: [`Palisade`] with its settings (`PALISADE_*`), [`Builder`], [`endpoints!`].
//!
//! # The order of a request
//!
//! 1. Request id, clock, client address; blocked networks (403); the firewall (400, 421); CORS; the
//!    service's own limit (429).
//! 2. Routing. 404 and 405 are problem documents too.
//! 3. The check for cross-site requests (403); limits by address, header, path parameter or globally
//!    (429); authentication (401); scopes (403); limits by subject (429); conditional header fields
//!    that are not evaluated, malformed or missing (412, 400, 428); media type, content coding and
//!    declared length (415, 413).
//! 4. The body is read under its size limit, decoded, parsed (400) and validated (422); limits by body
//!    fields (429).
//! 5. Objects are loaded by the id in the path and authorized (404, or 403 where the policy says so);
//!    then the conditions of the request are evaluated (412).
//! 6. The handler, under its deadline (504).
//! 7. The response: a status of 400 or more is a problem document, a 5xx reveals nothing about its
//!    cause, and every response has the security headers.
//!
//! An endpoint that is mounted without the app's stage answers 500, and its handler never runs.
//!
//! # Mounting
//!
//! [`Builder::serve`] runs a whole server. In an app of your own, register the result of
//! [`Builder::build`] as a middleware; see [`Palisade`]. Without a route attribute, or under Actix's
//! own, the attributes make a plain handler with the same guards.

// What palisade's own handlers and input types expand to begins with its name, as elsewhere.
extern crate self as palisade;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
mod app_data;
pub mod audit;
pub mod auth;
mod call;
mod caller;
mod causes;
mod client;
mod clock;
#[cfg(feature = "compression")]
mod coding;
pub mod conditional;
mod connection;
mod cookie;
mod cors;
mod cross_site;
mod deployment;
mod development;
mod excerpt;
pub mod extract;
mod failure;
mod file_mode;
mod file_owner;
mod firewall;
mod form_token;
mod forwarded;
mod from_error;
mod hardening;
mod headers;
mod health;
mod health_details;
pub mod input;
pub mod issue;
#[cfg(feature = "openapi")]
mod json_schema;
pub mod limit;
mod line_rate;
#[cfg(feature = "log")]
pub mod log;
mod machine;
mod media_type;
pub mod metrics;
mod mount;
mod networks;
pub mod object;
#[cfg(feature = "openapi")]
pub mod openapi;
#[cfg(feature = "otel")]
pub mod otel;
pub mod page;
mod panics;
#[cfg(feature = "passwords")]
pub mod password;
mod patience;
mod peer_kind;
mod pipeline;
pub mod policy;
#[cfg(all(test, feature = "redis"))]
#[expect(clippy::panic, unreachable_pub, reason = "shared with the tests over sockets")]
#[path = "../../tests/src/port.rs"]
mod port;
mod precondition;
pub mod prelude;
#[cfg(unix)]
mod private_folder;
mod problem;
mod public_path;
mod regular_file;
pub mod report;
mod request;
mod request_id;
mod respond;
mod scope;
#[cfg(unix)]
mod secret_file;
pub mod secrets;
mod series;
mod service;
pub mod session;
mod setting_sources;
pub mod settings;
#[cfg(feature = "redis")]
mod shared_redis;
mod spans;
mod spread;
#[cfg(feature = "sql")]
pub mod sql;
#[cfg(feature = "static-files")]
mod static_files;
mod store_error;
mod tally;
#[cfg(all(test, feature = "redis"))]
#[expect(clippy::panic, dead_code, unreachable_pub, reason = "shared with the tests over sockets")]
#[path = "../../tests/src/redis.rs"]
mod test_redis;
mod timer;
#[cfg(feature = "tls")]
mod tls;
mod traceparent;
mod traffic;
pub mod upload;
mod visible;

pub use app::finish;
pub use auth::Principal;
pub use client::{ClientAddr, ForwardedField};
pub use clock::Moment;
#[cfg(feature = "http2")]
pub use connection::Http2;
pub use cookie::{CookieError, CookieRead, HostCookie, SameSite};
pub use extract::{Extract, RequestInfo, Vouched};
pub use failure::{Exit, Failure};
pub use form_token::{FormToken, FormTokenField, FormTokens};
#[cfg(all(feature = "sandbox", target_os = "linux"))]
pub use hardening::Sandbox;
pub use headers::{
    Csp, EmbedderPolicy, HeaderSet, Nonce, OpenerPolicy, Permissions, PolicyError, ProfileKind,
    ReferrerPolicy, ResourcePolicy,
};
pub use input::{FieldError, Input, Slug, Text};
pub use machine::TooMuchMemory;
pub use mount::{Endpoint, Endpoints, Inventory};
#[cfg(feature = "maud")]
pub use page::MarkupPage;
#[cfg(feature = "askama")]
pub use page::Page;
pub use palisade_macros::{
    Input, Scope, Settings, allow_unsafe, authenticated, body_encoding, body_limit, body_timeout,
    compress, concurrency_limit, conditional, cors, credentials, cross_origin, cross_site, csp,
    csp_hash, delete, endpoints, get, head, headers, main, options, patch, permissions, post,
    public, put, rate_limit, require_scope, responds, route, timeout, upload, validated,
};
#[cfg(feature = "sql")]
pub use palisade_macros::{migrations, sql};
pub use palisade_policy::{Origin, OriginError};
pub use policy::{Policy, ScopeName, Scopes};
#[cfg(unix)]
pub use private_folder::{NotPrivate, PrivateFolder};
pub use problem::{Kind, Problem, Result};
pub use report::{ReportKind, Reports};
pub use request_id::RequestId;
pub use respond::{Created, CreatedAt, Found, NoContent, SafeRedirect, StreamedJson};
#[cfg(unix)]
pub use secret_file::{SecretFile, SecretFileError};
pub use service::{Builder, Environment, Palisade};
pub use settings::{SettingValue, Settings};
#[cfg(feature = "redis")]
pub use shared_redis::{Redis, RedisSettingError};
#[cfg(feature = "static-files")]
pub use static_files::{StaticFiles, StaticFilesError, StaticFilesLoader};
#[cfg(feature = "acme")]
pub use tls::Acme;
#[cfg(feature = "tls")]
pub use tls::{TlsFiles, TlsVersion};
#[cfg(feature = "openapi")]
pub use utoipa::ToSchema;
