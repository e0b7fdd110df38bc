//! Rate, volume and concurrency limits.
//!
//! # What is decided
//!
//! 1. A key that is blocked or banned is refused, whatever it has left.
//! 2. All limits whose key is known at a stage are checked together, and all are spent or none:
//!    before the identity is known, once it is, and once the body is validated. Keys that a caller
//!    can choose (a header, a path, a field of the body, the result of a function of these) are
//!    checked after those that it cannot, so that a caller who is refused by address adds no
//!    invented keys to the tables.
//! 3. A refusal is 429 with `violated-policies` and `Retry-After`. A limit with a ban counts
//!    refusals: the ban begins with the last one that is needed within the ban's time, which runs
//!    from the first.
//! 4. A key by address, subject, client or function has two counts with the same quota: one for the
//!    requests that the caller sent, and one for safe requests that a browser marks as sent by
//!    another site, and for requests that are refused before routing. So no page spends its
//!    visitor's quota.
//! 5. Limits that only track (`mode = track`) spend with the request, and are reported in the audit
//!    event and the [`Metrics`], never to the client.
//! 6. When the request ends, unused units are returned: those of `count = failures` if it did not
//!    fail, and the bytes that were announced and not sent. A concurrency limit is released when
//!    the answer's body has been handed to the connection, or is dropped with it. A client that
//!    half-closes its connection is not noticed before: its handler runs on, at most until its
//!    deadline, and counts until then.
//!
//! | kind | a unit | recovers |
//! |---|---|---|
//! | `rate_limit("10/minute")` | a request, or its `cost` | with time |
//! | `rate_limit("10 MiB/hour")` | 1 KiB of a request's body, as it is declared; of a chunked body, the endpoint's `body_limit` | with time |
//! | `concurrency_limit(8)` | a request under way | when it ends |
//!
//! A service reads, resets, blocks and adjusts its limits through [`Limits`]. The
//! [`Builder`](crate::Builder) blocks networks, or exempts them from all limits.
//!
//! # How it is counted
//!
//! A [`Limit`] is the declaration of an endpoint, prepared at start-up by a [`Limiter`]. For each
//! request the pipeline makes [`Ask`]s of limits and keys, and the limiter decides on them all
//! together: every one is spent, or none. The decision is written to the ask, and the response
//! fields are made from it.
//!
//! Counting follows GCRA ([`Gcra`]): a burst at once, then an even rate; there is no window at
//! whose edge twice the quota passes. In memory, everything is in tables of fixed size, however
//! many keys an attacker invents; all workers of the process share them. Each limit has its own, so
//! that the keys of one never evict those of another. When a table is full, the key closest to
//! recovering is evicted, which is counted and logged in the audit trail, at most once a second.
//! Counts of concurrency limits are never evicted; a request whose key finds no slot is refused.
//!
//! Changes at run time apply to this process until it ends. Backlogs are stored as time, so that a
//! key recovers at the old rate from what it has spent.
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
mod key_sources;
mod limiter;
mod memory;
mod metrics;
mod permit;
mod record;
mod refusals;
mod shared;
mod shelf;
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
pub(crate) use key::Class;
pub use key::{Key, address_bytes};
pub use key_part::KeyPart;
pub(crate) use key_part::{write_all, write_header, write_path};
pub use key_request::KeyRequest;
pub use key_sources::KeySources;
pub use limiter::{Limit, Limiter};
pub use metrics::{LimitMetrics, Metrics, SharedStoreMetrics, TableMetrics};
pub use permit::Permit;
pub(crate) use refusals::{CAUSES, Cause};
#[cfg(feature = "redis")]
pub use shared::{SharedStore, SharedStoreError, SharedStoreReport};
pub(crate) use store::Receipt;
pub use store::{Admission, Ask, Place, Store, Taken};
pub(crate) use tally::Tally;
