//! The numbers of a service: invalid ones, and those that are so large that they hardly bound
//! anything.

use std::{fmt, num::NonZeroUsize, time::Duration};

use super::{Builder, SERVICE_LIMIT};
use crate::{
    auth,
    connection::connections::ConnectionSettings,
    machine,
    policy::{Policy, RateLimit},
    request::{Defaults, oversized_body, too_large_body},
};

/// The bound of `#[timeout]`.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3_600);

/// The most of each setting that sizes memory, whatever memory the machine has.
const MOST_CACHED_TOKENS: u64 = 10_000_000;
const MOST_SLOTS: u64 = 1 << 28;
const MOST_WORKERS: u64 = 1_024;
/// The memory that one of each can take, in bytes: a token of the maximum length, the stack of a
/// thread and a worker's own memory, a body that several requests read and parse at once.
const CACHED_TOKEN: u64 = 8 * 1024;
const WORKER: u64 = 4 << 20;
/// A slot is 8 bytes in each table of a limit: units spent, refusals, bans.
const SLOT_IN_LIMIT: u64 = 3 * 8;

/// With fewer slots than callers, a caller makes the table evict the keys of others.
const FEWEST_SLOTS: usize = 4_096;

/// Above these, a setting bounds so little that it is listed as weakened.
const LONG: Duration = Duration::from_secs(600);
const LARGE_BODY: u64 = 16 << 20;
/// Below this, a setting is listed as weakened.
const SLOW: u32 = 100;
const MANY_CONNECTIONS: u32 = 2_560;
/// How many times its default the service's own limit may be.
const TIMES: u128 = 10;

impl Builder {
    /// The settings that would take more memory than there is; each is reset to a value that needs
    /// little.
    pub(super) fn take_too_large(&mut self) -> Vec<String> {
        let mut complaints = Vec::new();
        let count = |number: Option<NonZeroUsize>| {
            number.map_or(0, |number| u64::try_from(number.get()).unwrap_or(u64::MAX))
        };
        let limits: usize = self.endpoints.policies().map(|policy| policy.limits.len()).sum();
        // The service's own limit, and the table of requests under way.
        let tables = u64::try_from(limits).unwrap_or(u64::MAX).saturating_add(2);
        let slot = SLOT_IN_LIMIT.saturating_mul(tables);
        if let Some(wrong) = machine::too_large(
            "PALISADE_TOKEN_CACHE or `.token_cache(..)`",
            // The default is fine for any machine that runs the service.
            count(self.token_cache.filter(|tokens| *tokens > auth::DEFAULT_CACHED_TOKENS)),
            "tokens",
            CACHED_TOKEN,
            MOST_CACHED_TOKENS,
        ) {
            complaints.push(wrong);
            self.token_cache = None;
        }
        if let Some(wrong) = machine::too_large(
            "`.limit_slots(..)`",
            count(self.limit_slots),
            "slots",
            slot,
            MOST_SLOTS,
        ) {
            complaints.push(wrong);
            self.limit_slots = None;
        }
        let workers = count(self.workers);
        complaints.extend(machine::too_large(
            "`.workers(..)`",
            workers,
            "workers",
            WORKER,
            MOST_WORKERS,
        ));
        complaints.extend(too_large_body("`.default_body_limit(..)`", self.defaults.body_limit));
        complaints.extend(self.endpoints.policies().filter_map(oversized_body));
        complaints
    }

    /// A value that attributes refuse on an endpoint is refused as the default of all endpoints.
    pub(super) fn out_of_bounds(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let Defaults { body_limit, timeout, body_timeout, .. } = self.defaults;
        for (name, timeout) in [("default_timeout", timeout), ("body_timeout", body_timeout)] {
            if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
                let setting = if name == "body_timeout" { "PALISADE_BODY_TIMEOUT or " } else { "" };
                complaints.push(format!(
                    "{setting}`{name}` is {timeout:?}: more than zero, at most an hour"
                ));
            }
        }
        if body_limit == 0 {
            complaints.push("`default_body_limit` is 0 bytes: 1 byte to 1 GiB".to_owned());
        }
        if let Some(slots) = self.limit_slots.filter(|slots| slots.get() < FEWEST_SLOTS) {
            complaints.push(format!(
                "`limit_slots` is {slots}: at least {FEWEST_SLOTS}, or a few callers make the \
                 limits forget what others have spent"
            ));
        }
        complaints.extend(self.connections.complaints());
        #[cfg(feature = "http2")]
        complaints.extend(self.connections.http2.complaints());
        complaints.extend(
            self.endpoints.policies().filter_map(|policy| short_body_timeout(policy, body_limit)),
        );
        complaints
    }

    /// Settings that weaken a default without a `dangerous` name.
    pub(super) fn loose_settings(&self) -> Vec<String> {
        let mut loose = Vec::new();
        let usual = Defaults::default();
        let mut note = |is_loose: bool, name: &str, value: &dyn fmt::Display, usual: &str| {
            if is_loose {
                loose.push(format!("{name}: {value}, and {usual} unless it is set"));
            }
        };
        let bytes = |bytes: u64| format!("{bytes} bytes");
        let time = |time: Duration| format!("{time:?}");
        let Defaults { body_limit, timeout, body_timeout, body_rate } = self.defaults;
        note(
            body_limit > LARGE_BODY,
            "default_body_limit",
            &bytes(body_limit),
            &bytes(usual.body_limit),
        );
        note(
            body_rate.get() < SLOW,
            "body_rate",
            &format!("{body_rate} bytes a second"),
            &format!("{} bytes a second", usual.body_rate),
        );
        let (connections, unset) = (self.connections, ConnectionSettings::default());
        for (name, set, usual) in [
            ("default_timeout", timeout, usual.timeout),
            ("body_timeout", body_timeout, usual.body_timeout),
            ("write_timeout", connections.write_timeout, unset.write_timeout),
            ("head_timeout", connections.head_timeout, unset.head_timeout),
        ] {
            note(set > LONG, name, &time(set), &time(usual));
        }
        let each = connections.per_address.get();
        note(
            each > MANY_CONNECTIONS,
            "connections_per_address",
            &each,
            &unset.per_address.to_string(),
        );
        #[cfg(feature = "http2")]
        for (name, set, usual) in [
            ("http2_resets", connections.http2.resets, unset.http2.resets),
            ("http2_control_frames", connections.http2.control_frames, unset.http2.control_frames),
        ] {
            let is_loose = u128::from(set.get()) > TIMES * u128::from(usual.get());
            note(is_loose, name, &format!("{set} in 30 seconds"), &usual.to_string());
        }
        if let Some(set) = &self.service_limit {
            let text = |rate: &RateLimit| {
                let RateLimit { quota, window, burst, .. } = rate;
                format!("{quota} requests of an address in {window:?}, {burst} at once")
            };
            note(is_loose(set), "service_limit", &text(set), &text(&SERVICE_LIMIT));
        }
        loose
    }
}

