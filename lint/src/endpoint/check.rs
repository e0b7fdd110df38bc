//! What single attributes cannot know: whether they fit each other.

use super::{Access, Headers, Limit, LimitKey, Part, Reason, Route};
use crate::{
    attribute::{Attributes, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    handler::Handler,
};

/// Checks the parts against each other. A part that could not be read is nobody's mistake twice.
pub(super) fn check(
    handler: &Handler,
    route: &Part<Route>,
    access: &Part<Access>,
    limits: &Part<Vec<Limit>>,
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
    if let Some(limits) = limits.as_read() {
        check_limits(limits, route, access, d);
    }
    if let Some(Access::Authenticated(_) | Access::Scoped(_)) = access.as_read()
        && let Some(span) = headers.as_read().and_then(|headers| headers.shared_cache)
    {
        d.at(Code::SharedCache, span, "a shared cache would keep what one identity may see")
            .help("write `private` instead of `public` and `s-maxage`");
    }
}

/// A public endpoint looks at no credentials, so it cannot choose among them.
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

/// Whether `public(..)` has a mistake of its own, its reason perhaps.
fn public_is_unreadable(handler: &Handler) -> bool {
    use crate::attribute::{Arg, Word};

    let public = handler.attributes.first(Word::Public).and_then(|given| given.args.as_ref());
    public.is_some_and(|args| {
        args.list.iter().any(|arg| matches!(arg, Arg::Named(name, _) if name != "crate"))
    })
}

fn check_limits(limits: &[Limit], route: &Part<Route>, access: &Part<Access>, d: &mut Diagnostics) {
    let public = access.as_read().is_some_and(Access::is_public);
    for limit in limits {
        match &limit.key {
            LimitKey::Subject if public => {
                d.at(
                    Code::SubjectLimitOnPublic,
                    limit.key_span,
                    "a public endpoint has no subject to count by",
                )
                .help("write `by = ip`");
            }
            LimitKey::Path(name) => {
                if let Some(route) = route.as_read()
                    && !route.parameters.contains(name)
                {
                    let message = format!("the path has no parameter `{}`", name.escape_debug());
                    d.at(Code::LimitPathParameter, limit.key_span, message);
                    match did_you_mean(name, route.parameters.iter().map(String::as_str)) {
                        Some(near) => d.help(format!("did you mean `{near}`?")),
                        None => d.help(format!("the path is `{}`", route.path.value())),
                    };
                }
            }
            LimitKey::Subject | LimitKey::Global | LimitKey::Address | LimitKey::Header(_) => {}
        }
    }
    if let Some(first) = limits.first()
        && limits.iter().all(|limit| matches!(limit.key, LimitKey::Header(_)))
    {
        d.at(
            Code::LimitByHeaderAlone,
            first.key_span,
            "the caller chooses the header, and starts afresh with each new value",
        )
        .help("add a second `rate_limit` by `ip`, `subject` or `global`");
    }
    let mut names: Vec<&str> = Vec::new();
    for limit in limits {
        if names.contains(&limit.name.as_str()) {
            d.at(
                Code::DuplicateLimitName,
                limit.span,
                format!("two limits named `{}`", limit.name),
            )
            .help("give one of them `name = \"..\"`");
        }
        names.push(&limit.name);
    }
}
