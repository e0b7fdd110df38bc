//! Rate limits and concurrency limits.

mod chosen;
mod fit;
mod inventory;
mod key;
mod option;

use proc_macro2::Span;
use syn::{Lit, LitStr};

use super::{Ban, Count, LimitOutage, LimitStore, Part, Reason, Spanned, Unit};
use crate::{
    attribute::{Args, Attributes, Value, Word},
    diagnostic::{Code, Diagnostics},
    literal,
};

pub(super) use fit::{Surroundings, check};
pub use key::{LimitKey, Source};

/// A process cannot handle more at once, so a higher limit protects from nothing.
const MAX_CONCURRENCY: u32 = 10_000;

/// One `#[rate_limit(..)]` or `#[concurrency_limit(..)]`.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The name in the `RateLimit` fields; unique on the endpoint.
    pub name: String,
    /// The position of the name, or of the quota if there is none.
    pub span: Span,
    /// What one unit is.
    pub unit: Unit,
    /// Units per window, or at once.
    pub quota: u32,
    /// The window in seconds; zero for a limit of requests in flight.
    pub window: u64,
    /// Units at once.
    pub burst: u32,
    /// Units per request.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// The parts of the key: requests that are equal in every part share a count. Never empty.
    pub key: Vec<Spanned<LimitKey>>,
    /// Where the counts are kept.
    pub store: LimitStore,
    /// What happens during an outage of the shared store.
    pub outage: LimitOutage,
    /// The ban of a key that is refused repeatedly.
    pub ban: Option<Spanned<Ban>>,
    /// Whether it counts without refusing.
    pub track: bool,
}

/// Units, with their span.
struct Quota {
    unit: Unit,
    quota: u32,
    window: u64,
    span: Span,
}

