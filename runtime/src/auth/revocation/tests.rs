use super::{CAPACITY, Entry, HORIZON, Kind, Ledger, RevocationError, Revocations, Standing, now};
use crate::{
    auth::principal::{Principal, PrincipalBuilder},
    clock::Moment,
};

#[cfg(feature = "redis")]
mod following;

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

/// An entry about a login of this subject, which was issued until `issued_until`.
fn login(issuer: &str, subject: Option<&str>, name: &str, issued_until: u64, until: u64) -> Entry {
    Entry {
        kind: Kind::Login,
        issuer: issuer.into(),
        name: name.into(),
        subject: subject.map(Into::into),
        issued_until,
        until,
    }
}

/// A caller with a token of this login.
fn of_login(issuer: &str, subject: &str, login: &str, issued_at: u64) -> Principal {
    let claims = serde_json::json!({ "sid": login });
    let builder = PrincipalBuilder::new(subject.to_owned(), now()).issuer(issuer).claims(&claims);
    builder.issued_at(issued_at).expires_at(now() + 600).build().unwrap()
}

#[test]
fn entries_leave_with_the_tokens_that_they_name() {
    let mut ledger = Ledger::new(CAPACITY);
    let entry = |name: &str, until| login(ISSUER, None, name, 10, until);
    for (name, until) in [("a", 100), ("b", 200), ("b", 300), ("over", 10)] {
        ledger.record(&entry(name, until), 10);
    }
    assert_eq!(ledger.len(), 2);
    ledger.record(&entry("c", 400), 110);
    assert_eq!(ledger.len(), 2, "a has left");
    ledger.record(&entry("d", 400), 250);
    assert_eq!(ledger.len(), 3, "b stays until 300");
    ledger.record(&entry("e", 500), 310);
    assert_eq!(ledger.len(), 3);
}

#[test]
fn a_full_list_takes_a_new_entry_and_forgets_no_old_one() {
    let mut ledger = Ledger::new(160);
    let (begun, until) = (now() - 1_000, now() + 600);
    // Another subject logs out in each second.
    for at in 0..1_000 {
        let name = format!("l-{at}");
        ledger.record(&login(ISSUER, Some(&name), &name, begun + at, until), begun + at);
        assert!(ledger.len() <= 160, "it is bounded");
        assert!(ledger.names(&of_login(ISSUER, &name, &name, begun + at)), "{at} is revoked");
    }
    for at in 0..1_000 {
        let name = format!("l-{at}");
        assert!(ledger.names(&of_login(ISSUER, &name, &name, begun + at)), "{at} stays revoked");
    }
    let other = |issued_at| ledger.names(&of_login(ISSUER, "ada", "another", issued_at));
    assert!(
        other(begun),
        "the oldest tokens have ended, since their log-outs are not kept one by one"
    );
    assert!(!other(begun + 900), "those of the last 100 seconds have not");
    assert!(!ledger.names(&of_login("https://other.example", "ada", "x", begun)));
}

#[test]
fn a_subject_that_logs_out_over_and_over_ends_its_own_logins_alone() {
    let mut ledger = Ledger::new(1_000);
    let (at, until) = (now() - 100, now() + 600);
    for number in 0..900 {
        let name = format!("one-{number}");
        ledger.record(&login(ISSUER, Some(&name), &name, at, until), at);
    }
    for number in 0..100_000 {
        ledger.record(&login(ISSUER, Some("mallory"), &format!("m-{number}"), at + 50, until), at);
        assert!(ledger.len() <= 1_000);
    }
    for number in [0, 1, 50_000, 99_999] {
        let name = format!("m-{number}");
        assert!(ledger.names(&of_login(ISSUER, "mallory", &name, at + 50)), "{name}");
    }
    for number in 0..900 {
        let name = format!("one-{number}");
        assert!(ledger.names(&of_login(ISSUER, &name, &name, at)), "{name}");
    }
    assert!(ledger.names(&of_login(ISSUER, "mallory", "another", at + 50)), "its own others end");
    assert!(!ledger.names(&of_login(ISSUER, "mallory", "new", at + 51)));
    assert!(
        !ledger.names(&of_login(ISSUER, "ada", "another", at - 50)),
        "and those of no other subject"
    );
}

#[test]
fn a_flood_of_one_issuer_evicts_nothing_of_another() {
    let mut ledger = Ledger::new(1_000);
    let (at, until) = (now() - 1_000, now() + 600);
    for number in 0..400 {
        ledger.record(&login(ISSUER, None, &format!("l-{number}"), at, until), at);
    }
    let flood = "https://flood.example";
    for number in 0..50_000 {
        ledger.record(&login(flood, None, &format!("l-{number}"), at + number / 100, until), at);
    }
    assert!(ledger.names(&of_login(ISSUER, "ada", "l-399", at)));
    assert!(
        !ledger.names(&of_login(ISSUER, "ada", "another", at - 500)),
        "no token of it has ended"
    );
    assert!(ledger.names(&of_login(flood, "ada", "l-0", at)));
    assert!(ledger.names(&of_login(flood, "ada", "l-49999", at + 499)));
    assert!(!ledger.names(&of_login(flood, "ada", "another", at + 499)));
}

#[test]
fn issuers_without_number_are_one() {
    let mut ledger = Ledger::new(4_000);
    let (at, until) = (now() - 1_000, now() + 600);
    let issuer = |number: u64| format!("https://{number}.example");
    for number in 0..5_000 {
        ledger.record(&login(&issuer(number), None, "l", at + number / 10, until), at);
        assert!(ledger.len() <= 4_000);
    }
    for number in 0..5_000 {
        let who = of_login(&issuer(number), "ada", "l", at + number / 10);
        assert!(ledger.names(&who), "{number}");
    }
}

#[cfg(feature = "redis")]
#[test]
fn a_shared_list_is_not_known_before_it_was_read() {
    use crate::Redis;

    // No server listens on port 1; TLS needs a cryptography provider.
    for url in ["redis://127.0.0.1:1", "rediss://127.0.0.1:1"] {
        let redis = Redis::new(&url.into(), "test").unwrap();
        let revocations = Revocations::redis(&redis).unwrap();
        assert_eq!(standing(&revocations, &who("ada", Some("t"), Some(now()))), Standing::Unknown);
        assert!(!format!("{revocations:?}").contains("127.0.0.1"));
    }
}
