//! Whether two kinds of answers can be distinguished by their times.

/// What is compared: the first kind with another, and that with itself for a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What must not be distinguishable from the others, such as a name that an account has.
    First,
    /// What it is compared with, such as a name that no account has.
    Other,
    /// More of the latter.
    Again,
}

/// How many samples of each kind a test takes: this many, or those that the variable
/// `ORACLE_SAMPLES` asks for.
///
/// # Panics
///
/// Where the variable holds anything but a number.
#[must_use]
pub fn samples(usual: usize) -> usize {
    let Ok(wanted) = std::env::var("ORACLE_SAMPLES") else { return usual };
    wanted.parse().unwrap_or_else(|error| panic!("ORACLE_SAMPLES: {error}"))
}

/// The probability that a sample of the one takes longer than one of the other is a half (the
/// statistic of Mann and Whitney). The bound is a difference that takes more than one sample in
/// five to detect, plus the variation of that many samples (three standard deviations of the
/// statistic) and that of the machine in the control.
///
/// # Panics
///
/// If the first kind can be distinguished from the other by its time.
#[expect(clippy::print_stdout, reason = "figures of the run, shown on demand")]
pub fn alike(what: &str, samples: usize, mut take: impl FnMut(Kind, usize) -> u128) {
    let (mut first, mut other, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..samples {
        // In another order each time: the one that comes first may find caches cold.
        let mut order = [Kind::First, Kind::Other, Kind::Again];
        if number % 20 != 0 {
            order.rotate_left(number % 3);
        }
        for kind in order {
            let times = match kind {
                Kind::First => &mut first,
                Kind::Other => &mut other,
                Kind::Again => &mut again,
            };
            times.push(take(kind, number));
        }
    }
    let n = amount(samples);
    let noise = 3.0 * ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt();
    let (found, control) = (longer(&first, &other), longer(&again, &other));
    let (found, control) = ((found - 0.5).abs(), (control - 0.5).abs());
    println!("{what}: {samples} samples, difference {found:.3}, of the control {control:.3}");
    assert!(
        found <= 0.1 + noise + 2.0 * control,
        "{what}: one probe is right in {:.0} of 100, by chance {:.0}",
        (0.5 + found) * 100.0,
        (0.5 + control) * 100.0
    );
}

/// The share of pairs in which the one takes longer than the other.
fn longer(one: &[u128], other: &[u128]) -> f64 {
    let mut sorted = other.to_vec();
    sorted.sort_unstable();
    let below = |time: u128| -> f64 {
        let (less, up_to) =
            (sorted.partition_point(|o| *o < time), sorted.partition_point(|o| *o <= time));
        amount(less + up_to) / 2.0
    };
    one.iter().map(|time| below(*time)).sum::<f64>() / amount(one.len() * other.len())
}

fn amount(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::{Kind, alike};

    /// Times that spread over a hundred steps.
    fn spread(number: usize) -> u128 {
        u128::try_from(number * 37 % 100).unwrap()
    }

    #[test]
    fn what_takes_the_same_time_is_alike() {
        alike("equal times", 500, |_, number| spread(number));
    }

    #[test]
    #[should_panic(expected = "one probe is right in")]
    fn a_difference_of_a_third_of_the_spread_is_found() {
        alike("a third longer", 500, |kind, number| {
            spread(number) + if kind == Kind::First { 33 } else { 0 }
        });
    }
}
