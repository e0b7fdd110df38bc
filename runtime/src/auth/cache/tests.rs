use std::{
    num::NonZeroUsize,
    pin::pin,
    sync::Weak,
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use proptest::prelude::*;
use secrecy::{SecretSlice, zeroize::ZeroizeOnDrop};

use super::{Cache, Entry, Key, MAX_CACHED_LENGTH, NO_KEYS, Place, table::Table};
use crate::auth::{
    Attempt, Bearer, Key as SigningKey, KeySet, Principal, Refusal, TokenRefusal, TokenSigner,
    Verifier,
};

const NOW: u64 = 1_795_000_000;
const ISSUER: &str = "https://id.example.org";

fn secret() -> SecretSlice<u8> {
    (7..39).collect::<Vec<u8>>().into()
}

fn token(subject: &str) -> String {
    let signer = TokenSigner::hs256("k1", &secret(), ISSUER, "items").unwrap();
    let draft = signer.subject(subject).client_id("web").expires_in(Duration::from_secs(60));
    draft.sign_at(NOW).unwrap()
}

fn verifier() -> Verifier {
    let keys = KeySet::new([SigningKey::hs256("k1", &secret()).unwrap()]).unwrap();
    Verifier::new(keys, ISSUER, "items").unwrap()
}

fn principal(subject: &str) -> Principal {
    verifier().verify(&token(subject), NOW).unwrap()
}

fn cache(tokens: usize) -> Cache {
    Cache::new(NonZeroUsize::new(tokens).unwrap()).unwrap()
}

fn keep(cache: &Cache, token: &str, who: &Principal, generation: u64) {
    let key = cache.key(token);
    assert!(cache.find(key, token, generation, NOW).is_none());
    cache.keep(key, token, who, generation, NOW);
}

fn find(cache: &Cache, token: &str, generation: u64) -> Option<String> {
    let found = cache.find(cache.key(token), token, generation, NOW);
    found.map(|who| who.subject().to_owned())
}

fn live(entries: &[Weak<Entry>]) -> usize {
    entries.iter().filter(|entry| entry.upgrade().is_some()).count()
}

#[test]
fn a_kept_token_is_found_and_only_under_its_keys() {
    let cache = cache(16);
    let ada = token("ada");
    assert_eq!(find(&cache, &ada, 1), None);
    keep(&cache, &ada, &principal("ada"), 1);
    assert_eq!(find(&cache, &ada, 1).as_deref(), Some("ada"));
    assert_eq!(find(&cache, &ada, 2), None, "newer keys have not proved it");
    assert_eq!(find(&cache, &ada, 1), None, "and it is gone with the older ones");
}

#[test]
fn without_keys_nothing_counts_as_proved() {
    let cache = cache(16);
    let ada = token("ada");
    cache.keep(cache.key(&ada), &ada, &principal("ada"), NO_KEYS, NOW);
    assert_eq!(find(&cache, &ada, NO_KEYS), None);
    keep(&cache, &ada, &principal("ada"), 1);
    let entries = cache.table.entries();
    assert_eq!((entries.len(), find(&cache, &ada, NO_KEYS), live(&entries)), (1, None, 0));
}

#[test]
fn the_end_chooses_the_place_and_the_whole_decides() {
    let cache = cache(16);
    let ada = token("ada");
    let (head, signature) = ada.rsplit_once('.').unwrap();
    keep(&cache, &ada, &principal("ada"), 1);
    // The same end: another header, another payload, and both of another length.
    for other in [
        format!("A{}.{signature}", &head[1..]),
        format!("{}A.{signature}", &head[..head.len() - 1]),
        format!("{}.{signature}", &head[1..]),
        format!("{head}A.{signature}"),
        format!("A{ada}"),
    ] {
        assert_eq!(find(&cache, &other, 1), None, "{other}");
    }
    // Even under the very key.
    let key = cache.key(&ada);
    let other = token("grace");
    assert!(cache.find(key, &other, 1, NOW).is_none());
    assert!(cache.find(key, "", 1, NOW).is_none());
    cache.keep(key, &other, &principal("grace"), 1, NOW);
    assert_eq!(cache.find(key, &other, 1, NOW).unwrap().subject(), "grace");
    assert_eq!(cache.find(key, &ada, 1, NOW).unwrap().subject(), "ada");
}

proptest! {
    #[test]
    fn no_changed_token_is_ever_found(at in any::<prop::sample::Index>(), byte in 0_u8..128, how in 0..3) {
        let cache = cache(8);
        let ada = token("ada");
        keep(&cache, &ada, &principal("ada"), 1);
        let mut changed = ada.clone().into_bytes();
        let at = at.index(changed.len());
        match how {
            0 => changed[at] = byte,
            1 => changed.insert(at, byte),
            _ => drop(changed.remove(at)),
        }
        let changed = String::from_utf8(changed).unwrap();
        prop_assume!(changed != ada);
        prop_assert_eq!(find(&cache, &changed, 1), None);
        prop_assert!(find(&cache, &ada, 1).is_some());
    }
}

#[test]
fn the_number_of_tokens_is_fixed_and_what_leaves_is_wiped() {
    fn is_wiped_when_dropped<T: ZeroizeOnDrop>() {}
    is_wiped_when_dropped::<SecretSlice<u8>>();

    let cache = cache(8);
    let who = principal("ada");
    let mut all = Vec::new();
    for i in 0..200 {
        keep(&cache, &format!("a.b.{i}"), &who, 1);
        let entries = cache.table.entries();
        assert!(entries.len() <= 8);
        all.extend(entries);
    }
    // No copy of evicted tokens is left.
    all.sort_by_key(Weak::as_ptr);
    let kept = cache.table.entries().len();
    all.retain(|entry| entry.upgrade().is_some());
    all.dedup_by_key(|entry| Weak::as_ptr(entry));
    assert_eq!((all.len(), kept), (8, 8));
}

#[test]
fn what_was_used_last_stays() {
    let table = Table::new(NonZeroUsize::new(8).unwrap());
    table.follow(1);
    let who = principal("ada");
    let name = |i: u64| format!("a.b.{i}");
    for i in 0..8 {
        table.insert(i, Entry::new(&name(i), who.clone(), 1), NOW);
    }
    // All but the sixth are asked for later.
    for i in (0..8).filter(|i| *i != 5) {
        assert!(table.find(i, name(i).as_bytes(), 1, NOW + 1).is_some());
    }
    table.insert(8, Entry::new(&name(8), who.clone(), 1), NOW + 2);
    assert!(table.find(5, name(5).as_bytes(), 1, NOW + 2).is_none());
    for i in [0, 1, 2, 3, 4, 6, 7, 8] {
        assert!(table.find(i, name(i).as_bytes(), 1, NOW + 2).is_some(), "{i}");
    }
}

#[test]
fn expired_tokens_leave_before_good_ones_and_without_being_asked_for() {
    let cache = cache(8);
    let who = principal("ada");
    keep(&cache, "a.b.c", &who, 1);
    let entries = cache.table.entries();
    let later = who.expires_at() + 1_000;
    cache.keep(cache.key("d.e.f"), "d.e.f", &who, 1, later);
    assert_eq!(live(&entries), 0);
}

#[test]
fn forgotten_and_outdated_tokens_are_wiped_at_once() {
    let cache = cache(64);
    let who = principal("ada");
    for i in 0..20 {
        keep(&cache, &format!("a.b.{i}"), &who, 1);
    }
    let entries = cache.table.entries();
    assert_eq!(live(&entries), 20);
    cache.forget(cache.key("a.b.7"), "a.b.7");
    assert_eq!((live(&entries), find(&cache, "a.b.7", 1)), (19, None));
    assert_eq!(find(&cache, "a.b.8", 2), None);
    assert_eq!(live(&entries), 0);
}

#[test]
fn long_tokens_are_not_kept() {
    let cache = cache(8);
    let long = "a".repeat(MAX_CACHED_LENGTH + 1);
    cache.find(cache.key(&long), &long, 1, NOW);
    cache.keep(cache.key(&long), &long, &principal("ada"), 1, NOW);
    assert_eq!(cache.table.entries().len(), 0);
}

#[test]
fn workers_never_get_anothers_answer() {
    let cache = cache(16);
    let people: Vec<_> =
        ["ada", "grace", "edsger", "barbara"].map(|name| (token(name), principal(name))).into();
    thread::scope(|scope| {
        for worker in 0..4 {
            let (cache, people) = (&cache, &people);
            scope.spawn(move || {
                for round in 0..4_000_usize {
                    let (token, who) = &people[(round + worker) % people.len()];
                    let generation = 1 + u64::try_from(round / 1_000).unwrap();
                    let key = Key(u64::try_from(round % 3).unwrap());
                    match cache.find(key, token, generation, NOW) {
                        Some(found) => assert_eq!(found.subject(), who.subject()),
                        None => cache.keep(key, token, who, generation, NOW),
                    }
                    if round % 7 == 0 {
                        cache.forget(key, token);
                    }
                }
            });
        }
    });
}

#[test]
fn junk_fills_nothing_and_evicts_nothing() {
    let bearer = Bearer::with_cache(verifier(), NonZeroUsize::new(8));
    let ada = token("ada");
    assert_eq!(bearer.verify(&ada, NOW).unwrap().subject(), "ada");
    let cache = bearer.cache().unwrap();
    let entries = cache.table.entries();
    for i in 0..500 {
        assert!(bearer.verify(&format!("{ada}{i}"), NOW).is_err());
        assert!(bearer.verify(&format!("a.b.{i}"), NOW).is_err());
    }
    assert_eq!((cache.table.entries().len(), live(&entries)), (1, 1));
}

#[test]
fn the_clock_is_asked_on_every_hit() {
    let verifier = verifier().leeway(0).unwrap();
    let bearer = Bearer::with_cache(verifier, NonZeroUsize::new(8));
    let ada = token("ada");
    for at in [NOW, NOW + 59] {
        assert!(bearer.verify(&ada, at).is_ok());
    }
    assert_eq!(bearer.verify(&ada, NOW + 60).unwrap_err(), TokenRefusal::Expired);
    // A clock that was set back: the token is not valid yet.
    assert!(bearer.verify(&ada, NOW).is_ok());
    assert_eq!(bearer.verify(&ada, NOW - 1).unwrap_err(), TokenRefusal::IssuedInFuture);
}

fn poll(attempt: Attempt<'_>) -> Option<Result<Option<Principal>, Refusal>> {
    match attempt {
        Attempt::Now(outcome) => Some(outcome),
        Attempt::Later(mut waiting) => {
            match pin!(&mut waiting).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(outcome) => Some(outcome),
                Poll::Pending => None,
            }
        }
    }
}

