//! The metrics of a service's limits.

use std::fmt;

use actix_web::{HttpRequest, HttpResponse, Responder};

use crate::metrics::{Format, Label, Text, Type};

/// The counters of all limits since the start, and how full the tables are.
///
/// They are a part of the [`metrics`](crate::metrics) of the whole service. Displayed in the text
/// format of `OpenMetrics` 1.0, which Prometheus reads. As an answer it has that media type, so
/// that a service can add it to an endpoint of its own:
///
/// ```
/// use palisade::{limit::{Limits, Metrics}, prelude::*};
///
/// #[get("/metrics")]
/// #[require_scope("metrics:read")]
/// async fn metrics(limits: Data<Limits>) -> Metrics {
///     limits.metrics()
/// }
/// ```
///
/// It names endpoints and policies, never a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// Each limit of the service's endpoints.
    pub limits: Vec<LimitMetrics>,
    /// Each table in memory.
    pub tables: Vec<TableMetrics>,
    /// The store that instances share; `None` without one.
    pub shared_store: Option<SharedStoreMetrics>,
    /// Requests refused because their network is blocked.
    pub barred: u64,
    /// Requests that did not reach a handler of an endpoint, errors of plain handlers that are
    /// mounted beside the endpoints included, by cause: the short name of the
    /// [problem](crate::Kind::name), `preflight`, `client-gone` or `other`.
    pub refusals: Vec<(&'static str, u64)>,
    /// Of those, how many have no line in the log.
    pub suppressed_lines: u64,
    /// Handlers that ended after their deadline, because they had no `await` at which they could be
    /// dropped.
    pub outlived_deadlines: u64,
    /// Lines of the log that were dropped because its reader was too slow.
    #[cfg(feature = "log")]
    pub dropped_log_lines: u64,
}

/// The state of the store of shared limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedStoreMetrics {
    /// Whether it is out of reach now.
    pub is_out_of_reach: bool,
    /// How often it went out of reach.
    pub outages: u64,
    /// Commands that went over the network.
    pub round_trips: u64,
    /// Requests that were refused without one.
    pub recalled: u64,
}

/// The counters of one limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitMetrics {
    /// The handler's path; empty for the service's own limit.
    pub endpoint: String,
    /// The limit's name.
    pub policy: &'static str,
    /// Requests that it let pass.
    pub allowed: u64,
    /// Requests that it refused, those of banned keys included.
    pub refused: u64,
    /// Requests that it would have refused, had it not only tracked.
    pub tracked: u64,
    /// Bans that it began.
    pub bans: u64,
    /// Requests that it decided on in memory while the shared store was out of reach.
    pub standby: u64,
    /// Requests that it let pass without a count meanwhile (`outage = open`).
    pub uncounted: u64,
    /// Requests that it left undecided meanwhile (`outage = closed`): 503.
    pub undecided: u64,
    /// Requests that are under way now; zero for a limit that does not count those.
    pub in_flight: u64,
}

/// How full a table is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableMetrics {
    /// Its content: `spent` for what the keys of a limit have spent, `refusals` for their counts of
    /// refusals (for a limit with a ban) and `blocks` for keys that are banned, or that the service
    /// itself has blocked; without a limit, `in-flight` for concurrency limits, `denied` and
    /// `believed` for keys that a shared store has refused, which are cached to save round trips.
    pub table: &'static str,
    /// The path of the limit's handler; empty for the service's own limit, and for a table of no
    /// single limit.
    pub endpoint: String,
    /// The name of the limit; empty for a table of no single limit.
    pub policy: &'static str,
    /// Its slots, 8 bytes each.
    pub slots: usize,
    /// Slots that are taken.
    pub used: usize,
    /// Keys that were evicted before they had recovered.
    pub evicted: u64,
    /// Requests that were refused because no slot was free.
    pub full: u64,
}

impl Metrics {
    /// The media type of the text.
    pub const CONTENT_TYPE: &'static str =
        "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

impl Metrics {
    /// Writes the families of limits to an exposition that may have others.
    pub(crate) fn write(&self, text: &mut Text) {
        type Count = fn(&LimitMetrics) -> u64;
        let outcomes: [(&str, Count); 5] = [
            ("allowed", |limit| limit.allowed),
            ("refused", |limit| limit.refused),
            ("tracked", |limit| limit.tracked),
            ("uncounted", |limit| limit.uncounted),
            ("undecided", |limit| limit.undecided),
        ];
        let help = "What limits decided on requests.";
        text.family("palisade_limit_decisions", Type::Counter, help);
        for limit in &self.limits {
            for (outcome, count) in outcomes {
                let [endpoint, policy] = limit.labels();
                text.sample(&[endpoint, policy, ("outcome", outcome)], count(limit));
            }
        }
        let by_limit: [(&str, Type, &str, Count); 3] = [
            ("palisade_limit_bans", Type::Counter, "Bans that limits began.", |limit| limit.bans),
            (
                "palisade_limit_standby",
                Type::Counter,
                "Decisions in memory while the shared store was out of reach.",
                |limit| limit.standby,
            ),
            (
                "palisade_limit_in_flight",
                Type::Gauge,
                "Requests under way, of those that a limit counts.",
                |limit| limit.in_flight,
            ),
        ];
        for (name, of, help, count) in by_limit {
            text.family(name, of, help);
            for limit in &self.limits {
                text.sample(&limit.labels(), count(limit));
            }
        }
        self.write_store(text);
        self.write_tables(text);
        let help = "Requests of blocked networks.";
        text.single("palisade_blocked_requests", Type::Counter, help, self.barred);
        let help =
            "Requests that did not reach a handler of an endpoint, and errors of plain handlers.";
        text.family("palisade_refusals", Type::Counter, help);
        for (cause, count) in &self.refusals {
            text.sample(&[("cause", cause)], count);
        }
        let help = "Refusals that have no line in the log.";
        text.single("palisade_suppressed_lines", Type::Counter, help, self.suppressed_lines);
        let help = "Handlers that ended after their deadline.";
        text.single("palisade_outlived_deadlines", Type::Counter, help, self.outlived_deadlines);
        #[cfg(feature = "log")]
        {
            let help = "Lines of the log that were dropped.";
            text.single("palisade_dropped_log_lines", Type::Counter, help, self.dropped_log_lines);
        }
    }

