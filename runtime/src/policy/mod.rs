//! What an endpoint declares: the data that the attributes leave behind and that every guard reads.
//!
//! A [`Policy`] is written by the macros as a `static`, so the pipeline, the start-up checks, the
//! inventory and the audit trail all read the same bytes. It holds no logic: a fix to a guard
//! changes the runtime, never the code that was expanded into a service.

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
pub(crate) use coding::CODING_MARK;
pub use coding::{Compression, ContentCoding};
pub(crate) use denied::Denied;
pub(crate) use file_kind::FileKind;
pub(crate) use key_request::KeyRequest;
pub(crate) use key_sources::KeySources;
pub use limit::{
    Ban, Count, KeyFunction, KeyStage, LimitKey, LimitOutage, LimitStore, RateLimit,
    SourceFunction, Unit,
};
pub use upload::UploadRule;

pub(crate) use crate::scope::{holds, is_scope_token};
pub use crate::{
    headers::{HeaderOverrides, ProfileKind, ResourcePolicy},
    input::{path_shape::PathShape, reason::Reason},
    scope::{Scope, ScopeName, Scopes},
};

/// Everything one endpoint declares.
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
    /// Method and path; `None` under a foreign route attribute, where they are not known here.
    pub route: Option<Route>,
    /// Who may call.
    pub access: Access,
    /// The names of the authenticators whose credentials are taken; empty takes all of them.
    pub credentials: &'static [&'static str],
    /// What happens while it is not known what was revoked.
    pub revocation_outage: RevocationOutage,
    /// How often; checked in the order of [`RateLimit::key`], cheap and anonymous ones first.
    pub limits: &'static [RateLimit],
    /// Cap on the request body in bytes; `None` takes the service's default.
    pub body_limit: Option<u64>,
    /// How long the whole body may take to arrive; `None` follows its bytes.
    pub body_timeout: Option<Duration>,
    /// In which content codings bodies are taken; empty takes none.
    pub body_encodings: &'static [ContentCoding],
    /// Which files it takes; `None` takes none. Where it takes some, `body_limit` is theirs too.
    pub upload: Option<UploadRule>,
    /// Deadline of the handler; `None` takes the service's default.
    pub timeout: Option<Duration>,
    /// Whether input is admitted, and what happens to undeclared fields.
    pub validation: Validation,
    /// Whether the answer is a page: query fields that no type declares are dropped then.
    pub answers_page: bool,
    /// Whether the cross-site check applies.
    pub cross_site: CrossSite,
    /// Which pages of other origins may read the answers.
    pub cors: Cors,
    /// Whether the conditions of requests that may change state are evaluated.
    pub conditions: Conditions,
    /// Overrides of response headers.
    pub headers: HeaderOverrides,
    /// Whether answers are compressed.
    pub compression: Compression,
    /// The handler's arguments, in order.
    pub arguments: &'static [Argument],
    /// The type that the handler returns, as written in the source; empty where it names none.
    pub returns: &'static str,
    /// Every reason given on this endpoint: what was weakened, and why.
    pub reasons: &'static [Reason],
}

impl Policy {
    /// The handler's path, which identifies the endpoint.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }
}

/// Method and path of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The methods, as written on the wire (`GET`, `POST`, ..); never empty.
    pub methods: &'static [&'static str],
    /// The pattern, as Actix reads it: `/items/{id}`.
    pub path: &'static str,
    /// The names of the pattern's parameters, in order.
    pub parameters: &'static [&'static str],
    /// The name for URL generation, where one was given.
    pub name: Option<&'static str>,
}

/// Whether request input reaches the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// `#[validated]` is absent: no input is admitted.
    NoInput,
    /// Input is admitted; an unknown field is refused.
    Strict,
    /// Input is admitted; unknown fields are dropped (`unknown_fields = allow`).
    AllowUnknownFields,
}

/// Whether a browser on another site may send this request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossSite {
    /// Unsafe methods from another site are refused.
    Refuse,
    /// `#[cross_site(token)]`: refused too, and a request of unknown origin needs a
    /// [`FormToken`](crate::FormToken).
    Token,
    /// `#[cross_site(allow, reason = "..")]`.
    Allow,
}

/// What becomes of the conditions of requests that may change state: `If-Match`, `If-None-Match` and
/// `If-Unmodified-Since`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conditions {
    /// A request that states one is refused.
    Refused,
    /// `#[conditional]`: those that are stated are evaluated.
    Optional,
    /// `#[conditional(required)]`: a request has to state one.
    Required,
}

/// Which pages of other origins may read an endpoint's answers.
#[derive(Clone, Copy, Debug)]
pub enum Cors {
    /// Those of the service's own policy.
    Service,
    /// `#[cross_origin(..)]`
    Own(CorsPolicy),
}

/// What [`cors!`](crate::cors) and `#[cross_origin(..)]` make.
#[derive(Clone, Copy, Debug)]
pub struct CorsPolicy {
    /// Whose pages.
    pub origins: CorsOrigins,
    /// Whether they send cookies and read what is answered to them.
    pub credentials: bool,
    /// Header fields that they may send, beyond `Accept`, `Authorization` and `Content-Type`.
    pub headers: &'static [&'static str],
    /// Header fields that they may read, beyond those that every answer has.
    pub expose: &'static [&'static str],
    /// How long a browser caches the answer to a preflight request, in seconds; ten minutes if it
    /// is `None`, a day at most.
    pub max_age: Option<u32>,
    /// Why every origin, or credentials, are admitted.
    pub reason: Option<&'static str>,
}

/// The policy in one line, as the inventory has it.
impl fmt::Display for CorsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origins {
            CorsOrigins::Any => f.write_str("any origin")?,
            CorsOrigins::Listed([]) => f.write_str("none")?,
            CorsOrigins::Listed(origins) => f.write_str(&origins.join(", "))?,
        }
        f.write_str(if self.credentials { ", with credentials" } else { "" })
    }
}

/// The origins of a [`CorsPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// These, `https://*.app.example` among them; none where it is empty.
    Listed(&'static [&'static str]),
    /// All of them, sandboxed documents included; never with credentials.
    Any,
}

/// What happens while it is not known what was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationOutage {
    /// 503: a revoked token must not come back to life because a store is down.
    Refuse,
    /// `#[credentials(revocation_outage = allow, reason = "..")]`: what is not known to be revoked
    /// passes, and the log says so.
    Allow,
}
