//! How often, how much, how many at once.

use std::{fmt, time::Duration};

use super::words;

words! {
    /// What one unit of a limit is.
    pub enum Unit {
        /// A request.
        Requests "requests",
        /// 1,024 bytes of request bodies, including those that were started (`content-bytes` in
        /// draft-ietf-httpapi-ratelimit-headers-10).
        Kibibytes "kibibytes",
        /// A request that is under way.
        InFlight "concurrent-requests",
    }

    /// Which requests spend units.
    pub enum Count {
        /// Every request.
        All "all",
        /// Requests that end with a 4xx status other than 429 (`count = failures`).
        Failures "failures",
    }

    /// Where a limit is counted.
    pub enum LimitStore {
        /// Where the service says: in each instance, unless it shares all limits.
        Service "service",
        /// `store = local`: in each instance.
        Local "local",
        /// `store = shared`: over all instances.
        Shared "shared",
    }

    /// What holds for a shared limit while its store is out of reach.
    pub enum LimitOutage {
        /// Each instance counts by itself.
        Local "local",
        /// `outage = closed`: nothing passes (503).
        Closed "closed",
        /// `outage = open, reason = ".."`: everything passes.
        Open "open",
    }
}

/// `ban = "10 refusals in 10 minutes, 1 hour"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ban {
    /// So many refusals by this limit.
    pub refusals: u32,
    /// In this time; whole seconds.
    pub within: Duration,
    /// Refuse the key for this time; whole seconds.
    pub lasts: Duration,
}

/// What a limit says, except for its key.
#[derive(Clone, Copy, Debug)]
pub struct LimitTerms {
    /// What one unit is.
    pub unit: Unit,
    /// Units per window, or at once.
    pub quota: u32,
    /// The window; whole seconds. Zero for [`Unit::InFlight`], which has none.
    pub window: Duration,
    /// Units that may be spent at once.
    pub burst: u32,
    /// Units that one request spends.
    pub cost: u32,
    /// What is counted.
    pub count: Count,
    /// Where it is counted.
    pub store: LimitStore,
    /// What holds while the shared store is out of reach.
    pub outage: LimitOutage,
    /// What becomes of a key that is refused again and again.
    pub ban: Option<Ban>,
    /// Whether it only counts.
    pub track: bool,
}

impl LimitTerms {
    /// Writes the limit as the inventory shows it: `10/minute by ip, burst 5, cost 2`. `key` are the parts
    /// of its key.
    ///
    /// # Errors
    ///
    /// Those of the formatter.
    pub fn write(
        &self,
        key: impl IntoIterator<Item: fmt::Display>,
        f: &mut fmt::Formatter<'_>,
    ) -> fmt::Result {
        self.write_rate(f)?;
        f.write_str(" by ")?;
        for (index, part) in key.into_iter().enumerate() {
            let and = if index == 0 { "" } else { "+" };
            write!(f, "{and}{part}")?;
        }
        self.write_options(f)
    }

    fn write_rate(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quota = self.quota;
        match self.unit {
            Unit::Requests => write!(f, "{quota}")?,
            Unit::Kibibytes => write!(f, "{quota} KiB")?,
            Unit::InFlight => return write!(f, "{quota} at once"),
        }
        match self.window.as_secs() {
            1 => f.write_str("/second"),
            60 => f.write_str("/minute"),
            3_600 => f.write_str("/hour"),
            86_400 => f.write_str("/day"),
            seconds => write!(f, "/{seconds}s"),
        }
    }

    fn write_options(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, quota, burst, cost, .. } = *self;
        if burst != quota {
            let size = if unit == Unit::Kibibytes { " KiB" } else { "" };
            write!(f, ", burst {burst}{size}")?;
        }
        if cost != 1 {
            write!(f, ", cost {cost}")?;
        }
        if self.count != Count::All {
            write!(f, ", {}", self.count)?;
        }
        if self.store != LimitStore::Service {
            write!(f, ", {}", self.store)?;
        }
        if self.outage != LimitOutage::Local {
            write!(f, ", {} on outage", self.outage)?;
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

#[cfg(test)]
mod tests {
    use std::{fmt, time::Duration};

    use super::{Ban, Count, LimitOutage, LimitStore, LimitTerms, Unit};

    const PLAIN: LimitTerms = LimitTerms {
        unit: Unit::Requests,
        quota: 10,
        window: Duration::from_mins(1),
        burst: 10,
        cost: 1,
        count: Count::All,
        store: LimitStore::Service,
        outage: LimitOutage::Local,
        ban: None,
        track: false,
    };

    struct Shown<'a>(LimitTerms, &'a [&'a str]);

    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.write(self.1, f)
        }
    }

    #[test]
    fn what_differs_from_the_default_is_shown() {
        assert_eq!(Shown(PLAIN, &["ip"]).to_string(), "10/minute by ip");
        let ban =
            Ban { refusals: 5, within: Duration::from_mins(10), lasts: Duration::from_hours(1) };
        let all = LimitTerms {
            window: Duration::from_secs(30),
            burst: 5,
            cost: 2,
            count: Count::Failures,
            store: LimitStore::Shared,
            outage: LimitOutage::Closed,
            ban: Some(ban),
            track: true,
            ..PLAIN
        };
        assert_eq!(
            Shown(all, &["ip", "body(email)"]).to_string(),
            "10/30s by ip+body(email), burst 5, cost 2, failures, shared, closed on outage, \
             3600s ban after 5 refusals in 600s, track"
        );
    }

    #[test]
    fn each_unit_is_shown() {
        let bytes = LimitTerms { unit: Unit::Kibibytes, burst: 4, ..PLAIN };
        assert_eq!(Shown(bytes, &["ip"]).to_string(), "10 KiB/minute by ip, burst 4 KiB");
        let in_flight = LimitTerms { unit: Unit::InFlight, window: Duration::ZERO, ..PLAIN };
        assert_eq!(Shown(in_flight, &["subject"]).to_string(), "10 at once by subject");
    }
}
