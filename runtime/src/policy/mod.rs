//! What an endpoint declares: the data that the attributes leave behind and that every guard reads.
//!
//! A [`Policy`] is written by the macros as a `static`, so the pipeline, the start-up checks, the
//! inventory and the audit trail all read the same bytes. It holds no logic: a fix to a guard
//! changes the runtime, never the code that was expanded into a service.

mod access;
mod argument;
mod coding;
mod limit;
mod scope;
mod upload;

use std::{fmt, time::Duration};

pub use access::Access;
pub use argument::{Argument, BodyKind, Declared, Needs, Object, PathShape, Shape};
pub(crate) use coding::{CODINGS, Coding};
pub use coding::{Compression, ContentCoding};
pub use limit::{
    Ban, Count, KeyFunction, KeyStage, LimitKey, LimitOutage, LimitStore, RateLimit,
    SourceFunction, Unit,
};
#[doc(inline)]
pub use palisade_web::{Conditions, CrossSite, RevocationOutage, Validation};
pub use scope::{Scope, ScopeName, Scopes};
pub(crate) use scope::{holds, is_scope_token};
pub use upload::UploadRule;

use crate::headers::{Csp, Permissions};
pub use crate::headers::{ProfileKind, ResourcePolicy};

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

/// Response headers that differ from the service's profile on this endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeaderOverrides {
    /// The profile of what palisade did not make itself.
    pub profile: Option<ProfileKind>,
    /// The `Cache-Control` value that replaces `no-store`.
    pub cache: Option<&'static str>,
    /// The `Content-Security-Policy` of the endpoint's pages.
    pub csp: Option<&'static Csp>,
    /// The policy of which the browsers that show its pages only report.
    pub report_only: Option<&'static Csp>,
    /// The `Permissions-Policy` of its pages.
    pub permissions: Option<&'static Permissions>,
    /// Which sites' pages may embed the answers.
    pub resource: Option<ResourcePolicy>,
}

impl HeaderOverrides {
    /// The service's profile as it is.
    pub const NONE: Self = Self {
        profile: None,
        cache: None,
        csp: None,
        report_only: None,
        permissions: None,
        resource: None,
    };
}

/// A written reason for weakening a default.
#[derive(Clone, Copy, Debug)]
pub struct Reason {
    /// The word that weakens: `public`, `cross_site`, `allow_unsafe(sql_format)`, ..
    pub word: &'static str,
    /// The reason, as written.
    pub reason: &'static str,
}
