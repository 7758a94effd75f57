//! Compares schedules in simulated time: how many requests each needs, and how soon it notices that a task has ended.
//!
//! ```text
//! cargo run --release -p midapi --example schedules
//! ```

use std::time::Duration;

use midapi::poll::{AdaptiveInterval, ExponentialInterval, FixedInterval};
use simulation::{JITTER, Optimum, Outcome, Round};

#[path = "schedules/simulation.rs"]
mod simulation;

const ROUNDS: u64 = 40;
const TASKS: usize = 5_000;
/// How many tasks of each kind the learned schedule has seen end: others in each round.
const LESSONS: usize = 50;

fn main() {
    let rounds: Vec<_> = (1..=ROUNDS).map(|seed| Round::new(seed, TASKS)).collect();
    let constant = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(10)));
    let half_minute = Outcome::of(&rounds, JITTER, |_| FixedInterval(Duration::from_secs(30)));
    let growing = Outcome::of(&rounds, JITTER, |_| ExponentialInterval::DEFAULT);
    let unlearned = Outcome::of(&rounds, JITTER, |_| AdaptiveInterval::new());
    let learned = Outcome::of(&rounds, JITTER, |round| round.taught(LESSONS));
    let optimum = Optimum::with_mean_delay(constant.mean_delay(), &rounds[..4], JITTER);
    let exact_optimum = Optimum::with_mean_delay(constant.mean_delay(), &rounds[..4], 0.0);
    let optimum = Outcome::of(&rounds, JITTER, |_| optimum.clone());
    let exact_optimum = Outcome::of(&rounds, 0.0, |_| exact_optimum.clone());

    println!("{:<36} requests   ratio to   delay until noticed, s", "");
    println!("{:<36}   a task   10 s        mean   95th percentile", "schedule");
    let row = |name: &str, outcome: &Outcome| {
        let requests = outcome.requests();
        let ratio = requests / constant.requests();
        let (mean, late) = (outcome.mean_delay(), outcome.late_delay());
        println!("{name:<36} {requests:>8.2}   {ratio:<8.3} {mean:>7.2} {late:>17.2}");
    };
    row("constant 10 s", &constant);
    row("constant 30 s", &half_minute);
    row("growing, the default", &growing);
    row("expected, nothing learned", &unlearned);
    row("expected, 50 of each kind learned", &learned);
    row("optimum for known durations", &optimum);
    row("the same, were there no jitter", &exact_optimum);

    let lessons = rounds.iter().map(|round| Outcome::of([round], JITTER, |round| round.taught(LESSONS)));
    let (mut ratios, mut delays): (Vec<_>, Vec<_>) =
        lessons.map(|outcome| (outcome.requests() / constant.requests(), outcome.mean_delay())).unzip();
    ratios.sort_by(f64::total_cmp);
    delays.sort_by(f64::total_cmp);
    let (few, many, soon, late) = (ratios[0], ratios[ratios.len() - 1], delays[0], delays[delays.len() - 1]);
    println!();
    println!("{ROUNDS} rounds of {TASKS} tasks, ±10 % of jitter, the first look at once, no deadline.");
    println!(
        "By what was learned in a round, the ratio is {few:.3} to {many:.3}, the mean delay {soon:.2} to {late:.2} s."
    );
}
