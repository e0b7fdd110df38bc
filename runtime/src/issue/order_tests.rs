//! Every effect with two steps, with a store that fails after the first one, and with a caller that
//! disconnects at each possible moment.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use secrecy::ExposeSecret as _;

use super::{
    Family, FamilyId, Grant, MemoryRefreshStore, RefreshStore, RefreshToken, SigningKeys,
    StoreFuture, TokenIssuer, TokenResponse,
};
use crate::{
    auth::{Algorithm, Principal, Revocations, SecretDigest, SigningKey, Standing},
    clock::Moment,
    problem::Kind,
    store_error::StoreError,
};

const CLIENT: &str = "web";

/// A store in memory that fails on demand, and that waits before and after each step.
#[derive(Clone, Debug, Default)]
pub(super) struct Faulty(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    store: MemoryRefreshStore,
    inserts_fail: AtomicBool,
    replaces_fail: AtomicBool,
    removals_fail: AtomicBool,
}

impl Faulty {
    fn breaks(&self, what: fn(&Inner) -> &AtomicBool, is_so: bool) {
        what(&self.0).store(is_so, Ordering::SeqCst);
    }

    fn step<'a, T: Send + 'a>(
        &'a self,
        fails: bool,
        act: impl FnOnce(&'a MemoryRefreshStore) -> StoreFuture<'a, T> + Send + 'a,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            pause().await;
            if fails {
                return Err(StoreError::new("broken for a test"));
            }
            let done = act(&self.0.store).await;
            pause().await;
            done
        })
    }
}

impl RefreshStore for Faulty {
    fn insert<'a>(&'a self, family: &'a Family) -> StoreFuture<'a, ()> {
        self.step(self.0.inserts_fail.load(Ordering::SeqCst), move |store| store.insert(family))
    }

    fn load<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, Option<Family>> {
        self.step(false, move |store| store.load(id))
    }

    fn replace<'a>(&'a self, held: &'a SecretDigest, next: &'a Family) -> StoreFuture<'a, bool> {
        let fails = self.0.replaces_fail.load(Ordering::SeqCst);
        self.step(fails, move |store| store.replace(held, next))
    }

    fn remove<'a>(&'a self, id: &'a FamilyId) -> StoreFuture<'a, ()> {
        self.step(self.0.removals_fail.load(Ordering::SeqCst), move |store| store.remove(id))
    }

    fn remove_subject<'a>(&'a self, subject: &'a str) -> StoreFuture<'a, ()> {
        let fails = self.0.removals_fail.load(Ordering::SeqCst);
        self.step(fails, move |store| store.remove_subject(subject))
    }
}

