//! How often.

use std::fmt;

use proc_macro2::Span;
use syn::{Ident, Lit, LitStr};

use super::Part;
use crate::{
    attribute::{Args, Attributes, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    literal,
};

const KEYS: &[&str] = &["ip", "subject", "global", "header", "path"];
const OPTIONS: &[&str] = &["by", "burst", "cost", "store", "count", "name"];

/// One `#[rate_limit(..)]`.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The name in the `RateLimit` fields; unique on the endpoint.
    pub name: String,
    /// Where the name was given, or the rate where it was not.
    pub span: Span,
    /// Units per window.
    pub quota: u32,
    /// The window in seconds.
    pub window: u64,
    /// Units at once.
    pub burst: u32,
    /// Units per request.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// Whose requests are counted together.
    pub key: LimitKey,
    /// Where the key stands.
    pub key_span: Span,
    /// Whether all instances of the service count together.
    pub shared: bool,
}

/// Which requests spend units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Every request.
    All,
    /// Refused requests.
    Failures,
}

/// Whose requests are counted together, cheap and anonymous keys first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKey {
    /// Everybody's.
    Global,
    /// Those of one client address.
    Address,
    /// Those with one value of this header.
    Header(String),
    /// Those with one value of this path parameter.
    Path(String),
    /// Those of one authenticated subject.
    Subject,
}

/// Reads every `rate_limit`, sorted so that the order of the attributes leaves no trace. `Broken`
/// where one of them could not be read.
pub(super) fn read(attributes: &Attributes, d: &mut Diagnostics) -> Part<Vec<Limit>> {
    let given: Vec<_> = attributes.of(|word| word == Word::RateLimit).collect();
    if given.is_empty() {
        return Part::Absent;
    }
    let limits: Vec<_> =
        given.iter().map(|given| given.args.clone().and_then(|args| one(args, d))).collect();
    let Some(mut limits) = limits.into_iter().collect::<Option<Vec<_>>>() else {
        return Part::Broken;
    };
    limits.sort_by_key(|limit| {
        let Limit { key, window, quota, burst, cost, count, shared, name, .. } = limit;
        (key.clone(), *window, *quota, *burst, *cost, *count, *shared, name.clone())
    });
    name_the_nameless(&mut limits);
    Part::Read(limits)
}

/// The limits of a valid endpoint.
pub(super) fn settle(limits: Part<Vec<Limit>>) -> Vec<Limit> {
    limits.required().unwrap_or_default()
}

fn one(mut args: Args, d: &mut Diagnostics) -> Option<Limit> {
    let before = d.len();
    let text = args.take_one_text("\"10/minute\", by = ip", d);
    let rate = text.as_ref().and_then(|text| {
        literal::rate(&text.value()).map_err(|flaw| d.flaw(text.span(), flaw)).ok()
    });
    let key = match args.take("by", d) {
        Some((_, value)) => key(&value, d),
        None => {
            d.at(
                Code::MissingArgument,
                args.span,
                "`rate_limit` does not say whose requests it counts",
            )
            .help("add `by = ip`, `by = subject` or `by = global`");
            None
        }
    };
    let burst = args.take("burst", d).and_then(|(name, value)| value.number(&name, d));
    let cost = args.take("cost", d).and_then(|(name, value)| value.number(&name, d));
    let shared = keyword(&mut args, "store", "shared", d);
    let failures = keyword(&mut args, "count", "failures", d);
    let name = args.take_text("name", d);
    if let Some(name) = &name
        && let Err(flaw) = literal::limit_name(&name.value())
    {
        d.flaw(name.span(), flaw);
    }
    args.finish(OPTIONS, d);
    let (text, rate) = (text?, rate?);
    let burst = in_range("burst", burst, rate.quota, rate.quota, "the quota", d);
    let cost = in_range("cost", cost, 1, burst, "the burst", d);
    let (key, key_span) = key?;
    (d.len() == before).then(|| Limit {
        span: name.as_ref().map_or_else(|| text.span(), LitStr::span),
        name: name.map(|name| name.value()).unwrap_or_default(),
        quota: rate.quota,
        window: rate.window,
        burst,
        cost,
        count: if failures { Count::Failures } else { Count::All },
        key,
        key_span,
        shared,
    })
}

