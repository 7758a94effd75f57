//! Compares poll policies in simulated time: requests per task, and delay until the end of a task is noticed.
//!
//! ```text
//! cargo run --release -p midapi --example poll_policies
//! ```

use std::time::Duration;

use midapi::poll::{AdaptiveInterval, ExponentialInterval, FixedInterval};
use simulation::{JITTER, Optimum, Outcome, Round};

#[path = "poll_policies/simulation.rs"]
mod simulation;

const ROUNDS: u64 = 40;
const TASKS: usize = 5_000;
/// The number of samples of each kind for the trained policy. They differ in each round.
const SAMPLES: usize = 50;

fn main() {
    let rounds: Vec<_> = (1..=ROUNDS).map(|seed| Round::new(seed, TASKS)).collect();
    let fixed = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(10)));
    let fixed_30 = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(30)));
    let exponential = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    let untrained = Outcome::of(&rounds, JITTER, |_| AdaptiveInterval::new());
    let adaptive = Outcome::of(&rounds, JITTER, |round| round.trained_policy(SAMPLES));
    let optimum = Optimum::with_mean_delay(fixed.mean_delay(), &rounds[..4], JITTER);
    let exact_optimum = Optimum::with_mean_delay(fixed.mean_delay(), &rounds[..4], 0.0);
    let optimum = Outcome::of(&rounds, JITTER, |_| optimum.clone());
    let exact_optimum = Outcome::of(&rounds, 0.0, |_| exact_optimum.clone());

    println!("{:<36} requests   ratio to   delay until noticed, s", "");
    println!("{:<36} per task   10 s        mean   95th percentile", "poll policy");
    let row = |name: &str, outcome: &Outcome| {
        let requests = outcome.requests();
        let ratio = requests / fixed.requests();
        let (mean, longest) = (outcome.mean_delay(), outcome.late_delay());
        println!("{name:<36} {requests:>8.2}   {ratio:<8.3} {mean:>7.2} {longest:>17.2}");
    };
    row("fixed, 10 s", &fixed);
    row("fixed, 30 s", &fixed_30);
    row("exponential (default)", &exponential);
    row("adaptive, no samples", &untrained);
    row("adaptive, 50 samples of each kind", &adaptive);
    row("optimum for known durations", &optimum);
    row("optimum, without jitter", &exact_optimum);

    let by_round = rounds.iter().map(|round| Outcome::of([round], JITTER, |round| round.trained_policy(SAMPLES)));
    let (mut ratios, mut delays): (Vec<_>, Vec<_>) =
        by_round.map(|outcome| (outcome.requests() / fixed.requests(), outcome.mean_delay())).unzip();
    ratios.sort_by(f64::total_cmp);
    delays.sort_by(f64::total_cmp);
    let (lowest, highest, shortest, longest) =
        (ratios[0], ratios[ratios.len() - 1], delays[0], delays[delays.len() - 1]);
    println!();
    println!("{ROUNDS} rounds of {TASKS} tasks, ±10 % of jitter, first poll immediately, no deadline.");
    println!(
        "Range over the samples of the rounds: ratio {lowest:.3} to {highest:.3}, mean delay {shortest:.2} to {longest:.2} s."
    );
}
