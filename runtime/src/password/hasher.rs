//! Hashes passwords on separate threads, with a limit on concurrent hashes.

use std::{fmt, num::NonZeroUsize, sync::Arc, thread::available_parallelism, time::Duration};

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use super::{
    cost::PasswordCost, hash::PasswordHash, input::Password, memory::HashMemory, new::NewPassword,
};
use crate::{Problem, Result, machine, problem::Kind};

/// How many logins wait while others are hashed. At 20 ms each, a client waits for about a second.
const DEFAULT_QUEUE: usize = 64;

/// The longest wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords. Cloning it is cheap, and all clones share queue and memory.
///
/// By default at most one hash per core runs at a time (fewer if they would take more than half of
/// the memory) and 64 more wait; beyond that, or after five seconds, the response is 503 with
/// `Retry-After`.
///
/// Each running hash uses the memory of its cost, which is kept for the next one: with the default
/// cost 19 MiB per core, once that many have run at the same time. A stored hash that needs more
/// than new ones runs alone among its kind, and its memory is returned to the system.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    cost: PasswordCost,
    /// For running hashes.
    turns: Arc<Semaphore>,
    /// For running and waiting hashes.
    seats: Arc<Semaphore>,
    /// For a hash that needs more memory than is kept.
    large: Arc<Semaphore>,
    memory: Arc<HashMemory>,
    /// The hash of a random password, with the same cost.
    nobody: PasswordHash,
}

/// A request's permits: returned when its hash is done, not when its client disconnects.
struct Place {
    _turn: OwnedSemaphorePermit,
    _seat: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
}

impl PasswordHasher {
    /// Hashes with this cost. It computes one hash, which takes as long as every later one.
    ///
    /// # Errors
    ///
    /// The cryptographic library failed, or a single hash would take more than half of the memory.
    pub fn new(cost: PasswordCost) -> Result<Self, HashingFailure> {
        let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
        // In a small container fewer run at once than there are cores.
        let concurrency = machine::most(cores, memory_of(cost));
        let blocks = cost.params().ok_or(HashingFailure::Library)?.block_count();
        affordable(cost, concurrency)?;
        let memory = Arc::new(HashMemory::new(blocks));
        let nobody = secret_of_nobody()
            .and_then(|secret| PasswordHash::make(&secret, cost, &memory))
            .ok_or(HashingFailure::Library)?;
        let hasher = Self {
            cost,
            turns: Arc::new(Semaphore::new(0)),
            seats: Arc::new(Semaphore::new(0)),
            large: Arc::new(Semaphore::new(1)),
            memory,
            nobody,
        };
        hasher.capacity(concurrency, DEFAULT_QUEUE)
    }

    /// Runs `concurrency` hashes at a time (each uses its memory) and lets `queue` more wait.
    ///
    /// # Errors
    ///
    /// Together they would take more than half of the memory of the machine or the container.
    pub fn capacity(
        mut self,
        concurrency: NonZeroUsize,
        queue: usize,
    ) -> Result<Self, HashingFailure> {
        affordable(self.cost, concurrency)?;
        let turns = concurrency.get().min(Semaphore::MAX_PERMITS / 2);
        let seats = turns.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        self.turns = Arc::new(Semaphore::new(turns));
        self.seats = Arc::new(Semaphore::new(seats));
        Ok(self)
    }

    /// Hashes a password that is being set ([`Password::for_account`]), with a new salt.
    ///
    /// # Errors
    ///
    /// 503 with `Retry-After` if too many wait; 500 if the cryptographic library fails.
    pub async fn hash(&self, password: &NewPassword) -> Result<PasswordHash> {
        self.make(password.password()).await
    }

    /// Hashes a password again that was just verified, if [`Verified::needs_rehash`] is true. It
    /// was set before, so it is not refused if it is among the common ones now.
    ///
    /// # Errors
    ///
    /// As [`hash`](Self::hash).
    pub async fn rehash(&self, _: &Verified, password: &Password) -> Result<PasswordHash> {
        self.make(password).await
    }

    async fn make(&self, password: &Password) -> Result<PasswordHash> {
        let (password, cost) = (password.duplicate(), self.cost);
        let make = move |memory: &HashMemory| PasswordHash::make(&password, cost, memory);
        self.run(false, make).await
    }

    /// Checks a password against the stored hash of its user; `None` if there is no such user.
    ///
    /// Call it for every login, whether the user exists or not. Both failures cost one hash and are
    /// the same problem. If a stored hash has a lower cost than new ones, a login of its user gets
    /// a faster response than that of an unknown user, until the hash is renewed.
    ///
    /// # Errors
    ///
    /// [`Kind::InvalidGrant`] if the password is wrong or the user unknown; 503 with `Retry-After`
    /// if too many wait.
    pub async fn verify(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Verified> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody);
        let needs_rehash = stored.cost() != self.cost;
        let is_large = !stored.blocks().is_some_and(|blocks| self.memory.keeps(blocks));
        let (password, stored) = (password.duplicate(), stored.clone());
        let matches = self.run(is_large, move |memory| stored.is_of(&password, memory)).await?;
        if matches & exists {
            Ok(Verified { needs_rehash })
        } else {
            Err(Problem::new(Kind::InvalidGrant).caused_by_note("wrong password or unknown user"))
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        is_large: bool,
        hash: impl FnOnce(&HashMemory) -> Option<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.place(is_large).await?;
        let memory = Arc::clone(&self.memory);
        let running = spawn_blocking(move || {
            let result = hash(&memory);
            drop(place);
            result
        });
        running.await.ok().flatten().ok_or_else(failed)
    }

