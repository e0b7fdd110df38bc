//! The names of palisade's attributes.

use std::fmt;

/// One of our attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Word {
    /// `#[get("/path")]`
    Get,
    /// `#[post("/path")]`
    Post,
    /// `#[put("/path")]`
    Put,
    /// `#[patch("/path")]`
    Patch,
    /// `#[delete("/path")]`
    Delete,
    /// `#[head("/path")]`
    Head,
    /// `#[options("/path")]`
    Options,
    /// `#[route("/path", method = "..")]`
    Route,
    /// `#[require_scope(..)]`
    RequireScope,
    /// `#[authenticated]`
    Authenticated,
    /// `#[public]`
    Public,
    /// `#[credentials(..)]`
    Credentials,
    /// `#[validated]`
    Validated,
    /// `#[rate_limit(..)]`
    RateLimit,
    /// `#[concurrency_limit(..)]`
    ConcurrencyLimit,
    /// `#[body_limit(..)]`
    BodyLimit,
    /// `#[body_timeout(..)]`
    BodyTimeout,
    /// `#[body_encoding(..)]`
    BodyEncoding,
    /// `#[upload(..)]`
    Upload,
    /// `#[timeout(..)]`
    Timeout,
    /// `#[conditional]`
    Conditional,
    /// `#[responds(404, 409)]`
    Responds,
    /// `#[headers(..)]`
    Headers,
    /// `#[compress]`
    Compress,
    /// `#[cross_site(..)]`
    CrossSite,
    /// `#[cross_origin(..)]`
    CrossOrigin,
    /// `#[allow_unsafe(..)]`
    AllowUnsafe,
}

impl Word {
    /// Every word, in the order in which the model reads them.
    pub const ALL: &'static [Self] = &[
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Head,
        Self::Options,
        Self::Route,
        Self::RequireScope,
        Self::Authenticated,
        Self::Public,
        Self::Credentials,
        Self::Validated,
        Self::RateLimit,
        Self::ConcurrencyLimit,
        Self::BodyLimit,
        Self::BodyTimeout,
        Self::BodyEncoding,
        Self::Upload,
        Self::Timeout,
        Self::Conditional,
        Self::Responds,
        Self::Headers,
        Self::Compress,
        Self::CrossSite,
        Self::CrossOrigin,
        Self::AllowUnsafe,
    ];

    /// The word as written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Head => "head",
            Self::Options => "options",
            Self::Route => "route",
            Self::RequireScope => "require_scope",
            Self::Authenticated => "authenticated",
            Self::Public => "public",
            Self::Credentials => "credentials",
            Self::Validated => "validated",
            Self::RateLimit => "rate_limit",
            Self::ConcurrencyLimit => "concurrency_limit",
            Self::BodyLimit => "body_limit",
            Self::BodyTimeout => "body_timeout",
            Self::BodyEncoding => "body_encoding",
            Self::Upload => "upload",
            Self::Timeout => "timeout",
            Self::Conditional => "conditional",
            Self::Responds => "responds",
            Self::Headers => "headers",
            Self::Compress => "compress",
            Self::CrossSite => "cross_site",
            Self::CrossOrigin => "cross_origin",
            Self::AllowUnsafe => "allow_unsafe",
        }
    }

    /// The word of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }

    /// The method of a route word; `None` for `route` and for words of access.
    pub const fn method(self) -> Option<&'static str> {
        match self {
            Self::Get => Some("GET"),
            Self::Post => Some("POST"),
            Self::Put => Some("PUT"),
            Self::Patch => Some("PATCH"),
            Self::Delete => Some("DELETE"),
            Self::Head => Some("HEAD"),
            Self::Options => Some("OPTIONS"),
            Self::Route
            | Self::RequireScope
            | Self::Authenticated
            | Self::Public
            | Self::Credentials
            | Self::Validated
            | Self::RateLimit
            | Self::ConcurrencyLimit
            | Self::BodyLimit
            | Self::BodyTimeout
            | Self::BodyEncoding
            | Self::Upload
            | Self::Timeout
            | Self::Conditional
            | Self::Responds
            | Self::Headers
            | Self::Compress
            | Self::CrossSite
            | Self::CrossOrigin
            | Self::AllowUnsafe => None,
        }
    }

    /// Whether the word gives a handler its route.
    pub const fn is_route(self) -> bool {
        self.method().is_some() || matches!(self, Self::Route)
    }

    /// Whether the word says who may call.
    pub const fn is_access(self) -> bool {
        matches!(self, Self::RequireScope | Self::Authenticated | Self::Public)
    }

    /// Whether the word says how often, how much or how many at once.
    pub const fn is_limit(self) -> bool {
        matches!(self, Self::RateLimit | Self::ConcurrencyLimit)
    }

    /// Whether a handler may carry the word several times.
    pub const fn may_repeat(self) -> bool {
        self.is_limit() || matches!(self, Self::RequireScope | Self::AllowUnsafe)
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
