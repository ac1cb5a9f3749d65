//! Comparisons of whole runs, and what they say.

use fastrand::Rng;

use super::{
    Basis, Bounds, Comparison, Incomparable, Measure, Verdict, compare, rounds,
    simulation::{Server, simulate},
};
use crate::results::{Level, Results};

fn run(seed: u64) -> Results {
    simulate(&Server::USUAL, &mut Rng::with_seed(seed))
}

fn slow(seed: u64) -> Results {
    let median = Server::USUAL.median * 1.5;
    simulate(
        &Server {
            median,
            ..Server::USUAL
        },
        &mut Rng::with_seed(seed),
    )
}

/// The run, begun at this time of a day.
fn at(time: &str, run: Results) -> Results {
    Results {
        timestamp: format!("2026-01-05T{time}Z"),
        ..run
    }
}

/// The run with this at the end of its second level.
fn with_endpoint(mut run: Results, endpoint: &str, users: u32) -> Results {
    let mut result = run.results[0].clone();
    result.endpoint = endpoint.to_owned();
    result.users = users;
    run.results.push(result);
    run
}

fn verdicts(comparison: &Comparison) -> Vec<Verdict> {
    comparison.endpoints[0]
        .measures
        .iter()
        .map(|measure| measure.verdict)
        .collect()
}

#[track_caller]
fn assert_noted(comparison: &Comparison, expected: &str) {
    assert!(
        comparison.notes.iter().any(|note| note.contains(expected)),
        "{expected:?} is not in {:?}",
        comparison.notes
    );
}

#[test]
fn a_slower_server_is_called_slower_in_all_that_is_timed() {
    let comparison = compare(&run(1), &slow(2)).unwrap();

    use Verdict::{NoDifferenceShown, Slower};
    let expected = [Slower, Slower, Slower, Slower, Slower, NoDifferenceShown];
    assert_eq!(verdicts(&comparison), expected);
    assert_eq!(comparison.basis, Basis::Seconds);
    let statement = &comparison.endpoints[0].measures[2].statement;
    assert!(statement.starts_with("slower by "), "{statement}");
}

#[test]
fn a_faster_server_is_called_faster() {
    let comparison = compare(&slow(2), &run(1)).unwrap();

    assert!(
        verdicts(&comparison)[..5]
            .iter()
            .all(|verdict| *verdict == Verdict::Faster)
    );
}

#[test]
fn failures_are_called_errors_and_not_speed() {
    let failing = Server {
        failing: 0.03,
        ..Server::USUAL
    };
    let failing = simulate(&failing, &mut Rng::with_seed(1));

    let more = compare(&run(1), &failing).unwrap();
    let fewer = compare(&failing, &run(1)).unwrap();

    assert_eq!(verdicts(&more)[5], Verdict::MoreErrors);
    assert_eq!(verdicts(&fewer)[5], Verdict::FewerErrors);
    assert_noted(&more, "failed requests count in the throughput");
    assert_eq!(more.slowdowns(0.0), Vec::<String>::new());
}

#[test]
fn no_failure_on_either_side_leaves_room_for_some() {
    let comparison = compare(&run(1), &run(2)).unwrap();

    let errors = &comparison.endpoints[0].measures[5];
    let Bounds { lower, upper } = errors.interval.unwrap();
    assert!(lower < 0.0 && upper > 0.0, "{lower} to {upper}");
    assert_eq!((errors.difference, errors.ratio), (Some(0.0), None));
}

#[test]
fn the_ramp_up_and_the_second_that_was_cut_off_are_left_out() {
    let mut old = run(1);
    old.config.ramp_up = 12.5;
    let last = old.results[0].intervals.last_mut().unwrap();
    last.length = 0.4;
    // Were they looked at, these would change everything.
    last.requests *= 1000;
    old.results[0].intervals[12].requests *= 1000;

    let comparison = compare(&old, &run(2)).unwrap();

    let endpoint = &comparison.endpoints[0];
    assert_eq!((endpoint.old_intervals, endpoint.new_intervals), (46, 60));
    assert_eq!(verdicts(&comparison)[0], Verdict::NoDifferenceShown);
}

#[test]
fn the_ramp_up_of_rounds_is_left_out_too() {
    let ramped = |seed| {
        let mut run = run(seed);
        run.config.ramp_up = 30.0;
        run.results[0].p50_response_time *= 9.0;
        run
    };
    let pairs = [1, 2, 3, 4].map(|seed| (ramped(seed), run(seed + 10)));

    let comparison = rounds(&pairs).unwrap();

    let ratio = comparison.endpoints[0].measures[2].ratio.unwrap();
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
}

