//! The checked model of one endpoint, from its attributes and its signature.

mod access;
mod body_key;
mod budget;
mod check;
mod coding;
mod conditional;
mod cors;
mod credentials;
mod cross_site;
mod header;
mod limit;
mod reason;
mod responds;
mod route;
mod scope;
mod signature;
mod upload;

use std::time::Duration;

use proc_macro2::Span;
use syn::{Ident, ItemFn};

use crate::{
    attribute::Word,
    diagnostic::{Code, Diagnostics},
    handler::Handler,
};

pub use access::Access;
pub use body_key::{BodyField, BodyKey};
pub use coding::{BodyEncoding, Compress};
pub use conditional::Conditional;
pub use cors::Cors;
pub use credentials::Credentials;
pub use header::{Headers, Written};
pub use limit::{Limit, LimitKey, Source};
pub use palisade_policy::{
    Ban, Compression, Conditions, ContentCoding, Count, CrossSite, LimitOutage, LimitStore,
    PolicyWord, ProfileKind, ResourcePolicy, RevocationOutage, Unit, Validation,
};
pub(crate) use reason::refuse_empty as refuse_empty_reason;
pub use reason::{Reason, check_silenced, take_reason};
pub use route::Route;
pub use scope::Scope;
pub use signature::{Argument, written};
pub use upload::{CHARSETS, FileKind, Upload};

/// A value and the token that it came from.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The span of the attribute.
    pub span: Span,
}

/// The declarations of one endpoint, without mistakes.
///
/// The order of the attributes has no effect: parts that may repeat are sorted.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The handler's name.
    pub name: Ident,
    /// Method and path; `None` for a plain handler.
    pub route: Option<Route>,
    /// The access rule.
    pub access: Access,
    /// The accepted credentials.
    pub credentials: Credentials,
    /// The limits, cheap and anonymous keys first.
    pub limits: Vec<Limit>,
    /// The fields of the body in limits' keys; `None` without such limits.
    pub body_key: Option<BodyKey>,
    /// The most bytes of the request body.
    pub body_limit: Option<Spanned<u64>>,
    /// The time limit of the whole body; `None`: the service's default.
    pub body_timeout: Option<Spanned<Duration>>,
    /// The accepted content codings of bodies; `None`: none.
    pub body_encoding: Option<BodyEncoding>,
    /// The accepted files; `None`: no files.
    pub upload: Option<Upload>,
    /// Deadline of the handler.
    pub timeout: Option<Spanned<Duration>>,
    /// Whether input is accepted.
    pub validation: Spanned<Validation>,
    /// Whether a browser may send the request on behalf of another site.
    pub cross_site: CrossSite,
    /// The pages of other origins that may read the responses; `None`: the service's policy.
    pub cors: Option<Cors>,
    /// Whether conditional headers are evaluated; `None`: unsafe requests with them are refused.
    pub conditional: Option<Conditional>,
    /// Statuses of the handler's own responses, in addition to those of its return type and its
    /// guards; ascending.
    pub responds: Vec<u16>,
    /// Overrides of response headers.
    pub headers: Headers,
    /// Whether responses are compressed; `None`: they are not.
    pub compress: Option<Compress>,
    /// The handler's arguments.
    pub arguments: Vec<Argument>,
    /// The handler's return type as text; empty without one.
    pub returns: String,
    /// The return type; `None` for a function without one, and for a type without a name (`impl
    /// Responder`).
    pub answer: Option<syn::Type>,
    /// All reasons.
    pub reasons: Vec<Reason>,
}

/// One part of the model while it is read.
#[derive(Clone, Debug)]
enum Part<T> {
    /// It is absent.
    Absent,
    /// It is invalid, which has been reported.
    Broken,
    /// It is valid.
    Read(T),
}

impl Endpoint {
    /// Reads a handler. Adds every mistake to `d`, and returns `None` if there is one.
    pub fn new(handler: &Handler, d: &mut Diagnostics) -> Option<Self> {
        d.scope(|d| Self::read(handler, d))
    }

