//! The verifier against every hostile token, called directly: what a socket adds is tested apart.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it stands"
)]

use actix_web::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use palisade::auth::{KeySet, Principal, Refusal, Verifier, bearer};
use palisade_tests::hostile::{AUDIENCE, Forge, ISSUER, Kind, SUBJECT, table};
use proptest::prelude::*;
use serde_json::json;

const NOW: u64 = 1_795_000_000;

fn verifier(forge: &Forge) -> Verifier {
    let keys = KeySet::from_jwk_set(forge.jwk_set().as_bytes()).unwrap();
    Verifier::new(keys, ISSUER, AUDIENCE).unwrap()
}

fn authenticate(verifier: &Verifier, token: &str) -> Result<Principal, Refusal> {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()).unwrap();
    headers.append(AUTHORIZATION, value);
    let token = bearer(&headers)?.ok_or(Refusal::NoCredentials)?;
    Ok(verifier.verify(token, NOW)?)
}

#[test]
fn every_hostile_token_is_refused_with_its_answer() {
    let forge = Forge::generate();
    let verifier = verifier(&forge);
    let table = table(&forge, NOW);
    assert!(table.len() >= 650, "only {} variants", table.len());

    // Once with nothing remembered, once with every honest header known to the verifier.
    for warm in [false, true] {
        if warm {
            for kind in Kind::ALL {
                verifier.verify(&forge.valid(kind, NOW), NOW).unwrap();
            }
        }
        let wrong: Vec<String> = table
            .iter()
            .filter_map(|hostile| {
                let answer = match authenticate(&verifier, &hostile.token) {
                    Ok(_) => 200,
                    Err(refusal) => refusal.status().as_u16(),
                };
                let said = format!("{}: {answer}, not {}", hostile.name, hostile.expect);
                (answer != hostile.expect).then_some(said)
            })
            .collect();
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
    }
}

#[test]
fn honest_tokens_of_every_kind_pass() {
    let forge = Forge::generate();
    let verifier = verifier(&forge);
    for kind in Kind::ALL {
        for _ in 0..2 {
            let who = authenticate(&verifier, &forge.valid(kind, NOW)).unwrap();
            assert_eq!(who.subject(), SUBJECT, "{kind:?}");
            assert!(who.has_scope("items:write") && !who.has_scope("items"), "{kind:?}");
        }
        let mut header = kind.header();
        header.as_object_mut().unwrap().remove("kid");
        let nameless = forge.token(kind, &header, &Forge::claims(NOW));
        assert!(authenticate(&verifier, &nameless).is_ok(), "{kind:?} without a key id");
    }
}

#[test]
fn honest_forms_of_each_member_pass() {
    let forge = Forge::generate();
    let verifier = verifier(&forge);
    for (claim, value) in [
        ("aud", json!(["other", AUDIENCE])),
        ("exp", json!(NOW - 29)),
        ("nbf", json!(NOW + 30)),
        ("iat", json!(NOW + 30)),
        ("sub", json!("\u{e9}".repeat(256))),
        ("scope", json!("")),
        ("realm_access", json!({"roles": ["a", {"b": null}]})),
    ] {
        let mut claims = Forge::claims(NOW);
        claims[claim] = value.clone();
        let token = forge.token(Kind::Hs256, &Kind::Hs256.header(), &claims);
        assert!(authenticate(&verifier, &token).is_ok(), "{claim} {value}");
    }
    for (member, value) in
        [("typ", json!("AT+JWT")), ("typ", json!("application/at+jwt")), ("x5t", json!("abc"))]
    {
        let mut header = Kind::Hs256.header();
        header[member] = value.clone();
        let token = forge.token(Kind::Hs256, &header, &Forge::claims(NOW));
        assert!(authenticate(&verifier, &token).is_ok(), "{member} {value}");
    }
}

