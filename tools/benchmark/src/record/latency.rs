//! Response times, to three digits from a nanosecond to an hour.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::results::{Corrected, Quantile};

const LONGEST: Duration = Duration::from_secs(3600);
const DIGITS: u8 = 3;

/// The percentiles of a distribution, and beyond these one for each halving of what is left.
const STEPS: [f64; 10] = [0.0, 1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0];

/// A distribution of response times.
#[derive(Debug, Clone)]
pub(crate) struct Latency {
    nanoseconds: Histogram<u64>,
    sum: Duration,
    /// Exactly, where the histogram knows three digits.
    shortest: Duration,
    longest: Duration,
}

impl Latency {
    pub(crate) fn new() -> Self {
        let longest = LONGEST.as_nanos() as u64;
        let histogram = Histogram::new_with_max(longest, DIGITS);
        Self {
            nanoseconds: histogram.expect("the bounds are those of the type"),
            sum: Duration::ZERO,
            shortest: Duration::MAX,
            longest: Duration::ZERO,
        }
    }

    pub(crate) fn record(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.saturating_record(nanoseconds);
        self.sum += time;
        self.shortest = self.shortest.min(time);
        self.longest = self.longest.max(time);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        let sameness = "all distributions have the same bounds";
        self.nanoseconds.add(&other.nanoseconds).expect(sameness);
        self.sum += other.sum;
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
    }

    pub(crate) fn clear(&mut self) {
        self.nanoseconds.reset();
        self.sum = Duration::ZERO;
        self.shortest = Duration::MAX;
        self.longest = Duration::ZERO;
    }

    /// Seconds; 0 of nothing, as everything below.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        self.percentile_in(&self.nanoseconds, percent)
    }

    pub(crate) fn mean(&self) -> f64 {
        match self.nanoseconds.len() {
            0 => 0.0,
            count => self.sum.as_secs_f64() / count as f64,
        }
    }

    pub(crate) fn shortest(&self) -> f64 {
        match self.nanoseconds.len() {
            0 => 0.0,
            _ => self.shortest.as_secs_f64(),
        }
    }

    pub(crate) fn longest(&self) -> f64 {
        self.longest.as_secs_f64()
    }

    pub(crate) fn standard_deviation(&self) -> f64 {
        self.nanoseconds.stdev() / 1e9
    }

    /// What it had been if the next request had been sent every `expected_interval` seconds,
    /// answered or not.
    pub(crate) fn corrected(&self, expected_interval: f64) -> Corrected {
        let interval = (expected_interval * 1e9) as u64;
        let corrected = self.nanoseconds.clone_correct(interval);
        let percentile = |percent| self.percentile_in(&corrected, percent);
        Corrected {
            expected_interval,
            avg_response_time: (corrected.mean() / 1e9).min(self.longest()),
            p50_response_time: percentile(50.0),
            p90_response_time: percentile(90.0),
            p95_response_time: percentile(95.0),
            p99_response_time: percentile(99.0),
            p999_response_time: percentile(99.9),
            distribution: self.distribution_in(&corrected),
        }
    }

    /// From the shortest to the longest, with more points where there are fewer requests.
    pub(crate) fn distribution(&self) -> Vec<Quantile> {
        self.distribution_in(&self.nanoseconds)
    }

    fn distribution_in(&self, nanoseconds: &Histogram<u64>) -> Vec<Quantile> {
        let count = nanoseconds.len() as f64;
        if count == 0.0 {
            return Vec::new();
        }
        let tail = std::iter::successors(Some(0.5), |left: &f64| Some(left / 2.0))
            .take_while(|left| left / 100.0 * count >= 1.0)
            .map(|left| 100.0 - left);
        let percentiles = STEPS.into_iter().chain(tail).chain([100.0]);
        let quantile = |percentile| Quantile {
            percentile,
            response_time: self.percentile_in(nanoseconds, percentile),
        };
        percentiles.map(quantile).collect()
    }

    /// Of these times, or of these and those that a correction adds: none is longer than the longest.
    fn percentile_in(&self, nanoseconds: &Histogram<u64>, percent: f64) -> f64 {
        if percent >= 100.0 {
            return self.longest();
        }
        let found = nanoseconds.value_at_percentile(percent) as f64 / 1e9;
        found.min(self.longest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(times: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::new();
        for ms in times {
            latency.record(Duration::from_millis(ms));
        }
        latency
    }

    fn is_near(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= expected * 0.001
    }

    #[test]
    fn percentiles_are_the_times_that_so_many_did_not_exceed() {
        let latency = of(1..=1000);

        for (percent, expected) in [(50.0, 0.5), (95.0, 0.95), (99.0, 0.99), (100.0, 1.0)] {
            let found = latency.percentile(percent);
            assert!(is_near(found, expected), "{percent}: {found}");
        }
        assert!(is_near(latency.mean(), 0.5005));
        assert!(is_near(latency.shortest(), 0.001));
        assert!(is_near(latency.longest(), 1.0));
        assert!(is_near(latency.standard_deviation(), 0.288_675));
    }

    #[test]
    fn nothing_is_nothing_and_not_infinite() {
        let nothing = of([]);

        let found = [nothing.percentile(99.0), nothing.mean(), nothing.shortest()];
        assert_eq!(found, [0.0; 3]);
        assert_eq!(nothing.longest(), 0.0);
        assert_eq!(nothing.distribution(), []);
    }

    #[test]
    fn a_stall_shows_in_the_corrected_times() {
        // 990 answers in a millisecond each, and then none for a second.
        let latency = of((0..990).map(|_| 1).chain([1000]));

        let corrected = latency.corrected(0.001);

        assert!(
            is_near(latency.percentile(99.0), 0.001),
            "the raw times hide it"
        );
        assert!(corrected.p99_response_time > 0.97, "{corrected:?}");
        assert!(corrected.p50_response_time < 0.02, "{corrected:?}");
    }

    #[test]
    fn a_distribution_goes_as_far_as_there_are_requests() {
        let rising = of(1..=1000).distribution();

        let percentiles: Vec<f64> = rising.iter().map(|point| point.percentile).collect();
        assert_eq!(percentiles[..3], [0.0, 1.0, 5.0]);
        assert_eq!(percentiles[10..], [99.5, 99.75, 99.875, 100.0]);
        assert!(rising.is_sorted_by(|a, b| a.response_time <= b.response_time));
    }

    #[test]
    fn nothing_is_longer_than_the_longest_time() {
        // The histogram knows it as 3.332095 ms, and takes 3.331072 ms into its mean.
        const LONGEST: u64 = 3_330_048;
        for times in [&[LONGEST][..], &[1_000_001, LONGEST]] {
            let mut latency = Latency::new();
            for nanoseconds in times {
                latency.record(Duration::from_nanos(*nanoseconds));
            }
            let longest = latency.longest();

            let corrected = latency.corrected(60.0);

            for distribution in [latency.distribution(), corrected.distribution.clone()] {
                let mut times = distribution.iter().map(|point| point.response_time);
                assert!(times.clone().all(|it| it <= longest), "{distribution:?}");
                assert_eq!(times.next_back(), Some(longest));
            }
            let times = corrected.response_times();
            assert!(times.iter().all(|it| *it <= longest), "{corrected:?}");
        }
    }

    #[test]
    fn the_longest_time_is_known_even_where_it_is_beyond_the_histogram() {
        let latency = of([1, 4_000_000]);

        assert_eq!(latency.percentile(100.0), 4_000.0);
        assert_eq!(
            latency.distribution().last().unwrap().response_time,
            4_000.0
        );
    }
}