    fn read(handler: &Handler, d: &mut Diagnostics) -> Option<Self> {
        let attributes = &handler.attributes;
        let mut reasons = Vec::new();
        let route = route::read(attributes, d);
        let access = access::read(handler, &mut reasons, d);
        let credentials = credentials::read(attributes, &mut reasons, d);
        let limits = limit::read(attributes, &mut reasons, d);
        let validation = read_validation(handler, &mut reasons, d);
        let cross_site = cross_site::read(handler, &mut reasons, d);
        let cors = cors::read(attributes, &mut reasons, d);
        let body_limit = budget::body_limit(attributes, d);
        let body_timeout = budget::body_timeout(attributes, d);
        let upload = upload::read(attributes, &mut reasons, d);
        let timeout = budget::timeout(attributes, d);
        let conditional = conditional::read(attributes, d);
        let responds = responds::read(attributes, d);
        let headers = header::read(attributes, &mut reasons, d);
        let body_encoding = coding::read_body_encoding(attributes, d);
        let compress = coding::read_compress(attributes, &mut reasons, d);
        reason::read_silenced(handler, &mut reasons, d);
        let arguments = d.scope(|d| Some(signature::read(&handler.item, d)));
        check::check(handler, &route, &access, &headers, &reasons, d);
        check::check_upload(&route, &body_limit, &upload, d);
        check::check_conditional(&route, &conditional, d);
        check::check_body_timeout(&body_timeout, largest_body(&body_limit, &upload), d);
        let around = limit::Surroundings {
            route: &route,
            access: &access,
            validation: validation.value,
            largest: largest_body(&body_limit, &upload),
            deadline: timeout.as_read().map(|deadline| deadline.value),
        };
        let fitting = limits.as_read().and_then(|limits| {
            d.scope(|d| {
                limit::check(limits, around, d);
                Some(limits)
            })
        });
        // A body that is not validated is one mistake, not two.
        let body_key = match (fitting, &arguments) {
            (Some(limits), Some(arguments)) => body_key::read(limits, arguments, d),
            _ => None,
        };
        check::check_credentials(attributes, &access, d);
        coding::check(&access, &headers, &compress, d);

        if attributes.given.iter().any(|given| given.args.is_none()) {
            return None;
        }
        Some(Self {
            name: handler.name().clone(),
            route: route.optional()?,
            access: access.required()?,
            credentials: credentials.optional()?.unwrap_or_default(),
            limits: limit::settle(limits),
            body_key,
            body_limit: body_limit.optional()?,
            body_timeout: body_timeout.optional()?,
            body_encoding: body_encoding.optional()?,
            upload: upload.optional()?,
            timeout: timeout.optional()?,
            validation,
            cross_site,
            cors: cors.optional()?,
            conditional: conditional.optional()?,
            responds: responds.optional()?.unwrap_or_default(),
            headers: headers.optional()?.unwrap_or_default(),
            compress: compress.optional()?,
            arguments: arguments?,
            returns: signature::returns(&handler.item),
            answer: signature::answer(&handler.item),
            reasons,
        })
    }

    /// The most bytes of the request body; `None`: the service's default.
    pub fn body_cap(&self) -> Option<u64> {
        let whole = self.upload.as_ref().map(Upload::whole_body);
        self.body_limit.map(|limit| limit.value).or(whole)
    }

    /// Reads a function from a source file, as the compiler would.
    pub fn from_item(item: &ItemFn, d: &mut Diagnostics) -> Option<Self> {
        d.scope(|d| {
            let handler = Handler::new(None, item.clone(), d);
            Self::new(&handler, d)
        })
    }
}

impl<T> Part<T> {
    const fn as_read(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }

    /// The value of a part that may be absent; `None` if it is invalid.
    fn optional(self) -> Option<Option<T>> {
        match self {
            Self::Read(value) => Some(Some(value)),
            Self::Absent => Some(None),
            Self::Broken => None,
        }
    }

    /// The value of a required part.
    fn required(self) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Absent | Self::Broken => None,
        }
    }
}

impl<T> From<Option<T>> for Part<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Broken, Self::Read)
    }
}

fn read_validation(
    handler: &Handler,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Spanned<Validation> {
    let absent = Spanned { value: Validation::NoInput, span: handler.name().span() };
    let Some(given) = handler.attributes.first(Word::Validated) else { return absent };
    let span = given.span;
    let Some(mut args) = given.args.clone() else { return absent };
    let value = match args.take("unknown_fields", d) {
        None => {
            if let Some((name, _)) = args.take("reason", d) {
                d.at(
                    Code::UnexpectedArgument,
                    name.span(),
                    "`reason` has no effect: nothing here is weakened",
                )
                .help("write `unknown_fields = allow` beside it, or leave it out");
            }
            Validation::Strict
        }
        Some((name, value)) => {
            if value.word().is_none_or(|word| word != "allow") {
                reason::only_allow(&name, &value, d);
            }
            reason::required("validated(unknown_fields)", &mut args, reasons, d);
            Validation::AllowUnknownFields
        }
    };
    args.finish(&["unknown_fields"], d);
    Spanned { value, span }
}

/// The largest body of the endpoint, and the attribute that permits it.
fn largest_body(body_limit: &Part<Spanned<u64>>, upload: &Part<Upload>) -> Option<(u64, Word)> {
    match (body_limit, upload) {
        (Part::Read(limit), _) => Some((limit.value, Word::BodyLimit)),
        (Part::Absent, Part::Read(upload)) => Some((upload.whole_body(), Word::Upload)),
        (Part::Absent | Part::Broken, _) => None,
    }
}
