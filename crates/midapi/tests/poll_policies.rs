//! The cost of the poll policies, in simulated time. `examples/poll_policies.rs` prints the whole table.

use std::time::Duration;

use midapi::poll::{AdaptiveInterval, ExponentialInterval, FixedInterval};
use simulation::{JITTER, Optimum, Outcome, Round};

#[path = "../examples/poll_policies/simulation.rs"]
mod simulation;

fn rounds() -> Vec<Round> {
    (1..=20).map(|seed| Round::new(seed, 500)).collect()
}

#[test]
fn adaptive_needs_a_quarter_of_the_requests() {
    let rounds = rounds();
    let fixed = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(10)));
    let adaptive = Outcome::of(&rounds, JITTER, |round| round.trained_policy(50));
    let ratio = adaptive.requests() / fixed.requests();
    assert!(ratio <= 0.25, "{ratio}");
    assert!(adaptive.mean_delay() <= fixed.mean_delay(), "{} s", adaptive.mean_delay());
}

#[test]
fn adaptive_costs_little_over_the_optimum() {
    /// The cost of one second of delay in `AdaptiveInterval`, in requests.
    const REQUESTS_PER_SECOND: f64 = 0.42;
    let cost = |outcome: &Outcome| outcome.requests() + REQUESTS_PER_SECOND * outcome.mean_delay();
    let rounds = rounds();
    let adaptive = Outcome::of(&rounds, JITTER, |round| round.trained_policy(50));
    let optimum = Optimum::new(REQUESTS_PER_SECOND, JITTER);
    let optimum = Outcome::of(&rounds, JITTER, |_| optimum.clone());
    let excess = cost(&adaptive) / cost(&optimum);
    assert!((1.0..1.05).contains(&excess), "{excess}");
}

#[test]
fn adaptive_without_samples_is_exponential() {
    let rounds = rounds();
    let exponential = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    for samples in [0, 9] {
        let untrained = Outcome::of(&rounds, JITTER, |round| round.trained_policy(samples));
        assert_eq!(
            (untrained.requests(), untrained.mean_delay(), untrained.late_delay()),
            (exponential.requests(), exponential.mean_delay(), exponential.late_delay()),
            "{samples} samples"
        );
    }
    let empty = Outcome::of(&rounds, JITTER, |_| AdaptiveInterval::new());
    assert!(empty.requests() <= exponential.requests() && empty.mean_delay() <= exponential.mean_delay());
}

#[test]
fn ten_samples_beat_exponential_intervals() {
    let rounds = rounds();
    let exponential = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    let adaptive = Outcome::of(&rounds, JITTER, |round| round.trained_policy(10));
    assert!(adaptive.requests() < exponential.requests() / 2.0, "{} requests", adaptive.requests());
    assert!(adaptive.mean_delay() < exponential.mean_delay() / 2.0, "{} s", adaptive.mean_delay());
}