    fn write_store(&self, text: &mut Text) {
        let Some(store) = &self.shared_store else { return };
        let lost = u64::from(store.is_out_of_reach);
        let help = "Whether the shared store is out of reach.";
        text.single("palisade_limit_store_out_of_reach", Type::Gauge, help, lost);
        let help = "Times that it went out of reach.";
        text.single("palisade_limit_store_outages", Type::Counter, help, store.outages);
        let help = "Questions over the network.";
        text.single("palisade_limit_store_round_trips", Type::Counter, help, store.round_trips);
        let help = "Requests refused without one.";
        text.single("palisade_limit_store_recalls", Type::Counter, help, store.recalled);
    }

    fn write_tables(&self, text: &mut Text) {
        type Size = fn(&TableMetrics) -> u64;
        let sizes: [(&str, Type, &str, Size); 4] = [
            ("slots", Type::Gauge, "Slots of a table.", |table| wide(table.slots)),
            ("used_slots", Type::Gauge, "Slots that are taken.", |table| wide(table.used)),
            ("evictions", Type::Counter, "Live entries forgotten for want of room.", |table| {
                table.evicted
            }),
            ("overflows", Type::Counter, "Requests refused for want of room.", |table| table.full),
        ];
        for (name, of, help, size) in sizes {
            text.family(&format!("palisade_limit_table_{name}"), of, help);
            for table in &self.tables {
                let labels = [
                    ("endpoint", &*table.endpoint),
                    ("policy", table.policy),
                    ("table", table.table),
                ];
                text.sample(&labels, size(table));
            }
        }
    }
}

impl LimitMetrics {
    fn labels(&self) -> [Label<'_>; 2] {
        [("endpoint", &*self.endpoint), ("policy", self.policy)]
    }
}

impl fmt::Display for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Text::new(Format::OpenMetrics);
        self.write(&mut text);
        f.write_str(&text.finish())
    }
}

impl Responder for Metrics {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type(Self::CONTENT_TYPE).body(self.to_string())
    }
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{LimitMetrics, Metrics, SharedStoreMetrics, TableMetrics};

    #[test]
    fn the_text_is_of_openmetrics() {
        let metrics = Metrics {
            limits: vec![LimitMetrics {
                endpoint: "a::\"b\\\n".to_owned(),
                policy: "ip",
                allowed: 7,
                refused: 2,
                tracked: 0,
                bans: 1,
                standby: 6,
                uncounted: 0,
                undecided: 2,
                in_flight: 3,
            }],
            tables: vec![TableMetrics {
                table: "spent",
                endpoint: "a".to_owned(),
                policy: "ip",
                slots: 64,
                used: 5,
                evicted: 4,
                full: 0,
            }],
            shared_store: Some(SharedStoreMetrics {
                is_out_of_reach: true,
                outages: 3,
                round_trips: 50,
                recalled: 8,
            }),
            barred: 9,
            refusals: vec![("misdirected", 12)],
            suppressed_lines: 11,
            outlived_deadlines: 13,
            #[cfg(feature = "log")]
            dropped_log_lines: 0,
        };
        let text = metrics.to_string();
        let labels = r#"endpoint="a::\"b\\\n",policy="ip""#;
        for line in [
            "# TYPE palisade_limit_decisions counter".to_owned(),
            format!("palisade_limit_decisions_total{{{labels},outcome=\"allowed\"}} 7"),
            format!("palisade_limit_decisions_total{{{labels},outcome=\"refused\"}} 2"),
            format!("palisade_limit_decisions_total{{{labels},outcome=\"undecided\"}} 2"),
            format!("palisade_limit_standby_total{{{labels}}} 6"),
            "palisade_limit_store_out_of_reach 1".to_owned(),
            "palisade_limit_store_outages_total 3".to_owned(),
            format!("palisade_limit_bans_total{{{labels}}} 1"),
            format!("palisade_limit_in_flight{{{labels}}} 3"),
            "palisade_limit_table_used_slots{endpoint=\"a\",policy=\"ip\",table=\"spent\"} 5"
                .to_owned(),
            "palisade_limit_table_evictions_total{endpoint=\"a\",policy=\"ip\",table=\"spent\"} 4"
                .to_owned(),
            "palisade_blocked_requests_total 9".to_owned(),
            "palisade_refusals_total{cause=\"misdirected\"} 12".to_owned(),
            "palisade_suppressed_lines_total 11".to_owned(),
            "palisade_outlived_deadlines_total 13".to_owned(),
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
        // Every sample belongs to the family that was announced last.
        let mut family = "";
        for line in text.lines().filter(|line| !line.starts_with("# EOF")) {
            match line.strip_prefix("# TYPE ") {
                Some(announced) => family = announced.split(' ').next().unwrap(),
                None if line.starts_with("# HELP ") => assert!(line[7..].starts_with(family)),
                None => assert!(line.starts_with(family), "{line}"),
            }
        }
    }
}
