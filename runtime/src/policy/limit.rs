//! How often an endpoint may be called.

use std::{fmt, time::Duration};

use super::{KeyRequest, KeySources};

/// One `#[rate_limit(..)]` or `#[concurrency_limit(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// The policy's name in the `RateLimit` fields; unique on its endpoint.
    pub name: &'static str,
    /// What one unit is.
    pub unit: Unit,
    /// Units that one key may spend in each window, or hold at once; at least 1.
    pub quota: u32,
    /// The window; whole seconds, at least one. Zero for [`Unit::InFlight`], which has none.
    pub window: Duration,
    /// Units that may be spent at once; the quota unless `burst = ..` says less.
    pub burst: u32,
    /// Units that one request spends; at most `burst`. For [`Unit::Kibibytes`] the body decides.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// Whose requests are counted together: those that agree in every part.
    pub key: &'static [LimitKey],
    /// Where it is counted.
    pub store: LimitStore,
    /// What holds while the shared store is out of reach.
    pub outage: LimitOutage,
    /// What becomes of a key that is refused again and again.
    pub ban: Option<Ban>,
    /// `mode = track`: counted and reported, never refused.
    pub track: bool,
}

/// What one unit of a limit is (`qu` in draft-ietf-httpapi-ratelimit-headers-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A request (`requests`).
    Requests,
    /// 1,024 bytes of request bodies, begun ones included (`content-bytes`).
    Kibibytes,
    /// A request that is under way (`concurrent-requests`).
    InFlight,
}

/// Which requests spend units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Every request.
    All,
    /// Requests that end with a 4xx status other than 429 (`count = failures`).
    Failures,
}

