//! The kinds of changes that clients or reviewers have to hear of.

use std::fmt;

/// Why a change matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// A client that was right before is refused now, or gets what it does not know.
    Breaking,
    /// More callers, more requests or more values come in than before.
    Widening,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $level:ident $name:literal,)*) => {
        /// A kind of change. Its name is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ChangeKind {
            $($(#[$doc])* $kind,)*
        }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// Why it matters.
            pub const fn level(self) -> Level {
                match self { $(Self::$kind => Level::$level,)* }
            }
        }
    };
}

kinds! {
    /// A path is gone.
    PathRemoved = Breaking "path_removed",
    /// A method of a path is gone.
    OperationRemoved = Breaking "operation_removed",
    /// A status below 400 is gone.
    StatusRemoved = Breaking "status_removed",
    /// An answer is no longer sent in a media type.
    ResponseMediaTypeRemoved = Breaking "response_media_type_removed",
    /// A field of an answer is gone.
    ResponseFieldRemoved = Breaking "response_field_removed",
    /// A field of an answer may be absent now.
    ResponseFieldOptional = Breaking "response_field_optional",
    /// A value of an answer has a type that it did not have.
    ResponseTypeChanged = Breaking "response_type_changed",
    /// A value of an answer may be one that was not listed.
    ResponseEnumWidened = Breaking "response_enum_widened",
    /// A value of an answer may be larger, smaller or of another form than before.
    ResponseConstraintWidened = Breaking "response_constraint_widened",
    /// A parameter is gone; unknown ones are refused.
    ParameterRemoved = Breaking "parameter_removed",
    /// A parameter has to be there now.
    ParameterRequired = Breaking "parameter_required",
    /// A body is no longer taken.
    RequestBodyRemoved = Breaking "request_body_removed",
    /// A body has to be there now.
    RequestBodyRequired = Breaking "request_body_required",
    /// A body is no longer taken in a media type.
    RequestMediaTypeRemoved = Breaking "request_media_type_removed",
    /// A field of a request is gone, and refused.
    RequestFieldRemoved = Breaking "request_field_removed",
    /// A field of a request has to be there now.
    RequestFieldRequired = Breaking "request_field_required",
    /// A value of a request may not have a type that it had.
    RequestTypeChanged = Breaking "request_type_changed",
    /// A listed value of a request is gone.
    RequestEnumNarrowed = Breaking "request_enum_narrowed",
    /// A bound or a form of a request's value is stricter, or another one.
    RequestConstraintNarrowed = Breaking "request_constraint_narrowed",
    /// Undeclared fields are refused now.
    RequestUnknownFieldsRefused = Breaking "request_unknown_fields_refused",
    /// Bodies have to be smaller now.
    BodyLimitLowered = Breaking "body_limit_lowered",
    /// Files of a kind are no longer taken.
    UploadKindRemoved = Breaking "upload_kind_removed",
    /// Callers have to carry more than before.
    AccessNarrowed = Breaking "access_narrowed",
    /// A kind of credentials is no longer taken.
    CredentialsRemoved = Breaking "credentials_removed",
    /// A limit is lower, or new.
    LimitLowered = Breaking "limit_lowered",
    /// A request has to state a condition now.
    ConditionRequired = Breaking "condition_required",
    /// Pages of an origin may no longer read the answers, or no longer with credentials.
    CorsNarrowed = Breaking "cors_narrowed",
    /// Pages of other sites may no longer send the request.
    CrossSiteRefused = Breaking "cross_site_refused",

    /// The endpoint is public now.
    AccessPublic = Widening "access_public",
    /// Callers may carry less than before.
    AccessWidened = Widening "access_widened",
    /// Other callers than before may call.
    AccessChanged = Widening "access_changed",
    /// A further kind of credentials is taken.
    CredentialsAdded = Widening "credentials_added",
    /// A limit is gone.
    LimitRemoved = Widening "limit_removed",
    /// A limit is higher.
    LimitRaised = Widening "limit_raised",
    /// Bodies may be larger.
    BodyLimitRaised = Widening "body_limit_raised",
    /// Files of a further kind are taken.
    UploadKindAdded = Widening "upload_kind_added",
    /// A body is taken in a further media type.
    RequestMediaTypeAdded = Widening "request_media_type_added",
    /// A parameter, a body or a field of a request may be absent now.
    RequestOptional = Widening "request_optional",
    /// A limit no longer bans, or lets everything pass while its store is out of reach.
    LimitWeakened = Widening "limit_weakened",
    /// An object is no longer checked for the caller before the handler runs.
    ObjectCheckRemoved = Widening "object_check_removed",
    /// Pages of a further origin may read the answers, or read them with credentials.
    CorsWidened = Widening "cors_widened",
    /// A value of a request may have a further type.
    RequestTypeWidened = Widening "request_type_widened",
    /// A further listed value is taken.
    RequestEnumWidened = Widening "request_enum_widened",
    /// A bound or a form of a request's value is gone or looser.
    RequestConstraintDropped = Widening "request_constraint_dropped",
    /// Undeclared fields are accepted now.
    RequestUnknownFieldsTaken = Widening "request_unknown_fields_taken",
    /// Pages of other sites may send the request.
    CrossSiteAllowed = Widening "cross_site_allowed",
    /// A request no longer has to state a condition.
    ConditionDropped = Widening "condition_dropped",
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub kind: ChangeKind,
    /// Where: `POST /notes body /title`.
    pub place: String,
    /// What was there.
    pub before: String,
    /// What is there now.
    pub after: String,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Breaking => "breaking",
            Self::Widening => "widening",
        })
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, place, before, after } = self;
        write!(f, "{} {}: {place}: {before} -> {after}", kind.level(), kind.name())
    }
}
