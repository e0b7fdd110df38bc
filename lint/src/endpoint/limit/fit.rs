//! Whether limits fit their endpoint, and each other.

use std::{collections::HashSet, time::Duration};

use super::{Limit, LimitKey, Source, Unit, chosen};
use crate::{
    attribute::Word,
    diagnostic::{Code, Diagnostics, did_you_mean},
    endpoint::{Access, Part, Route, Spanned, Validation, written},
};

/// The properties of an endpoint for checking its limits.
#[derive(Clone, Copy)]
pub(in crate::endpoint) struct Surroundings<'a> {
    pub(in crate::endpoint) route: &'a Part<Route>,
    pub(in crate::endpoint) access: &'a Part<Access>,
    pub(in crate::endpoint) validation: Validation,
    /// The largest body, and the attribute that permits it; `None` if the endpoint sets none.
    pub(in crate::endpoint) largest: Option<(u64, Word)>,
    /// The deadline of the handler; `None` if the endpoint sets none.
    pub(in crate::endpoint) deadline: Option<Duration>,
}

/// Checks every limit against the endpoint.
pub(in crate::endpoint) fn check(limits: &[Limit], around: Surroundings<'_>, d: &mut Diagnostics) {
    let keys = d.scope(|d| {
        for part in limits.iter().flat_map(|limit| &limit.key) {
            check_part(part, around, d);
        }
        Some(())
    });
    // A key that is wrong by itself is one mistake, not two.
    if keys.is_some() {
        chosen::check(limits, around, d);
    }
    for limit in limits {
        if limit.unit == Unit::Kibibytes {
            check_bytes(limit, around, d);
        }
        check_ban(limit, d);
    }
    refuse_same_names(limits, d);
}

fn check_part(part: &Spanned<LimitKey>, around: Surroundings<'_>, d: &mut Diagnostics) {
    let public = around.access.as_read().is_some_and(Access::is_public);
    match &part.value {
        LimitKey::Subject | LimitKey::Client if public => {
            let word = part.value.word();
            d.at(
                Code::SubjectLimitOnPublic,
                part.span,
                format!("a public endpoint has no {word} to count by"),
            )
            .help("write `by = ip`");
        }
        LimitKey::Function(path, of) if public => {
            if let Some(source) = of.iter().find(|source| **source != Source::Address) {
                let word = source.word();
                let help = format!("write `function({}, of = ip)`", written(path));
                d.at(
                    Code::SubjectLimitOnPublic,
                    part.span,
                    format!("a public endpoint has no {word} to make a key of"),
                )
                .help(help);
            }
        }
        LimitKey::Path(name) => {
            if let Some(route) = around.route.as_read()
                && !route.parameters.contains(name)
            {
                let message = format!("the path has no parameter `{}`", name.escape_debug());
                d.at(Code::LimitPathParameter, part.span, message);
                match did_you_mean(name, route.parameters.iter().map(String::as_str)) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help(format!("the path is `{}`", route.path.value())),
                };
            }
        }
        LimitKey::Body(_) if around.validation == Validation::NoInput => {
            d.at(
                Code::LimitBodyNotValidated,
                part.span,
                "the body of this handler is not validated, so its fields are not known",
            )
            .help("add `#[validated]`, and take the body as `Json<T>` or `Form<T>`");
        }
        LimitKey::Global
        | LimitKey::Address
        | LimitKey::Header(_)
        | LimitKey::Subject
        | LimitKey::Client
        | LimitKey::Function(..)
        | LimitKey::Body(_) => {}
    }
}

fn check_bytes(limit: &Limit, around: Surroundings<'_>, d: &mut Diagnostics) {
    let body = limit.key.iter().find(|part| matches!(part.value, LimitKey::Body(_)));
    if let Some(part) = body {
        d.at(
            Code::BytesByBodyField,
            part.span,
            "bytes are counted while they are read, and a field is known once all of them are",
        )
        .help("count bytes by `ip` or `subject`, and requests by the field");
    }
    if let Some((largest, word)) = around.largest {
        let burst = u64::from(limit.burst).saturating_mul(1_024);
        if burst < largest {
            let lower = if word == Word::Upload { "`max` of `upload`" } else { "`body_limit`" };
            d.at(
                Code::BytesBelowBodyLimit,
                limit.span,
                format!(
                    "a body of {largest} B, which `{word}` lets in, could never pass {burst} B",
                ),
            )
            .help(format!("raise the rate or its burst, or lower {lower}"));
        }
    }
}

fn check_ban(limit: &Limit, d: &mut Diagnostics) {
    let Some(ban) = &limit.ban else { return };
    if limit.key.iter().any(|part| matches!(part.value, LimitKey::Global)) {
        d.at(Code::BanOfEverybody, ban.span, "a ban on a `global` limit locks out every caller")
            .help("leave `ban` out, or count by `ip` or `subject`");
    }
    // What the limit itself makes a refused caller wait for its next request.
    let wait = limit.window.saturating_mul(u64::from(limit.cost)).div_ceil(u64::from(limit.quota));
    let lasts = ban.value.lasts.as_secs();
    if lasts < wait {
        d.at(
            Code::BanTooShort,
            ban.span,
            format!(
                "a ban of {lasts} s is over before the limit admits the next request, after {wait} s"
            ),
        )
        .help("write a longer ban, or leave it out");
    }
}

fn refuse_same_names(limits: &[Limit], d: &mut Diagnostics) {
    let mut names: HashSet<&str> = HashSet::new();
    for limit in limits {
        if !names.insert(&limit.name) {
            d.at(
                Code::DuplicateLimitName,
                limit.span,
                format!("duplicate limit name `{}`", limit.name),
            )
            .help("give one of them `name = \"..\"`");
        }
    }
}
