//! Policies against what they mean.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use actix_web::test::TestRequest;
use proptest::prelude::*;

use super::{Decision, Policy, all_of, any_of, decision::Trace, owner, policy::Asked, when};
use crate::{
    Principal, Problem,
    auth::{Key, KeySet, TokenSigner, Verifier},
};

fn principal(subject: &str, scopes: &str) -> Principal {
    let secret = (1..=32).collect::<Vec<u8>>().into();
    let (issuer, audience) = ("https://id.example", "https://api.example");
    let signer = TokenSigner::hs256("k", &secret, issuer, audience).unwrap();
    let token = signer.subject(subject).scopes(scopes.split_whitespace()).sign().unwrap();
    let keys = KeySet::new([Key::hs256("k", &secret).unwrap()]).unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Verifier::new(keys, issuer, audience).unwrap().verify(&token, now.as_secs()).unwrap()
}

/// The policies of these tests never wait.
fn decide<T>(policy: &impl Policy<T>, object: &T, who: &Principal) -> (Decision, String) {
    let request = TestRequest::default().to_http_request();
    let asked = Asked { object, who, request: &request };
    let mut trace = Trace::default();
    let decision = {
        let mut deciding = pin!(policy.decide(&asked, &mut trace));
        match deciding.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(decision) => decision,
            Poll::Pending => panic!("it waits"),
        }
    };
    (decision, trace.to_string())
}

type Three = [Decision; 3];

fn first(said: &Three, _: &Principal) -> Decision {
    said[0]
}

fn second(said: &Three, _: &Principal) -> Decision {
    said[1]
}

async fn third(said: &Three, _: &Principal) -> Result<bool, Problem> {
    match said[2] {
        Decision::Granted => Ok(true),
        Decision::Denied => Ok(false),
        Decision::Indeterminate => Err(Problem::unavailable("out of reach")),
    }
}

fn one() -> impl Strategy<Value = Decision> {
    prop_oneof![Just(Decision::Granted), Just(Decision::Denied), Just(Decision::Indeterminate)]
}

proptest! {
    #[test]
    fn groups_are_three_valued(said in [one(), one(), one()]) {
        let who = principal("ada", "");
        let has = |decision| said.contains(&decision);
        let (any, _) = decide(&any_of((when(first), when(second), when(third))), &said, &who);
        let expected = match () {
            () if has(Decision::Granted) => Decision::Granted,
            () if has(Decision::Indeterminate) => Decision::Indeterminate,
            () => Decision::Denied,
        };
        prop_assert_eq!(any, expected);
        let (all, _) = decide(&all_of((when(first), when(second), when(third))), &said, &who);
        let expected = match () {
            () if has(Decision::Denied) => Decision::Denied,
            () if has(Decision::Indeterminate) => Decision::Indeterminate,
            () => Decision::Granted,
        };
        prop_assert_eq!(all, expected);
    }
}

#[test]
fn nobody_is_asked_after_it_is_decided() {
    let who = principal("ada", "");
    let said = [Decision::Granted, Decision::Denied, Decision::Indeterminate];
    let (_, trace) = decide(&any_of((when(first), when(second))), &said, &who);
    assert_eq!(trace, " (palisade::object::tests::first: granted)");
    let (_, trace) = decide(&all_of((when(second), when(third))), &said, &who);
    assert_eq!(trace, " (palisade::object::tests::second: denied)");
}

#[test]
fn groups_nest() {
    let who = principal("ada", "");
    let policy =
        || any_of((all_of((when(first), when(second))), all_of((when(second), when(third)))));
    let said = |first, second, third| decide(&policy(), &[first, second, third], &who).0;
    use Decision::{Denied, Granted, Indeterminate};
    assert_eq!(said(Granted, Granted, Denied), Granted);
    assert_eq!(said(Denied, Granted, Granted), Granted);
    assert_eq!(said(Granted, Denied, Granted), Denied);
    assert_eq!(said(Denied, Granted, Indeterminate), Indeterminate);
}

#[test]
fn an_object_without_an_owner_is_nobodys() {
    let policy = owner(|owner: &String| owner);
    let who = principal("ada", "");
    assert_eq!(decide(&policy, &"ada".to_owned(), &who).0, Decision::Granted);
    for other in ["", "Ada", "ada ", "bob", "ad"] {
        assert_eq!(decide(&policy, &other.to_owned(), &who).0, Decision::Denied, "{other:?}");
    }
}

#[test]
fn data_that_is_not_there_is_no_pass() {
    fn grants(_: &String, _: &Principal, _: &u32) -> bool {
        true
    }
    let policy = when(grants);
    let request = TestRequest::default().to_http_request();
    assert!(policy.missing(&request).is_some_and(|missing| missing.contains("u32")));
    let (decision, _) = decide(&policy, &String::new(), &principal("ada", ""));
    assert_eq!(decision, Decision::Indeterminate);
}
