//! The response fields with the state of a client's limits.
//!
//! `RateLimit-Policy` and `RateLimit` are lists of structured fields (RFC 9651), as in
//! draft-ietf-httpapi-ratelimit-headers-10; `Retry-After` is RFC 9110 section 10.2.3.

use super::{gcra::Decision, limiter::Limit, store::Ask};
use crate::policy::{RateLimit, Unit};
use actix_web::http::header::HeaderValue;

/// The state of one limit of a request.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// The limit's name.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The decision.
    pub decision: Decision,
    /// Whether it only tracks. Then the response does not show it.
    pub tracked: bool,
}

/// `"ip";q=10;w=60, "upload";q=10485760;qu="content-bytes";w=3600`: the value of
/// `RateLimit-Policy`.
///
/// It is the same for all answers of an endpoint, so it is written once at start-up. Limits that
/// only track are not in it. `None` without a limit: an empty list has no field.
pub fn policy_field<'l>(limits: impl Iterator<Item = &'l Limit> + Clone) -> Option<HeaderValue> {
    write_list(limits.map(Limit::rate).filter(|rate| !rate.track), |rate: &RateLimit| {
        let quota = in_unit(rate.quota, rate.unit);
        let window = Value::Integer(rate.window.as_secs());
        let window = (rate.unit != Unit::InFlight).then_some((";w=", window));
        let unit = match rate.unit {
            Unit::Requests => None,
            Unit::Kibibytes => Some((";qu=", Value::Text("content-bytes"))),
            Unit::InFlight => Some((";qu=", Value::Text("concurrent-requests"))),
        };
        (rate.name, [Some((";q=", quota)), unit, window])
    })
}

/// `"ip";r=9;t=6`: the value of `RateLimit`, from the decisions.
///
/// `r` is the remaining quota, in requests or bytes. `t` is the seconds until there is one more
/// unit, or after a refusal until the request would pass; rounded up, so that waiting for it is
/// sufficient. It is unknown for a concurrency limit.
pub fn limit_field<'s>(spent: impl Iterator<Item = &'s Spent> + Clone) -> Option<HeaderValue> {
    write_list(spent.filter(|spent| !spent.tracked), |spent: &Spent| {
        let Spent { name, unit, decision, .. } = *spent;
        let left = in_unit(decision.remaining, unit);
        // The end of a block is known, whatever is counted.
        let knows = unit != Unit::InFlight || !decision.wait.is_zero();
        let wait = knows.then(|| (";t=", Value::Integer(decision.wait_seconds())));
        (name, [Some((";r=", left)), wait, None])
    })
}

/// Units of the fields: bytes of bodies, not KiB.
fn in_unit(units: u32, unit: Unit) -> Value {
    Value::Integer(match unit {
        Unit::Kibibytes => u64::from(units) << 10,
        Unit::Requests | Unit::InFlight => units.into(),
    })
}

/// The value of `Retry-After`: when all refused asks would pass. `None` if none was refused.
pub fn retry_after<'l>(asks: impl Iterator<Item = &'l Ask<'l>>) -> Option<HeaderValue> {
    let refused = asks.filter(|ask| ask.is_refused());
    // Zero would ask for the same request at once, and for the same answer.
    refused.map(|ask| ask.decision.wait_seconds().max(1)).max().map(HeaderValue::from)
}

/// The names of the refused asks' policies: `violated-policies` of the problem.
pub fn violated<'l>(asks: impl Iterator<Item = &'l Ask<'l>>) -> impl Iterator<Item = &'static str> {
    asks.filter(|ask| ask.is_refused()).map(|ask| ask.limit.rate().name)
}

/// A name and its parameters, in order.
type Item = (&'static str, [Option<(&'static str, Value)>; 3]);