#[test]
fn seven_seconds_are_too_few() {
    let short = simulate(
        &Server {
            seconds: 7,
            ..Server::USUAL
        },
        &mut Rng::with_seed(1),
    );

    let comparison = compare(&short, &slow(2)).unwrap();

    for measure in &comparison.endpoints[0].measures {
        assert_eq!((measure.verdict, measure.interval), (Verdict::TooFew, None));
        assert!(
            measure.statement.contains("7 and 60"),
            "{}",
            measure.statement
        );
    }
    assert_eq!(comparison.slowdowns(0.0), Vec::<String>::new());
}

#[test]
fn two_rounds_are_too_few_and_three_are_not() {
    let pairs = [1, 2, 3].map(|seed| (run(seed), slow(seed + 10)));

    let two = rounds(&pairs[..2]).unwrap();
    let three = rounds(&pairs).unwrap();

    assert!(
        verdicts(&two)
            .iter()
            .all(|verdict| *verdict == Verdict::TooFew)
    );
    assert_eq!(verdicts(&three)[2], Verdict::Slower);
    assert_eq!(three.endpoints[0].rounds, 3);
}

#[test]
fn a_server_that_never_answers_has_no_times_but_errors() {
    let mut dead = run(1);
    let result = &mut dead.results[0];
    for second in &mut result.intervals {
        second.failed = second.requests;
        second.avg_response_time = 0.0;
        second.p50_response_time = 0.0;
    }

    let comparison = compare(&dead, &run(2)).unwrap();

    let measures = &comparison.endpoints[0].measures;
    for measure in &measures[1..5] {
        assert_eq!(
            (measure.old, measure.verdict),
            (None, Verdict::TooFew),
            "{:?}",
            measure.measure
        );
    }
    assert_eq!(measures[5].verdict, Verdict::FewerErrors);
}

#[test]
fn a_slowdown_counts_when_the_whole_interval_is_beyond_the_limit() {
    let comparison = compare(&run(1), &slow(2)).unwrap();
    let measures = &comparison.endpoints[0].measures;
    let of_p50 = measures
        .iter()
        .find(|one| one.measure == Measure::P50)
        .unwrap();
    let least = (of_p50.interval.unwrap().lower - 1.0) * 100.0;
    let names_p50 = |percent: f64| {
        comparison
            .slowdowns(percent)
            .iter()
            .any(|s| s.contains("p50"))
    };

    assert!(names_p50(least - 0.1) && !names_p50(least + 0.1));
    assert!(
        comparison.slowdowns(0.0)[0].starts_with("GET /things (1 users): throughput is slower")
    );
    assert!(
        compare(&slow(2), &run(1))
            .unwrap()
            .slowdowns(0.0)
            .is_empty(),
        "it became faster"
    );
}

#[test]
fn what_was_asked_for_differently_is_listed() {
    let mut new = run(2);
    new.config.users = vec![100];
    new.config.rate = Some(500.0);
    new.results[0].users = 100;

    let comparison = compare(&run(1), &new).unwrap();

    let listed: Vec<_> = comparison
        .differing_settings
        .iter()
        .map(|setting| {
            (
                setting.name.as_str(),
                setting.old.as_str(),
                setting.new.as_str(),
            )
        })
        .collect();
    assert_eq!(listed.len(), 2, "{listed:?}");
    assert!(listed.contains(&("users", "[1]", "[100]")), "{listed:?}");
    assert!(listed.contains(&("rate", "none", "500.0")), "{listed:?}");
    let endpoint = &comparison.endpoints[0];
    assert_eq!((endpoint.old_users, endpoint.new_users), (1, 100));
}

#[test]
fn a_round_that_was_run_otherwise_is_noted() {
    let mut pairs = [1, 2, 3].map(|seed| (run(seed), run(seed + 10)));
    pairs[1].0.config.timeout = 1.0;

    let comparison = rounds(&pairs).unwrap();

    assert_noted(
        &comparison,
        "round 2: run otherwise than the first round: timeout",
    );
}

