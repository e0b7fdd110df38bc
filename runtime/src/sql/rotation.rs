//! Credentials of a database that change while it is used.
//!
//! Open connections stay, as servers permit it. Connections that a pool opens later use the present
//! secret. If a server does not accept it, it is fetched again once; if it has not changed, the
//! previous value is tried, since a source may have a new password sooner than the server.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex as StdMutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{Pool, error::DatabaseError};
use tokio::sync::Mutex;

use super::{
    error::Error,
    reach::{OptionsOf, Server},
};
use crate::secrets::{Following, Secret, SecretHandle};

/// Makes the options of a connection from a secret.
pub(super) type Reading<DB> = Arc<dyn Fn(&Secret) -> Result<OptionsOf<DB>, Error> + Send + Sync>;

/// Credentials that may have changed when a server refuses them.
pub(super) trait Rotation: Send + Sync {
    /// Changes with the credentials.
    fn version(&self) -> u64;

    /// Whether to try again after a refusal of the credentials of this version.
    fn renewed(&self, refused: u64) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
}

/// The credentials of one pool.
pub(super) struct PoolRotation<DB: Server> {
    secret: SecretHandle,
    state: Arc<State<DB>>,
    /// One request fetches a new value; those that are refused meanwhile wait for it.
    asking: Mutex<()>,
    _following: Following,
}

struct State<DB: Server> {
    pool: Pool<DB>,
    previous: StdMutex<Option<Arc<OptionsOf<DB>>>>,
    version: AtomicU64,
}

impl<DB: Server> PoolRotation<DB>
where
    OptionsOf<DB>: Send + Sync + Clone,
{
    pub(super) fn follow(
        pool: &Pool<DB>,
        secret: &SecretHandle,
        seen: &Secret,
        read: Reading<DB>,
    ) -> Self {
        let state = Arc::new(State {
            pool: pool.clone(),
            previous: StdMutex::new(None),
            version: AtomicU64::new(0),
        });
        let own = Arc::downgrade(&state);
        let following = secret.follow(seen, move |secret| {
            let Some(state) = own.upgrade() else { return Ok(()) };
            let options = read(secret).map_err(|error| error.to_string())?;
            state.exchange(options);
            Ok(())
        });
        Self { secret: secret.clone(), state, asking: Mutex::new(()), _following: following }
    }
}

impl<DB: Server> State<DB>
where
    OptionsOf<DB>: Clone,
{
    fn exchange(&self, options: OptionsOf<DB>) {
        let mut previous = self.previous.lock().unwrap_or_else(PoisonError::into_inner);
        *previous = Some(self.pool.connect_options());
        self.pool.set_connect_options(options);
        self.version.fetch_add(1, Ordering::Release);
    }

    fn go_back(&self) -> bool {
        let previous = self.previous.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_there = previous.is_some();
        if let Some(options) = previous {
            self.exchange((*options).clone());
        }
        is_there
    }
}

impl<DB: Server> Rotation for PoolRotation<DB>
where
    OptionsOf<DB>: Send + Sync + Clone,
{
    fn version(&self) -> u64 {
        self.state.version.load(Ordering::Acquire)
    }

    fn renewed(&self, refused: u64) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move {
            let _alone = self.asking.lock().await;
            let is_another = || self.version() != refused;
            if is_another() {
                return true;
            }
            // A failure is reported where secrets are refreshed.
            let _refetched = self.secret.refetch().await;
            is_another() || self.state.go_back()
        })
    }
}

/// Whether a server does not accept the credentials: `invalid_authorization_specification` and
/// `invalid_password` of Postgres, and the state of `ER_ACCESS_DENIED_ERROR` of MySQL and MariaDB.
pub(super) fn is_of_credentials(error: &dyn DatabaseError) -> bool {
    matches!(error.code().as_deref(), Some("28000" | "28P01"))
}

impl fmt::Debug for dyn Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rotation(..)")
    }
}
