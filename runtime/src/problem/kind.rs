//! The problems that a service can answer with.

use actix_web::http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $status:literal $name:literal $title:literal,)*) => {
        /// A kind of problem: its type, title and status never change between versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// The short name, as it ends the type.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The title: the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            const fn code(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }
        }
    };
}

kinds! {
    /// The request is malformed.
    BadRequest = 400 "bad-request" "The request is malformed",
    /// The body is not well-formed in its media type.
    MalformedBody = 400 "malformed-body" "The body is not well-formed",
    /// The credentials are not in the form that RFC 6750 asks for.
    MalformedCredentials = 400 "malformed-credentials" "The credentials are malformed",
    /// The credentials of a login or a refresh are not valid: which part of them is not revealed.
    InvalidGrant = 400 "invalid-grant" "The credentials or the grant do not hold",
    /// No credentials, or credentials that do not hold.
    Unauthenticated = 401 "unauthenticated" "Valid credentials are required",
    /// The caller is known and may not do this.
    Forbidden = 403 "forbidden" "This is not allowed",
    /// The token does not carry the scopes that are needed.
    InsufficientScope = 403 "insufficient-scope" "The token does not carry the scope that is needed",
    /// The request comes from another site.
    CrossSite = 403 "cross-site" "Requests from another site are refused",
    /// No such resource.
    NotFound = 404 "not-found" "There is no such resource",
    /// The resource does not answer to this method.
    MethodNotAllowed = 405 "method-not-allowed" "The resource does not answer to this method",
    /// The body came too slowly.
    RequestTimeout = 408 "request-timeout" "The request took too long to arrive",
    /// The request contradicts the present state.
    Conflict = 409 "conflict" "The request contradicts the present state",
    /// The resource is gone for good.
    Gone = 410 "gone" "The resource is gone",
    /// A condition of the request does not hold.
    PreconditionFailed = 412 "precondition-failed" "A condition of the request does not hold",
    /// The endpoint evaluates no conditions, and the request states one.
    ConditionsNotEvaluated = 412 "conditions-not-evaluated" "This endpoint evaluates no conditions",
    /// The body is larger than this endpoint takes.
    BodyTooLarge = 413 "body-too-large" "The body is too large",
    /// The body's media type or charset is not taken here; `Accept` names what is.
    UnsupportedMediaType = 415 "unsupported-media-type" "Unsupported media type",
    /// The body's content coding is not taken here; `Accept-Encoding` names what is.
    UnsupportedEncoding = 415 "unsupported-content-encoding" "Unsupported content coding",
    /// No byte of the requested range exists.
    RangeNotSatisfiable = 416 "range-not-satisfiable" "There is no such range",
    /// The request is meant for a host that this service does not answer for.
    Misdirected = 421 "misdirected" "This host is not served here",
    /// Fields of the input broke a rule; each is listed.
    InvalidInput = 422 "invalid-input" "The input breaks a rule",
    /// The request has to state a condition.
    PreconditionRequired = 428 "precondition-required" "The request has to name a version",
    /// A rate limit is spent.
    QuotaExceeded = 429 "quota-exceeded" "Quota exceeded",
    /// A defect, or a failure behind the service.
    Internal = 500 "internal" "The service failed",
    /// The service cannot decide or answer now.
    Unavailable = 503 "unavailable" "The service cannot answer now",
    /// The handler did not finish in time.
    Timeout = 504 "timeout" "The service took too long",
    /// There is no room for what was sent.
    StorageFull = 507 "storage-full" "There is no room for this",
}

impl Kind {
    /// The status that goes with it.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The `type` member: a name that clients may compare.
    ///
    /// A spent quota has the type that draft-ietf-httpapi-ratelimit-headers registers.
    pub fn uri(self) -> String {
        if self == Self::QuotaExceeded {
            return "https://iana.org/assignments/http-problem-types#quota-exceeded".to_owned();
        }
        format!("urn:problem-type:palisade:{}", self.name())
    }

    /// The kind of a status that other code chose; `None` if there is no exact one.
    pub(crate) fn of_status(status: StatusCode) -> Option<Self> {
        let kind = match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            409 => Self::Conflict,
            410 => Self::Gone,
            412 => Self::PreconditionFailed,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            416 => Self::RangeNotSatisfiable,
            421 => Self::Misdirected,
            422 => Self::InvalidInput,
            428 => Self::PreconditionRequired,
            429 => Self::QuotaExceeded,
            500 => Self::Internal,
            503 => Self::Unavailable,
            504 => Self::Timeout,
            507 => Self::StorageFull,
            _ => return None,
        };
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn types_are_unique_and_statuses_are_errors() {
        let mut seen = std::collections::HashSet::new();
        for kind in Kind::ALL {
            assert!(seen.insert(kind.uri()), "{kind:?} shares its type");
            assert!(kind.status().as_u16() == kind.code() && kind.code() >= 400, "{kind:?}");
        }
    }
}
