//! Hashing off the threads that serve requests, so many at a time.

use std::{fmt, num::NonZeroUsize, sync::Arc, thread::available_parallelism, time::Duration};

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use super::{cost::PasswordCost, hash::PasswordHash, input::Password};
use crate::{Problem, Result, problem::Kind};

/// Logins that wait while others are hashed. At 20 ms each, a client waits for a second or so.
const DEFAULT_QUEUE: usize = 64;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords. Cloning it is cheap, and all clones share the queue.
///
/// At most one hash for each core runs at a time and 64 more wait, unless other numbers are given;
/// beyond that, or after five seconds, the answer is 503 with `Retry-After`.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    cost: PasswordCost,
    /// For those who run.
    turns: Arc<Semaphore>,
    /// For those who run and those who wait.
    seats: Arc<Semaphore>,
    /// A hash of nothing that anybody knows, of the same cost.
    nobody: PasswordHash,
}

/// Where a request has a place: given back when its hash is done, not when its client hangs up.
struct Place {
    _turn: OwnedSemaphorePermit,
    _seat: OwnedSemaphorePermit,
}

impl PasswordHasher {
    /// Hashes with this cost. It hashes once itself, which takes as long as every later one.
    ///
    /// # Errors
    ///
    /// The cryptographic library failed.
    pub fn new(cost: PasswordCost) -> Result<Self, HashingFailure> {
        let concurrency = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let nobody = secret_of_nobody()
            .and_then(|secret| PasswordHash::make(&secret, cost))
            .ok_or(HashingFailure)?;
        let hasher = Self {
            cost,
            turns: Arc::new(Semaphore::new(0)),
            seats: Arc::new(Semaphore::new(0)),
            nobody,
        };
        Ok(hasher.capacity(concurrency, DEFAULT_QUEUE))
    }

    /// Lets `concurrency` hashes run at a time (each takes its memory) and `queue` more wait.
    #[must_use]
    pub fn capacity(mut self, concurrency: NonZeroUsize, queue: usize) -> Self {
        let turns = concurrency.get().min(Semaphore::MAX_PERMITS / 2);
        let seats = turns.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        self.turns = Arc::new(Semaphore::new(turns));
        self.seats = Arc::new(Semaphore::new(seats));
        self
    }

    /// Hashes a new password, with a salt of its own.
    ///
    /// # Errors
    ///
    /// 503 with `Retry-After` where too many wait; 500 where the cryptographic library failed.
    pub async fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let (password, cost) = (password.duplicate(), self.cost);
        self.run(move || PasswordHash::make(&password, cost)).await?.ok_or_else(failed)
    }

    /// Checks a password against the stored hash of its user; `None` where there is no such user.
    ///
    /// Ask for every login, whether the user exists or not. Both failures cost one hash and are
    /// one and the same problem. Where stored hashes are of a lower cost than new ones, a user
    /// with such a one answers sooner than nobody does, until the hash is renewed.
    ///
    /// # Errors
    ///
    /// [`Kind::InvalidGrant`] where the password is wrong or the user unknown; 503 with
    /// `Retry-After` where too many wait.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verified> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody);
        let needs_rehash = stored.cost() != self.cost;
        let (password, stored) = (password.duplicate(), stored.clone());
        let matches = self.run(move || stored.is_of(&password)).await?;
        if matches & exists {
            Ok(Verified { needs_rehash })
        } else {
            Err(Problem::new(Kind::InvalidGrant).caused_by_note("wrong password or unknown user"))
        }
    }

    async fn run<T: Send + 'static>(&self, hash: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.place().await?;
        let running = spawn_blocking(move || {
            let result = hash();
            drop(place);
            result
        });
        running.await.map_err(|_| failed())
    }

    async fn place(&self) -> Result<Place> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| busy())?;
        let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
        Ok(Place { _turn: turn, _seat: seat })
    }
}

/// The cryptographic library could not hash a password: do not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingFailure;

impl fmt::Display for HashingFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the cryptographic library cannot hash passwords, or the memory for it is short",
        )
    }
}

impl std::error::Error for HashingFailure {}

/// The proof that a password was right.
#[derive(Debug)]
pub struct Verified {
    needs_rehash: bool,
}

impl Verified {
    /// Whether the stored hash is of another cost than new ones: [`PasswordHasher::hash`] the
    /// password again while it is here, and store that.
    pub fn needs_rehash(&self) -> bool {
        self.needs_rehash
    }
}

fn secret_of_nobody() -> Option<Password> {
    let mut bytes = [0; 64];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Password::new(bytes.iter().map(|byte| char::from(byte % 64 + 48)).collect())
}

fn busy() -> Problem {
    Problem::unavailable("too many passwords wait to be hashed")
        .with_header(RETRY_AFTER, HeaderValue::from_static("2"))
}

fn failed() -> Problem {
    Problem::new(Kind::Internal).caused_by(HashingFailure)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{Password, PasswordCost, PasswordHash, PasswordHasher};
    use crate::problem::Kind;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    fn hasher() -> PasswordHasher {
        PasswordHasher::new(PasswordCost::default()).unwrap()
    }

    #[tokio::test]
    async fn a_right_password_passes_and_both_failures_look_the_same() {
        let hasher = hasher();
        let stored = hasher.hash(&password("correct horse")).await.unwrap();
        let verified = hasher.verify(&password("correct horse"), Some(&stored)).await.unwrap();
        assert!(!verified.needs_rehash());
        let wrong = hasher.verify(&password("wrong horse"), Some(&stored)).await.unwrap_err();
        let unknown = hasher.verify(&password("wrong horse"), None).await.unwrap_err();
        assert_eq!(wrong.kind(), Kind::InvalidGrant);
        assert_eq!(format!("{wrong:?}"), format!("{unknown:?}"));
    }

    #[tokio::test]
    async fn another_cost_asks_for_a_new_hash() {
        let old = PasswordHash::make(
            &password("correct horse"),
            PasswordCost::new(12 * 1024, 3, 1).unwrap(),
        );
        let verified = hasher().verify(&password("correct horse"), old.as_ref()).await.unwrap();
        assert!(verified.needs_rehash());
    }

    #[tokio::test]
    async fn beyond_the_queue_the_answer_is_503() {
        let hasher = hasher().capacity(NonZeroUsize::MIN, 1);
        let password = password("correct horse");
        let (a, b, c) =
            tokio::join!(hasher.hash(&password), hasher.hash(&password), hasher.hash(&password));
        assert!(a.is_ok() && b.is_ok());
        let refused = c.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        assert!(hasher.hash(&password).await.is_ok(), "places are given back");
    }

    #[tokio::test]
    async fn hanging_up_does_not_free_the_place_of_a_running_hash() {
        let hasher = hasher().capacity(NonZeroUsize::MIN, 0);
        let password = password("correct horse");
        let mut abandoned = Box::pin(hasher.hash(&password));
        // One poll starts the hash; then the client is gone.
        let once = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(Future::poll(abandoned.as_mut(), cx).is_pending())
        });
        assert!(once.await);
        drop(abandoned);
        assert_eq!(hasher.hash(&password).await.unwrap_err().kind(), Kind::Unavailable);
    }
}
