//! How often an endpoint may be called.

use std::{fmt, time::Duration};

/// One `#[rate_limit(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// The policy's name in the `RateLimit` fields; unique on its endpoint.
    pub name: &'static str,
    /// Units that one key may spend in each window; at least 1.
    pub quota: u32,
    /// The window; whole seconds, at least one.
    pub window: Duration,
    /// Units that may be spent at once; the quota unless `burst = ..` says less.
    pub burst: u32,
    /// Units that one request spends; at most `burst`.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// Whose requests are counted together.
    pub key: LimitKey,
    /// `store = shared`: counted over all instances of the service.
    pub shared: bool,
}

/// Which requests spend units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Every request.
    All,
    /// Requests that end with a 4xx status other than 429 (`count = failures`).
    Failures,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitKey {
    /// `by = global`: everybody's.
    Global,
    /// `by = ip`: those of one client address (IPv6 by its /56).
    Address,
    /// `by = header("..")`: those with one value of this header; all without it share one count.
    Header(&'static str),
    /// `by = path("..")`: those with one value of this path parameter.
    Path(&'static str),
    /// `by = subject`: those of one authenticated subject.
    Subject,
}

impl LimitKey {
    /// Whether the key is known only once the caller is identified.
    pub const fn needs_identity(self) -> bool {
        matches!(self, Self::Subject)
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Address => f.write_str("ip"),
            Self::Header(name) => write!(f, "header({name})"),
            Self::Path(name) => write!(f, "path({name})"),
            Self::Subject => f.write_str("subject"),
        }
    }
}

/// `10/minute by ip, burst 5, cost 2`: the form of the inventory.
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quota, burst, cost, key, .. } = self;
        match self.window.as_secs() {
            1 => write!(f, "{quota}/second")?,
            60 => write!(f, "{quota}/minute")?,
            3_600 => write!(f, "{quota}/hour")?,
            86_400 => write!(f, "{quota}/day")?,
            seconds => write!(f, "{quota}/{seconds}s")?,
        }
        write!(f, " by {key}")?;
        if burst != quota {
            write!(f, ", burst {burst}")?;
        }
        if *cost != 1 {
            write!(f, ", cost {cost}")?;
        }
        if self.count == Count::Failures {
            f.write_str(", failures")?;
        }
        if self.shared {
            f.write_str(", shared")?;
        }
        Ok(())
    }
}
