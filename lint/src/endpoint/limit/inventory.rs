//! A limit as text for the inventory, which is the same as the runtime's.

use std::fmt;

use crate::literal::Ban;

use super::{Count, Limit, LimitOutage, LimitStore, Unit};

/// `10/minute by ip, burst 5, cost 2`: the format of the inventory.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, quota, window, burst, cost, key, .. } = self;
        match unit {
            Unit::Requests => write!(f, "{quota}")?,
            Unit::Kibibytes => write!(f, "{quota} KiB")?,
            Unit::InFlight => write!(f, "{quota} at once")?,
        }
        match (unit, window) {
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
            write!(f, "{and}{}", part.value)?;
        }
        if burst != quota {
            let size = if *unit == Unit::Kibibytes { " KiB" } else { "" };
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
        if let Some(ban) = &self.ban {
            let Ban { refusals, within, lasts } = ban.value;
            write!(f, ", {lasts}s ban after {refusals} refusals in {within}s")?;
        }
        if self.track {
            f.write_str(", track")?;
        }
        Ok(())
    }
}