/// Whether a limit of the service is many times the default.
fn is_loose(set: &RateLimit) -> bool {
    // Quota by window, compared without a division: a window of zero is refused elsewhere.
    let rate = |of: &RateLimit, other: &RateLimit| {
        u128::from(of.quota).saturating_mul(other.window.as_nanos())
    };
    rate(set, &SERVICE_LIMIT) > rate(&SERVICE_LIMIT, set).saturating_mul(TIMES)
        || u128::from(set.burst) > u128::from(SERVICE_LIMIT.burst).saturating_mul(TIMES)
}

/// An endpoint whose own deadline does not fit the service's body cap. An endpoint with a cap of
/// its own was checked when it was compiled.
fn short_body_timeout(policy: &Policy, default_limit: u64) -> Option<String> {
    let timeout = policy.body_timeout.filter(|_| policy.body_limit.is_none())?;
    let least = palisade_policy::shortest_body_timeout(default_limit);
    let (name, file, line) = (policy.name, policy.file, policy.line);
    (timeout < least).then(|| {
        format!(
            "`#[body_timeout(..)]` of `{name}` ({file}:{line}) is {timeout:?}, and \
             `default_body_limit` lets in {default_limit} bytes, which take {least:?} on a line of \
             1 Mbit/s: write that, or a `#[body_limit(..)]`"
        )
    })
}

#[cfg(test)]
mod tests {
    use std::{
        num::{NonZeroU32, NonZeroUsize},
        time::Duration,
    };

    use crate::{Builder, Palisade};

    fn loose(builder: Builder) -> Vec<String> {
        let assembled = builder.assemble().unwrap();
        assembled.weakened
    }

    #[test]
    fn a_table_of_a_few_slots_is_refused() {
        for (slots, fine) in [(1, false), (4_095, false), (4_096, true)] {
            let slots = NonZeroUsize::new(slots).unwrap();
            let built = Palisade::builder().limit_slots(slots).build();
            let told = built.err().map(|failure| failure.to_string()).unwrap_or_default();
            assert_eq!(told.is_empty(), fine, "{slots}: {told}");
            assert_eq!(told.contains("`limit_slots` is"), !fine, "{slots}: {told}");
        }
    }

    #[test]
    fn what_hardly_bounds_anything_shows_as_weakened() {
        let hour = Duration::from_secs(3_600);
        let many = NonZeroU32::new(1_000_000).unwrap();
        let builder = Palisade::builder;
        for (builder, name) in [
            (builder().default_body_limit(32 << 20), "default_body_limit: 33554432 bytes"),
            (builder().default_timeout(hour), "default_timeout: 3600s"),
            (builder().body_timeout(hour), "body_timeout: 3600s"),
            (builder().write_timeout(hour), "write_timeout: 3600s"),
            (builder().head_timeout(hour), "head_timeout: 3600s"),
            (builder().keep_alive(hour), ""),
            (builder().body_rate(NonZeroU32::MIN), "body_rate: 1 bytes a second"),
            (builder().connections_per_address(many), "connections_per_address: 1000000"),
            (
                builder().service_limit(1_000_000, Duration::from_secs(1), 1_000_000),
                "service_limit: 1000000 requests of an address in 1s, 1000000 at once",
            ),
            (builder().service_limit(6_000, Duration::from_secs(60), 6_000), ""),
            (builder().service_limit(10, Duration::from_secs(86_400), 10), ""),
            (builder().default_body_limit(1 << 20).default_timeout(Duration::from_secs(60)), ""),
            (builder(), ""),
        ] {
            let told = loose(builder);
            match told.as_slice() {
                [] => assert_eq!(name, ""),
                [one] => assert!(!name.is_empty() && one.starts_with(name), "{name}: {one}"),
                several => panic!("{several:?}"),
            }
        }
    }
}