/// One part of whose requests are counted together.
#[derive(Clone, Copy, Debug)]
pub enum LimitKey {
    /// `by = global`: one count for all callers.
    Global,
    /// `by = ip`: those of one client address (IPv6 by its /56).
    Address,
    /// `by = header("..")`: those with one value of this header; all without it share one count.
    Header(&'static str),
    /// `by = path("..")`: those with one value of this path parameter.
    Path(&'static str),
    /// `by = subject`: those of one authenticated subject.
    Subject,
    /// `by = client`: those of one OAuth client (`client_id`); all callers without one share one
    /// count.
    Client,
    /// `by = function(..)`: those for which this function gives the same text; all for which it
    /// gives none share one count. It sees the request without its body.
    Function(&'static str, KeyFunction),
    /// `by = function(.., of = ..)`: the same, by a function that sees these of `ip`, `subject` and
    /// `client` alone.
    FunctionOf(&'static str, SourceFunction, &'static [LimitKey]),
    /// `by = body("..")`: those with one value of this field of the validated body.
    Body(&'static str),
}

/// Works out of a request whose requests are counted together.
pub type KeyFunction = fn(&KeyRequest<'_>) -> Option<String>;

/// Works out of what `of = ..` names whose requests are counted together.
pub type SourceFunction = fn(&KeySources<'_>) -> Option<String>;

/// Where a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitStore {
    /// Where the service says: in each instance, unless it shares all limits.
    Service,
    /// `store = local`: in each instance.
    Local,
    /// `store = shared`: over all instances.
    Shared,
}

/// What holds for a shared limit while its store is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitOutage {
    /// Each instance counts by itself.
    Local,
    /// `outage = closed`: nothing passes (503).
    Closed,
    /// `outage = open, reason = ".."`: everything passes.
    Open,
}

/// `ban = "10 refusals in 10 minutes, 1 hour"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// So many refusals by this limit.
    pub refusals: u32,
    /// In this time.
    pub within: Duration,
    /// Refuse the key for this time.
    pub lasts: Duration,
}

/// The stage at which a key is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyStage {
    /// Before the caller is identified.
    Anonymous,
    /// Once the caller is identified.
    Identified,
    /// Once all input is validated.
    Validated,
}

impl RateLimit {
    /// The stage at which every part of the key is known.
    ///
    /// `identified` is whether the endpoint identifies its callers: a function may use their
    /// identity.
    pub fn stage(&self, identified: bool) -> KeyStage {
        let stages = self.key.iter().map(|part| part.stage(identified));
        stages.max().unwrap_or(KeyStage::Anonymous)
    }

    /// How late the limit is asked among those of its stage.
    ///
    /// Keys that a caller can choose come last: a new value takes a slot in the table, and a caller
    /// who is refused by another key must not take one. The global count comes after those of each
    /// caller, so that a refused caller does not spend it.
    pub(crate) fn turn(&self) -> u8 {
        let turns = self.key.iter().map(|part| match part {
            LimitKey::Address | LimitKey::Subject | LimitKey::Client | LimitKey::FunctionOf(..) => {
                0
            }
            LimitKey::Global => 1,
            LimitKey::Function(..) => 2,
            LimitKey::Path(_) | LimitKey::Header(_) | LimitKey::Body(_) => 3,
        });
        turns.max().unwrap_or(0)
    }
}

impl LimitKey {
    const fn stage(&self, identified: bool) -> KeyStage {
        match self {
            Self::Global | Self::Address | Self::Header(_) | Self::Path(_) => KeyStage::Anonymous,
            Self::Subject | Self::Client => KeyStage::Identified,
            // Made of the address alone, it is known as early as that.
            Self::FunctionOf(_, _, [Self::Address]) => KeyStage::Anonymous,
            Self::Function(..) | Self::FunctionOf(..) if identified => KeyStage::Identified,
            Self::Function(..) | Self::FunctionOf(..) => KeyStage::Anonymous,
            Self::Body(_) => KeyStage::Validated,
        }
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
            Self::Client => f.write_str("client"),
            Self::Function(name, _) => write!(f, "function({name})"),
            Self::FunctionOf(name, _, of) => {
                write!(f, "function({name}")?;
                for (index, source) in of.iter().enumerate() {
                    write!(f, "{}{source}", if index == 0 { " of " } else { "+" })?;
                }
                f.write_str(")")
            }
            Self::Body(field) => write!(f, "body({field})"),
        }
    }
}

/// `10/minute by ip, burst 5, cost 2`: the form of the inventory.
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { quota, burst, cost, key, .. } = self;
        match self.unit {
            Unit::Requests => write!(f, "{quota}")?,
            Unit::Kibibytes => write!(f, "{quota} KiB")?,
            Unit::InFlight => write!(f, "{quota} at once")?,
        }
        match (self.unit, self.window.as_secs()) {
            (Unit::InFlight, _) => {}
            (_, 1) => f.write_str("/second")?,
            (_, 60) => f.write_str("/minute")?,
            (_, 3_600) => f.write_str("/hour")?,
            (_, 86_400) => f.write_str("/day")?,
            (_, seconds) => write!(f, "/{seconds}s")?,
        }
        f.write_str(" by ")?;
        for (index, part) in key.iter().enumerate() {
            let and = if index == 0 { "" } else { "+" };
            write!(f, "{and}{part}")?;
        }
        if burst != quota {
            let size = if self.unit == Unit::Kibibytes { " KiB" } else { "" };
            write!(f, ", burst {burst}{size}")?;
        }
        if *cost != 1 {
            write!(f, ", cost {cost}")?;
        }
        if self.count == Count::Failures {
            f.write_str(", failures")?;
        }
        match self.store {
            LimitStore::Service => {}
            LimitStore::Local => f.write_str(", local")?,
            LimitStore::Shared => f.write_str(", shared")?,
        }
        match self.outage {
            LimitOutage::Local => {}
            LimitOutage::Closed => f.write_str(", closed on outage")?,
            LimitOutage::Open => f.write_str(", open on outage")?,
        }
        if let Some(Ban { refusals, within, lasts }) = self.ban {
            let (within, lasts) = (within.as_secs(), lasts.as_secs());
            write!(f, ", {lasts}s ban after {refusals} refusals in {within}s")?;
        }
        if self.track {
            f.write_str(", track")?;
        }
        Ok(())
    }
}
