use super::{CAPACITY, Entry, HORIZON, Ledger, RevocationError, Revocations, Standing, now};
use crate::{
    auth::principal::{Principal, PrincipalBuilder},
    clock::Moment,
};

const ISSUER: &str = "https://id.example.org";

fn who(subject: &str, id: Option<&str>, issued_at: Option<u64>) -> Principal {
    let mut builder = PrincipalBuilder::new(subject.to_owned(), now()).issuer(ISSUER);
    if let Some(id) = id {
        builder = builder.token_id(id);
    }
    if let Some(issued_at) = issued_at {
        builder = builder.issued_at(issued_at);
    }
    builder.expires_at(now() + 600).build().unwrap()
}

fn standing(revocations: &Revocations, who: &Principal) -> Standing {
    revocations.standing(who, Moment::now())
}

#[tokio::test]
async fn a_token_is_revoked_by_its_id_and_its_issuer() {
    let revocations = Revocations::in_memory();
    let (first, second) =
        (who("ada", Some("t-1"), Some(now())), who("ada", Some("t-2"), Some(now())));
    assert_eq!(standing(&revocations, &first), Standing::Good);
    revocations.revoke_token("https://other.example", "t-1", now() + 600).await.unwrap();
    assert_eq!(standing(&revocations, &first), Standing::Good);
    revocations.revoke(&first).await.unwrap();
    assert_eq!(standing(&revocations, &first), Standing::Revoked);
    assert_eq!(standing(&revocations, &first), Standing::Revoked, "and stays so");
    assert_eq!(standing(&revocations, &second), Standing::Good);
    let nameless = who("ada", None, None);
    assert_eq!(revocations.revoke(&nameless).await, Err(RevocationError::NoTokenId));
}

#[tokio::test]
async fn a_subject_is_revoked_up_to_a_second() {
    let revocations = Revocations::in_memory();
    let at = now();
    revocations.revoke_subject(ISSUER, "ada", at).await.unwrap();
    for (principal, expected) in [
        (who("ada", Some("t"), Some(at - 1)), Standing::Revoked),
        (who("ada", Some("t"), Some(at)), Standing::Revoked),
        (who("ada", Some("t"), Some(at + 1)), Standing::Good),
        (who("ada", Some("t"), None), Standing::Revoked),
        (who("adam", Some("t"), Some(at)), Standing::Good),
    ] {
        assert_eq!(standing(&revocations, &principal), expected, "{principal:?}");
    }
    // An earlier date takes nothing back of a later one.
    revocations.revoke_subject(ISSUER, "ada", at - 100).await.unwrap();
    assert_eq!(standing(&revocations, &who("ada", None, Some(at))), Standing::Revoked);
}

#[tokio::test]
async fn a_login_is_revoked_with_every_token_of_it() {
    let revocations = Revocations::in_memory();
    let of = |login: serde_json::Value, id: &str, issued_at: u64| {
        let claims = serde_json::json!({ "sid": login });
        let builder = PrincipalBuilder::new("ada".to_owned(), now()).issuer(ISSUER).token_id(id);
        let builder = builder.claims(&claims).issued_at(issued_at).expires_at(now() + 600);
        builder.build().unwrap()
    };
    let (first, second) = (of("a".into(), "t-1", now() - 60), of("a".into(), "t-2", now()));
    let (other, number) = (of("b".into(), "t-3", now()), of(1.into(), "t-4", now()));
    revocations.revoke_login("https://other.example", "a", now() + 600).await.unwrap();
    revocations.revoke_login(ISSUER, "1", now() + 600).await.unwrap();
    for principal in [&first, &second, &other, &number] {
        assert_eq!(standing(&revocations, principal), Standing::Good, "{principal:?}");
    }
    revocations.revoke_login(ISSUER, "a", now() + 600).await.unwrap();
    assert_eq!(standing(&revocations, &first), Standing::Revoked);
    assert_eq!(standing(&revocations, &second), Standing::Revoked);
    assert_eq!(standing(&revocations, &other), Standing::Good);
    // One that was issued at the same moment, and heard of after.
    let late = of("a".into(), "t-5", now() + 1);
    assert_eq!(standing(&revocations, &late), Standing::Revoked);
}

