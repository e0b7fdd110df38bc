//! Hashing off the threads that serve requests, so many at a time.

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

/// Logins that wait while others are hashed. At 20 ms each, a client waits for a second or so.
const DEFAULT_QUEUE: usize = 64;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashes and checks passwords. Cloning it is cheap, and all clones share queue and memory.
///
/// At most one hash for each core runs at a time (fewer where they would take more than half of the
/// memory) and 64 more wait, unless other numbers are given;
/// beyond that, or after five seconds, the answer is 503 with `Retry-After`.
///
/// Each hash that runs takes the memory of its cost, which is kept for the next one: with the
/// default cost 19 MiB for each core, once that many have run at the same time. A stored hash that
/// needs more than new ones runs alone among its kind, in memory that goes back to the system.
#[derive(Clone, Debug)]
pub struct PasswordHasher {
    cost: PasswordCost,
    /// For those who run.
    turns: Arc<Semaphore>,
    /// For those who run and those who wait.
    seats: Arc<Semaphore>,
    /// For the one that needs more memory than is kept.
    large: Arc<Semaphore>,
    memory: Arc<HashMemory>,
    /// A hash of a random password, of the same cost.
    nobody: PasswordHash,
}

/// Where a request has a place: given back when its hash is done, not when its client hangs up.
struct Place {
    _turn: OwnedSemaphorePermit,
    _seat: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
}

impl PasswordHasher {
    /// Hashes with this cost. It hashes once itself, which takes as long as every later one.
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

    /// Lets `concurrency` hashes run at a time (each takes its memory) and `queue` more wait.
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

    /// Hashes a password that is being set ([`Password::for_account`]), with a salt of its own.
    ///
    /// # Errors
    ///
    /// 503 with `Retry-After` where too many wait; 500 where the cryptographic library failed.
    pub async fn hash(&self, password: &NewPassword) -> Result<PasswordHash> {
        self.make(password.password()).await
    }

    /// Hashes a password that was just verified once more, where [`Verified::needs_rehash`] asks
    /// for it. It was set before, so that it is not refused for being common now.
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

    /// Checks a password against the stored hash of its user; `None` where there is no such user.
    ///
    /// Call it for every login, whether the user exists or not. Both failures cost one hash and are
    /// the same problem. Where stored hashes have a lower cost than new ones, a login of such a
    /// user is answered sooner than that of an unknown user, until the hash is renewed.
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
            // First, so that a login that waits for it holds no turn.
            let large =
                if is_large { Some(Arc::clone(&self.large).acquire_owned().await?) } else { None };
            let turn = Arc::clone(&self.turns).acquire_owned().await?;
            Ok::<_, AcquireError>(Place { _turn: turn, _seat: seat, _large: large })
        };
        timeout(PATIENCE, turn).await.map_err(|_| busy())?.map_err(|_| busy())
    }
}

/// Passwords cannot be hashed: do not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashingFailure {
    /// The cryptographic library failed, or the memory ran out.
    Library,
    /// The cost, for as many as run at a time, is more than the machine has: the setting, what it
    /// comes to, and the most.
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

/// What one hash takes, in bytes.
fn memory_of(cost: PasswordCost) -> u64 {
    u64::from(cost.memory()).saturating_mul(1024)
}

/// Whether so many hashes at once leave memory for something else.
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

/// The proof that a password was right.
#[derive(Debug)]
pub struct Verified {
    needs_rehash: bool,
}

impl Verified {
    /// Whether the stored hash is of another cost than new ones: [`PasswordHasher::rehash`] the
    /// password while it is here, and store that.
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
        // One poll starts the hash; then the client is gone.
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
