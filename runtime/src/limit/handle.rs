//! Access to limits for the service itself: it reads, resets, blocks and adjusts them while it
//! runs.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    body_key::KeyBytes,
    gcra::{LONGEST, LimitError},
    key::{Class, Key},
    key_part::{KeyPart, write_all},
    limiter::{Limit, Limiter},
    metrics::Metrics,
    record::Pace,
    shared::OutOfReach,
    store::{Admission, Place},
};
use crate::{
    audit::{Event, Outcome, Trail},
    clock::Moment,
    policy::{LimitKey, RateLimit, Unit},
    service::Endpoint,
};

/// The limits of the running service. Handlers take it as `Data<Limits>`; outside of them it is
/// [`Palisade::limits`](crate::Palisade::limits).
///
/// ```
/// use palisade::{limit::{KeyPart, Limits}, prelude::*};
/// use std::time::Duration;
///
/// #[post("/sessions")]
/// #[public(reason = "who logs in has no identity yet")]
/// #[rate_limit("10/minute", by = ip)]
/// async fn log_in() -> NoContent {
///     NoContent
/// }
///
/// #[post("/blocks")]
/// #[require_scope("limits:write")]
/// async fn block(client: palisade::ClientAddr, limits: Data<Limits>) -> Result<NoContent> {
///     let by_address = limits.of::<log_in>("ip")?;
///     by_address.block(&[KeyPart::Address(client.ip())], Duration::from_secs(3_600)).await?;
///     Ok(NoContent)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    limiter: Arc<Limiter>,
    service: Option<RateLimit>,
    body_limit: u64,
    trail: Arc<Trail>,
}

/// One limit of the running service.
#[derive(Clone, Debug)]
pub struct LimitHandle {
    limiter: Arc<Limiter>,
    endpoint: String,
    declared: RateLimit,
    /// The largest body of a request that counts.
    body_limit: u64,
    trail: Arc<Trail>,
}

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// Whether a request with the cost of the limit would pass now.
    pub allowed: bool,
    /// Remaining whole units: requests, KiB of bodies, or concurrent requests.
    pub remaining: u32,
    /// The time until there is one more; if a request would be refused, until it would pass. Zero
    /// for a concurrency limit.
    pub wait: Duration,
    /// For how long the key is blocked, whatever it has left.
    pub blocked: Option<Duration>,
}

/// Why a limit could not be read or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandleError {
    /// No endpoint of this service has a limit of this name. Carries the endpoint and the name.
    NoSuchLimit(String, String),
    /// The parts do not match the limit's key. Carries the declared key.
    OtherKey(String),
    /// A block lasts more than zero and at most 50 days.
    BlockTime(Duration),
    /// A concurrency limit has no window and no burst, and a rate limit has both.
    OtherUnit(&'static str),
    /// The values are invalid for a limit.
    Limit(LimitError),
    /// The shared store is out of reach. The change applies to this instance alone.
    OutOfReach,
}

impl Limits {
    pub(crate) fn new(
        limiter: Arc<Limiter>,
        service: Option<RateLimit>,
        body_limit: u64,
        trail: Arc<Trail>,
    ) -> Self {
        Self { limiter, service, body_limit, trail }
    }

    /// The limit of this name on the endpoint `E`: `limits.of::<create_item>("ip")`.
    ///
    /// # Errors
    ///
    /// [`HandleError::NoSuchLimit`], also for an endpoint that this service does not have.
    pub fn of<E: Endpoint>(&self, name: &str) -> Result<LimitHandle, HandleError> {
        let policy = E::mounted().policy();
        let endpoint = policy.path();
        let declared = policy.limits.iter().find(|rate| rate.name == name);
        let known = declared.filter(|rate| self.limiter.knows(&endpoint, rate.name));
        match known {
            Some(declared) => Ok(LimitHandle {
                limiter: Arc::clone(&self.limiter),
                endpoint,
                declared: *declared,
                body_limit: policy.body_limit.unwrap_or(self.body_limit),
                trail: Arc::clone(&self.trail),
            }),
            None => Err(HandleError::NoSuchLimit(endpoint, name.to_owned())),
        }
    }

