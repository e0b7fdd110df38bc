use std::{future::Future, num::NonZeroUsize, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretSlice};

use super::{
    Family, Grant, IssuerError, MemoryRefreshStore, RefreshStore as _, RefreshToken, SigningKeys,
    TokenIssuer, TokenResponse, family::Lifetime, memory::FAMILIES_PER_SUBJECT,
    order_tests::Faulty,
};
use crate::{
    Problem,
    auth::{Algorithm, Principal, SigningKey, TokenRefusal},
    problem::Kind,
};

/// After the machine's time: a store in memory drops what has expired by then.
const NOW: u64 = 4_000_000_000;
const DAY: u64 = 24 * 60 * 60;

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa).unwrap()
}

fn issuer() -> TokenIssuer {
    TokenIssuer::new("https://id.example", "items", SigningKeys::new(key()))
        .unwrap()
        .refresh_store(MemoryRefreshStore::default())
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn log_in(issuer: &TokenIssuer) -> TokenResponse {
    run(issuer.issue_at(Grant::new("ada", "web").scopes(["items:read"]), NOW)).unwrap()
}

fn refresh(
    issuer: &TokenIssuer,
    token: &RefreshToken,
    client: &str,
    now: u64,
) -> Result<TokenResponse, Kind> {
    run(issuer.refresh_at(token, client, now)).map_err(|problem| problem.kind())
}

fn who(issuer: &TokenIssuer, tokens: &TokenResponse, now: u64) -> Result<Principal, TokenRefusal> {
    issuer.verify(tokens.access_token().expose_secret(), now)
}

#[test]
fn a_login_gives_both_tokens_and_a_refresh_the_next_two() {
    let issuer = issuer();
    let first = log_in(&issuer);
    let second = refresh(&issuer, first.refresh_token().unwrap(), "web", NOW + 60).unwrap();
    for (tokens, at) in [(&first, NOW), (&second, NOW + 60)] {
        let principal = who(&issuer, tokens, at).unwrap();
        assert_eq!((principal.subject(), principal.client_id()), ("ada", Some("web")));
        assert!(principal.has_scope("items:read"));
        assert_eq!(tokens.scopes(), "items:read");
    }
    assert_ne!(
        first.access_token().expose_secret(),
        second.access_token().expose_secret(),
        "each token has its own `jti`"
    );
    assert!(refresh(&issuer, second.refresh_token().unwrap(), "web", NOW + 120).is_ok());
}

#[test]
fn a_second_use_ends_the_family() {
    let issuer = issuer();
    let first = log_in(&issuer);
    let stolen = first.refresh_token().unwrap();
    let second = refresh(&issuer, stolen, "web", NOW).unwrap();
    assert_eq!(refresh(&issuer, stolen, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    let current = second.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, current, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    // Another login is another family.
    let other = log_in(&issuer);
    assert!(refresh(&issuer, other.refresh_token().unwrap(), "web", NOW).is_ok());
}

#[test]
fn another_client_ends_the_family_too() {
    let issuer = issuer();
    let first = log_in(&issuer);
    let token = first.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, token, "other", NOW).unwrap_err(), Kind::InvalidGrant);
    assert_eq!(refresh(&issuer, token, "web", NOW).unwrap_err(), Kind::InvalidGrant);
}

#[test]
fn a_login_of_another_issuer_in_the_same_store_is_neither_refreshed_nor_ended() {
    let store = Faulty::default();
    let of = |name: &str| {
        let issuer = TokenIssuer::new(name, "items", SigningKeys::new(key())).unwrap();
        issuer.refresh_store(store.clone())
    };
    let (here, there) = (of("https://id.example"), of("https://other.example"));
    let tokens = log_in(&there);
    let token = tokens.refresh_token().unwrap();
    assert_eq!(refresh(&here, token, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    run(here.revoke(token)).unwrap();
    assert!(refresh(&there, token, "web", NOW).is_ok(), "the login is as it was");
}

#[test]
fn lifetimes_have_sharp_edges() {
    let issuer = issuer();
    let token = |tokens: &TokenResponse| tokens.refresh_token().unwrap().clone();
    let unused = token(&log_in(&issuer));
    assert!(refresh(&issuer, &unused, "web", NOW + 7 * DAY - 1).is_ok());
    let unused = token(&log_in(&issuer));
    assert_eq!(refresh(&issuer, &unused, "web", NOW + 7 * DAY).unwrap_err(), Kind::InvalidGrant);

    let mut used = token(&log_in(&issuer));
    for day in [6, 12, 18, 24] {
        used = token(&refresh(&issuer, &used, "web", NOW + day * DAY).unwrap());
    }
    used = token(&refresh(&issuer, &used, "web", NOW + 30 * DAY - 1).unwrap());
    assert_eq!(refresh(&issuer, &used, "web", NOW + 30 * DAY).unwrap_err(), Kind::InvalidGrant);
}

#[test]
fn the_two_kinds_do_not_pass_for_each_other() {
    let issuer = issuer();
    let tokens = log_in(&issuer);
    let access = tokens.access_token().expose_secret();
    assert!(RefreshToken::parse(access).is_none());
    assert!(issuer.verify(tokens.refresh_token().unwrap().expose(), NOW).is_err());
    assert!(issuer.verifier().unwrap().verify(access, NOW).is_ok());
}

#[test]
fn revoking_ends_one_login_or_all_of_a_subject() {
    let issuer = issuer();
    let (a, b) = (log_in(&issuer), log_in(&issuer));
    let (a, b) = (a.refresh_token().unwrap(), b.refresh_token().unwrap());
    run(issuer.revoke(a)).unwrap();
    run(issuer.revoke(a)).unwrap();
    assert_eq!(refresh(&issuer, a, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    let b = refresh(&issuer, b, "web", NOW).unwrap();
    run(issuer.revoke_subject("bob")).unwrap();
    let b = refresh(&issuer, b.refresh_token().unwrap(), "web", NOW).unwrap();
    run(issuer.revoke_subject("ada")).unwrap();
    let b = b.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, b, "web", NOW).unwrap_err(), Kind::InvalidGrant);
}

#[test]
fn an_access_token_ends_its_own_login() {
    let issuer = issuer();
    let (a, b) = (log_in(&issuer), log_in(&issuer));
    let refreshed = refresh(&issuer, a.refresh_token().unwrap(), "web", NOW).unwrap();
    let who_a = who(&issuer, &a, NOW).unwrap();
    run(issuer.revoke_login(&who_a)).unwrap();
    run(issuer.revoke_login(&who_a)).unwrap();
    let current = refreshed.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, current, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    let b = refresh(&issuer, b.refresh_token().unwrap(), "web", NOW).unwrap();
    // One of another issuer belongs to no login here, whatever its `sid` is.
    let other = TokenIssuer::new("https://other.example", "items", SigningKeys::new(key()))
        .unwrap()
        .refresh_store(MemoryRefreshStore::default());
    let refused = run(other.revoke_login(&who(&issuer, &b, NOW).unwrap())).unwrap_err();
    assert_eq!(refused.kind(), Kind::InvalidGrant);
    assert!(refresh(&issuer, b.refresh_token().unwrap(), "web", NOW).is_ok());
}

#[test]
fn ending_a_login_takes_the_refresh_token_too() {
    let issuer = issuer();
    let revocations = crate::auth::Revocations::in_memory();
    let (a, b) = (log_in(&issuer), log_in(&issuer));
    let refreshed = refresh(&issuer, a.refresh_token().unwrap(), "web", NOW).unwrap();
    run(issuer.end_login(&who(&issuer, &refreshed, NOW).unwrap(), &revocations)).unwrap();
    let current = refreshed.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, current, "web", NOW).unwrap_err(), Kind::InvalidGrant);
    let good = |tokens: &TokenResponse| {
        let who = who(&issuer, tokens, NOW).unwrap();
        let standing = revocations.standing(&who, crate::clock::Moment::now());
        standing != crate::auth::Standing::Revoked
    };
    assert!(!good(&a), "the one before the refresh");
    assert!(!good(&refreshed) && good(&b));
}

#[test]
fn a_grant_that_no_token_can_carry_is_refused() {
    let issuer = issuer();
    let kind = |grant: Grant| run(issuer.issue_at(grant, NOW)).map_err(|p: Problem| p.kind());
    for grant in [
        Grant::new("", "web"),
        Grant::new("ada", ""),
        Grant::new("ada", "web").scopes(["a b"]),
        Grant::new("ada", "web").scopes([""]),
        Grant::new("ada", "web").scopes(["a", ""]),
        Grant::new("ada", "web").claim("sub", "root"),
        Grant::new("ada", "web").claim("sid", "mine"),
        Grant::new("ada", "web").claim("scp", ["admin"]),
        Grant::new("ada", "web").claim("text", "x".repeat(8192)),
        Grant::new("ada", "web").audience("other"),
    ] {
        assert_eq!(kind(grant.clone()).unwrap_err(), Kind::Internal, "{grant:?}");
    }
    assert!(kind(Grant::new("ada", "web").claim("tenant", "acme")).is_ok());
}

#[test]
fn claims_and_audience_survive_a_refresh() {
    #[derive(serde::Deserialize)]
    struct Claims {
        tenant: String,
        aud: String,
    }
    let issuer = issuer().or_audience("orders").unwrap();
    let grant = Grant::new("ada", "web").claim("tenant", "acme").audience("orders");
    let first = run(issuer.issue_at(grant, NOW)).unwrap();
    let second = refresh(&issuer, first.refresh_token().unwrap(), "web", NOW).unwrap();
    let principal = who(&issuer, &second, NOW).unwrap();
    let claims = principal.claims::<Claims>().unwrap();
    assert_eq!((claims.tenant.as_str(), claims.aud.as_str()), ("acme", "orders"));
}

#[test]
fn keys_rotate_without_a_refused_token() {
    let [a, b, c] = [key(), key(), key()];
    let issuer = TokenIssuer::new(
        "https://id.example",
        "items",
        SigningKeys::new(a.clone()).next(b.clone()),
    )
    .unwrap();
    let verifier = issuer.verifier().unwrap();
    let old = log_in(&issuer);
    issuer.replace_keys(SigningKeys::new(b).next(c.clone()).retired(&a)).unwrap();
    let new = log_in(&issuer);
    for tokens in [&old, &new] {
        let token = tokens.access_token().expose_secret();
        assert!(verifier.verify(token, NOW).is_ok(), "the verifier from before");
        assert!(issuer.verifier().unwrap().verify(token, NOW).is_ok(), "the verifier from after");
    }
    issuer.replace_keys(SigningKeys::new(c)).unwrap();
    assert!(who(&issuer, &old, NOW).is_err(), "a key that is gone signs nothing");
    assert!(matches!(
        issuer.replace_keys(SigningKeys::new(a.clone()).retired(&a)),
        Err(IssuerError::Keys(_))
    ));
}

#[test]
fn published_keys_hold_no_secret() {
    let secret: SecretSlice<u8> = (0..32).collect::<Vec<u8>>().into();
    let symmetric = SigningKey::hs256("s", &secret).unwrap();
    let issuer = |keys: SigningKeys| TokenIssuer::new("https://id.example", "items", keys).unwrap();
    assert_eq!(issuer(SigningKeys::new(symmetric.clone())).published(), None);

    let public = key();
    let mixed = issuer(SigningKeys::new(public.clone()).retired(&symmetric));
    let text = String::from_utf8(mixed.published().unwrap().to_vec()).unwrap();
    assert!(text.contains(public.id().unwrap()) && !text.contains("\"oct\""), "{text}");
    assert!(!text.contains(&URL_SAFE_NO_PAD.encode((0..32).collect::<Vec<u8>>())));
    assert!(!text.contains("\"d\"") && !text.contains("\"k\""), "{text}");
    let set = crate::auth::KeySet::from_jwk_set(text.as_bytes()).unwrap();
    assert_eq!(set.keys().count(), 1);
}

#[test]
fn lifetimes_are_bounded() {
    let hour = Duration::from_secs(3600);
    assert!(issuer().access_lifetime(Duration::ZERO).is_err());
    assert!(issuer().access_lifetime(hour * 25).is_err());
    assert!(issuer().refresh_lifetime(hour, hour * 2).is_ok());
    assert!(issuer().refresh_lifetime(hour * 2, hour).is_err());
    assert!(issuer().refresh_lifetime(Duration::from_secs(1), hour).is_err());
    assert!(issuer().refresh_lifetime(hour, hour * 24 * 401).is_err());
    assert!(TokenIssuer::new("", "items", SigningKeys::new(key())).is_err());
    assert!(TokenIssuer::new("x", "", SigningKeys::new(key())).is_err());
}

#[test]
fn the_memory_store_is_bounded() {
    let each = FAMILIES_PER_SUBJECT.get();
    let room = each + 2;
    let issuer = TokenIssuer::new("https://id.example", "items", SigningKeys::new(key()))
        .unwrap()
        .refresh_store(MemoryRefreshStore::new(NonZeroUsize::new(room).unwrap()).unwrap());
    // The store's own clock is the machine's.
    let now = super::issuer::now().unwrap();
    let log_in = |subject: &str| run(issuer.issue_at(Grant::new(subject, "web"), now));
    let first = log_in("ada").unwrap();
    for _ in 0..each {
        let _ = log_in("ada").unwrap();
    }
    let first = first.refresh_token().unwrap();
    assert_eq!(refresh(&issuer, first, "web", now).unwrap_err(), Kind::InvalidGrant, "the oldest");
    let (bob, eve) = (log_in("bob").unwrap(), log_in("eve").unwrap());
    assert!(log_in("ada").is_ok(), "the subject's own oldest makes room");
    let mallory = log_in("mallory").unwrap();
    for tokens in [bob, eve, mallory] {
        let token = tokens.refresh_token().unwrap();
        assert!(refresh(&issuer, token, "web", now).is_ok(), "the only login of its subject");
    }
}

#[test]
fn a_family_is_replaced_once_and_never_put_back() {
    let store = MemoryRefreshStore::default();
    let lifetime = Lifetime { idle: 60, absolute: 600 };
    let [first, second, third] = [(); 3].map(|()| RefreshToken::generate(None).unwrap());
    let grant = Grant::new("ada", "web");
    let family =
        Family::new("https://id.example", grant, "items".to_owned(), &first, NOW, lifetime);
    let (a, b) = (family.rotated(&second, NOW, lifetime), family.rotated(&third, NOW, lifetime));
    run(store.insert(&family)).unwrap();
    assert!(run(store.replace(&first.digest(), &a)).unwrap());
    assert!(!run(store.replace(&first.digest(), &b)).unwrap(), "it is held no more");
    run(store.remove(family.id())).unwrap();
    assert!(!run(store.replace(&second.digest(), &b)).unwrap(), "it is gone");
    assert!(run(store.load(family.id())).unwrap().is_none());
}

#[test]
fn nothing_secret_is_printed() {
    let issuer = issuer();
    let tokens = log_in(&issuer);
    let printed = format!("{tokens:?} {issuer:?} {:?}", tokens.refresh_token());
    for secret in [tokens.access_token().expose_secret(), tokens.refresh_token().unwrap().expose()]
    {
        assert!(!printed.contains(secret), "{printed}");
    }
}
