//! A histogram as Prometheus keeps it, and what it says of the times in it.

/// Counts by upper bound, with their sum.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Histogram {
    /// Ascending; each count includes those of the bounds below.
    buckets: Vec<Bucket>,
    sum: f64,
    count: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Bucket {
    bound: f64,
    count: f64,
}

impl Histogram {
    /// Adds `count` values that are at most `bound`.
    pub(super) fn add_bucket(&mut self, bound: f64, count: f64) {
        let place = |bucket: &Bucket| bucket.bound.total_cmp(&bound);
        match self.buckets.binary_search_by(place) {
            Ok(at) => self.buckets[at].count += count,
            Err(at) => self.buckets.insert(at, Bucket { bound, count }),
        }
    }

    /// Adds to the sum of the values.
    pub(super) fn add_sum(&mut self, sum: f64) {
        self.sum += sum;
    }

    /// Adds to their number.
    pub(super) fn add_count(&mut self, count: f64) {
        self.count += count;
    }

    /// Takes away what was there before.
    pub(super) fn subtract(&mut self, before: &Self) {
        for bucket in &before.buckets {
            self.add_bucket(bucket.bound, -bucket.count);
        }
        self.add_sum(-before.sum);
        self.add_count(-before.count);
    }

    /// The mean; `None` without values.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// The value that a share of `q` of the values does not exceed, by the rule of Prometheus'
    /// `histogram_quantile`: linear within its bucket, the first of which begins at 0; the highest
    /// finite bound if it lies beyond. `None` without values or without such a bound.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let (last, finite) = self.buckets.split_last()?;
        if last.bound != f64::INFINITY || last.count <= 0.0 {
            return None;
        }
        let rank = q * last.count;
        let Some(at) = finite.iter().position(|bucket| bucket.count >= rank) else {
            return finite.last().map(|bucket| bucket.bound);
        };
        let Bucket { bound, count } = finite[at];
        let below = match at.checked_sub(1) {
            Some(before) => finite[before],
            None if bound <= 0.0 => return Some(bound),
            None => Bucket {
                bound: 0.0,
                count: 0.0,
            },
        };
        let share = (rank - below.count) / (count - below.count);
        Some(below.bound + (bound - below.bound) * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(buckets: &[(f64, f64)]) -> Histogram {
        let mut histogram = Histogram::default();
        for (bound, count) in buckets {
            histogram.add_bucket(*bound, *count);
        }
        histogram
    }

    #[test]
    fn quantiles_follow_the_rule_of_prometheus() {
        let some: &[(f64, f64)] = &[(f64::INFINITY, 100.0), (0.1, 50.0), (0.2, 90.0)];
        let table = [
            (some, 0.25, Some(0.05), "the first bucket begins at 0"),
            (
                some,
                0.5,
                Some(0.1),
                "a rank on a bound is in the bucket below it",
            ),
            (some, 0.7, Some(0.15), "half-way through the second bucket"),
            (some, 0.99, Some(0.2), "beyond the highest finite bound"),
            (&[(0.1, 5.0)], 0.5, None, "no bucket without a bound"),
            (&[(f64::INFINITY, 5.0)], 0.5, None, "no bound at all"),
            (
                &[(0.1, 0.0), (f64::INFINITY, 0.0)],
                0.5,
                None,
                "nothing counted",
            ),
            (
                &[(0.1, 0.0), (0.2, 4.0), (f64::INFINITY, 4.0)],
                0.5,
                Some(0.15),
                "an empty bucket",
            ),
            (
                &[(-1.0, 4.0), (f64::INFINITY, 4.0)],
                0.5,
                Some(-1.0),
                "a bound below 0",
            ),
        ];
        for (buckets, q, expected, why) in table {
            let found = histogram(buckets).quantile(q);
            let close = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
                (found, expected) => found == expected,
            };
            assert!(close, "{why}: {found:?}, not {expected:?}");
        }
    }

    #[test]
    fn what_was_there_before_is_taken_away() {
        let mut before = histogram(&[(1.0, 3.0), (f64::INFINITY, 4.0)]);
        before.add_sum(7.0);
        before.add_count(4.0);
        let mut after = before.clone();
        after.add_bucket(1.0, 1.0);
        after.add_bucket(f64::INFINITY, 2.0);
        after.add_sum(3.5);
        after.add_count(2.0);

        after.subtract(&before);

        assert_eq!(after.mean(), Some(1.75));
        assert_eq!(after.quantile(0.5), Some(1.0));
        assert_eq!(Histogram::default().mean(), None, "a mean of nothing");
    }
}
