//! The response fields that tell a client how it stands.
//!
//! `RateLimit-Policy` and `RateLimit` are lists of structured fields (RFC 9651), as in
//! draft-ietf-httpapi-ratelimit-headers-10; `Retry-After` is RFC 9110 section 10.2.3.

use super::{gcra::Decision, limiter::Limit, store::Ask};
use actix_web::http::header::HeaderValue;

/// `"ip";q=10;w=60, "subject";q=1000;w=86400`: the value of `RateLimit-Policy`.
///
/// It is the same for all answers of an endpoint, so write it once at start-up. `None` without a
/// limit: an empty list has no field.
pub fn policy_field<'l>(limits: impl Iterator<Item = &'l Limit> + Clone) -> Option<HeaderValue> {
    write_list(limits, |limit| {
        let rate = limit.rate();
        (rate.name, [(";q=", rate.quota.into()), (";w=", rate.window.as_secs())])
    })
}

/// `"ip";r=9;t=6`: the value of `RateLimit`, from the limits' names and what was decided.
///
/// `r` is the units left. `t` is the seconds until there is one more, or after a refusal until
/// the request would pass; rounded up, so that who waits has waited enough.
pub fn limit_field(
    decisions: impl Iterator<Item = (&'static str, Decision)> + Clone,
) -> Option<HeaderValue> {
    write_list(decisions, |(name, decision)| {
        (name, [(";r=", decision.remaining.into()), (";t=", decision.wait_seconds())])
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

/// A name and two integer parameters.
type Item = (&'static str, [(&'static str, u64); 2]);

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
        // A limit's name has no character that a string escapes: see `Limiter::limit`.
        line.push(b'"');
        line.extend_from_slice(name.as_bytes());
        line.push(b'"');
        for (parameter, value) in parameters {
            line.extend_from_slice(parameter.as_bytes());
            line.extend_from_slice(digits.format(value.min(LARGEST)).as_bytes());
        }
    }
    HeaderValue::try_from(line).ok()
}

const SEPARATOR: &[u8] = b", ";

/// An integer of a structured field has at most 15 digits.
const LARGEST: u64 = 999_999_999_999_999;

/// Bytes of an item, its quotes and a separator.
fn item_length((name, parameters): Item) -> usize {
    let parameters = parameters.iter().map(|(parameter, value)| {
        let further_digits = value.min(&LARGEST).checked_ilog10().unwrap_or(0);
        parameter.len() + 1 + usize::try_from(further_digits).unwrap_or(0)
    });
    SEPARATOR.len() + 2 + name.len() + parameters.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{item_length, limit_field, policy_field, retry_after, violated, write_list};
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

    /// Reads a field back: names, and the values of two parameters.
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
        let field =
            limit_field(asks.iter().map(|ask| (ask.limit.rate().name, ask.decision))).unwrap();
        // A day over seven is 12342.857142.. seconds.
        assert_eq!(field, "\"ip\";r=9;t=6, \"per-day_2\";r=6;t=12343");
        assert_eq!(retry_after(asks.iter()), None);
        assert_eq!(violated(asks.iter()).count(), 0);

        for _ in 0..7 {
            let _ = limiter.take_now(&mut asks, now);
        }
        let field =
            limit_field(asks.iter().map(|ask| (ask.limit.rate().name, ask.decision))).unwrap();
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
            let items = [("a", [(";r=", first), (";t=", small)]), ("bc", [(";r=", small), (";t=", second)])];
            let field = write_list(items.iter(), |item| *item).unwrap();
            let measured = items.iter().map(|item| item_length(*item)).sum::<usize>();
            prop_assert_eq!(field.len() + 2, measured);
            for (_, numbers) in parse(field.as_bytes(), ["r", "t"]) {
                prop_assert!(numbers.iter().all(|n| Integer::try_from(*n).is_ok()));
            }
        }
    }
}