#[test]
fn one_verification_answers_all_who_wait_for_it() {
    let bearer = Bearer::new(verifier());
    let cache = bearer.cache().unwrap();
    let ada = token("ada");
    let Place::Leader(leader) = cache.flights.join(cache.key(&ada), &ada) else { panic!() };
    let mut followers: Vec<_> = (0..3)
        .map(|_| match bearer.attempt(cache, &ada, NOW) {
            Attempt::Later(waiting) => waiting,
            Attempt::Now(_) => panic!("it should wait"),
        })
        .collect();
    let mut context = Context::from_waker(Waker::noop());
    for follower in &mut followers {
        assert!(follower.as_mut().poll(&mut context).is_pending());
    }
    // Another token with the same key does not wait, and does not get this one's answer.
    assert!(matches!(cache.flights.join(cache.key(&ada), "a.b.c"), Place::Alone));
    leader.land(&Err(Refusal::Undecidable));
    for follower in &mut followers {
        assert!(matches!(
            follower.as_mut().poll(&mut context),
            Poll::Ready(Err(Refusal::Undecidable))
        ));
    }
    assert_eq!(cache.flights.count(), 0);
    assert!(matches!(poll(bearer.attempt(cache, &ada, NOW)), Some(Ok(Some(_)))));
}

#[test]
fn a_leader_that_ends_leaves_nobody_waiting() {
    let bearer = Bearer::new(verifier());
    let cache = bearer.cache().unwrap();
    let ada = token("ada");
    let Place::Leader(leader) = cache.flights.join(cache.key(&ada), &ada) else { panic!() };
    let Attempt::Later(mut follower) = bearer.attempt(cache, &ada, NOW) else { panic!() };
    let mut context = Context::from_waker(Waker::noop());
    assert!(follower.as_mut().poll(&mut context).is_pending());
    drop(leader);
    let Poll::Ready(Ok(Some(who))) = follower.as_mut().poll(&mut context) else { panic!() };
    assert_eq!((who.subject(), cache.flights.count()), ("ada", 0));
}