/// Pending once: the future may be dropped there.
async fn pause() {
    let mut is_first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Drops a future after this many polls; returns whether it was complete before that.
fn cut_off<T>(future: impl Future<Output = T>, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| future.as_mut().poll(&mut context).is_ready())
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// An issuer with revocations, and one login that was refreshed once.
struct Login {
    store: Faulty,
    revocations: Revocations,
    issuer: TokenIssuer,
    first: TokenResponse,
    second: TokenResponse,
}

impl Login {
    fn new() -> Self {
        let (store, revocations) = (Faulty::default(), Revocations::in_memory());
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let issuer = TokenIssuer::new("https://id.example", "items", SigningKeys::new(key))
            .unwrap()
            .refresh_store(store.clone())
            .revocations(revocations.clone());
        let first = run(issuer.issue(Grant::new("ada", CLIENT))).unwrap();
        let second = run(issuer.refresh(first.refresh_token().unwrap(), CLIENT)).unwrap();
        Self { store, revocations, issuer, first, second }
    }

    fn who(&self) -> Principal {
        let token = self.second.access_token().expose_secret();
        self.issuer.verify(token, Moment::now().unix_seconds()).unwrap()
    }

    fn is_revoked(&self, tokens: &TokenResponse) -> bool {
        let now = Moment::now();
        let who = self.issuer.verify(tokens.access_token().expose_secret(), now.unix_seconds());
        self.revocations.standing(&who.unwrap(), now) == Standing::Revoked
    }

    fn old(&self) -> &RefreshToken {
        self.first.refresh_token().unwrap()
    }

    fn current(&self) -> &RefreshToken {
        self.second.refresh_token().unwrap()
    }

    fn is_stored(&self) -> bool {
        run(self.store.0.store.load(&self.current().family())).unwrap().is_some()
    }

    /// Waits until all ends are complete.
    fn settle(&self) {
        let began = Instant::now();
        while self.issuer.has_unfinished() {
            assert!(began.elapsed() < Duration::from_secs(20), "it is not completed");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

type Outcome = crate::Result<()>;
type Effect = for<'a> fn(&'a Login, &'a Principal) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// The ways to end a login, and whether the caller is known before the first step.
const ENDS: [(&str, bool, Effect); 7] = [
    ("end_login", true, |login, who| Box::pin(login.issuer.end_login(who, &login.revocations))),
    ("revoke_login", true, |login, who| Box::pin(login.issuer.revoke_login(who))),
    ("end_subject", true, |login, _| Box::pin(login.issuer.end_subject("ada", &login.revocations))),
    ("revoke_subject", true, |login, _| Box::pin(login.issuer.revoke_subject("ada"))),
    ("revoke", false, |login, _| Box::pin(login.issuer.revoke(login.current()))),
    ("reuse", false, |login, _| {
        Box::pin(async move { login.issuer.refresh(login.old(), CLIENT).await.map(drop) })
    }),
    ("another client", false, |login, _| {
        Box::pin(async move { login.issuer.refresh(login.current(), "other").await.map(drop) })
    }),
];

#[test]
fn an_end_revokes_access_tokens_and_removes_the_refresh_token() {
    for (name, _, effect) in ENDS {
        let login = Login::new();
        let outcome = run(effect(&login, &login.who())).map_err(|problem| problem.kind());
        assert!(matches!(outcome, Ok(()) | Err(Kind::InvalidGrant)), "{name}: {outcome:?}");
        assert!(login.is_revoked(&login.first) && login.is_revoked(&login.second), "{name}");
        assert!(!login.is_stored(), "{name}");
        assert!(!login.issuer.has_unfinished(), "{name}: nothing is left");
        let again = run(login.issuer.refresh(login.current(), CLIENT)).unwrap_err();
        assert_eq!(again.kind(), Kind::InvalidGrant, "{name}");
    }
}

#[test]
fn where_the_store_fails_the_revocation_holds_and_the_removal_follows() {
    for (name, _, effect) in ENDS {
        let login = Login::new();
        let who = login.who();
        login.store.breaks(|inner| &inner.removals_fail, true);
        let outcome = run(effect(&login, &who)).map_err(|problem| problem.kind());
        assert_eq!(outcome, Err(Kind::Unavailable), "{name}: it is not confirmed");
        assert!(login.is_revoked(&login.first) && login.is_revoked(&login.second), "{name}");
        assert!(login.is_stored(), "{name}");
        let refused = run(login.issuer.refresh(login.current(), CLIENT)).unwrap_err();
        assert_eq!(refused.kind(), Kind::InvalidGrant, "{name}: refused here meanwhile");
        login.store.breaks(|inner| &inner.removals_fail, false);
        login.settle();
        assert!(!login.is_stored(), "{name}");
        assert!(login.is_revoked(&login.second), "{name}");
    }
}

#[test]
fn an_end_that_is_cut_off_anywhere_is_completed_or_never_began() {
    for (name, is_known, effect) in ENDS {
        let mut has_ended = false;
        let mut polls = 0;
        while !has_ended {
            let login = Login::new();
            let who = login.who();
            has_ended = cut_off(effect(&login, &who), polls);
            login.settle();
            let is_over = !login.is_stored();
            assert!(!is_known || polls == 0 || is_over, "{name} after {polls} polls: undone");
            // All or none: no access token without its refresh token, and the reverse.
            for tokens in [&login.first, &login.second] {
                assert_eq!(login.is_revoked(tokens), is_over, "{name} after {polls} polls");
            }
            assert!(!has_ended || is_over, "{name} after {polls} polls");
            polls += 1;
            assert!(polls < 50, "{name} does not end");
        }
        assert!(polls > 2, "{name} was never cut off");
    }
}

#[test]
fn a_rotation_that_fails_or_is_cut_off_leaves_one_good_token_at_most() {
    let login = Login::new();
    login.store.breaks(|inner| &inner.replaces_fail, true);
    let failed = run(login.issuer.refresh(login.current(), CLIENT)).unwrap_err();
    assert_eq!(failed.kind(), Kind::Unavailable);
    login.store.breaks(|inner| &inner.replaces_fail, false);
    assert!(run(login.issuer.refresh(login.current(), CLIENT)).is_ok(), "it was not spent");

    let (mut has_ended, mut polls, mut outcomes) = (false, 0, [0; 2]);
    while !has_ended {
        let login = Login::new();
        has_ended = cut_off(login.issuer.refresh(login.current(), CLIENT), polls);
        match run(login.issuer.refresh(login.current(), CLIENT)) {
            Ok(_) => outcomes[0] += 1,
            // The token is used, and the client has not got the next one: two parties may have
            // tokens.
            Err(problem) => {
                assert_eq!(problem.kind(), Kind::InvalidGrant);
                assert!(!login.is_stored() && login.is_revoked(&login.second));
                outcomes[1] += 1;
            }
        }
        polls += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 1), "{outcomes:?}");
}

#[test]
fn a_login_that_is_not_stored_is_not_handed_out() {
    let login = Login::new();
    login.store.breaks(|inner| &inner.inserts_fail, true);
    let failed = run(login.issuer.issue(Grant::new("grace", CLIENT))).unwrap_err();
    assert_eq!(failed.kind(), Kind::Unavailable);
    assert_eq!(login.store.0.store.len(), 1, "the one from before");
}

#[test]
fn the_end_of_a_subject_leaves_others_and_later_logins() {
    let login = Login::new();
    let grace = run(login.issuer.issue(Grant::new("grace", CLIENT))).unwrap();
    run(login.issuer.end_subject("ada", &login.revocations)).unwrap();
    assert!(!login.is_revoked(&grace));
    assert!(run(login.issuer.refresh(grace.refresh_token().unwrap(), CLIENT)).is_ok());
    let began = Moment::now().unix_seconds();
    while Moment::now().unix_seconds() == began {
        thread::sleep(Duration::from_millis(20));
    }
    let later = run(login.issuer.issue(Grant::new("ada", CLIENT))).unwrap();
    assert!(!login.is_revoked(&later), "a log-in in a later second");
    assert!(run(login.issuer.refresh(later.refresh_token().unwrap(), CLIENT)).is_ok());
}

#[test]
fn a_text_that_no_login_has_fills_no_list() {
    let login = Login::new();
    let stranger = RefreshToken::generate(None).unwrap();
    run(login.issuer.revoke(&stranger)).unwrap();
    let refused = run(login.issuer.refresh(&stranger, CLIENT)).unwrap_err();
    assert_eq!(refused.kind(), Kind::InvalidGrant);
    assert_eq!(login.revocations.entries(), 0);
    run(login.issuer.revoke(login.current())).unwrap();
    assert_eq!(login.revocations.entries(), 1);
}

#[test]
fn a_revocation_is_kept_for_the_lifetime_of_the_issuers_own_tokens() {
    let login = Login::new();
    let now = Moment::now().unix_seconds();
    run(login.issuer.end_login(&login.who(), &login.revocations)).unwrap();
    let lifetime = 15 * 60;
    let ends_at = login.revocations.last_end().unwrap();
    let least = now + lifetime;
    // Two minutes for the verifiers' tolerance, one for tokens from in between, and some for a slow
    // machine.
    assert!((least..=least + 120 + 60 + 60).contains(&ends_at), "{}", ends_at - now);
}
