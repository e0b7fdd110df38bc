//! The options of a limit: the values of each, and the combinations in which it has no effect.

use palisade_policy::PolicyWord as _;
use proc_macro2::Span;
use syn::{Ident, Lit};

use super::{Ban, LimitOutage, LimitStore, Reason, Spanned, Unit};
use crate::{
    attribute::{Args, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    endpoint::reason,
    literal,
};

/// The store with this name; without a name, the service's settings decide.
pub(super) fn store(word: Option<&str>) -> LimitStore {
    word.and_then(LimitStore::named).unwrap_or(LimitStore::Service)
}

/// The outage policy with this name; without a name, each instance counts by itself.
pub(super) fn outage(word: Option<&str>) -> LimitOutage {
    word.and_then(LimitOutage::named).unwrap_or(LimitOutage::Local)
}

/// An option from the source.
type Given = (Ident, Value);

/// The options of an attribute.
pub(super) const fn known(word: Word) -> &'static [&'static str] {
    if matches!(word, Word::ConcurrencyLimit) {
        &["by", "mode", "name"]
    } else {
        &["by", "burst", "cost", "count", "store", "outage", "reason", "ban", "mode", "name"]
    }
}

/// The choice in an option; any other value is refused.
pub(super) fn word(
    given: Option<&Given>,
    choices: &'static [&'static str],
    d: &mut Diagnostics,
) -> Option<&'static str> {
    let (name, value) = given?;
    let said = value.word().map(ToString::to_string).unwrap_or_default();
    if let Some(choice) = choices.iter().find(|choice| **choice == said) {
        return Some(choice);
    }
    let all = match choices {
        [rest @ .., last] if !rest.is_empty() => format!("{}` or `{last}", rest.join("`, `")),
        _ => choices.concat(),
    };
    d.on(Code::WrongValue, value, format!("`{name}` can only be `{all}`"));
    let near = match choices {
        [one] => Some(*one),
        _ => did_you_mean(&said, choices.iter().copied()),
    };
    match near {
        Some(near) => d.help(format!("write `{name} = {near}`, or leave it out")),
        None => d.help(format!("write one of these words, or leave `{name}` out")),
    };
    None
}

/// A reason is only valid with `outage = open`.
pub(super) fn read_reason(
    word: Word,
    outage: Option<&str>,
    args: &mut Args,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) {
    if outage == Some("open") {
        reason::required(&format!("{word}(outage)"), args, reasons, d);
    } else if let Some((name, _)) = args.take("reason", d) {
        d.at(
            Code::UnexpectedArgument,
            name.span(),
            "`reason` has no effect: nothing here is weakened",
        )
        .help("write `outage = open` beside it, or leave it out");
    }
}

/// The options without an effect for this unit: `burst`, `cost`, `count`, `ban`, `store` and
/// `outage`, in this order.
pub(super) fn refuse_by_unit(unit: Unit, given: [Option<&Given>; 6], d: &mut Diagnostics) {
    let [burst, cost, count, ban, store, outage] = given;
    let mut refuse = |given: Option<&Given>, message: &str, help: &str| {
        if let Some((name, _)) = given {
            d.at(Code::MeaninglessOption, name.span(), message).help(help);
        }
    };
    match unit {
        Unit::Requests => {}
        Unit::Kibibytes => {
            refuse(cost, "the cost of a body is its length", "leave `cost` out");
            refuse(
                count,
                "bytes are counted while they are read, before the outcome of the request is known",
                "leave `count` out, or count failed requests: `\"10/minute\"`",
            );
        }
        Unit::InFlight => {
            refuse(
                burst,
                "a concurrency limit has no burst",
                "leave `burst` out: the number is how many may be under way at once",
            );
            refuse(
                cost,
                "a concurrent request counts as one",
                "leave `cost` out, or write a smaller number",
            );
            refuse(
                count,
                "`count` has no effect on a concurrency limit: the outcome of a request is known when it has ended",
                "leave `count` out, or say it on a `rate_limit`",
            );
            // A slow service may be the cause of many concurrent requests: a caller must not be
            // banned for an hour because the database was slow for a second.
            refuse(
                ban,
                "a slow service, not its caller, may be why requests pile up",
                "leave `ban` out, or say it on a `rate_limit` beside this",
            );
            // An instance that dies gives nothing back: its requests would be under way for ever.
            refuse(
                store,
                "concurrent requests are counted in each instance",
                "leave `store` out, or say it on a `rate_limit`",
            );
            refuse(
                outage,
                "concurrent requests are counted in memory, which has no outage",
                "leave `outage` out, or say it on a `rate_limit`",
            );
        }
    }
}

