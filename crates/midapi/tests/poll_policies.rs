//! What the schedules cost, in simulated time. `examples/schedules.rs` prints the whole table.

use std::time::Duration;

use midapi::poll::{AdaptiveInterval, ExponentialInterval, FixedInterval};
use simulation::{JITTER, Optimum, Outcome, Round};

#[path = "../examples/schedules/simulation.rs"]
mod simulation;

fn rounds() -> Vec<Round> {
    (1..=20).map(|seed| Round::new(seed, 500)).collect()
}

#[test]
fn expected_needs_a_quarter_of_the_requests_of_a_look_every_ten_seconds_and_is_no_later() {
    let rounds = rounds();
    let constant = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(10)));
    let learned = Outcome::of(&rounds, JITTER, |round| round.taught(50));
    let ratio = learned.requests() / constant.requests();
    assert!(ratio <= 0.25, "{ratio}");
    assert!(learned.mean_delay() <= constant.mean_delay(), "{} s", learned.mean_delay());
}

#[test]
fn expected_costs_little_more_than_the_optimum() {
    /// What `AdaptiveInterval` takes a second of delay for.
    const LOOKS_PER_SECOND: f64 = 0.42;
    let cost = |outcome: &Outcome| outcome.requests() + LOOKS_PER_SECOND * outcome.mean_delay();
    let rounds = rounds();
    let learned = Outcome::of(&rounds, JITTER, |round| round.taught(50));
    let optimum = Optimum::new(LOOKS_PER_SECOND, JITTER);
    let optimum = Outcome::of(&rounds, JITTER, |_| optimum.clone());
    let excess = cost(&learned) / cost(&optimum);
    assert!((1.0..1.05).contains(&excess), "{excess}");
}

#[test]
fn expected_is_growing_before_it_has_learned() {
    let rounds = rounds();
    let growing = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    for lessons in [0, 9] {
        let unlearned = Outcome::of(&rounds, JITTER, |round| round.taught(lessons));
        assert_eq!(
            (unlearned.requests(), unlearned.mean_delay(), unlearned.late_delay()),
            (growing.requests(), growing.mean_delay(), growing.late_delay()),
            "{lessons} lessons"
        );
    }
    let new = Outcome::of(&rounds, JITTER, |_| AdaptiveInterval::new());
    assert!(new.requests() <= growing.requests() && new.mean_delay() <= growing.mean_delay());
}

#[test]
fn ten_lessons_are_already_better_than_growing() {
    let rounds = rounds();
    let growing = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    let learned = Outcome::of(&rounds, JITTER, |round| round.taught(10));
    assert!(learned.requests() < growing.requests() / 2.0, "{} requests", learned.requests());
    assert!(learned.mean_delay() < growing.mean_delay() / 2.0, "{} s", learned.mean_delay());
}
