//! Random variation of waits, for instances that started together.

use std::time::Duration;

/// Up to a tenth less, so that instances that started together do not send their requests together.
pub(crate) fn spread(wait: Duration) -> Duration {
    let mut random = [0];
    match aws_lc_rs::rand::fill(&mut random) {
        Ok(()) => wait.saturating_sub(wait / 10 * u32::from(random[0]) / 255),
        Err(_) => wait,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::spread;

    #[test]
    fn waits_are_spread_over_a_tenth() {
        let wait = Duration::from_secs(1_000);
        let waits: Vec<_> = (0..100).map(|_| spread(wait)).collect();
        assert!(waits.iter().all(|spread| (wait * 9 / 10..=wait).contains(spread)));
        assert!(waits.iter().any(|spread| *spread != waits[0]));
        assert_eq!(spread(Duration::ZERO), Duration::ZERO);
    }
}
