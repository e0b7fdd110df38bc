//! Recorder for the facade of the crate `metrics`. Feature `metrics`.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use super::{
    histogram::{self, Snapshot},
    text::{Label, Text, Type},
};

/// The most series of the service's own. Further ones are counted and dropped: a label with values
/// from clients would otherwise exhaust the memory (CWE-400).
pub const MOST_SERIES: usize = 2_000;

/// The prefixes of this crate's and the process's names.
const RESERVED: [&str; 2] = ["palisade_", "process_"];

static OWN: Own = Own { families: Mutex::new(BTreeMap::new()), dropped: AtomicU64::new(0) };

/// The process has a recorder already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecorderError;

impl fmt::Display for RecorderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the process has a recorder of `metrics` already: call `palisade::metrics::install_recorder` once, \
             and no other one",
        )
    }
}

impl std::error::Error for RecorderError {}

/// Adds what the service records with the macros of the crate `metrics` to the same exposition.
///
/// Call it at the beginning of `main`: what was recorded or described before is lost, and a handle
/// that was made before stays without effect.
///
/// Characters that are not allowed in a name become `_`. Names that begin with `palisade_` or
/// `process_` are dropped, and so are series above [`MOST_SERIES`]; `palisade_dropped_series_total`
/// counts each time. Histograms are of seconds, with the buckets of the requests.
///
/// ```
/// palisade::metrics::install_recorder()?;
/// metrics::counter!("orders_total", "kind" => "gift").increment(1);
/// metrics::histogram!("payment_seconds").record(0.25);
/// # Ok::<(), palisade::metrics::RecorderError>(())
/// ```
///
/// # Errors
///
/// The process has a recorder already.
pub fn install_recorder() -> Result<(), RecorderError> {
    metrics::set_global_recorder(&OWN).map_err(|_| RecorderError)
}

struct Own {
    families: Mutex<BTreeMap<String, Family>>,
    dropped: AtomicU64,
}

#[derive(Default)]
struct Family {
    /// `None` as long as it was only described.
    of: Option<Type>,
    help: String,
    series: BTreeMap<Vec<(String, String)>, Value>,
}

#[derive(Clone)]
enum Value {
    Count(Arc<AtomicU64>),
    Gauge(Arc<AtomicU64>),
    Histogram(Arc<Durations>),
}

#[derive(Default)]
struct Durations(histogram::Histogram);

impl HistogramFn for Durations {
    fn record(&self, seconds: f64) {
        // Neither negative nor infinite, nor no number at all.
        if let Ok(duration) = Duration::try_from_secs_f64(seconds) {
            self.0.observe_shared(duration);
        }
    }
}

impl Own {
    fn families(&self) -> MutexGuard<'_, BTreeMap<String, Family>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn describe(&self, name: &KeyName, help: &SharedString) {
        let name = family_name(name.as_str());
        if RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
            return;
        }
        let mut families = self.families();
        if families.len() < MOST_SERIES {
            let help = help.replace('\\', "\\\\").replace('\n', "\\n");
            families.entry(name).or_default().help = help;
        }
    }

    fn register(&self, key: &Key, of: Type) -> Option<Value> {
        let name = family_name(key.name());
        let label_name = |name: &str| match clean(name, false) {
            // The bound of a bucket has that name.
            name if of == Type::Histogram && name == "le" => "exported_le".to_owned(),
            name => name,
        };
        let labels = key.labels().map(|label| (label_name(label.key()), label.value().to_owned()));
        let mut labels: Vec<_> = labels.collect();
        labels.sort();
        labels.dedup_by(|later, first| later.0 == first.0);
        let mut families = self.families();
        let series: usize = families.values().map(|family| family.series.len()).sum();
        let is_reserved = RESERVED.iter().any(|reserved| name.starts_with(reserved));
        let known = families.get(&name);
        let known =
            known.and_then(|family| family.series.get(&labels).filter(|_| family.of == Some(of)));
        if let Some(value) = known {
            return Some(value.clone());
        }
        let has_other_type =
            families.get(&name).is_some_and(|family| family.of.is_some_and(|other| other != of));
        if is_reserved || series >= MOST_SERIES || has_other_type {
            // No family either: their number would have no bound.
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let family = families.entry(name).or_default();
        family.of = Some(of);
        let value = match of {
            Type::Counter => Value::Count(Arc::default()),
            Type::Gauge => Value::Gauge(Arc::default()),
            Type::Histogram => Value::Histogram(Arc::default()),
        };
        family.series.insert(labels, value.clone());
        Some(value)
    }
}

impl Recorder for &'static Own {
    fn describe_counter(&self, key: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&key, &help);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&key, &help);
    }

    fn describe_histogram(&self, key: KeyName, _: Option<Unit>, help: SharedString) {
        self.describe(&key, &help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        match self.register(key, Type::Counter) {
            Some(Value::Count(count)) => Counter::from_arc(count),
            Some(Value::Gauge(_) | Value::Histogram(_)) | None => Counter::noop(),
        }
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        match self.register(key, Type::Gauge) {
            Some(Value::Gauge(gauge)) => Gauge::from_arc(gauge),
            Some(Value::Count(_) | Value::Histogram(_)) | None => Gauge::noop(),
        }
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        match self.register(key, Type::Histogram) {
            Some(Value::Histogram(histogram)) => Histogram::from_arc(histogram),
            Some(Value::Count(_) | Value::Gauge(_)) | None => Histogram::noop(),
        }
    }
}

