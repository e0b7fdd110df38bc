//! Limits whose key the caller chooses: a new value has a new count, so another limit has to
//! restrict all values together.

use std::time::Duration;

use super::{Count, Limit, LimitKey, Surroundings, Unit};
use crate::{
    attribute::Word,
    diagnostic::{Code, Diagnostics},
    endpoint::{Access, written},
};

/// How many times as much a second limit may permit as the limit with a chosen key. With more, it
/// would not restrict what the first one is for.
const MOST_TIMES: u128 = 1_000;

/// The largest body and the deadline if the endpoint sets none: the defaults of a service.
const USUAL_BODY: u64 = 64 << 10;
const USUAL_DEADLINE: Duration = Duration::from_secs(30);

/// Refuses a limit that the caller can bypass with new values of its key.
pub(super) fn check(limits: &[Limit], around: Surroundings<'_>, d: &mut Diagnostics) {
    let enforced = || limits.iter().filter(|limit| !limit.track);
    let firm: Vec<_> = enforced().filter(|limit| !limit.is_by_choice()).collect();
    for limit in enforced().filter(|limit| limit.is_by_choice()) {
        let widths = firm.iter().filter_map(|firm| Some((times(firm, limit, around)?, *firm)));
        match widths.min_by_key(|(times, _)| *times) {
            Some((times, _)) if times <= MOST_TIMES => {}
            Some((times, beside)) => refuse_too_wide(limit, beside, times, d),
            None => {
                refuse_alone(limit, &firm, around, d);
                // What is missing is missing for all of them.
                if firm.is_empty() {
                    return;
                }
            }
        }
    }
}

/// How many times as much a caller may send within `firm` as `chosen` permits for one value,
/// rounded up; `None` if `firm` restricts none of the requests that `chosen` counts.
fn times(firm: &Limit, chosen: &Limit, around: Surroundings<'_>) -> Option<u128> {
    if chosen.count == Count::All && firm.count == Count::Failures {
        return None;
    }
    // Requests, KiB or places, and in how many seconds.
    let requests = |limit: &Limit| (u128::from(limit.quota), u128::from(limit.cost));
    let (much, little, seconds) = match (chosen.unit, firm.unit) {
        (Unit::Requests, Unit::Requests) => {
            let ((firm_quota, firm_cost), (quota, cost)) = (requests(firm), requests(chosen));
            let windows = (u128::from(chosen.window), u128::from(firm.window));
            (firm_quota * cost, firm_cost * quota, windows)
        }
        (Unit::Kibibytes, Unit::Kibibytes) => {
            let windows = (u128::from(chosen.window), u128::from(firm.window));
            (u128::from(firm.quota), u128::from(chosen.quota), windows)
        }
        (Unit::Kibibytes, Unit::Requests) => {
            let largest = around.largest.map_or(USUAL_BODY, |(bytes, _)| bytes).div_ceil(1_024);
            let (quota, cost) = requests(firm);
            let windows = (u128::from(chosen.window), u128::from(firm.window));
            (quota * u128::from(largest), cost * u128::from(chosen.quota), windows)
        }
        (Unit::InFlight, Unit::InFlight) => {
            (u128::from(firm.quota), u128::from(chosen.quota), (1, 1))
        }
        (Unit::InFlight, Unit::Requests) => {
            let (quota, cost) = requests(firm);
            // What begins while one request is under way is under way with it.
            let lasts = around.deadline.unwrap_or(USUAL_DEADLINE).as_millis();
            let later = (quota * lasts).div_ceil((u128::from(firm.window) * 1_000).max(1));
            (u128::from(firm.burst) + later, cost * u128::from(chosen.quota), (1, 1))
        }
        (Unit::Requests, Unit::Kibibytes | Unit::InFlight)
        | (Unit::Kibibytes, Unit::InFlight)
        | (Unit::InFlight, Unit::Kibibytes) => return None,
    };
    Some((much * seconds.0).div_ceil((little * seconds.1).max(1)))
}

fn refuse_alone(limit: &Limit, firm: &[&Limit], around: Surroundings<'_>, d: &mut Diagnostics) {
    let Some((part, what)) = limit.chosen() else { return };
    let public = around.access.as_read().is_some_and(Access::is_public);
    let keys = if public { "`ip` or `global`" } else { "`ip`, `subject` or `global`" };
    let word = match limit.unit {
        Unit::Requests | Unit::Kibibytes => Word::RateLimit,
        Unit::InFlight => Word::ConcurrencyLimit,
    };
    let which = match limit.unit {
        // There is no other limit that it could be confused with.
        _ if firm.is_empty() => "",
        Unit::Requests if limit.count == Count::All => ", which counts all requests",
        Unit::Requests => ", which counts requests",
        Unit::Kibibytes => ", which counts bytes",
        Unit::InFlight => ", which counts requests at once",
    };
    let second = format!("add a second `{word}` by {keys}{which}");
    d.at(
        Code::LimitByHeaderAlone,
        part.span,
        format!("the caller chooses {what}: each new value begins a new count"),
    )
    .help(if let LimitKey::Function(path, _) = &part.value {
        let (name, of) = (written(path), if public { "ip" } else { "subject" });
        format!(
            "say what it makes its key of: `function({name}, of = {of})`, which takes \
             `&KeySources<'_>`; or {second}"
        )
    } else {
        second
    });
}

fn refuse_too_wide(limit: &Limit, beside: &Limit, times: u128, d: &mut Diagnostics) {
    let Some((part, what)) = limit.chosen() else { return };
    let shorter = match (limit.unit, beside.unit) {
        (Unit::InFlight, Unit::Requests) => " shorten `timeout`,",
        _ => "",
    };
    d.at(
        Code::LimitBesideTooWide,
        part.span,
        format!(
            "the caller chooses {what}, and `{beside}` lets through {times} times as much as `{limit}`"
        ),
    )
    .help(format!(
        "lower `{beside}` to {MOST_TIMES} times as much or less,{shorter} or add another limit by \
         `ip`"
    ));
}