#[derive(Clone, Copy, Debug)]
enum Value {
    Integer(u64),
    Text(&'static str),
}

fn write_list<T>(
    entries: impl Iterator<Item = T> + Clone,
    item: impl Fn(T) -> Item,
) -> Option<HeaderValue> {
    // Measured first: a buffer of the right size becomes the value without another allocation.
    let length = entries.clone().map(|entry| item_length(item(entry))).sum::<usize>();
    let mut line = Vec::with_capacity(length.checked_sub(SEPARATOR.len())?);
    let mut digits = itoa::Buffer::new();
    for entry in entries {
        let (name, parameters) = item(entry);
        if !line.is_empty() {
            line.extend_from_slice(SEPARATOR);
        }
        write_text(&mut line, name);
        for (parameter, value) in parameters.into_iter().flatten() {
            line.extend_from_slice(parameter.as_bytes());
            match value {
                Value::Integer(value) => {
                    line.extend_from_slice(digits.format(value.min(LARGEST)).as_bytes());
                }
                Value::Text(text) => write_text(&mut line, text),
            }
        }
    }
    HeaderValue::try_from(line).ok()
}

/// The characters of a limit's name need no escapes in a string: see `Limiter::limit`. Neither do
/// those of a unit.
fn write_text(line: &mut Vec<u8>, text: &str) {
    line.push(b'"');
    line.extend_from_slice(text.as_bytes());
    line.push(b'"');
}

const SEPARATOR: &[u8] = b", ";

/// An integer of a structured field has at most 15 digits.
const LARGEST: u64 = 999_999_999_999_999;

/// Bytes of an item, its quotes and a separator.
fn item_length((name, parameters): Item) -> usize {
    let parameters = parameters.iter().flatten().map(|(parameter, value)| {
        parameter.len()
            + match value {
                Value::Integer(value) => {
                    let further_digits = value.min(&LARGEST).checked_ilog10().unwrap_or(0);
                    1 + usize::try_from(further_digits).unwrap_or(0)
                }
                Value::Text(text) => 2 + text.len(),
            }
    });
    SEPARATOR.len() + 2 + name.len() + parameters.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{
        Spent, Value, item_length, limit_field, policy_field, retry_after, violated, write_list,
    };
    use crate::{
        clock::Moment,
        limit::{Ask, Limit, Limiter},
        policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
    };
    use proptest::prelude::*;
    use sfv::{BareItem, Integer, ListEntry, Parser};
    use std::time::Duration;

    fn rate(name: &'static str, quota: u32, seconds: u64) -> RateLimit {
        RateLimit {
            name,
            unit: Unit::Requests,
            quota,
            window: Duration::from_secs(seconds),
            burst: quota,
            cost: 1,
            count: Count::All,
            key: &[LimitKey::Global],
            store: LimitStore::Service,
            outage: LimitOutage::Local,
            ban: None,
            track: false,
        }
    }

    fn limits(limiter: &Limiter) -> [Limit; 2] {
        [rate("ip", 10, 60), rate("per-day_2", 7, 86_400)].map(|r| limiter.limit("e", &r).unwrap())
    }

    /// Parses a field: names, and the values of two parameters.
    fn parse(field: &[u8], keys: [&str; 2]) -> Vec<(String, [i64; 2])> {
        let list = Parser::new(field).parse::<sfv::List>().unwrap();
        let entries = list.iter().map(|entry| {
            let ListEntry::Item(item) = entry else { panic!("an inner list") };
            let BareItem::String(name) = &item.bare_item else { panic!("not a string") };
            assert_eq!(item.params.len(), 2);
            let number = |key: &str| match item.params.get(key) {
                Some(BareItem::Integer(value)) => i64::from(*value),
                other => panic!("{key} is {other:?}"),
            };
            (name.as_str().to_owned(), keys.map(number))
        });
        entries.collect()
    }

    #[test]
    fn policies_are_a_list_of_strings_with_integers() {
        let field = policy_field(limits(&Limiter::default()).iter()).unwrap();
        assert_eq!(field, "\"ip\";q=10;w=60, \"per-day_2\";q=7;w=86400");
        assert_eq!(
            parse(field.as_bytes(), ["q", "w"]),
            [("ip".to_owned(), [10, 60]), ("per-day_2".to_owned(), [7, 86_400])]
        );
    }

    #[test]
    fn what_is_left_is_told_on_success_and_on_refusal() {
        let limiter = Limiter::default();
        let limits = limits(&limiter);
        let now = Moment::from_nanos(0);
        let mut asks = limits.each_ref().map(|limit| limit.ask(b"k"));
        let _ = limiter.take_now(&mut asks, now);
        let field = limit_field(asks.each_ref().map(Ask::spent).iter()).unwrap();
        // A day over seven is 12342.857142.. seconds.
        assert_eq!(field, "\"ip\";r=9;t=6, \"per-day_2\";r=6;t=12343");
        assert_eq!(retry_after(asks.iter()), None);
        assert_eq!(violated(asks.iter()).count(), 0);

        for _ in 0..7 {
            let _ = limiter.take_now(&mut asks, now);
        }
        let field = limit_field(asks.each_ref().map(Ask::spent).iter()).unwrap();
        assert_eq!(
            parse(field.as_bytes(), ["r", "t"]),
            [("ip".to_owned(), [3, 6]), ("per-day_2".to_owned(), [0, 12_343])]
        );
        assert_eq!(retry_after(asks.iter()).unwrap(), "12343");
        assert_eq!(violated(asks.iter()).collect::<Vec<_>>(), ["per-day_2"]);
    }

    #[test]
    fn who_waits_as_told_passes_and_no_second_earlier() {
        let limiter = Limiter::default();
        for (quota, seconds) in [(7, 60), (3, 10), (1, 1), (11, 86_400), (1000, 3_600)] {
            let limit = limiter.limit(&format!("{quota}"), &rate("r", quota, seconds)).unwrap();
            let start = Moment::from_nanos(123_456_789);
            let take = |now: Moment| {
                let mut ask = limit.ask(b"k");
                let _ = limiter.take_now(std::slice::from_mut(&mut ask), now);
                ask
            };
            while take(start).decision.allowed {}
            let refused = take(start);
            let told = retry_after([refused].iter()).unwrap();
            let wait = told.to_str().unwrap().parse::<u64>().unwrap();
            assert!(!take(start.after(Duration::from_secs(wait - 1))).decision.allowed);
            assert!(take(start.after(Duration::from_secs(wait))).decision.allowed);
        }
    }

    #[test]
    fn bytes_and_requests_under_way_are_told_in_their_units() {
        let limiter = Limiter::default();
        let bytes = RateLimit { unit: Unit::Kibibytes, ..rate("upload", 10, 3_600) };
        let at_once =
            RateLimit { unit: Unit::InFlight, window: Duration::ZERO, ..rate("at-once", 8, 1) };
        let tracked = RateLimit { track: true, ..rate("tracked", 1, 60) };
        let limits = [bytes, at_once, tracked].map(|rate| limiter.limit("e", &rate).unwrap());
        let field = policy_field(limits.iter()).unwrap();
        assert_eq!(
            field,
            "\"upload\";q=10240;qu=\"content-bytes\";w=3600, \
             \"at-once\";q=8;qu=\"concurrent-requests\""
        );
        assert!(Parser::new(field.as_bytes()).parse::<sfv::List>().is_ok());

        let mut asks = limits.each_ref().map(|limit| limit.ask(b"k"));
        asks[0].units = 3;
        let _ = limiter.take_now(&mut asks, Moment::from_nanos(0));
        let spent: Vec<Spent> = asks.iter().map(Ask::spent).collect();
        let field = limit_field(spent.iter()).unwrap();
        assert_eq!(field, "\"upload\";r=7168;t=360, \"at-once\";r=7");
        assert_eq!(limit_field(spent[2..].iter()), None);
    }

    #[test]
    fn nothing_to_say_is_no_field() {
        assert_eq!(policy_field([].iter()), None);
        assert_eq!(limit_field([].into_iter()), None);
    }

    #[test]
    fn an_ask_that_no_store_answered_is_a_refusal() {
        let limits = limits(&Limiter::default());
        let ask: Ask<'_> = limits[0].ask(b"k");
        assert_eq!(retry_after([ask].iter()).unwrap(), "1");
    }

    proptest! {
        #[test]
        fn the_buffer_is_measured_right(first: u64, second: u64, small in 0_u64..2_000) {
            let item = |name, r, t| {
                (name, [Some((";r=", Value::Integer(r))), Some((";t=", Value::Integer(t))), None])
            };
            let items = [item("a", first, small), item("bc", small, second)];
            let field = write_list(items.iter(), |item| *item).unwrap();
            let measured = items.iter().map(|item| item_length(*item)).sum::<usize>();
            prop_assert_eq!(field.len() + 2, measured);
            for (_, numbers) in parse(field.as_bytes(), ["r", "t"]) {
                prop_assert!(numbers.iter().all(|n| Integer::try_from(*n).is_ok()));
            }
        }
    }
}
