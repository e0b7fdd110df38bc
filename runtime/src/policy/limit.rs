//! How often an endpoint may be called.

use std::{fmt, time::Duration};

use palisade_policy::LimitTerms;
#[doc(inline)]
pub use palisade_policy::{Ban, Count, LimitOutage, LimitStore, Unit};

use super::{KeyRequest, KeySources};

/// One `#[rate_limit(..)]` or `#[concurrency_limit(..)]`.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    /// The policy's name in the `RateLimit` fields; unique on its endpoint.
    pub name: &'static str,
    /// What one unit is.
    pub unit: Unit,
    /// Units that one key may spend in each window, or have in flight; at least 1.
    pub quota: u32,
    /// The window: whole seconds, at least one. Zero for [`Unit::InFlight`], which has no window.
    pub window: Duration,
    /// Units that may be spent at once; the quota unless `burst = ..` sets less.
    pub burst: u32,
    /// Units that one request spends; at most `burst`. For [`Unit::Kibibytes`] the size of the body
    /// decides.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// The parts of the key: requests that are equal in every part share a count.
    pub key: &'static [LimitKey],
    /// Where the counts are kept.
    pub store: LimitStore,
    /// What happens during an outage of the shared store.
    pub outage: LimitOutage,
    /// The ban of a key that is refused repeatedly.
    pub ban: Option<Ban>,
    /// `mode = track`: requests are counted and reported, never refused.
    pub track: bool,
}

/// One part of whose requests are counted together.
#[derive(Clone, Copy, Debug)]
pub enum LimitKey {
    /// `by = global`: one count for all callers.
    Global,
    /// `by = ip`: one count for each client address (IPv6: for each /56).
    Address,
    /// `by = header("..")`: one count for each value of this header; all requests without it share
    /// one.
    Header(&'static str),
    /// `by = path("..")`: one count for each value of this path parameter.
    Path(&'static str),
    /// `by = subject`: one count for each authenticated subject.
    Subject,
    /// `by = client`: one count for each OAuth client (`client_id`); all callers without a client
    /// share one.
    Client,
    /// `by = function(..)`: one count for each text that this function returns; all requests for
    /// which it returns `None` share one. The function gets the request without its body.
    Function(&'static str, KeyFunction),
    /// `by = function(.., of = ..)`: the same with a function that gets only the listed ones of
    /// `ip`, `subject` and `client`.
    FunctionOf(&'static str, SourceFunction, &'static [LimitKey]),
    /// `by = body("..")`: one count for each value of this field of the validated body.
    Body(&'static str),
}

/// Returns the key for a request.
pub type KeyFunction = fn(&KeyRequest<'_>) -> Option<String>;

/// Returns the key for what `of = ..` lists.
pub type SourceFunction = fn(&KeySources<'_>) -> Option<String>;

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
    /// `identified`: whether the endpoint authenticates its callers, since a function may use their
    /// identity.
    pub fn stage(&self, identified: bool) -> KeyStage {
        let stages = self.key.iter().map(|part| part.stage(identified));
        stages.max().unwrap_or(KeyStage::Anonymous)
    }

    /// The position of the limit among the limits of its stage.
    ///
    /// Keys that the caller chooses come last: a new value takes a slot in the table, and a caller
    /// who is refused by another key must not take one. The global count comes after the counts of
    /// single callers, so that a refused caller does not spend it.
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

/// `10/minute by ip, burst 5, cost 2`: the format of the inventory.
impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, quota, window, burst, cost, count, store, outage, ban, track, .. } = *self;
        LimitTerms { unit, quota, window, burst, cost, count, store, outage, ban, track }
            .write(self.key, f)
    }
}