#[tokio::test]
async fn issuer_and_name_do_not_run_into_each_other() {
    let revocations = Revocations::in_memory();
    revocations.revoke_token("https://id.example.or", "gt-1", now() + 600).await.unwrap();
    assert_eq!(standing(&revocations, &who("ada", Some("t-1"), Some(now()))), Standing::Good);
}

#[tokio::test]
async fn two_lists_do_not_believe_each_other() {
    let (first, second) = (Revocations::in_memory(), Revocations::in_memory());
    let ada = who("ada", Some("t-1"), Some(now()));
    second.revoke(&ada).await.unwrap();
    assert_eq!(standing(&first, &ada), Standing::Good);
    assert_eq!(standing(&second, &ada), Standing::Revoked);
    assert_eq!(standing(&first, &ada), Standing::Good);
}

#[test]
fn a_token_that_does_not_say_when_it_began_is_not_good() {
    let revocations = Revocations::in_memory();
    assert_eq!(standing(&revocations, &who("ada", Some("t"), None)), Standing::TooLongLived);
}

#[test]
fn a_token_that_outlives_the_list_is_not_good() {
    let revocations = Revocations::in_memory();
    let builder = || PrincipalBuilder::new("ada".to_owned(), now()).issued_at(now());
    let long = builder().expires_at(now() + HORIZON.as_secs() + 60).build().unwrap();
    assert_eq!(standing(&revocations, &long), Standing::TooLongLived);
    let endless = builder().build().unwrap();
    assert_eq!(standing(&revocations, &endless), Standing::Good);
}

#[test]
fn entries_leave_with_the_tokens_that_they_name() {
    let mut ledger = Ledger::new(CAPACITY);
    let entry = |id: &str, until| Entry::token(ISSUER, id, until);
    assert!(ledger.record(entry("a", 100), 10) && ledger.record(entry("b", 200), 10));
    assert!(ledger.record(entry("b", 300), 10), "the same again, for longer");
    assert!(ledger.record(entry("over", 10), 10));
    assert_eq!(ledger.len(), 2);
    assert!(ledger.record(entry("c", 400), 100));
    assert_eq!(ledger.len(), 2, "a has left");
    assert!(ledger.record(entry("d", 400), 250));
    assert_eq!(ledger.len(), 3, "b stays until 300");
    assert!(ledger.record(entry("e", 500), 300));
    assert_eq!(ledger.len(), 3);
}

#[test]
fn a_full_list_says_so_and_forgets_nothing() {
    let mut ledger = Ledger::new(2);
    let entry = |id: &str, until| Entry::token(ISSUER, id, until);
    assert!(ledger.record(entry("a", 100), 10) && ledger.record(entry("b", 100), 10));
    assert!(!ledger.record(entry("c", 100), 10));
    assert!(ledger.record(entry("a", 120), 10), "known ones need no room");
    assert!(
        ledger.names(&who("ada", Some("a"), None)) && ledger.names(&who("ada", Some("b"), None))
    );
    assert!(ledger.record(entry("c", 200), 100), "b has left");
}

#[cfg(feature = "redis")]
#[test]
fn a_shared_list_is_not_known_before_it_was_read() {
    use crate::Redis;

    // Nobody listens on port 1; TLS needs its cryptography chosen.
    for url in ["redis://127.0.0.1:1", "rediss://127.0.0.1:1"] {
        let redis = Redis::new(&url.into(), "test").unwrap();
        let revocations = Revocations::redis(&redis).unwrap();
        assert_eq!(standing(&revocations, &who("ada", Some("t"), Some(now()))), Standing::Unknown);
        assert!(!format!("{revocations:?}").contains("127.0.0.1"));
    }
}