    async fn place(&self, is_large: bool) -> Result<Place> {
        let seat = Arc::clone(&self.seats).try_acquire_owned().map_err(|_| busy())?;
        let turn = async {
            // First, so that a login that waits for it holds no other permit.
            let large =
                if is_large { Some(Arc::clone(&self.large).acquire_owned().await?) } else { None };
            let turn = Arc::clone(&self.turns).acquire_owned().await?;
            Ok::<_, AcquireError>(Place { _turn: turn, _seat: seat, _large: large })
        };
        timeout(PATIENCE, turn).await.map_err(|_| busy())?.map_err(|_| busy())
    }
}

/// Passwords cannot be hashed: the service must not start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashingFailure {
    /// The cryptographic library failed, or out of memory.
    Library,
    /// The cost of the concurrent hashes is more than the machine has: the setting, the result, and
    /// the maximum.
    Memory(String),
}

impl fmt::Display for HashingFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library => f.write_str(
                "the cryptographic library cannot hash passwords, or the memory for it is short",
            ),
            Self::Memory(wrong) => f.write_str(wrong),
        }
    }
}

impl std::error::Error for HashingFailure {}

/// The memory of one hash, in bytes.
fn memory_of(cost: PasswordCost) -> u64 {
    u64::from(cost.memory()).saturating_mul(1024)
}

/// Whether this many concurrent hashes leave memory for the rest.
fn affordable(cost: PasswordCost, concurrency: NonZeroUsize) -> Result<(), HashingFailure> {
    let wrong = machine::too_large(
        "the concurrency of `PasswordHasher` (`.capacity(..)`, the number of cores by default)",
        u64::try_from(concurrency.get()).unwrap_or(u64::MAX),
        "hashes that run at once",
        memory_of(cost),
        u64::from(u32::MAX),
    );
    wrong.map_or(Ok(()), |wrong| Err(HashingFailure::Memory(wrong)))
}

/// The proof that a password was correct.
#[derive(Debug)]
pub struct Verified {
    needs_rehash: bool,
}

impl Verified {
    /// Whether the stored hash has another cost than new ones: then call [`PasswordHasher::rehash`]
    /// with the password, and store the result.
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
    Problem::new(Kind::Internal).caused_by(HashingFailure::Library)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::{
        HashMemory, NewPassword, Password, PasswordCost, PasswordHash, PasswordHasher, RETRY_AFTER,
    };
    use crate::problem::Kind;

    fn password(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    fn new(text: &str) -> NewPassword {
        password(text).for_account(&[]).unwrap()
    }

    fn hasher() -> PasswordHasher {
        PasswordHasher::new(PasswordCost::default()).unwrap()
    }

    #[tokio::test]
    async fn a_right_password_passes_and_both_failures_look_the_same() {
        let hasher = hasher();
        let stored = hasher.hash(&new("correct horse")).await.unwrap();
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
            &HashMemory::new(12 * 1024),
        );
        let hasher = hasher();
        let verified = hasher.verify(&password("correct horse"), old.as_ref()).await.unwrap();
        assert!(verified.needs_rehash());
        let renewed = hasher.rehash(&verified, &password("correct horse")).await.unwrap();
        assert_eq!(renewed.cost(), PasswordCost::default());
    }

    #[tokio::test]
    async fn hashes_of_more_memory_run_one_at_a_time_and_take_no_turn_while_they_wait() {
        let cost = PasswordCost::new(20 * 1024, 2, 1).unwrap();
        let large = PasswordHash::make(&password("correct horse"), cost, &HashMemory::new(0));
        let hasher = hasher().capacity(NonZeroUsize::new(2).unwrap(), 8).unwrap();
        let running = hasher.place(true).await.unwrap();
        let given = password("correct horse");
        let mut waiting = Box::pin(hasher.verify(&given, large.as_ref()));
        let once = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(Future::poll(waiting.as_mut(), cx).is_pending())
        });
        assert!(once.await);
        assert_eq!(hasher.turns.available_permits(), 1);
        assert!(hasher.hash(&new("correct horse")).await.is_ok(), "the others go on");
        drop(running);
        assert!(waiting.await.unwrap().needs_rehash());
    }

    #[tokio::test]
    async fn beyond_the_queue_the_answer_is_503() {
        let hasher = hasher().capacity(NonZeroUsize::MIN, 1).unwrap();
        let password = new("correct horse");
        let (a, b, c) =
            tokio::join!(hasher.hash(&password), hasher.hash(&password), hasher.hash(&password));
        assert!(a.is_ok() && b.is_ok());
        let refused = c.unwrap_err();
        assert_eq!(refused.kind(), Kind::Unavailable);
        let answer = actix_web::ResponseError::error_response(&refused);
        assert_eq!(answer.headers().get(RETRY_AFTER).unwrap(), "2");
        assert!(hasher.hash(&password).await.is_ok(), "places are given back");
    }

    #[tokio::test]
    async fn hanging_up_does_not_free_the_place_of_a_running_hash() {
        let hasher = hasher().capacity(NonZeroUsize::MIN, 0).unwrap();
        let password = new("correct horse");
        let mut abandoned = Box::pin(hasher.hash(&password));
        // One poll starts the hash; then the client disconnects.
        let once = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(Future::poll(abandoned.as_mut(), cx).is_pending())
        });
        assert!(once.await);
        drop(abandoned);
        assert_eq!(hasher.hash(&password).await.unwrap_err().kind(), Kind::Unavailable);
    }

    #[test]
    fn hashes_that_the_memory_does_not_hold_are_refused_by_name() {
        let many = NonZeroUsize::new(1 << 30).unwrap();
        let refused = hasher().capacity(many, 8).unwrap_err().to_string();
        assert!(refused.contains(".capacity(..)") && refused.contains("set at most"), "{refused}");
        assert!(hasher().capacity(NonZeroUsize::MIN, 8).is_ok());
    }
}
