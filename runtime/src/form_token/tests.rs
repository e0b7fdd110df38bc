use std::time::Duration;

use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue};
use proptest::prelude::*;

use super::{Binding, FormToken, FormTokens};

const NOW: u64 = 1_800_000_000;
const PLACE: &str = "https://shop.example";
const SECRET: &str = "6f1c0a9be7d24c5381f0d3a9b6427e5c";
const OTHER: &str = "b83d5e7a10f94c26a7c1e0d85f3b6942";

/// The fields of a request with these cookies.
fn fields(cookies: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for cookie in cookies {
        headers.append(COOKIE, HeaderValue::from_str(cookie).unwrap());
    }
    headers
}

/// A token for a new browser with these cookies, and the pair of the cookie that it was given.
fn visit(tokens: &FormTokens, cookies: &[&str]) -> (FormToken, String) {
    let (token, set) = tokens.issue(PLACE, &fields(cookies), NOW).unwrap();
    let set = set.unwrap();
    let (pair, attributes) = set.to_str().unwrap().split_once(';').unwrap();
    assert!(pair.starts_with("__Host-form="), "{pair}");
    assert_eq!(attributes, " Path=/; Secure; HttpOnly; SameSite=Lax");
    (token, pair.to_owned())
}

fn holds(tokens: &FormTokens, token: &str, cookies: &[&str], now: u64) -> bool {
    Binding::of(PLACE, &fields(cookies)).is_some_and(|binding| tokens.verify(token, &binding, now))
}

#[test]
fn a_token_holds_for_its_browser_and_its_session() {
    let tokens = FormTokens::generate();
    assert_eq!(tokens.faults(), &[] as &[String]);
    let (token, own) = visit(&tokens, &[]);
    assert!(holds(&tokens, token.as_str(), &[&own], NOW));
    let (_, other) = visit(&tokens, &[]);
    for cookies in [
        &[other.as_str()][..],
        &[],
        &[&own, &own],
        &[&own, &other],
        &[&own, "__Host-session=a"],
        &["__Host-form=short"],
        &["__Host-form="],
    ] {
        assert!(!holds(&tokens, token.as_str(), cookies, NOW), "{cookies:?}");
    }
    let (token, own) = visit(&tokens, &["__Host-session=a"]);
    assert!(holds(&tokens, token.as_str(), &[&own, "__Host-session=a"], NOW));
    for session in [&[][..], &["__Host-session=b"], &["__Host-session=a", "__Host-session=a"]] {
        let cookies = [&[own.as_str()][..], session].concat();
        assert!(!holds(&tokens, token.as_str(), &cookies, NOW), "{session:?}");
    }
}

#[test]
fn a_browser_that_has_a_cookie_keeps_it_and_gets_another_token() {
    let tokens = FormTokens::generate();
    let (first, own) = visit(&tokens, &[]);
    let (second, set) = tokens.issue(PLACE, &fields(&[&own]), NOW).unwrap();
    assert_eq!(set, None);
    assert_ne!(first, second);
    for token in [first, second] {
        assert!(holds(&tokens, token.as_str(), &[&own], NOW));
        assert_eq!(format!("{token:?}"), "FormToken(..)");
    }
    // A malformed cookie is replaced; two sessions are refused.
    assert!(tokens.issue(PLACE, &fields(&["__Host-form=AAAA"]), NOW).unwrap().1.is_some());
    assert!(tokens.issue(PLACE, &fields(&["__Host-session=a; __Host-session=b"]), NOW).is_err());
}

#[test]
fn tokens_come_to_an_end() {
    let tokens = FormTokens::generate().lifetime(Duration::from_secs(600));
    let (token, own) = visit(&tokens, &[]);
    let at = |now| holds(&tokens, token.as_str(), &[&own], now);
    assert!(at(NOW) && at(NOW + 600) && at(NOW - 60));
    assert!(!at(NOW + 601) && !at(NOW - 61) && !at(0) && !at(u64::MAX));
    // Nor does one hold that was made when the clock could not be right.
    let (token, set) = tokens.issue(PLACE, &fields(&[&own]), u64::MAX).unwrap();
    assert!(set.is_none() && !holds(&tokens, token.as_str(), &[&own], u64::MAX));
}

#[test]
fn keys_change() {
    let old = FormTokens::with_key(&OTHER.into());
    let (token, own) = visit(&old, &[]);
    let both = FormTokens::with_key(&SECRET.into()).retired_key(&OTHER.into());
    let new = FormTokens::with_key(&SECRET.into());
    assert!(holds(&both, token.as_str(), &[&own], NOW));
    assert!(!holds(&new, token.as_str(), &[&own], NOW));
    let (token, own) = visit(&both, &[]);
    assert!(holds(&new, token.as_str(), &[&own], NOW), "the retired key signs nothing");
    assert!(!holds(&old, token.as_str(), &[&own], NOW));
    assert!(!holds(&FormTokens::generate(), token.as_str(), &[&own], NOW));
}

#[test]
fn a_token_holds_at_the_place_that_made_it() {
    let tokens = FormTokens::with_key(&SECRET.into());
    let (token, own) = visit(&tokens, &[]);
    let fields = fields(&[&own]);
    for place in [PLACE, "https://shop.example:8443", "https://staging.example", "", "shop.example"]
    {
        let holds = Binding::of(place, &fields)
            .is_some_and(|binding| tokens.verify(token.as_str(), &binding, NOW));
        assert_eq!(holds, place == PLACE, "{place}");
    }
}

#[test]
fn what_will_not_do_is_said_and_nothing_holds() {
    for secret in ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        let tokens = FormTokens::with_key(&secret.into());
        assert_eq!(tokens.faults().len(), 1, "{secret:?}");
        assert!(tokens.issue(PLACE, &fields(&[]), NOW).is_err());
        assert_eq!(FormTokens::generate().retired_key(&secret.into()).faults().len(), 1);
        assert!(!format!("{tokens:?}").contains("aaaa"));
    }
    for seconds in [0, 59, 31 * 24 * 3_600] {
        let tokens = FormTokens::generate().lifetime(Duration::from_secs(seconds));
        assert_eq!(tokens.faults().len(), 1, "{seconds}");
    }
}

proptest! {
    #[test]
    fn no_changed_text_is_a_token(at in 0_usize..75, other in "[A-Za-z0-9_=+/ -]") {
        let tokens = FormTokens::with_key(&SECRET.into());
        let (token, own) = visit(&tokens, &[]);
        let mut text = token.to_string();
        prop_assert_eq!(text.len(), 75);
        prop_assume!(text.get(at..=at) != Some(other.as_str()));
        text.replace_range(at..=at, &other);
        prop_assert!(!holds(&tokens, &text, &[&own], NOW));
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,100}|[A-Za-z0-9_-]{70,80}") {
        let tokens = FormTokens::with_key(&SECRET.into());
        let (_, own) = visit(&tokens, &[]);
        prop_assert!(!holds(&tokens, &text, &[&own], NOW));
    }
}
