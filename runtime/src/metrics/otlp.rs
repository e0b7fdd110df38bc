//! The same families as metrics of OTLP.

use std::{
    fmt::Display,
    time::{SystemTime, UNIX_EPOCH},
};

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, Sum,
        metric::Data, number_data_point::Value,
    },
};

use super::{
    histogram::{BOUNDS, Snapshot},
    process,
    text::{Label, Type},
};

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// Families that are being written, one after the other.
#[derive(Debug)]
pub(super) struct Families {
    /// Nanoseconds since 1970.
    start: u64,
    now: u64,
    metrics: Vec<Metric>,
}

impl Families {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let start = process::start_seconds().saturating_mul(1_000_000_000);
        Self { start, now, metrics: Vec::with_capacity(64) }
    }

    pub(super) fn begin(&mut self, name: &str, of: Type, help: &str) {
        let data = match of {
            Type::Counter => Data::Sum(Sum {
                data_points: Vec::new(),
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            }),
            Type::Gauge => Data::Gauge(Gauge { data_points: Vec::new() }),
            Type::Histogram => Data::Histogram(Histogram {
                data_points: Vec::new(),
                aggregation_temporality: CUMULATIVE,
            }),
        };
        self.metrics.push(Metric {
            name: name.to_owned(),
            description: help.to_owned(),
            unit: unit(name).to_owned(),
            metadata: Vec::new(),
            data: Some(data),
        });
    }

    pub(super) fn sample(&mut self, labels: &[Label<'_>], value: &dyn Display) {
        let Some(value) = number(&value.to_string()) else { return };
        let point = NumberDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            value: Some(value),
            ..NumberDataPoint::default()
        };
        match self.metrics.last_mut().and_then(|metric| metric.data.as_mut()) {
            Some(Data::Sum(sum)) => sum.data_points.push(point),
            Some(Data::Gauge(gauge)) => {
                // A gauge has no beginning.
                gauge.data_points.push(NumberDataPoint { start_time_unix_nano: 0, ..point });
            }
            Some(Data::Histogram(_) | Data::ExponentialHistogram(_) | Data::Summary(_)) | None => {}
        }
    }

    pub(super) fn histogram(&mut self, labels: &[Label<'_>], durations: &Snapshot) {
        let point = HistogramDataPoint {
            attributes: attributes(labels),
            start_time_unix_nano: self.start,
            time_unix_nano: self.now,
            count: durations.total(),
            sum: Some(std::time::Duration::from_nanos(durations.nanos).as_secs_f64()),
            bucket_counts: durations.counts.to_vec(),
            explicit_bounds: BOUNDS.iter().filter_map(|bound| bound.text.parse().ok()).collect(),
            ..HistogramDataPoint::default()
        };
        if let Some(Data::Histogram(histogram)) =
            self.metrics.last_mut().and_then(|metric| metric.data.as_mut())
        {
            histogram.data_points.push(point);
        }
    }

    /// All families that have samples.
    pub(super) fn finish(self) -> Vec<Metric> {
        let has_points = |metric: &Metric| match &metric.data {
            Some(Data::Sum(sum)) => !sum.data_points.is_empty(),
            Some(Data::Gauge(gauge)) => !gauge.data_points.is_empty(),
            Some(Data::Histogram(histogram)) => !histogram.data_points.is_empty(),
            Some(Data::ExponentialHistogram(_) | Data::Summary(_)) | None => false,
        };
        self.metrics.into_iter().filter(has_points).collect()
    }
}

/// The unit that a name ends with, in UCUM.
fn unit(name: &str) -> &'static str {
    if name.ends_with("_seconds") {
        "s"
    } else if name.ends_with("_bytes") {
        "By"
    } else {
        ""
    }
}

/// A number of the exposition: whole, or with a fraction. Infinities and NaN are left out.
fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<u64>() {
        // OTLP has signed numbers.
        return Some(Value::AsInt(i64::try_from(whole).unwrap_or(i64::MAX)));
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::AsDouble)
}

fn attributes(labels: &[Label<'_>]) -> Vec<KeyValue> {
    let attribute = |(name, value): &Label<'_>| KeyValue {
        key: (*name).to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue((*value).to_owned())) }),
        key_strindex: 0,
    };
    labels.iter().map(attribute).collect()
}

#[cfg(test)]
mod tests {
    use super::{Data, Families, Snapshot, Type, Value};

    #[test]
    fn families_keep_their_values() {
        let mut families = Families::new();
        families.begin("requests", Type::Counter, "Requests.");
        families.sample(&[("endpoint", "a")], &7);
        families.begin("empty", Type::Counter, "Nothing.");
        families.begin("memory_bytes", Type::Gauge, "Memory.");
        families.sample(&[], &1.5);
        families.sample(&[], &"+Inf");
        families.begin("duration_seconds", Type::Histogram, "Durations.");
        let mut durations = Snapshot::default();
        durations.counts[1] = 3;
        durations.nanos = 1_500_000_000;
        families.histogram(&[], &durations);
        let metrics = families.finish();
        let names: Vec<_> = metrics.iter().map(|metric| (&*metric.name, &*metric.unit)).collect();
        assert_eq!(names, [("requests", ""), ("memory_bytes", "By"), ("duration_seconds", "s")]);
        let Some(Data::Sum(sum)) = &metrics[0].data else { panic!("not a sum") };
        assert_eq!(sum.data_points[0].value, Some(Value::AsInt(7)));
        assert!(sum.is_monotonic && sum.data_points[0].start_time_unix_nano > 0);
        let Some(Data::Gauge(gauge)) = &metrics[1].data else { panic!("not a gauge") };
        assert_eq!(gauge.data_points.len(), 1);
        assert_eq!(gauge.data_points[0].value, Some(Value::AsDouble(1.5)));
        let Some(Data::Histogram(histogram)) = &metrics[2].data else { panic!("not a histogram") };
        let point = &histogram.data_points[0];
        assert_eq!((point.count, point.sum, point.bucket_counts[1]), (3, Some(1.5), 3));
        assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    }
}
