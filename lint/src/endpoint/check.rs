//! What single attributes cannot know: whether they fit each other.

use super::{Access, Headers, Part, Reason, Route};
use crate::{
    attribute::{Attributes, Word},
    diagnostic::{Code, Diagnostics},
    handler::Handler,
};

/// Checks the parts against each other. A part that could not be read is nobody's mistake twice.
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