#[test]
fn the_looser_profile_takes_plain_tokens_and_nothing_else() {
    let forge = Forge::generate();
    let verifier = verifier(&forge).dangerous_plain_jwt("a test of the looser profile").unwrap();
    let table = table(&forge, NOW);
    assert!(table.iter().filter(|hostile| hostile.is_plain).count() >= 30);
    let wrong: Vec<&str> = table
        .iter()
        .filter(|hostile| verifier.verify(&hostile.token, NOW).is_ok() != hostile.is_plain)
        .map(|hostile| &*hostile.name)
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

#[test]
fn no_changed_letter_goes_unnoticed() {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/=~";
    let forge = Forge::generate();
    let verifier = verifier(&forge);
    for (kind, step) in [(Kind::Hs256, 1), (Kind::EdDsa, 29), (Kind::Es256, 29), (Kind::Rs256, 29)]
    {
        let valid = forge.valid(kind, NOW);
        let mut tried = 0;
        for at in 0..valid.len() {
            for letter in LETTERS.chars() {
                let mut changed = valid.clone();
                changed.replace_range(at..=at, letter.encode_utf8(&mut [0; 4]));
                tried += 1;
                if changed != valid && tried % step == 0 {
                    assert!(verifier.verify(&changed, NOW).is_err(), "{kind:?} {at} {letter}");
                }
            }
        }
    }
}

/// A way to change a token; positions are taken modulo its length.
#[derive(Clone, Debug)]
enum Change {
    Replace(usize, u8),
    Insert(usize, u8),
    Remove(usize, usize),
    Exchange(usize, usize),
    Repeat(usize, usize),
    Cut(usize),
    /// Copies the first part over the second.
    Part(usize, usize),
    /// This part of another good token.
    Borrow(usize),
}

impl Change {
    fn apply(&self, token: &mut Vec<u8>, other: &str) {
        if token.is_empty() {
            return;
        }
        let at = |position: usize| position % token.len();
        match *self {
            Self::Replace(position, byte) => {
                let at = at(position);
                token[at] = byte;
            }
            Self::Insert(position, byte) => {
                let at = at(position);
                token.insert(at, byte);
            }
            Self::Remove(position, length) => {
                let from = at(position);
                let to = (from + length % 40 + 1).min(token.len());
                token.drain(from..to);
            }
            Self::Exchange(one, two) => {
                let (one, two) = (at(one), at(two));
                token.swap(one, two);
            }
            Self::Repeat(position, length) => {
                let from = at(position);
                let to = (from + length % 40 + 1).min(token.len());
                let again = token[from..to].to_vec();
                token.splice(from..from, again);
            }
            Self::Cut(position) => token.truncate(at(position)),
            Self::Part(from, to) => {
                let mut parts: Vec<Vec<u8>> =
                    token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
                let (from, to) = (from % parts.len(), to % parts.len());
                parts[to] = parts[from].clone();
                *token = parts.join(&b'.');
            }
            Self::Borrow(part) => {
                let mut parts: Vec<Vec<u8>> =
                    token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
                let others: Vec<&str> = other.split('.').collect();
                let part = part % parts.len().min(others.len());
                parts[part] = others[part].as_bytes().to_vec();
                *token = parts.join(&b'.');
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    let byte =
        || prop_oneof![8 => "[A-Za-z0-9_-]", 2 => "[ -~]"].prop_map(|text| text.as_bytes()[0]);
    prop_oneof![
        (any::<usize>(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (any::<usize>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<usize>(), any::<usize>()).prop_map(|(one, two)| Change::Exchange(one, two)),
        (any::<usize>(), any::<usize>()).prop_map(|(at, length)| Change::Repeat(at, length)),
        any::<usize>().prop_map(Change::Cut),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Change::Part(from, to)),
        any::<usize>().prop_map(Change::Borrow),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    /// Whatever is changed, and however often: what comes out is refused, unless it is a token
    /// that was good before.
    #[test]
    fn no_mutation_of_a_valid_token_is_accepted(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        type Good = Vec<(Kind, [String; 2])>;
        static SETUP: std::sync::LazyLock<(Verifier, Good)> =
            std::sync::LazyLock::new(|| {
                let forge = Forge::generate();
                let tokens = Kind::ALL.map(|kind| {
                    (kind, [forge.valid(kind, NOW), forge.valid(kind, NOW - 7)])
                });
                (verifier(&forge), tokens.to_vec())
            });
        let (verifier, tokens) = &*SETUP;
        let (_, [valid, other]) = tokens.iter().find(|(own, _)| *own == kind).unwrap();
        let mut changed = valid.clone().into_bytes();
        for change in &changes {
            change.apply(&mut changed, other);
        }
        let changed = String::from_utf8(changed).unwrap();
        let is_good = changed == *valid || changed == *other;
        prop_assert_eq!(verifier.verify(&changed, NOW).is_ok(), is_good, "{}", changed);
    }
}
