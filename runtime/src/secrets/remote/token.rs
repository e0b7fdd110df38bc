//! Cached credentials that are fetched themselves.

use std::time::Duration;

use tokio::{sync::Mutex, time::Instant};

use crate::secrets::SourceError;

/// How long a credential is cached at most, whatever its issuer states.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A value that was fetched, until it ends or is refused.
pub(super) struct Cached<T>(Mutex<State<T>>);

struct State<T> {
    held: Option<(Lent<T>, Instant)>,
    /// How many values were fetched.
    fetched: u64,
}

/// A value that was handed out. A refusal names it, so that a newer value stays.
#[derive(Clone)]
pub(super) struct Lent<T> {
    pub(super) value: T,
    number: u64,
}

impl<T: Clone> Cached<T> {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { held: None, fetched: 0 }))
    }

    /// The cached value, else that of `fetch`, which says how long it may be used.
    pub(super) async fn get(
        &self,
        fetch: impl Future<Output = Result<(T, Duration), SourceError>>,
    ) -> Result<Lent<T>, SourceError> {
        // Held while it is fetched: several secrets of one source log in once.
        let mut state = self.0.lock().await;
        if let Some((lent, until)) = &state.held
            && Instant::now() < *until
        {
            return Ok(lent.clone());
        }
        let (value, usable) = fetch.await?;
        state.fetched = state.fetched.wrapping_add(1);
        let lent = Lent { value, number: state.fetched };
        state.held = Some((lent.clone(), Instant::now() + usable.min(LONGEST)));
        Ok(lent)
    }

    /// Forgets this value, which was refused. One that was fetched since then stays: of several requests that are
    /// refused at the same time, only the first one has a new value fetched.
    pub(super) async fn forget(&self, refused: &Lent<T>) {
        self.0.lock().await.held.take_if(|(lent, _)| lent.number == refused.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Cached;

    #[tokio::test]
    async fn a_value_that_is_newer_than_the_refused_one_stays() {
        let cached = Cached::new();
        let get = async |value| {
            let fetch = async { Ok((value, Duration::from_secs(60))) };
            cached.get(fetch).await.unwrap()
        };
        // Two requests use the same value, and both are refused.
        let (first, second) = (get("first").await, get("not fetched").await);
        assert_eq!((first.value, second.value), ("first", "first"));
        cached.forget(&first).await;
        assert_eq!(get("second").await.value, "second");
        cached.forget(&second).await;
        assert_eq!(get("third").await.value, "second");
        let current = get("third").await;
        cached.forget(&current).await;
        assert_eq!(get("third").await.value, "third");
    }
}