/// The options without an effect on a limit that never refuses: `ban` and `outage`.
pub(super) fn refuse_on_track(given: [Option<&Given>; 2], d: &mut Diagnostics) {
    for (name, _) in given.into_iter().flatten() {
        d.at(
            Code::MeaninglessOption,
            name.span(),
            format!("`{name}` on a limit that never refuses"),
        )
        .help(format!("leave out `{name}`, or `mode = track`"));
    }
}

/// The options without an effect on a limit that needs no store.
pub(super) fn refuse_on_local(outage: Option<&Given>, d: &mut Diagnostics) {
    if let Some((name, _)) = outage {
        d.at(
            Code::MeaninglessOption,
            name.span(),
            "`outage` on a limit whose store cannot be out of reach",
        )
        .help("leave out `outage`, or `store = local`");
    }
}

/// `ban = "10 refusals in 10 minutes, 1 hour"`
pub(super) fn read_ban(name: &Ident, value: Value, d: &mut Diagnostics) -> Option<Spanned<Ban>> {
    let text = value.text(name, d)?;
    match literal::ban(&text.value()) {
        Ok(value) => Some(Spanned { value, span: text.span() }),
        Err(flaw) => {
            d.flaw(text.span(), flaw);
            None
        }
    }
}

/// Units at once: a number of requests, or a size; by default the quota.
pub(super) fn read_burst(unit: Unit, given: Option<Given>, quota: u32, d: &mut Diagnostics) -> u32 {
    let Some((name, value)) = given else { return quota };
    let (burst, span, size) = match unit {
        // Refused already: it has no effect there.
        Unit::InFlight => return quota,
        Unit::Requests => {
            let Some((burst, span)) = value.number(&name, d) else { return quota };
            (u64::from(burst), span, "")
        }
        Unit::Kibibytes => {
            let Value::Literal(Lit::Str(text)) = &value else {
                d.on(Code::WrongValue, &value, "the burst of a limit of bytes is a size")
                    .help("write `burst = \"64 KiB\"`");
                return quota;
            };
            match literal::byte_burst(&text.value()) {
                Ok(burst) => (burst, text.span(), " KiB"),
                Err(flaw) => {
                    d.flaw(text.span(), flaw);
                    return quota;
                }
            }
        }
    };
    let help = format!("write 1{size} to {quota}{size}, or leave `burst` out");
    match u32::try_from(burst) {
        Ok(0) => {
            d.at(Code::BurstOutOfRange, span, "a burst of zero").help(help);
        }
        Ok(burst) if burst <= quota => return burst,
        _ => {
            let message = format!("burst {burst}{size} is above the quota, {quota}{size}");
            d.at(Code::BurstOutOfRange, span, message).help(help);
        }
    }
    quota
}

/// Units of one request; by default one.
pub(super) fn read_cost(unit: Unit, given: Option<Given>, burst: u32, d: &mut Diagnostics) -> u32 {
    // Refused already where it has no effect.
    let given = given.filter(|_| unit == Unit::Requests);
    let number = given.and_then(|(name, value)| value.number(&name, d));
    let Some((cost, span)) = number else { return 1 };
    let mut refuse = |span: Span, message: String| {
        d.at(Code::CostOutOfRange, span, message)
            .help(format!("write 1 to {burst}, or leave `cost` out"));
    };
    match cost {
        0 => refuse(span, "a cost of zero".to_owned()),
        cost if cost > burst => {
            refuse(span, format!("cost {cost} is above the burst, {burst}"));
        }
        cost => return cost,
    }
    1
}
