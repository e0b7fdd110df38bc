use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::rt::System;

use super::{HandleError, LimitHandle};
use crate::{
    audit::Trail,
    clock::Moment,
    limit::{Admission, KeyPart, LimitError, Limiter},
    policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit},
};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
const MINUTE: Duration = Duration::from_secs(60);

const RATE: RateLimit = RateLimit {
    name: "ip",
    unit: Unit::Requests,
    quota: 10,
    window: MINUTE,
    burst: 10,
    cost: 2,
    count: Count::All,
    key: &[LimitKey::Address],
    store: LimitStore::Service,
    outage: LimitOutage::Local,
    ban: None,
    track: false,
};

fn handle(declared: RateLimit, body_limit: u64) -> LimitHandle {
    let limiter = Arc::new(Limiter::default());
    limiter.limit("e", &declared).unwrap();
    LimitHandle {
        limiter,
        endpoint: "e".to_owned(),
        declared,
        body_limit,
        trail: Trail::new(true, Vec::new()),
    }
}

/// Takes once, as a request of this address does.
fn take(handle: &LimitHandle) -> bool {
    let limit = handle.limit().unwrap();
    let mut ask = limit.ask(&crate::limit::address_bytes(ADDRESS));
    handle.limiter.take_now(std::slice::from_mut(&mut ask), Moment::now()) == Admission::Granted
}

#[test]
fn a_key_is_asked_reset_blocked_and_released() {
    let handle = handle(RATE, 0);
    let key = [KeyPart::Address(ADDRESS)];
    System::new().block_on(async {
        assert!(take(&handle));
        let standing = handle.standing(&key).await.unwrap();
        assert_eq!((standing.allowed, standing.remaining, standing.blocked), (true, 8, None));
        handle.reset(&key).await.unwrap();
        assert_eq!(handle.standing(&key).await.unwrap().remaining, 10);

        handle.block(&key, MINUTE).await.unwrap();
        handle.block(&key, Duration::from_secs(1)).await.unwrap();
        let standing = handle.standing(&key).await.unwrap();
        assert!(!standing.allowed && standing.remaining == 0);
        assert!(standing.blocked.unwrap() > Duration::from_secs(50));
        assert!(!take(&handle));
        handle.reset(&key).await.unwrap();
        assert!(!take(&handle), "a block outlasts a reset");
        handle.unblock(&key).await.unwrap();
        assert!(take(&handle));
    });
}

#[test]
fn what_is_no_key_of_the_limit_is_refused() {
    let both = RateLimit { key: &[LimitKey::Address, LimitKey::Subject], ..RATE };
    let (one, two) = (handle(RATE, 0), handle(both, 0));
    let all = handle(RateLimit { key: &[LimitKey::Global], ..RATE }, 0);
    System::new().block_on(async {
        let (address, subject) = (KeyPart::Address(ADDRESS), KeyPart::Subject("a"));
        for (handle, key) in [
            (&one, &[subject][..]),
            (&one, &[]),
            (&one, &[address, subject]),
            (&two, &[address]),
            (&two, &[subject, address]),
            (&all, &[address]),
        ] {
            let refused = handle.standing(key).await;
            assert!(matches!(refused, Err(HandleError::OtherKey(_))), "{key:?}: {refused:?}");
        }
        assert!(two.standing(&[address, subject]).await.is_ok());
        assert!(all.standing(&[]).await.is_ok() && all.standing(&[KeyPart::Global]).await.is_ok());
        for time in [Duration::ZERO, MINUTE * 60 * 24 * 51] {
            assert_eq!(one.block(&[address], time).await, Err(HandleError::BlockTime(time)));
        }
    });
}

#[test]
fn a_rate_is_set_and_taken_back() {
    let handle = handle(RATE, 0);
    for _ in 0..5 {
        assert!(take(&handle));
    }
    assert!(!take(&handle));
    // The backlog is ten units of six seconds each: a request of two fits into twelve.
    handle.set_rate(10, MINUTE, 11).unwrap();
    assert!(!take(&handle));
    handle.set_rate(10, MINUTE, 12).unwrap();
    assert_eq!(handle.rate().unwrap().burst, 12);
    assert!(take(&handle));
    handle.restore();
    assert_eq!(handle.rate().unwrap().burst, 10);
}

#[test]
fn what_no_attribute_may_say_cannot_be_set() {
    let requests = handle(RATE, 0);
    let limit = |error| Err(HandleError::Limit(error));
    assert_eq!(requests.set_rate(0, MINUTE, 1), limit(LimitError::Zero("quota")));
    let above = LimitError::CostAboveBurst { cost: 2, burst: 1 };
    assert_eq!(requests.set_rate(10, MINUTE, 1), limit(above));
    assert_eq!(requests.set_rate(u32::MAX, MINUTE, 2), limit(LimitError::TooFast));
    assert_eq!(requests.set_at_once(1), Err(HandleError::OtherUnit("set_rate")));
    assert_eq!(requests.rate().unwrap().quota, 10);

    let bytes = handle(RateLimit { unit: Unit::Kibibytes, quota: 64, burst: 64, ..RATE }, 65_536);
    let above = LimitError::BodyAboveBurst { cap: 65_536, burst: 63 << 10 };
    assert_eq!(bytes.set_rate(64, MINUTE, 63), limit(above));
    assert_eq!(bytes.set_rate(128, MINUTE, 64), Ok(()));

    let at_once = RateLimit { unit: Unit::InFlight, window: Duration::ZERO, ..RATE };
    let at_once = handle(at_once, 0);
    assert_eq!(at_once.set_rate(1, MINUTE, 1), Err(HandleError::OtherUnit("set_at_once")));
    assert_eq!(at_once.set_at_once(0), limit(LimitError::Zero("quota")));
    assert_eq!(at_once.set_at_once(3), Ok(()));
    assert_eq!(at_once.rate().unwrap().quota, 3);
}

#[test]
fn a_limit_that_the_service_does_not_have_is_not_found() {
    use crate::prelude::*;

    #[get("/never-mounted")]
    #[public]
    #[rate_limit("1/minute", by = ip)]
    async fn never_mounted() -> &'static str {
        ""
    }

    let limiter = Arc::new(Limiter::default());
    let limits = Limits::new(Arc::clone(&limiter), None, 1, Trail::new(true, Vec::new()));
    let refused = limits.of::<never_mounted>("ip").map(drop);
    assert!(matches!(refused, Err(HandleError::NoSuchLimit(_, name)) if name == "ip"));
    let policy = never_mounted::mounted().policy();
    limiter.limit(&policy.path(), &policy.limits[0]).unwrap();
    assert!(limits.of::<never_mounted>("ip").is_ok());
    assert!(limits.of::<never_mounted>("other").is_err());
    assert!(limits.service().is_none());
}
