//! The declarations of an endpoint: the data that the attributes generate and that every guard
//! reads.
//!
//! The macros write a [`Policy`] as a `static`, so the pipeline, the start-up checks, the inventory
//! and the audit log all read the same data. It contains no logic: a fix to a guard changes the
//! runtime, not the code that was expanded in a service.

mod access;
mod argument;
mod coding;
pub(crate) mod denied;
pub(crate) mod file_kind;
pub(crate) mod key_request;
pub(crate) mod key_sources;
mod limit;
mod upload;

use std::{fmt, time::Duration};

pub use access::Access;
pub use argument::{Argument, BodyKind, Declared, Needs, Object, Shape};
pub(crate) use coding::{CODING_MARK, CODINGS, Coding};
pub use coding::{Compression, ContentCoding};
pub(crate) use denied::Denied;
pub(crate) use file_kind::FileKind;
pub(crate) use key_request::KeyRequest;
pub(crate) use key_sources::KeySources;
pub use limit::{
    Ban, Count, KeyFunction, KeyStage, LimitKey, LimitOutage, LimitStore, RateLimit,
    SourceFunction, Unit,
};
#[doc(inline)]
pub use palisade_policy::{Conditions, CrossSite, RevocationOutage, Validation};
pub use upload::UploadRule;

pub(crate) use crate::scope::{holds, is_scope_token};
pub use crate::{
    headers::{HeaderOverrides, ProfileKind, ResourcePolicy},
    input::{path_shape::PathShape, reason::Reason},
    scope::{Scope, ScopeName, Scopes},
};

/// The declarations of one endpoint.
#[derive(Debug)]
pub struct Policy {
    /// The handler's name.
    pub name: &'static str,
    /// The module that holds the handler.
    pub module: &'static str,
    /// The source file of the handler.
    pub file: &'static str,
    /// The line of the handler in that file.
    pub line: u32,
    /// Method and path; `None` for the route attribute of another crate, whose path is unknown
    /// here.
    pub route: Option<Route>,
    /// Who may call.
    pub access: Access,
    /// The names of the accepted authenticators; if empty, all are accepted.
    pub credentials: &'static [&'static str],
    /// What happens while it is unknown which tokens are revoked.
    pub revocation_outage: RevocationOutage,
    /// The rate limits, in the order of [`RateLimit::key`]: cheap and anonymous ones first.
    pub limits: &'static [RateLimit],
    /// The most bytes of a request body; `None`: the service's default.
    pub body_limit: Option<u64>,
    /// The time limit of the whole body; `None`: the service's, which grows with the received
    /// bytes.
    pub body_timeout: Option<Duration>,
    /// The content codings of accepted bodies; if empty, none is accepted.
    pub body_encodings: &'static [ContentCoding],
    /// The accepted files; `None`: no files. With files, `body_limit` applies to the whole form.
    pub upload: Option<UploadRule>,
    /// The time limit of the handler; `None`: the service's default.
    pub timeout: Option<Duration>,
    /// Whether input is accepted, and what happens to undeclared fields.
    pub validation: Validation,
    /// Whether the response is a page: query fields that no type declares are dropped then.
    pub answers_page: bool,
    /// Whether the cross-site check applies.
    pub cross_site: CrossSite,
    /// The pages of other origins that may read the responses.
    pub cors: Cors,
    /// Whether the conditional headers of unsafe requests are evaluated.
    pub conditions: Conditions,
    /// The response headers that differ from the profile.
    pub headers: HeaderOverrides,
    /// Whether responses are compressed.
    pub compression: Compression,
    /// The handler's arguments, in order.
    pub arguments: &'static [Argument],
    /// The handler's return type, as written in the source; empty without one.
    pub returns: &'static str,
    /// Every reason on this endpoint: what was weakened, and why.
    pub reasons: &'static [Reason],
}

impl Policy {
    /// The handler's full path, which identifies the endpoint.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }
}

/// Method and path of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The methods, as written on the wire (`GET`, `POST`, ..); never empty.
    pub methods: &'static [&'static str],
    /// The pattern in Actix's syntax: `/items/{id}`.
    pub path: &'static str,
    /// The names of the pattern's parameters, in order.
    pub parameters: &'static [&'static str],
    /// The name for URL generation, if there is one.
    pub name: Option<&'static str>,
}

/// Which pages of other origins may read an endpoint's answers.
#[derive(Clone, Copy, Debug)]
pub enum Cors {
    /// Those of the service's CORS policy.
    Service,
    /// `#[cross_origin(..)]`
    Own(CorsPolicy),
}

/// The value of [`cors!`](crate::cors) and `#[cross_origin(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct CorsPolicy {
    /// The origins of the pages.
    pub origins: CorsOrigins,
    /// Whether their requests may have cookies.
    pub credentials: bool,
    /// The header fields that they may send, in addition to `Accept`, `Authorization` and
    /// `Content-Type`.
    pub headers: &'static [&'static str],
    /// The header fields that they may read, in addition to those of every response.
    pub expose: &'static [&'static str],
    /// How long a browser caches the response to a preflight request, in seconds; `None`: ten
    /// minutes. The maximum is a day.
    pub max_age: Option<u32>,
    /// Why every origin, or credentials, are permitted.
    pub reason: Option<&'static str>,
}

/// The policy in one line, for the inventory.
impl fmt::Display for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origins = match self.origins {
            CorsOrigins::Any => None,
            CorsOrigins::Listed(origins) => Some(origins),
        };
        f.write_str(&palisade_policy::cors_summary(origins, self.credentials))
    }
}

/// The origins of a [`CorsPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// These, with wildcards such as `https://*.app.example`; none if empty.
    Listed(&'static [&'static str]),
    /// All of them, including sandboxed documents; never with credentials.
    Any,
}
