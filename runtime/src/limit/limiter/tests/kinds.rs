//! Bytes, requests under way, bans, limits that only track, and what is set at run time.

use super::{START, left, rate, take};
use crate::{
    clock::Moment,
    limit::{Admission, Ask, Limit, LimitError, Limiter, limiter::Pace, retry_after, violated},
    policy::{Ban, LimitKey, LimitStore, RateLimit, Unit},
};
use std::{slice, sync::Arc, thread, time::Duration};

const HOUR: Duration = Duration::from_secs(3_600);

const BAN: Ban = Ban { refusals: 3, within: Duration::from_secs(600), lasts: HOUR };

fn banning(name: &'static str, quota: u32) -> RateLimit {
    RateLimit { ban: Some(BAN), ..rate(name, quota) }
}

fn at_once(name: &'static str, quota: u32) -> RateLimit {
    RateLimit { unit: Unit::InFlight, window: Duration::ZERO, ..rate(name, quota) }
}

fn seconds(seconds: u64) -> Moment {
    START.after(Duration::from_secs(seconds))
}

/// Asks once: the ask with its decision.
fn ask<'l>(limiter: &Limiter, limit: &'l Limit, now: Moment) -> Ask<'l> {
    let mut ask = limit.ask(b"k");
    let _ = limiter.take_now(slice::from_mut(&mut ask), now);
    ask
}

#[test]
fn bytes_are_spent_by_the_body_and_the_rest_comes_back() {
    let limiter = Limiter::default();
    let bytes = RateLimit { unit: Unit::Kibibytes, ..rate("upload", 100) };
    let limit = limiter.limit("e", &bytes).unwrap();
    let mut large = limit.ask(b"k");
    large.units = 90;
    assert_eq!(limiter.take_now(slice::from_mut(&mut large), START), Admission::Granted);
    assert_eq!(large.decision.remaining, 10);
    let mut second = limit.ask(b"k");
    second.units = 11;
    assert_eq!(limiter.take_now(slice::from_mut(&mut second), START), Admission::Refused);
    // 30 of the 90 were never sent.
    large.units = 30;
    limiter.give_back(&mut large, START);
    assert_eq!(large.decision.remaining, 40);
    assert_eq!(limiter.take_now(slice::from_mut(&mut second), START), Admission::Granted);
    // A request without a body costs nothing, and passes when nothing is left too.
    let mut none = limit.ask(b"k");
    none.units = 0;
    assert_eq!(limiter.take_now(slice::from_mut(&mut none), START), Admission::Granted);
}

#[test]
fn a_body_that_can_never_pass_is_a_mistake() {
    let bytes = RateLimit { unit: Unit::Kibibytes, ..rate("upload", 64) };
    assert_eq!(bytes.admits_body(64 << 10), Ok(()));
    let error = bytes.admits_body((64 << 10) + 1).unwrap_err();
    assert_eq!(error, LimitError::BodyAboveBurst { cap: (64 << 10) + 1, burst: 64 << 10 });
    assert!(error.to_string().contains("65537") && error.to_string().contains("65536"));
    assert_eq!(rate("requests", 1).admits_body(u64::MAX), Ok(()));
}

#[test]
fn so_many_are_under_way_until_they_end() {
    let limiter = Limiter::default();
    let limit = limiter.limit("e", &at_once("at-once", 2)).unwrap();
    let first = ask(&limiter, &limit, START);
    let second = ask(&limiter, &limit, START);
    assert_eq!((first.decision.remaining, second.decision.remaining), (1, 0));
    let third = ask(&limiter, &limit, START);
    assert!(third.is_refused() && third.permit.is_none());
    assert_eq!(retry_after(slice::from_ref(&third).iter()).unwrap(), "1");
    assert_eq!(limiter.metrics(START).limits[0].in_flight, 2);
    drop(first);
    assert!(!ask(&limiter, &limit, START).is_refused());
    drop(second);
    assert_eq!(left(&limiter, &limit, b"k"), 2);
    assert_eq!(limiter.metrics(START).limits[0].in_flight, 0);
}