pub(crate) fn write(text: &mut Text) {
    let families = OWN.families();
    for (name, family) in families.iter() {
        let Some(of) = family.of else { continue };
        let help = if family.help.is_empty() { "Recorded by the service." } else { &family.help };
        text.family(name, of, help);
        for (labels, value) in &family.series {
            let labels: Vec<Label<'_>> =
                labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            match value {
                Value::Count(count) => text.sample(&labels, count.load(Ordering::Relaxed)),
                Value::Gauge(bits) => {
                    text.sample(&labels, Float(f64::from_bits(bits.load(Ordering::Relaxed))));
                }
                Value::Histogram(durations) => {
                    let mut sum = Snapshot::default();
                    durations.0.add_to(&mut sum);
                    text.histogram(&labels, &sum);
                }
            }
        }
    }
    drop(families);
    let help = "Values of the service's own series that were not kept.";
    let dropped = OWN.dropped.load(Ordering::Relaxed);
    text.single("palisade_dropped_series", Type::Counter, help, dropped);
}

/// A number in the form of both formats.
struct Float(f64);

impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            value if value.is_nan() => f.write_str("NaN"),
            value if value.is_infinite() => f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" }),
            value => value.fmt(f),
        }
    }
}

/// The name of a family: that of a counter without `_total`, which its samples get.
fn family_name(name: &str) -> String {
    clean(name.strip_suffix("_total").unwrap_or(name), true)
}

/// A name with letters, digits and underscores; colons only in those of families.
fn clean(name: &str, may_have_colons: bool) -> String {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || (may_have_colons && c == ':');
    let mut clean: String = name.chars().map(|c| if is_fine(c) { c } else { '_' }).collect();
    if clean.is_empty() || clean.starts_with(|c: char| c.is_ascii_digit()) {
        clean.insert(0, '_');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{MOST_SERIES, OWN, clean, family_name, install_recorder, write};
    use crate::series::text::{Format, Text};

    #[test]
    fn what_a_service_records_is_in_the_text_and_bounded() {
        metrics::counter!("early_total").increment(1);
        let early = metrics::counter!("kept_early_total");
        install_recorder().unwrap();
        assert!(install_recorder().is_err());
        early.increment(1);
        metrics::describe_counter!("orders_total", "Orders\nof a \\ kind.");
        metrics::counter!("orders_total", "kind" => "a \"gift\"").increment(2);
        metrics::gauge!("queue.length").set(1.5);
        metrics::histogram!("payment_seconds").record(0.3);
        metrics::histogram!("payment_seconds").record(-1.0);
        metrics::histogram!("sizes_seconds", "le" => "large").record(0.3);
        // Both names become the same one, which may occur once in the output.
        metrics::counter!("doubled_total", "a.b" => "2", "a-b" => "1").increment(1);
        metrics::counter!("palisade_refusals_total").increment(1);
        metrics::gauge!("orders_total").set(1.0);
        for number in 0..MOST_SERIES + 10 {
            metrics::counter!("paths_total", "path" => number.to_string()).increment(1);
        }
        let families = OWN.families().len();
        for number in 0..100 {
            metrics::gauge!(format!("gauge_of_client_{number}")).set(1.0);
            metrics::counter!(format!("palisade_{number}")).increment(1);
        }
        assert_eq!(OWN.families().len(), families, "a name that is dropped leaves nothing behind");
        let mut text = Text::new(Format::Prometheus);
        write(&mut text);
        let text = text.finish();
        for line in [
            "# HELP orders_total Orders\\nof a \\\\ kind.",
            "doubled_total{a_b=\"1\"} 1",
            "orders_total{kind=\"a \\\"gift\\\"\"} 2",
            "queue_length 1.5",
            "payment_seconds_bucket{le=\"0.5\"} 1",
            "payment_seconds_count 1",
            "sizes_seconds_bucket{exported_le=\"large\",le=\"0.5\"} 1",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("palisade_refusals"));
        assert!(!text.contains("early"), "what was recorded before is lost: {text}");
        let series: usize = OWN.families().values().map(|family| family.series.len()).sum();
        assert_eq!(series, MOST_SERIES);
        assert!(text.contains("palisade_dropped_series_total 217"), "{text}");
        for number in 0..MOST_SERIES + 10 {
            metrics::describe_gauge!(format!("described_{number}"), "Only described.");
        }
        assert_eq!(OWN.families().len(), MOST_SERIES, "descriptions are bounded too");
    }

    #[test]
    fn names_have_letters_digits_and_underscores() {
        assert_eq!(family_name("a.b-c_total"), "a_b_c");
        assert_eq!(clean("9é:", false), "_9__");
        assert_eq!(clean("", true), "_");
    }
}
