//! Limits: how often somebody may call.
//!
//! A [`Limit`] is what an endpoint declared, made ready at start-up by a [`Limiter`]. For each
//! request the pipeline turns limits and keys into [`Ask`]s, and the limiter answers them all
//! together: every one is spent, or none. The answer stays in the ask, and the response fields are
//! written from it.
//!
//! Counting follows GCRA ([`Gcra`]): a burst at once, then an even rate; no window at whose edge
//! twice the quota passes. In memory everything stands in tables of fixed size, however many keys
//! an attacker invents; all workers of the process share them.
//!
//! ```
//! use palisade::{Moment, limit::{Admission, Limiter, address_bytes}};
//! use palisade::policy::{Count, LimitKey, LimitOutage, LimitStore, RateLimit, Unit};
//! use std::{net::Ipv4Addr, time::Duration};
//!
//! let rate = RateLimit {
//!     name: "ip",
//!     unit: Unit::Requests,
//!     quota: 2,
//!     window: Duration::from_secs(60),
//!     burst: 2,
//!     cost: 1,
//!     count: Count::All,
//!     key: &[LimitKey::Address],
//!     store: LimitStore::Service,
//!     outage: LimitOutage::Local,
//!     ban: None,
//!     track: false,
//! };
//! let limiter = Limiter::default();
//! let limit = limiter.limit("items::create_item", &rate)?;
//!
//! let now = Moment::now();
//! let key = address_bytes(Ipv4Addr::LOCALHOST.into());
//! let mut pass = || {
//!     let mut ask = limit.ask(&key);
//!     limiter.take_now(std::slice::from_mut(&mut ask), now) == Admission::Granted
//! };
//! assert_eq!([pass(), pass(), pass()], [true, true, false]);
//! # Ok::<(), palisade::limit::LimitError>(())
//! ```

mod body_key;
mod fields;
mod gcra;
mod handle;
mod in_flight;
mod key;
mod key_part;
mod key_request;
mod limiter;
mod memory;
mod metrics;
mod permit;
mod record;
mod shared;
mod siphash;
mod slot;
mod store;
mod table;
mod tally;

#[doc(hidden)]
pub use body_key::BodyField;
pub(crate) use body_key::KeyBytes;
pub use body_key::{FieldKey, HasBody, LimitField};
pub use fields::{Spent, limit_field, policy_field, retry_after, violated};
pub use gcra::{Decision, Gcra, LimitError};
pub use handle::{HandleError, LimitHandle, Limits, Standing};
pub use key::{Key, address_bytes};
pub use key_part::KeyPart;
pub(crate) use key_part::{write_all, write_header, write_path};
pub use key_request::KeyRequest;
pub use limiter::{Limit, Limiter};
pub use metrics::{LimitMetrics, Metrics, TableMetrics};
pub use permit::Permit;
#[cfg(feature = "redis")]
pub use shared::{SharedStore, SharedStoreError, SharedStoreReport};
pub use store::{Admission, Ask, Place, Store, Taken};