#[test]
fn a_refusal_by_another_limit_holds_no_place() {
    let limiter = Limiter::default();
    let places = limiter.limit("e", &at_once("at-once", 5)).unwrap();
    let narrow = limiter.limit("e", &rate("narrow", 1)).unwrap();
    for admission in [Admission::Granted, Admission::Refused, Admission::Refused] {
        let mut asks = [places.ask(b"k"), narrow.ask(b"k")];
        assert_eq!(limiter.take_now(&mut asks, START), admission);
        assert_eq!(asks[0].permit.is_some(), admission == Admission::Granted);
        drop(asks);
        assert_eq!(left(&limiter, &places, b"k"), 5);
    }
}

#[test]
fn exactly_n_of_a_thousand_are_under_way() {
    let limiter = Limiter::default();
    let limit = limiter.limit("e", &at_once("at-once", 37)).unwrap();
    let held: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let asks = (0..125).map(|_| ask(&limiter, &limit, START));
                    asks.filter(|ask| ask.permit.is_some()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(held.len(), 37);
    drop(held);
    assert_eq!(left(&limiter, &limit, b"k"), 37);
}

#[test]
fn the_last_refusal_that_is_needed_bans_and_trying_does_not_prolong_it() {
    let limiter = Limiter::default();
    let limit = limiter.limit("e", &banning("ip", 1)).unwrap();
    assert!(!ask(&limiter, &limit, START).is_refused());
    for _ in 0..2 {
        let refused = ask(&limiter, &limit, START);
        assert_eq!((refused.decision.wait_seconds(), refused.banned), (60, None));
    }
    let banned = ask(&limiter, &limit, START);
    assert_eq!((banned.decision.wait_seconds(), banned.banned), (3_600, Some(BAN)));
    assert_eq!(violated(slice::from_ref(&banned).iter()).collect::<Vec<_>>(), ["ip"]);
    // Its units are back after a minute; it is not.
    for second in [100, 200, 3_000, 3_599] {
        let refused = ask(&limiter, &limit, seconds(second));
        assert!(refused.is_refused() && refused.blocked && refused.banned.is_none());
        assert_eq!(refused.decision.wait_seconds(), 3_600 - second);
    }
    assert!(take_other(&limiter, &limit), "another key is not banned");
    assert!(!ask(&limiter, &limit, seconds(3_601)).is_refused());
    let metrics = &limiter.metrics(START).limits[0];
    assert_eq!((metrics.bans, metrics.refused, metrics.allowed), (1, 7, 3));
}

fn take_other(limiter: &Limiter, limit: &Limit) -> bool {
    take(limiter, limit, b"other")
}

#[test]
fn refusals_count_in_their_time_only() {
    let limiter = Limiter::default();
    let limit = limiter.limit("e", &banning("ip", 1)).unwrap();
    let refused = |second| {
        let _ = ask(&limiter, &limit, seconds(second));
        ask(&limiter, &limit, seconds(second))
    };
    // Two in ten minutes, again and again.
    for start in [0, 700, 1_400, 2_100] {
        for second in [0, 120] {
            assert_eq!(refused(start + second).banned, None, "at {start} + {second}");
        }
    }
    assert!(refused(2_400).banned.is_some());
}

#[test]
fn exactly_one_of_many_refusals_at_once_begins_the_ban() {
    for _ in 0..50 {
        let limiter = Limiter::default();
        let limit = limiter.limit("e", &banning("ip", 1)).unwrap();
        let bans: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let attempts = || (0..50).map(|_| ask(&limiter, &limit, START));
                    scope.spawn(move || attempts().filter(|ask| ask.banned.is_some()).count())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(bans, 1);
    }
}

#[test]
fn what_only_tracks_refuses_nobody_and_spends_with_the_request_alone() {
    let limiter = Limiter::default();
    let tracked = RateLimit { track: true, ..rate("tracked", 1) };
    let tracked = limiter.limit("e", &tracked).unwrap();
    let narrow = limiter.limit("e", &rate("narrow", 3)).unwrap();
    let mut over = 0;
    for turn in 0..5 {
        let mut asks = [tracked.ask(b"k"), narrow.ask(b"k")];
        let admission = limiter.take_now(&mut asks, START);
        assert_eq!(admission == Admission::Granted, turn < 3);
        assert_eq!(violated(asks.iter()).count(), usize::from(turn >= 3));
        over += usize::from(admission == Admission::Granted && asks[0].is_over());
    }
    assert_eq!(over, 2);
    let metrics = limiter.metrics(START);
    let of = |name| metrics.limits.iter().find(|limit| limit.policy == name).unwrap();
    assert_eq!((of("tracked").allowed, of("tracked").tracked, of("tracked").refused), (1, 2, 0));
    assert_eq!((of("narrow").allowed, of("narrow").tracked, of("narrow").refused), (3, 0, 2));
    // Alone too.
    let mut ask = tracked.ask(b"k");
    assert_eq!(limiter.take_now(slice::from_mut(&mut ask), START), Admission::Granted);
}

#[test]
fn who_is_refused_by_his_address_takes_no_place_for_what_he_invents() {
    let by = |name, key| RateLimit { key, ..rate(name, 1) };
    let header = by("header", &[LimitKey::Header("x-any")]);
    let address = by("ip", &[LimitKey::Address]);
    let both = by("both", &[LimitKey::Address, LimitKey::Header("x-any")]);
    let everybody = by("all", &[LimitKey::Global]);
    assert!(address.turn() < everybody.turn() && everybody.turn() < header.turn());
    assert_eq!(both.turn(), header.turn());

    let limiter = Limiter::default();
    let [address, header] = [address, header].map(|rate| limiter.limit("e", &rate).unwrap());
    for invented in 0..1_000_u32 {
        let mut asks = [address.ask(b"192.0.2.1"), header.ask(&invented.to_le_bytes())];
        let _ = limiter.take_now(&mut asks, START);
    }
    // The address, and the one value that passed with it.
    let tables = limiter.metrics(START).tables;
    let used = |policy: &str| tables.iter().find(|table| table.policy == policy).unwrap().used;
    assert_eq!((used("ip"), used("header")), (1, 1));
}

#[test]
fn what_is_set_at_run_time_holds_for_limits_made_ready_afterwards() {
    let limiter = Limiter::default();
    let declared = rate("ip", 2);
    let before = limiter.generation();
    assert_eq!(left(&limiter, &limiter.limit("e", &declared).unwrap(), b"k"), 2);
    let pace = Pace { quota: 5, window: HOUR, burst: 5 };
    limiter.set_pace("e", "ip", Some(pace));
    assert_ne!(limiter.generation(), before);
    let limit = limiter.limit("e", &declared).unwrap();
    assert_eq!((limit.rate().quota, limit.rate().window), (5, HOUR));
    assert_eq!(left(&limiter, &limit, b"k"), 5);
    assert_eq!(left(&limiter, &limiter.limit("other", &declared).unwrap(), b"k"), 2);
    limiter.set_pace("e", "ip", None);
    assert_eq!(limiter.limit("e", &declared).unwrap().rate().quota, 2);
}

#[test]
fn kinds_that_cannot_be_kept_are_refused_at_the_start() {
    let limiter = Limiter::default();
    let error = |rate: RateLimit| limiter.limit("e", &rate).unwrap_err();
    assert_eq!(error(at_once("x", 0)), LimitError::Zero("quota"));
    let shared = RateLimit { store: LimitStore::Shared, ..at_once("x", 1) };
    assert_eq!(error(shared), LimitError::SharedInFlight("x"));
    assert_eq!(error(RateLimit { track: true, ..banning("x", 1) }), LimitError::TrackedBan("x"));
    for ban in [
        Ban { refusals: 0, ..BAN },
        Ban { refusals: 10_001, ..BAN },
        Ban { within: Duration::ZERO, ..BAN },
        Ban { lasts: Duration::ZERO, ..BAN },
        Ban { within: HOUR * 24 * 51, ..BAN },
        Ban { lasts: HOUR * 24 * 51, ..BAN },
    ] {
        let rate = RateLimit { ban: Some(ban), ..rate("x", 1) };
        assert_eq!(error(rate), LimitError::Ban("x"), "{ban:?}");
    }
    let longest = Ban { refusals: 10_000, within: HOUR * 24 * 50, lasts: HOUR * 24 * 50 };
    assert!(limiter.limit("e", &RateLimit { ban: Some(longest), ..rate("x", 1) }).is_ok());
}

#[test]
fn limits_are_counted_by_worker_threads_together() {
    let limiter = Arc::new(Limiter::default());
    let limit = limiter.limit("e", &rate("ip", 10)).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| drop(ask(&limiter, &limit, START))));
        }
    });
    let metrics = limiter.metrics(START);
    assert_eq!((metrics.limits[0].allowed, metrics.limits[0].refused), (10, 390));
}