    /// The service's own limit on every request of an address; `None` if it was removed.
    pub fn service(&self) -> Option<LimitHandle> {
        self.service.map(|declared| LimitHandle {
            limiter: Arc::clone(&self.limiter),
            endpoint: String::new(),
            declared,
            body_limit: 0,
            trail: Arc::clone(&self.trail),
        })
    }

    /// The counters of all limits, and how full the tables are. It reads the tables whole, which
    /// takes some milliseconds.
    pub fn metrics(&self) -> Metrics {
        self.limiter.metrics(Moment::now())
    }
}

impl LimitHandle {
    /// The limit as it applies now.
    ///
    /// # Errors
    ///
    /// Not for an existing limit, unless its store is gone.
    pub fn rate(&self) -> Result<RateLimit, HandleError> {
        Ok(*self.limit()?.rate())
    }

    /// The state of a key for the requests that its caller sent itself; spends nothing. The parts
    /// are those of the attribute's `by`.
    ///
    /// # Errors
    ///
    /// Parts of another kind or number, and a shared store that is out of reach.
    pub async fn standing(&self, key: &[KeyPart<'_>]) -> Result<Standing, HandleError> {
        let limit = self.limit()?;
        let key = limit.key(&self.key_bytes(key)?);
        let mut ask = limit.ask_for(key, self.declared.cost);
        if self.limiter.survey(&mut ask, Moment::now()).await == Admission::Undecided
            || ask.place == Place::Unasked
        {
            return Err(HandleError::OutOfReach);
        }
        let decision = ask.decision;
        Ok(Standing {
            allowed: decision.allowed,
            remaining: decision.remaining,
            wait: decision.wait,
            blocked: ask.blocked.then_some(decision.wait),
        })
    }

    /// Resets what a key has spent, and its count of refusals. A block stays, and running requests
    /// still count.
    ///
    /// # Errors
    ///
    /// Parts of another kind or number, and a shared store that is out of reach.
    pub async fn reset(&self, key: &[KeyPart<'_>]) -> Result<(), HandleError> {
        let limit = self.limit()?;
        let mut done = Ok(());
        for key in self.keys(&limit, key)? {
            done = done.and(self.limiter.reset(&limit, key, Moment::now()).await);
        }
        self.tell("reset", done)
    }

    /// Refuses a key for so long, whatever it has left; a longer block stays.
    ///
    /// # Errors
    ///
    /// A duration of zero or of more than 50 days, parts of another kind or number, and a shared
    /// store that is out of reach.
    pub async fn block(&self, key: &[KeyPart<'_>], lasts: Duration) -> Result<(), HandleError> {
        if lasts.is_zero() || lasts > Duration::from_micros(LONGEST) {
            return Err(HandleError::BlockTime(lasts));
        }
        let limit = self.limit()?;
        let mut done = Ok(());
        for key in self.keys(&limit, key)? {
            done = done.and(self.limiter.block(&limit, key, lasts, Moment::now()).await);
        }
        self.tell("blocked", done)
    }

    /// Lifts a block or a ban. What the key has spent stays spent.
    ///
    /// # Errors
    ///
    /// Parts of another kind or number, and a shared store that is out of reach.
    pub async fn unblock(&self, key: &[KeyPart<'_>]) -> Result<(), HandleError> {
        let limit = self.limit()?;
        let mut done = Ok(());
        for key in self.keys(&limit, key)? {
            done = done.and(self.limiter.unblock(&limit, key, Moment::now()).await);
        }
        self.tell("unblocked", done)
    }

    /// Sets a quota of `quota` units in each `window`, `burst` of them at once, from the next
    /// request on, in this process and until it ends. Units are requests, or KiB for a limit on
    /// bytes.
    ///
    /// Keys keep the backlog of what they have spent.
    ///
    /// # Errors
    ///
    /// The values that the attribute refuses: zero, too fast, too long, a burst below the cost of
    /// one request or of one body; and a concurrency limit.
    pub fn set_rate(&self, quota: u32, window: Duration, burst: u32) -> Result<(), HandleError> {
        if self.declared.unit == Unit::InFlight {
            return Err(HandleError::OtherUnit("set_at_once"));
        }
        self.set(Pace { quota, window, burst })
    }

    /// Sets the number of concurrent requests of a key, from the next request on, in this process
    /// and until it ends. Running requests go on.
    ///
    /// # Errors
    ///
    /// Zero, and a limit that is not a concurrency limit.
    pub fn set_at_once(&self, quota: u32) -> Result<(), HandleError> {
        if self.declared.unit != Unit::InFlight {
            return Err(HandleError::OtherUnit("set_rate"));
        }
        self.set(Pace { quota, window: self.declared.window, burst: quota })
    }

    /// Restores the limit that the attribute declares.
    pub fn restore(&self) {
        self.limiter.set_pace(&self.endpoint, self.declared.name, None);
        self.tell_of("restored");
    }

    fn set(&self, pace: Pace) -> Result<(), HandleError> {
        let Pace { quota, window, burst } = pace;
        let rate = RateLimit { quota, window, burst, ..self.declared };
        self.limiter.check(&rate).map_err(HandleError::Limit)?;
        if rate.unit == Unit::Kibibytes {
            rate.admits_body(self.body_limit).map_err(HandleError::Limit)?;
        }
        self.limiter.set_pace(&self.endpoint, self.declared.name, Some(pace));
        tracing::info!(
            target: "palisade::audit",
            event = "adjusted",
            endpoint = self.endpoint,
            policy = self.declared.name,
            quota,
            window_seconds = window.as_secs_f64(),
            burst,
            "a limit was adjusted"
        );
        self.send("limit-adjusted");
        Ok(())
    }

    /// The limit with its present adjustments.
    fn limit(&self) -> Result<Limit, HandleError> {
        self.limiter.limit(&self.endpoint, &self.declared).map_err(HandleError::Limit)
    }

    /// Both counts of a key, if it has two: a caller must not evade a block by marking its request
    /// as sent by another site.
    fn keys(
        &self,
        limit: &Limit,
        parts: &[KeyPart<'_>],
    ) -> Result<impl Iterator<Item = Key>, HandleError> {
        let bytes = self.key_bytes(parts)?;
        let other = limit.has_classes().then(|| limit.key_in(Class::OtherSite, &bytes));
        Ok(std::iter::once(limit.key(&bytes)).chain(other))
    }

    fn key_bytes(&self, parts: &[KeyPart<'_>]) -> Result<KeyBytes, HandleError> {
        let declared = self.declared.key;
        let fits = parts.len() == declared.len()
            && parts.iter().zip(declared).all(|(part, declared)| part.is_of(declared));
        // A global limit has no part to give.
        let everybody = parts.is_empty() && matches!(declared, [LimitKey::Global]);
        if !fits && !everybody {
            let by: Vec<_> = declared.iter().map(ToString::to_string).collect();
            return Err(HandleError::OtherKey(by.join(", ")));
        }
        write_all(parts, |bytes, part| {
            part.write(bytes);
            Ok(())
        })
    }

    fn tell(&self, event: &'static str, done: Result<(), OutOfReach>) -> Result<(), HandleError> {
        self.tell_of(event);
        done.map_err(|OutOfReach| HandleError::OutOfReach)
    }

    fn tell_of(&self, event: &'static str) {
        tracing::info!(
            target: "palisade::audit",
            event,
            endpoint = self.endpoint,
            policy = self.declared.name,
            "a limit was changed by the service"
        );
        self.send(match event {
            "reset" => "limit-reset",
            "blocked" => "limit-blocked",
            "unblocked" => "limit-unblocked",
            _ => "limit-restored",
        });
    }

    fn send(&self, action: &'static str) {
        self.trail.send(&Event {
            endpoint: Some(&self.endpoint)
                .filter(|endpoint| !endpoint.is_empty())
                .map(String::as_str),
            policy: Some(self.declared.name),
            ..Event::new(action, Outcome::Success)
        });
    }
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchLimit(endpoint, name) => {
                write!(f, "this service has no limit {name:?} on `{endpoint}`")
            }
            Self::OtherKey(by) => write!(f, "the limit counts by {by}, and the key is of others"),
            Self::BlockTime(time) => {
                write!(f, "a block lasts longer than nothing and at most 50 days, not {time:?}")
            }
            Self::OtherUnit(other) => {
                write!(f, "this limit counts in another unit: use `{other}`")
            }
            Self::Limit(error) => error.fmt(f),
            Self::OutOfReach => f.write_str("the shared store of limits is out of reach"),
        }
    }
}

impl std::error::Error for HandleError {}

#[cfg(test)]
mod tests;
