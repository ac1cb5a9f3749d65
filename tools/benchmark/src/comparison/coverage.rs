//! Whether the intervals keep their promise.

use fastrand::Rng;

use super::{
    Bounds, Comparison, Measure, Verdict, compare, rounds,
    simulation::{Server, simulate},
};

/// How often the intervals of a measure covered the truth, and how often a difference was shown.
#[derive(Default)]
struct Tally {
    covered: usize,
    shown: usize,
    widths: f64,
}

impl Tally {
    fn of(measure: Measure, truth: f64, comparisons: &[Comparison]) -> Self {
        let mut tally = Self::default();
        for comparison in comparisons {
            let found = measured(comparison, measure);
            let Bounds { lower, upper } = found.0;
            tally.covered += usize::from(lower <= truth && truth <= upper);
            tally.shown += usize::from(found.1 != Verdict::NoDifferenceShown);
            tally.widths += upper - lower;
        }
        tally
    }
}

fn measured(comparison: &Comparison, measure: Measure) -> (Bounds, Verdict) {
    let measures = &comparison.endpoints[0].measures;
    let found = measures.iter().find(|one| one.measure == measure).unwrap();
    (found.interval.unwrap(), found.verdict)
}

#[track_caller]
fn assert_about_95_percent_covered(comparisons: &[Comparison], reason: &str) {
    for measure in Measure::ALL {
        let truth = if measure == Measure::ErrorRate {
            0.0
        } else {
            1.0
        };
        let tally = Tally::of(measure, truth, comparisons);
        let percent = tally.covered as f64 / comparisons.len() as f64 * 100.0;
        // The interval of error rates is never narrower than one by counting, and so covers more.
        let most = if measure == Measure::ErrorRate {
            100.0
        } else {
            99.0
        };
        let mean_width = tally.widths / comparisons.len() as f64;
        assert!(
            (90.0..=most).contains(&percent),
            "{reason}: {percent} % of the intervals of {measure:?} cover none; they are \
             {mean_width:.3} wide"
        );
    }
}

fn pairs_of_runs(old: Server, new: Server, count: usize) -> Vec<Comparison> {
    let mut random = Rng::with_seed(7);
    (0..count)
        .map(|_| compare(&simulate(&old, &mut random), &simulate(&new, &mut random)).unwrap())
        .collect()
}

#[test]
fn runs_of_the_same_server_are_told_apart_once_in_twenty() {
    let usual = Server::USUAL;
    let servers = [
        (usual, "a minute of seconds that resemble each other"),
        (
            Server {
                seconds: 29,
                ..usual
            },
            "the default duration",
        ),
        (
            Server {
                correlation: 0.0,
                seconds: 12,
                ..usual
            },
            "few seconds, each for itself",
        ),
        (
            Server {
                stalls: 0.05,
                failing: 0.01,
                seconds: 29,
                ..usual
            },
            "stalls and failures",
        ),
    ];

    for (server, reason) in servers {
        assert_about_95_percent_covered(&pairs_of_runs(server, server, 400), reason);
    }
}

#[test]
fn rounds_of_the_same_server_are_told_apart_once_in_twenty() {
    let mut random = Rng::with_seed(7);
    let comparisons: Vec<Comparison> = (0..400)
        .map(|_| {
            let pairs: Vec<_> = (0..10)
                .map(|_| {
                    // Something else takes some of the machine, for both sides of a round.
                    let median = Server::USUAL.median * (1.0 + random.f64());
                    let server = Server {
                        median,
                        seconds: 3,
                        ..Server::USUAL
                    };
                    (
                        simulate(&server, &mut random),
                        simulate(&server, &mut random),
                    )
                })
                .collect();
            rounds(&pairs).unwrap()
        })
        .collect();

    assert_about_95_percent_covered(&comparisons, "ten rounds of three seconds");
}

#[test]
fn a_tenth_more_time_is_found_and_not_overstated() {
    let slower = Server {
        median: Server::USUAL.median * 1.1,
        ..Server::USUAL
    };

    let comparisons = pairs_of_runs(Server::USUAL, slower, 100);

    let truths = [
        (Measure::Throughput, 1.0 / 1.1),
        (Measure::Mean, 1.1),
        (Measure::P50, 1.1),
    ];
    for (measure, truth) in truths {
        let tally = Tally::of(measure, truth, &comparisons);
        assert!(
            tally.shown >= 90,
            "{measure:?}: shown in {} of 100",
            tally.shown
        );
        assert!(
            tally.covered >= 90,
            "{measure:?}: covered in {} of 100",
            tally.covered
        );
        let words = comparisons
            .iter()
            .map(|comparison| measured(comparison, measure).1);
        assert_eq!(
            words.filter(|verdict| *verdict == Verdict::Faster).count(),
            0
        );
    }
}
