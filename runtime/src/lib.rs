//! palisade hardens Actix Web services through attributes on the handlers.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod app;
pub mod auth;
mod client;
mod clock;
mod cors;
mod cross_site;
pub mod extract;
mod headers;
pub mod input;
pub mod limit;
mod origin;
mod pipeline;
pub mod policy;
pub mod prelude;
mod problem;
mod request_id;
mod respond;
mod service;
mod settings;

pub use auth::Principal;
pub use client::{ClientAddr, ForwardedField};
pub use clock::Moment;
pub use extract::{Extract, RequestInfo, Vouched};
pub use input::{FieldError, Input, Slug, Text};
pub use origin::{Origin, OriginError};
pub use palisade_macros::{
    Input, allow_unsafe, authenticated, body_limit, cross_site, delete, endpoints, get, head,
    headers, main, options, patch, post, public, put, rate_limit, require_scope, route, timeout,
    validated,
};
pub use policy::{Policy, ScopeName};
pub use problem::{Kind, Problem, Result};
pub use request_id::RequestId;
pub use respond::{Created, CreatedAt, Found, NoContent};
pub use service::{Builder, Endpoint, Endpoints, Exit, Failure, Inventory, Palisade};
