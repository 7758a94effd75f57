//! Waits in simulated time, for `examples/poll_policies.rs` and `tests/poll_policies.rs`.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use midapi::Task;
use midapi::poll::{AdaptiveInterval, PollPolicy, Progress};
use serde_json::json;

/// The durations of the tasks of one kind, in seconds: a normal distribution, with an exponential tail for some tasks.
#[derive(Debug)]
struct Model {
    task_type: &'static str,
    speed: &'static str,
    /// The share of this kind among all tasks.
    share: f64,
    mean: f64,
    deviation: f64,
    /// The share of tasks in the tail.
    late: f64,
    /// The mean of the additional duration in the tail.
    late_mean: f64,
}

const MODELS: [Model; 3] = [
    Model {
        task_type: "mj_txt2img",
        speed: "fast",
        share: 0.6,
        mean: 61.0,
        deviation: 4.0,
        late: 0.15,
        late_mean: 30.0,
    },
    Model {
        task_type: "mj_txt2img",
        speed: "relaxed",
        share: 0.2,
        mean: 230.0,
        deviation: 25.0,
        late: 0.2,
        late_mean: 60.0,
    },
    Model {
        task_type: "mj_omni_reference",
        speed: "fast",
        share: 0.2,
        mean: 247.0,
        deviation: 6.0,
        late: 0.1,
        late_mean: 40.0,
    },
];

impl Model {
    fn duration(&self, random: &mut fastrand::Rng) -> f64 {
        // f64() is less than 1, so the argument of the logarithm is never 0.
        let mut exponential = || -(1.0 - random.f64()).ln();
        let radius = (2.0 * exponential()).sqrt();
        let late = exponential() * self.late_mean;
        // The Box–Muller transform to a normal distribution.
        let normal = radius * (std::f64::consts::TAU * random.f64()).cos();
        let late = if random.f64() < self.late { late } else { 0.0 };
        (self.mean + self.deviation * normal + late).max(1.0)
    }

    fn task(&self, completed: Option<Timestamp>) -> Task {
        let task = json!({
            "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "task_type": self.task_type,
            "success_flag": i32::from(completed.is_some()),
            "param_json": json!({ "speed": self.speed }).to_string(),
            "create_time": created(),
            "complete_time": completed,
        });
        serde_json::from_value(task).expect("a task in the shape of `--json`")
    }
}

fn created() -> Timestamp {
    Timestamp::constant(1_767_225_600, 0)
}

fn at(seconds: f64) -> Timestamp {
    created() + SignedDuration::from_secs_f64(seconds)
}

/// Tasks to wait for, and the random numbers for the jitter. All policies wait for the same rounds.
#[derive(Debug)]
pub(crate) struct Round {
    /// The index of the model and the duration in seconds of each task.
    tasks: Vec<(usize, f64)>,
    random: fastrand::Rng,
}

impl Round {
    pub(crate) fn new(seed: u64, tasks: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut task = || {
            let mut share = random.f64();
            let kind = MODELS.iter().position(|model| {
                share -= model.share;
                share < 0.0
            });
            let kind = kind.unwrap_or(MODELS.len() - 1);
            (kind, MODELS[kind].duration(&mut random))
        };
        Self { tasks: (0..tasks).map(|_| task()).collect(), random }
    }

    /// An adaptive policy with a number of samples of each kind. The samples are not tasks of the round.
    pub(crate) fn trained_policy(&self, count: usize) -> AdaptiveInterval {
        let mut random = self.random.clone();
        let policy = AdaptiveInterval::new();
        for model in &MODELS {
            for _ in 0..count {
                policy.observe(&model.task(Some(at(model.duration(&mut random)))));
            }
        }
        policy
    }
}

/// The cost of the simulated waits.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    requests: u32,
    /// The seconds from the end of each task until a poll noticed it, in ascending order.
    delays: Vec<f64>,
}

/// The jitter of the SDK: ±10 %.
pub(crate) const JITTER: f64 = 0.1;

impl Outcome {
    /// Waits for each task of each round from its creation, like the SDK: the first poll immediately, then the delays
    /// of the policy with jitter. The waits have no deadline.
    pub(crate) fn of<'a, S: PollPolicy>(
        rounds: impl IntoIterator<Item = &'a Round>,
        jitter: f64,
        policy: impl Fn(&Round) -> S,
    ) -> Self {
        let generating = MODELS.each_ref().map(|model| model.task(None));
        let mut outcome = Self::default();
        for round in rounds {
            let policy = policy(round);
            let mut random = round.random.clone();
            for (kind, duration) in &round.tasks {
                let mut now = 0.0;
                let mut requests = 1;
                while now < *duration {
                    let elapsed = Duration::from_secs_f64(now);
                    let progress = Progress::new(requests, elapsed, Some(&generating[*kind]), at(now));
                    let stretch = 1.0 + jitter * (2.0 * random.f64() - 1.0);
                    now += policy.delay(&progress).as_secs_f64() * stretch;
                    requests += 1;
                }
                outcome.requests += requests;
                outcome.delays.push(now - duration);
            }
        }
        outcome.delays.sort_by(f64::total_cmp);
        outcome
    }

    #[allow(clippy::cast_precision_loss, reason = "a few hundred thousand tasks")]
    fn tasks(&self) -> f64 {
        self.delays.len() as f64
    }

    /// The number of requests per task.
    pub(crate) fn requests(&self) -> f64 {
        f64::from(self.requests) / self.tasks()
    }

    pub(crate) fn mean_delay(&self) -> f64 {
        self.delays.iter().sum::<f64>() / self.tasks()
    }

    /// The 95th percentile of the delays.
    pub(crate) fn late_delay(&self) -> f64 {
        self.delays[self.delays.len() * 19 / 20]
    }
}

