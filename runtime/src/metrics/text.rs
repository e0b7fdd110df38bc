//! The text format of Prometheus.

use std::fmt::{self, Display, Write as _};

use super::histogram::{BOUNDS, Snapshot};
#[cfg(feature = "otel")]
use super::otlp::Families;

/// The format of an exposition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The text format 0.0.4 of Prometheus, which every scraper reads.
    #[default]
    Prometheus,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Format {
    /// The media type of the text.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// The format for a scraper that sent this `Accept`: `OpenMetrics` if it names that format at
    /// all, as Prometheus does from 2.5 on.
    pub fn accepted_by(accept: Option<&str>) -> Self {
        match accept {
            Some(accept) if accept.contains("application/openmetrics-text") => Self::OpenMetrics,
            Some(_) | None => Self::Prometheus,
        }
    }
}

/// The type of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Counter,
    Gauge,
    Histogram,
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A label and its value.
pub(crate) type Label<'a> = (&'a str, &'a str);

/// An exposition that is being written: one family after the other, each with all its samples.
#[derive(Debug)]
pub(crate) struct Text {
    out: String,
    format: Format,
    family: String,
    of: Type,
    /// The families instead of the text, for OTLP.
    #[cfg(feature = "otel")]
    families: Option<Families>,
}

impl Text {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            out: String::with_capacity(8_192),
            format,
            family: String::new(),
            of: Type::Gauge,
            #[cfg(feature = "otel")]
            families: None,
        }
    }

    /// Collects families for OTLP instead of an exposition.
    #[cfg(feature = "otel")]
    pub(super) fn of_families() -> Self {
        let mut text = Self::new(Format::OpenMetrics);
        text.families = Some(Families::new());
        text
    }

    /// The families that were collected.
    #[cfg(feature = "otel")]
    pub(super) fn into_families(self) -> Option<Families> {
        self.families
    }

    /// Begins a family. The name of a counter has no `_total`: its samples get that.
    pub(crate) fn family(&mut self, name: &str, of: Type, help: &str) {
        name.clone_into(&mut self.family);
        self.of = of;
        #[cfg(feature = "otel")]
        if let Some(families) = &mut self.families {
            families.begin(name, of, help);
            return;
        }
        // In the older format a counter is announced by the name of its samples.
        let suffix = match (self.format, of) {
            (Format::Prometheus, Type::Counter) => "_total",
            (Format::Prometheus | Format::OpenMetrics, _) => "",
        };
        let type_name = of.name();
        self.line(format_args!("# TYPE {name}{suffix} {type_name}\n# HELP {name}{suffix} {help}"));
    }

    /// A sample of the family that was begun last: a counter or a gauge.
    pub(crate) fn sample(&mut self, labels: &[Label<'_>], value: impl Display) {
        #[cfg(feature = "otel")]
        if let Some(families) = &mut self.families {
            families.sample(labels, &value);
            return;
        }
        let suffix = if self.of == Type::Counter { "_total" } else { "" };
        self.labelled(suffix, labels, None, value);
    }

    /// A family of one sample without labels.
    pub(crate) fn single(&mut self, name: &str, of: Type, help: &str, value: impl Display) {
        self.family(name, of, help);
        self.sample(&[], value);
    }

    /// The samples of one histogram of durations.
    pub(super) fn histogram(&mut self, labels: &[Label<'_>], durations: &Snapshot) {
        #[cfg(feature = "otel")]
        if let Some(families) = &mut self.families {
            families.histogram(labels, durations);
            return;
        }
        let mut so_far = 0_u64;
        for (bound, count) in BOUNDS.iter().zip(&durations.counts) {
            so_far = so_far.wrapping_add(*count);
            self.labelled("_bucket", labels, Some(("le", bound.text)), so_far);
        }
        let all = durations.total();
        self.labelled("_bucket", labels, Some(("le", "+Inf")), all);
        self.labelled("_sum", labels, None, Seconds(durations.nanos));
        self.labelled("_count", labels, None, all);
    }

    fn labelled(
        &mut self,
        suffix: &str,
        labels: &[Label<'_>],
        further: Option<Label<'_>>,
        value: impl Display,
    ) {
        self.out.push_str(&self.family);
        self.out.push_str(suffix);
        let mut begin = '{';
        for (name, value) in labels.iter().copied().chain(further) {
            self.out.push(begin);
            self.out.push_str(name);
            self.out.push_str("=\"");
            escape(&mut self.out, value);
            self.out.push('"');
            begin = ',';
        }
        if begin == ',' {
            self.out.push('}');
        }
        self.line(format_args!(" {value}"));
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a `String` does not fail.
        let _ = self.out.write_fmt(line);
        self.out.push('\n');
    }

    /// The whole text.
    pub(crate) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.out.push_str("# EOF\n");
        }
        self.out
    }
}

/// The value of a label in quotes: both formats escape the same three characters.
fn escape(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
}

/// Nanoseconds, written as seconds without loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000_000_000;
        write!(f, "{}.{:09}", self.0 / SECOND, self.0 % SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Snapshot, Text, Type};

    #[test]
    fn both_formats_name_a_counter_their_way() {
        let write = |format| {
            let mut text = Text::new(format);
            text.family("a", Type::Counter, "As.");
            text.sample(&[("b", "c\"\\\n")], 7);
            text.finish()
        };
        let sample = "a_total{b=\"c\\\"\\\\\\n\"} 7\n";
        assert_eq!(
            write(Format::Prometheus),
            format!("# TYPE a_total counter\n# HELP a_total As.\n{sample}")
        );
        assert_eq!(
            write(Format::OpenMetrics),
            format!("# TYPE a counter\n# HELP a As.\n{sample}# EOF\n")
        );
    }

    #[test]
    fn a_histogram_adds_up() {
        let mut text = Text::new(Format::Prometheus);
        let mut durations = Snapshot::default();
        durations.counts[0] = 2;
        durations.counts[3] = 1;
        durations.nanos = 1_500_000_000;
        text.family("a_seconds", Type::Histogram, "As.");
        text.histogram(&[("b", "c")], &durations);
        let text = text.finish();
        for line in [
            "a_seconds_bucket{b=\"c\",le=\"0.001\"} 2",
            "a_seconds_bucket{b=\"c\",le=\"0.005\"} 2",
            "a_seconds_bucket{b=\"c\",le=\"0.01\"} 3",
            "a_seconds_bucket{b=\"c\",le=\"+Inf\"} 3",
            "a_seconds_sum{b=\"c\"} 1.500000000",
            "a_seconds_count{b=\"c\"} 3",
        ] {
            assert!(text.lines().any(|own| own == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_scraper_that_reads_openmetrics_gets_it() {
        let prometheus =
            "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        assert_eq!(Format::accepted_by(Some(prometheus)), Format::OpenMetrics);
        for accept in [None, Some("*/*"), Some("text/plain")] {
            assert_eq!(Format::accepted_by(accept), Format::Prometheus);
        }
    }
}