/// `value` within 1 and `max`; `default` where nothing was written.
fn in_range(
    what: &str,
    value: Option<(u32, Span)>,
    default: u32,
    max: u32,
    bound: &str,
    d: &mut Diagnostics,
) -> u32 {
    let Some((value, span)) = value else { return default };
    let code = if what == "burst" { Code::BurstOutOfRange } else { Code::CostOutOfRange };
    if value == 0 {
        d.at(code, span, format!("a {what} of zero"))
            .help(format!("write 1 to {max}, or leave `{what}` out"));
        return default;
    }
    if value > max {
        d.at(code, span, format!("{what} {value} is above {bound}, {max}"))
            .help(format!("write 1 to {max}, or leave `{what}` out"));
        return default.min(max);
    }
    value
}

/// Whether `option = word` was said; any other value is refused.
fn keyword(args: &mut Args, option: &str, word: &str, d: &mut Diagnostics) -> bool {
    let Some((_, value)) = args.take(option, d) else { return false };
    if value.word().is_some_and(|ident| ident == word) {
        return true;
    }
    d.on(Code::WrongValue, &value, format!("`{option}` can only be `{word}`"))
        .help(format!("write `{option} = {word}`, or leave it out"));
    false
}

fn key(value: &Value, d: &mut Diagnostics) -> Option<(LimitKey, Span)> {
    let unknown = |word: &str, d: &mut Diagnostics| {
        d.on(Code::UnknownLimitKey, value, format!("`{word}` is nothing that can be counted by"));
        match did_you_mean(word, KEYS.iter().copied()) {
            Some(near) => d.help(format!("did you mean `{near}`?")),
            None => {
                d.help("count by `ip`, `subject`, `global`, `header(\"..\")` or `path(\"..\")`")
            }
        };
        None
    };
    match value {
        Value::Path(path) => {
            let Some(word) = path.get_ident() else { return unknown("this path", d) };
            let key = match word.to_string().as_str() {
                "ip" => LimitKey::Address,
                "subject" => LimitKey::Subject,
                "global" => LimitKey::Global,
                name @ ("header" | "path") => {
                    d.at(Code::MissingArgument, word.span(), format!("`{name}` of what name"))
                        .help(format!("write `{name}(\"..\")`"));
                    return None;
                }
                other => return unknown(other, d),
            };
            Some((key, word.span()))
        }
        Value::Call(call) => {
            let word = call.path.get_ident().map(Ident::to_string).unwrap_or_default();
            let is_header = match word.as_str() {
                "header" => true,
                "path" => false,
                other => return unknown(other, d),
            };
            let [Value::Literal(Lit::Str(text))] = call.list.as_slice() else {
                d.on(Code::WrongValue, value, format!("`{word}` takes one text"))
                    .help(format!("write `{word}(\"..\")`"));
                return None;
            };
            if !is_header {
                return Some((LimitKey::Path(text.value()), text.span()));
            }
            match literal::header_name(&text.value()) {
                Ok(name) => Some((LimitKey::Header(name), text.span())),
                Err(flaw) => {
                    d.flaw(text.span(), flaw);
                    None
                }
            }
        }
        Value::Literal(_) => unknown("this literal", d),
    }
}

/// Gives the limits without a name the word of their key, with the window where that is not enough.
fn name_the_nameless(limits: &mut [Limit]) {
    let words: Vec<_> =
        limits.iter().filter(|limit| limit.name.is_empty()).map(|limit| limit.key.word()).collect();
    for limit in limits.iter_mut().filter(|limit| limit.name.is_empty()) {
        let word = limit.key.word();
        limit.name = if words.iter().filter(|other| **other == word).count() > 1 {
            format!("{word}-{}s", limit.window)
        } else {
            word.to_owned()
        };
    }
}

impl LimitKey {
    /// The word after `by =`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Address => "ip",
            Self::Header(_) => "header",
            Self::Path(_) => "path",
            Self::Subject => "subject",
        }
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) | Self::Path(name) => write!(f, "{}({name})", self.word()),
            Self::Global | Self::Address | Self::Subject => f.write_str(self.word()),
        }
    }
}

/// `10/minute by ip, burst 5, cost 2`: the form of the inventory.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quota, window, burst, cost, key, .. } = self;
        match window {
            1 => write!(f, "{quota}/second")?,
            60 => write!(f, "{quota}/minute")?,
            3_600 => write!(f, "{quota}/hour")?,
            86_400 => write!(f, "{quota}/day")?,
            seconds => write!(f, "{quota}/{seconds}s")?,
        }
        write!(f, " by {key}")?;
        if burst != quota {
            write!(f, ", burst {burst}")?;
        }
        if *cost != 1 {
            write!(f, ", cost {cost}")?;
        }
        if self.count == Count::Failures {
            f.write_str(", failures")?;
        }
        if self.shared {
            f.write_str(", shared")?;
        }
        Ok(())
    }
}