/// The optimal policy for known models: it minimizes the requests plus `requests_per_second` times the delay until the
/// end is noticed, by dynamic programming.
#[derive(Debug, Clone)]
pub(crate) struct Optimum {
    /// The steps until the next poll, by model and age.
    delays: Arc<[Vec<usize>; 3]>,
}

/// The step of the grid, in seconds.
const STEP: f64 = 0.5;
/// The largest age of the grid and the longest delay, in steps: 800 and 280 s.
const AGES: usize = 1600;
const LONGEST: usize = 560;

impl Optimum {
    pub(crate) fn new(requests_per_second: f64, jitter: f64) -> Self {
        let delays = MODELS.each_ref().map(|model| optimal_delays(&survival(model), requests_per_second, jitter));
        Self { delays: Arc::new(delays) }
    }

    /// The optimum with the fewest requests whose mean delay over the rounds is at most `most` seconds.
    #[allow(dead_code, reason = "used by the example only; too slow for a test")]
    pub(crate) fn with_mean_delay(most: f64, rounds: &[Round], jitter: f64) -> Self {
        let (mut low, mut high) = (0.01, 1.0);
        for _ in 0..10 {
            let middle = f64::midpoint(low, high);
            let optimum = Self::new(middle, jitter);
            let outcome = Outcome::of(rounds, jitter, |_| optimum.clone());
            if outcome.mean_delay() > most { low = middle } else { high = middle }
        }
        Self::new(high, jitter)
    }
}

impl PollPolicy for Optimum {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a few hundred seconds"
    )]
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        let speed = progress.task.and_then(|task| task.params().ok()?.speed.clone()).unwrap_or_default();
        let task_type = progress.task.and_then(Task::task_type).unwrap_or_default();
        let kind = MODELS.iter().position(|model| (model.task_type, model.speed) == (task_type, &speed));
        let age = (progress.age.as_secs_f64() / STEP).round() as usize;
        let steps = self.delays[kind.expect("a task of a model")][age.min(AGES - 1)];
        Duration::from_secs_f64(steps as f64 * STEP)
    }
}

/// The probability that a task takes longer than each age of the grid.
fn survival(model: &Model) -> Vec<f64> {
    let mut left = 1.0;
    let mut late_density = 0.0;
    let remain = (-STEP / model.late_mean).exp();
    let mut survival = Vec::with_capacity(AGES + 2 * LONGEST);
    for index in 0..u32::try_from(survival.capacity()).expect("a few thousand") {
        let age = f64::from(index) * STEP;
        let density = (-((age - model.mean) / model.deviation).powi(2) / 2.0).exp() * STEP
            / (model.deviation * std::f64::consts::TAU.sqrt());
        // The convolution with an exponential distribution, step by step.
        late_density = remain * late_density + (1.0 - remain) * density;
        left -= (1.0 - model.late) * density + model.late * late_density;
        survival.push(left.max(1e-12));
    }
    survival
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "counts up to a few thousand"
)]
fn optimal_delays(survival: &[f64], requests_per_second: f64, jitter: f64) -> Vec<usize> {
    let total = survival.len();
    // The integral of the survival up to each age.
    let mut integral = vec![0.0; total];
    for age in 1..total {
        integral[age] = integral[age - 1] + STEP * f64::midpoint(survival[age - 1], survival[age]);
    }
    let mut costs = vec![0.0; total];
    let mut delays = vec![LONGEST; AGES];
    for age in (0..AGES).rev() {
        let cost = |delay: usize| {
            let most = (delay as f64 * jitter) as usize;
            // Seven points of the jitter are enough for its mean.
            let points = (0..7).map(|point| age + delay - most + most * point / 3);
            let later_cost =
                points.map(|at| costs[at] - requests_per_second * (integral[at] - integral[age])).sum::<f64>() / 7.0;
            later_cost + requests_per_second * survival[age] * delay as f64 * STEP
        };
        let costs_by_delay = (1..=LONGEST).map(|delay| (delay, cost(delay)));
        let (delay, least) = costs_by_delay.min_by(|one, other| one.1.total_cmp(&other.1)).expect("a delay");
        delays[age] = delay;
        costs[age] = survival[age] + least;
    }
    delays
}
