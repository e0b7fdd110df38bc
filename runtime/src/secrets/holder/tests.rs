use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{PAUSE, Secret, Secrets, SecretsError, next};
use crate::secrets::{SecretAddress, Source, SourceError, SourceFuture};

/// A source whose answers are made by a function of how often it was asked.
struct Answers(Arc<AtomicUsize>, fn(usize) -> Result<Secret, SourceError>);

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answers")
    }
}

impl Source for Answers {
    fn describe(&self) -> String {
        "a test".to_owned()
    }

    fn fetch<'a>(&'a self, _: &'a SecretAddress) -> SourceFuture<'a> {
        Box::pin(async move { (self.1)(self.0.fetch_add(1, Ordering::SeqCst)) })
    }
}

fn fetched(
    answers: fn(usize) -> Result<Secret, SourceError>,
) -> (Result<String, SecretsError>, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let builder = Secrets::builder().time_out(Duration::from_secs(2));
    let builder = builder.source("test", Answers(Arc::clone(&count), answers)).unwrap();
    let handle = builder.build().unwrap().fetch_blocking("X", "test:a");
    let value = handle.map(|handle| {
        use secrecy::ExposeSecret as _;
        handle.current().value().expose_secret().to_owned()
    });
    (value, count.load(Ordering::SeqCst))
}

#[test]
fn only_an_outage_is_tried_again_at_the_start() {
    let (value, count) = fetched(|number| match number {
        0 => Err(SourceError::unavailable("not yet")),
        _ => Ok(Secret::new("hunter22".into())),
    });
    assert_eq!((value.unwrap(), count), ("hunter22".to_owned(), 2));
    let (refused, count) = fetched(|_| Err(SourceError::not_found("there is none")));
    let told = refused.unwrap_err().to_string();
    assert_eq!((told.as_str(), count), ("X: cannot fetch `test:a` from a test: there is none", 1));
}

#[test]
fn an_empty_secret_and_a_panic_are_failures() {
    let (empty, _) = fetched(|_| Ok(Secret::new("".into())));
    assert!(empty.unwrap_err().to_string().contains("the secret is empty"));
    let (panicked, _) = fetched(|_| panic!("reading hunter22"));
    let told = panicked.unwrap_err().to_string();
    assert!(told.contains("panicked") && !told.contains("hunter22"), "{told}");
}

#[test]
fn a_lease_is_renewed_in_its_last_third() {
    let minute = Duration::from_secs(60);
    let secret = || Secret::new("a".into());
    assert_eq!(next(&secret(), minute), minute);
    assert_eq!(next(&secret().lease(minute / 2), minute), minute / 3);
    assert_eq!(next(&secret().lease(minute * 60), minute), minute);
    assert_eq!(next(&secret().lease(Duration::ZERO), minute), PAUSE);
    assert_eq!(next(&secret().lease(minute).lease(minute / 2), minute), minute / 3);
}

#[test]
fn schemes_are_plain() {
    let source = || Answers(Arc::default(), |_| Ok(Secret::new("a".into())));
    for good in ["test", "own-store2"] {
        assert!(Secrets::builder().source(good, source()).is_ok(), "{good}");
    }
    for bad in ["", "Test", "2a", "a:b", "a b", "ä"] {
        assert!(Secrets::builder().source(bad, source()).is_err(), "{bad}");
    }
}