/// Reads every limit, sorted so that the order of the attributes has no effect. `Broken` if one of
/// them is invalid.
pub(super) fn read(
    attributes: &Attributes,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Vec<Limit>> {
    let given: Vec<_> = attributes.of(Word::is_limit).collect();
    if given.is_empty() {
        return Part::Absent;
    }
    let mut found = Vec::new();
    let limits: Vec<_> = given
        .iter()
        .map(|given| {
            let args = given.args.clone()?;
            d.scope(|d| one(given.word, args, &mut found, d))
        })
        .collect();
    found.sort_by_key(|reason: &Reason| (reason.word.clone(), reason.text.value()));
    reasons.append(&mut found);
    let Some(mut limits) = limits.into_iter().collect::<Option<Vec<_>>>() else {
        return Part::Broken;
    };
    limits.sort_by_cached_key(|limit| {
        let Limit { unit, window, quota, burst, cost, count, name, .. } = limit;
        let rank = limit.key.iter().map(|part| part.value.rank()).max();
        // The text of the inventory distinguishes the rest.
        (rank, *unit, *window, *quota, *burst, *cost, *count, limit.to_string(), name.clone())
    });
    name_the_nameless(&mut limits);
    Part::Read(limits)
}

/// The limits of a valid endpoint.
pub(super) fn settle(limits: Part<Vec<Limit>>) -> Vec<Limit> {
    limits.required().unwrap_or_default()
}

fn one(
    word: Word,
    mut args: Args,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Option<Limit> {
    let quota = if word == Word::ConcurrencyLimit {
        at_once(&mut args, d)
    } else {
        per_window(&mut args, d)
    };
    let key = match args.take("by", d) {
        Some((_, value)) => key::read(&value, d),
        None => {
            d.at(
                Code::MissingArgument,
                args.span,
                format!("`{word}` has no key: whose requests does it count?"),
            )
            .help("add `by = ip`, `by = subject` or `by = global`");
            None
        }
    };
    let unit = if word == Word::ConcurrencyLimit {
        Some(Unit::InFlight)
    } else {
        quota.as_ref().map(|quota| quota.unit)
    };
    let burst = args.take("burst", d);
    let cost = args.take("cost", d);
    let count = args.take("count", d);
    let failures = option::word(count.as_ref(), &["failures"], d).is_some();
    let ban = args.take("ban", d);
    let store = args.take("store", d);
    let store_word = option::word(store.as_ref(), &["local", "shared"], d);
    let outage = args.take("outage", d);
    let outage_word = option::word(outage.as_ref(), &["local", "closed", "open"], d);
    let mode = args.take("mode", d);
    let track = option::word(mode.as_ref(), &["track"], d).is_some();
    option::read_reason(word, outage_word, &mut args, reasons, d);
    let name = args.take_text("name", d);
    if let Some(name) = &name
        && let Err(flaw) = literal::limit_name(&name.value())
    {
        d.flaw(name.span(), flaw);
    }
    args.finish(option::known(word), d);

    // Options without an effect beside the others.
    if let Some(unit) = unit {
        let options = [&burst, &cost, &count, &ban, &store, &outage];
        option::refuse_by_unit(unit, options.map(Option::as_ref), d);
    }
    if track && unit != Some(Unit::InFlight) {
        option::refuse_on_track([ban.as_ref(), outage.as_ref()], d);
    }
    if store_word == Some("local") && unit != Some(Unit::InFlight) {
        option::refuse_on_local(outage.as_ref(), d);
    }
    let ban = ban.and_then(|(name, value)| option::read_ban(&name, value, d));
    let Quota { unit, quota, window, span } = quota?;
    let burst = option::read_burst(unit, burst, quota, d);
    let cost = option::read_cost(unit, cost, burst, d);
    let key = key?;
    Some(Limit {
        span: name.as_ref().map_or(span, LitStr::span),
        name: name.map(|name| name.value()).unwrap_or_default(),
        unit,
        quota,
        window,
        burst,
        cost,
        count: if failures { Count::Failures } else { Count::All },
        key,
        store: option::store(store_word),
        outage: option::outage(outage_word),
        ban,
        track,
    })
}

/// `"10/minute"`, `"10 MiB/hour"`.
fn per_window(args: &mut Args, d: &mut Diagnostics) -> Option<Quota> {
    let text = args.take_one_text("\"10/minute\", by = ip", d)?;
    match literal::rate(&text.value()) {
        Ok(rate) => Some(Quota {
            unit: rate.unit,
            quota: rate.quota,
            window: rate.window,
            span: text.span(),
        }),
        Err(flaw) => {
            d.flaw(text.span(), flaw);
            None
        }
    }
}

/// `8`
fn at_once(args: &mut Args, d: &mut Diagnostics) -> Option<Quota> {
    let value = args.take_one("8, by = ip", d)?;
    let Value::Literal(Lit::Int(number)) = &value else {
        d.on(Code::WrongValue, &value, "`concurrency_limit` takes a number of requests at once")
            .help("write `concurrency_limit(8, by = ip)`; per window it is `rate_limit`");
        return None;
    };
    let quota = number.base10_parse::<u32>().ok().filter(|_| number.suffix().is_empty());
    match quota {
        Some(quota) if (1..=MAX_CONCURRENCY).contains(&quota) => {
            Some(Quota { unit: Unit::InFlight, quota, window: 0, span: number.span() })
        }
        _ => {
            d.at(
                Code::ConcurrencyOutOfRange,
                number.span(),
                format!("`{number}` requests at once"),
            )
            .help(format!("write 1 to {MAX_CONCURRENCY}"));
            None
        }
    }
}

/// Names the limits without a name after their key, with the window if that is not unique.
fn name_the_nameless(limits: &mut [Limit]) {
    let words: Vec<_> =
        limits.iter().filter(|limit| limit.name.is_empty()).map(Limit::words).collect();
    for limit in limits.iter_mut().filter(|limit| limit.name.is_empty()) {
        let own = limit.words();
        let is_taken = words.iter().filter(|other| **other == own).count() > 1;
        limit.name = match limit.unit {
            Unit::Requests | Unit::Kibibytes if is_taken => format!("{own}-{}s", limit.window),
            Unit::Requests | Unit::Kibibytes | Unit::InFlight => own,
        };
    }
}

impl Limit {
    /// Whether the caller chooses the key, and can begin a new count at any time.
    pub fn is_by_choice(&self) -> bool {
        self.chosen().is_some()
    }

    /// The first part of the key that the caller chooses, and the chosen part of the request.
    fn chosen(&self) -> Option<(&Spanned<LimitKey>, &'static str)> {
        self.key.iter().find_map(|part| Some((part, part.value.chosen()?)))
    }

    /// The names of the key and of what is counted: `ip-body`, `subject-bytes`.
    fn words(&self) -> String {
        let mut words: Vec<_> = self.key.iter().map(|part| part.value.word()).collect();
        match self.unit {
            Unit::Requests => {}
            Unit::Kibibytes => words.push("bytes"),
            Unit::InFlight => words.push("concurrent"),
        }
        words.join("-")
    }
}