#[test]
fn levels_of_users_are_compared_each_with_its_like() {
    let old = with_endpoint(run(1), "/things", 100);
    let new = with_endpoint(with_endpoint(run(2), "/things", 50), "/things", 100);

    let comparison = compare(&old, &new).unwrap();

    let users: Vec<_> = comparison
        .endpoints
        .iter()
        .map(|one| (one.old_users, one.new_users))
        .collect();
    assert_eq!(users, [(1, 1), (100, 100)]);
    assert_noted(&comparison, "only the new run has GET /things (50 users)");
}

#[test]
fn runs_with_nothing_in_common_are_refused() {
    let mut other = run(2);
    other.results[0].endpoint = "/others".to_owned();

    let error = compare(&run(1), &other).unwrap_err();

    assert!(matches!(error, Incomparable::NoCommonEndpoint { .. }));
    let message = error.to_string();
    assert!(
        message.contains("GET /things") && message.contains("GET /others"),
        "{message}"
    );
    assert_eq!(rounds(&[]).unwrap_err(), Incomparable::NoRuns);
}

#[test]
fn an_interrupted_run_is_noted() {
    let new = Results {
        interrupted: true,
        ..run(2)
    };

    let comparison = compare(&run(1), &new).unwrap();

    assert_noted(&comparison, "the new run was interrupted");
    assert!(comparison.new[0].interrupted && !comparison.old[0].interrupted);
}

#[test]
fn a_run_compared_with_itself_is_noted() {
    assert_noted(
        &compare(&run(1), &run(1)).unwrap(),
        "both sides are the same run",
    );
}

#[test]
fn runs_one_after_the_other_share_no_conditions() {
    let new = at("12:05:30", run(2));

    for comparison in [
        compare(&run(1), &new).unwrap(),
        compare(&new, &run(1)).unwrap(),
    ] {
        let expected = "did not overlap: what changed between 12:00:00 and 12:05:30 UTC";
        assert_noted(&comparison, expected);
    }
}

/// A minute with one user.
fn level(unsent_requests: u64) -> Level {
    Level {
        users: 1,
        total_requests: 1,
        failed_requests: 0,
        unsent_requests,
        requests_per_second: 1.0,
        error_rate: 0.0,
        p50_response_time: 1.0,
        p95_response_time: 1.0,
        p99_response_time: 1.0,
        total_duration: 60.0,
    }
}

#[test]
fn the_levels_of_a_run_take_their_time_one_after_the_other() {
    let levels = vec![level(0), level(0)];
    let old = Results { levels, ..run(1) };

    assert_noted(
        &compare(&old, &at("12:01:30", run(2))).unwrap(),
        "overlapped",
    );
    assert_noted(
        &compare(&old, &at("12:02:30", run(2))).unwrap(),
        "did not overlap",
    );
}

#[test]
fn requests_that_were_never_sent_are_noted() {
    let levels = vec![level(3), level(4)];
    let new = Results { levels, ..run(2) };

    let comparison = compare(&run(1), &new).unwrap();

    assert_noted(&comparison, "the new run could not send 7 requests");
}

#[test]
fn rounds_that_alternate_share_their_conditions() {
    let alternate = [
        (at("12:00:00", run(1)), at("12:02:00", run(2))),
        (at("12:06:00", run(3)), at("12:04:00", run(4))),
        (at("12:08:00", run(5)), at("12:10:00", run(6))),
    ];
    let apart = [
        (at("12:00:00", run(1)), at("12:06:00", run(2))),
        (at("12:02:00", run(3)), at("12:08:00", run(4))),
        (at("12:04:00", run(5)), at("12:10:00", run(6))),
    ];

    assert_eq!(rounds(&alternate).unwrap().notes, Vec::<String>::new());
    assert_noted(&rounds(&apart).unwrap(), "the rounds did not alternate");
}

#[test]
fn the_text_has_a_table_with_every_measure() {
    let mut new = at("12:05:30", slow(2));
    new.config.timeout = 5.0;

    let text = compare(&run(1), &new).unwrap().to_string();

    for expected in [
        "old: http://localhost:8000 at 2026-01-05T12:00:00Z\n",
        "differs: timeout, 10.0 against 5.0\n",
        "note: the runs did not overlap",
        "\nGET /things, 1 users: 60 and 60 steady seconds\n",
        "  throughput ",
        "  error rate ",
        "ms ",
        "95 % interval",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in\n{text}");
    }
    let places: Vec<_> = text
        .lines()
        .filter_map(|line| line.find("slower by"))
        .collect();
    assert_eq!(places.len(), 5, "{text}");
    assert!(
        places.windows(2).all(|two| two[0] == two[1]),
        "the table is aligned:\n{text}"
    );
}
