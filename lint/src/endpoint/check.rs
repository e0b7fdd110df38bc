//! Checks whether an endpoint's attributes fit each other.

use std::time::Duration;

use super::{Access, Conditional, Headers, Part, Reason, Route, Spanned, Upload};
use crate::{
    attribute::{Attributes, Word},
    diagnostic::{Code, Diagnostics},
    handler::Handler,
    literal,
};

/// Checks the parts against each other. An invalid part causes no second diagnostic.
pub(super) fn check(
    handler: &Handler,
    route: &Part<Route>,
    access: &Part<Access>,
    headers: &Part<Headers>,
    reasons: &[Reason],
    d: &mut Diagnostics,
) {
    if let Some(Access::Public(span)) = access.as_read() {
        let what = match route {
            Part::Absent if !handler.is_routed() => Some("without a route of ours may be unsafe"),
            Part::Read(route) if route.is_unsafe() => Some("with this method changes state"),
            Part::Absent | Part::Broken | Part::Read(_) => None,
        };
        let has_reason = reasons.iter().any(|reason| reason.word == "public");
        if let Some(what) = what
            && !has_reason
            && !public_is_unreadable(handler)
        {
            d.at(Code::MissingReason, *span, format!("a public endpoint {what}"))
                .help("write `public(reason = \"..\")`: why may anybody call it?");
        }
    }
    if let Some(Access::Authenticated(_) | Access::Scoped(_)) = access.as_read()
        && let Some(span) = headers.as_read().and_then(|headers| headers.shared_cache)
    {
        d.at(Code::SharedCache, span, "a shared cache would keep what one identity may see")
            .help("write `private` instead of `public` and `s-maxage`");
    }
}

/// A public endpoint ignores credentials, so it cannot have a list of them.
pub(super) fn check_credentials(
    attributes: &Attributes,
    access: &Part<Access>,
    d: &mut Diagnostics,
) {
    if let Some(Access::Public(_)) = access.as_read()
        && let Some(given) = attributes.first(Word::Credentials)
    {
        d.at(Code::CredentialsOnPublic, given.span, "a public endpoint looks at no credentials")
            .help("remove `credentials`, or write `#[authenticated]` instead of `#[public]`");
    }
}

/// Files need a body, and one that is large enough for them.
pub(super) fn check_upload(
    route: &Part<Route>,
    body_limit: &Part<Spanned<u64>>,
    upload: &Part<Upload>,
    d: &mut Diagnostics,
) {
    let Some(upload) = upload.as_read() else { return };
    let methods = route.as_read().map_or(&[][..], |route| &route.methods);
    for method in methods.iter().filter(|one| matches!(one.value, "GET" | "HEAD" | "DELETE")) {
        d.at(
            Code::UploadMethod,
            upload.span,
            format!("a {} request has no body that could hold a file", method.value),
        )
        .help("use `post`, `put` or `patch`");
    }
    if let Some(limit) = body_limit.as_read()
        && limit.value < upload.max
    {
        d.at(
            Code::UploadAboveBodyLimit,
            limit.span,
            format!(
                "a file of {} B, which `upload` lets in, could never pass {} B",
                upload.max, limit.value
            ),
        )
        .help("leave `body_limit` out: it follows from `files` and `max`");
    }
}

/// Conditional headers protect what a request changes. A response to a safe request has its own.
pub(super) fn check_conditional(
    route: &Part<Route>,
    conditional: &Part<Conditional>,
    d: &mut Diagnostics,
) {
    let (Some(route), Some(conditional)) = (route.as_read(), conditional.as_read()) else { return };
    if route.is_unsafe() {
        return;
    }
    let method = route.methods.first().map_or("GET", |method| method.value);
    d.at(
        Code::ConditionalMethod,
        conditional.span,
        format!("a {method} request changes nothing that a condition could protect"),
    )
    .help("remove `conditional`, and answer with `Tagged`: it sends the `ETag` and answers 304");
}

/// With a deadline that the largest body only meets on a fast line, clients on slower lines could
/// not send bodies within the size limit.
pub(super) fn check_body_timeout(
    body_timeout: &Part<Spanned<Duration>>,
    largest: Option<(u64, Word)>,
    d: &mut Diagnostics,
) {
    let (Some(timeout), Some((bytes, word))) = (body_timeout.as_read(), largest) else { return };
    let least = palisade_policy::shortest_body_timeout(bytes);
    if timeout.value >= least {
        return;
    }
    let seconds = least.as_secs();
    let what = if word == Word::Upload { "`upload`" } else { "`body_limit`" };
    d.at(
        Code::BodyTimeoutTooShort,
        timeout.span,
        format!(
            "a body of {bytes} B, which {what} lets in, arrives in {:?} only on a line faster than \
             1 Mbit/s",
            timeout.value
        ),
    )
    .help(if least <= literal::LONGEST_DEADLINE {
        format!("write `{seconds} s` or more, or leave it out: the deadline then follows the bytes")
    } else {
        "leave it out: the deadline then follows the bytes".to_owned()
    });
}

/// Whether `public(..)` has another mistake, perhaps in its reason.
fn public_is_unreadable(handler: &Handler) -> bool {
    use crate::attribute::{Arg, Word};

    let public = handler.attributes.first(Word::Public).and_then(|given| given.args.as_ref());
    public.is_some_and(|args| {
        args.list.iter().any(|arg| matches!(arg, Arg::Named(name, _) if name != "crate"))
    })
}
