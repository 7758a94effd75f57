//! A poll policy that learns the durations of tasks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::poll::policy::{ExponentialInterval, PollPolicy, Progress};
use crate::task::Task;

/// The cost of each second between the end of a task and the poll that notices the end (λ). The unit is requests: one
/// second costs as much as 0.42 requests.
///
/// Tuned with `examples/poll_policies.rs`. Of the values that were tried, a few hundredths apart, this is the smallest
/// whose mean delay is not longer than that of a fixed interval of 10 s. The results with 50 samples of each kind of
/// task:
/// - λ = 0.25: 3.2 requests per task, mean delay 6.4 s
/// - λ = 0.35: 3.5 requests per task, mean delay 5.4 s
/// - λ = 0.42: 3.7 requests per task, mean delay 4.9 s
/// - λ = 0.45: 3.8 requests per task, mean delay 4.7 s
const REQUESTS_PER_SECOND: f64 = 0.42;

/// The minimum number of samples from which the plan of a kind is computed.
const MIN_SAMPLES: usize = 10;

/// The maximum number of samples of a kind. The latest samples are kept.
const MAX_SAMPLES: usize = 200;

/// The maximum number of kinds. The most recently sampled kinds are kept.
const MAX_KINDS: usize = 64;

/// The size limit of a task type or a speed, in bytes. The documented values are much shorter.
const MAX_NAME_BYTES: usize = 64;

/// The longest accepted sample: three hours, which is twelve times the default timeout of a wait.
const MAX_SAMPLE: Duration = Duration::from_secs(3 * 3600);

/// The longest delay between two polls of a task that is older than the median duration of its kind, in seconds. Equal
/// to the longest interval of [`ExponentialInterval::DEFAULT`].
const MAX_DELAY: f64 = 30.0;

/// A poll policy that learns the durations of tasks. It polls rarely before the likely completion, often around it, and
/// rarely after it.
///
/// Tasks are grouped into kinds by task type and speed (ignoring case). A sample is the duration of one task. The
/// policy takes a sample from every task that a wait observes to finish or fail, and from
/// [`with_samples`](Self::with_samples). With fewer than ten samples of a kind, and after a failed poll, it behaves
/// like [`ExponentialInterval::DEFAULT`].
///
/// With ten samples or more, the policy minimizes a cost: the number of polls, plus 0.42 for each second between the
/// end of the task and the poll that notices the end. After a poll before the median duration of the kind, the next
/// poll is made at most 30 s after the median. After the median, the delay between two polls is at most 30 s. Delays
/// are whole seconds, and multiples of several seconds for kinds that take more than eight minutes.
///
/// The age of a task is [`Progress::age`], so an error of the machine's clock shifts the polls by the same amount.
///
/// The policy keeps the last 200 samples of each of the 64 most recently sampled kinds, less than 0.5 MB in total.
/// Samples that are not positive or exceed three hours are ignored.
///
/// Clones share their samples: pass a clone to each wait.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use std::time::Duration;
/// use midapi::poll::AdaptiveInterval;
///
/// let samples = [56, 60, 60, 61, 62, 67, 58, 61, 63, 95].map(Duration::from_secs);
/// let policy = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &samples);
/// client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").poll_policy(policy.clone()).await?;
/// println!("{:?}", policy.samples("mj_txt2img", "fast").last());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct AdaptiveInterval(Arc<Mutex<Samples>>);

impl AdaptiveInterval {
    /// Creates a policy without samples.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds samples: durations from creation to completion, the latest last.
    ///
    /// `task_type` is a value of [`Task::task_type`]. `speed` is a value of [`Params::speed`](crate::Params), or None
    /// for tasks without a speed.
    pub fn with_samples<'a>(self, task_type: &str, speed: impl Into<Option<&'a str>>, durations: &[Duration]) -> Self {
        if let Some(kind) = Kind::new(Some(task_type), speed.into()) {
            for duration in durations {
                self.lock().add(&kind, *duration);
            }
        }
        self
    }

    /// The samples of tasks with this task type and speed, the latest last. To use the samples in another process, pass
    /// them to [`with_samples`](Self::with_samples) there.
    pub fn samples<'a>(&self, task_type: &str, speed: impl Into<Option<&'a str>>) -> Vec<Duration> {
        let all = self.lock();
        let kind = Kind::new(Some(task_type), speed.into()).and_then(|kind| all.kinds.get(&kind));
        kind.map(|samples| samples.durations.iter().copied().collect()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Samples> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PollPolicy for AdaptiveInterval {
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        let kind = progress.task.and_then(Kind::of);
        let delay = kind.and_then(|kind| self.lock().kinds.get_mut(&kind)?.delay(progress.age));
        delay.unwrap_or_else(|| ExponentialInterval::DEFAULT.delay(progress))
    }

    fn observe(&self, task: &Task) {
        let (Some(created), Some(completed)) = (task.create_time(), task.complete_time()) else { return };
        let duration = Duration::try_from(completed.duration_since(created));
        if let (Some(kind), Ok(duration)) = (Kind::of(task), duration) {
            self.lock().add(&kind, duration);
        }
    }
}

/// A group of tasks with similar durations.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    task_type: Option<String>,
    speed: Option<String>,
}

impl Kind {
    fn of(task: &Task) -> Option<Self> {
        Self::new(task.task_type(), task.params().ok().and_then(|params| params.speed.as_deref()))
    }

    /// Creates a kind. None if the task type or the speed is longer than [`MAX_NAME_BYTES`].
    fn new(task_type: Option<&str>, speed: Option<&str>) -> Option<Self> {
        let fits = |name: Option<&str>| name.is_none_or(|name| name.len() <= MAX_NAME_BYTES);
        // The API returns both "Relax" and "relax".
        let kind = || Self { task_type: task_type.map(str::to_owned), speed: speed.map(str::to_ascii_lowercase) };
        (fits(task_type) && fits(speed)).then(kind)
    }
}

#[derive(Debug, Default)]
struct Samples {
    kinds: HashMap<Kind, KindSamples>,
    /// The number of samples ever added.
    count: u64,
}

impl Samples {
    fn add(&mut self, kind: &Kind, duration: Duration) {
        if duration.is_zero() || duration > MAX_SAMPLE {
            return;
        }
        if self.kinds.len() >= MAX_KINDS && !self.kinds.contains_key(kind) {
            let oldest = self.kinds.iter().min_by_key(|(_, samples)| samples.last_added).map(|(kind, _)| kind.clone());
            oldest.and_then(|oldest| self.kinds.remove(&oldest));
        }
        self.count += 1;
        let samples = self.kinds.entry(kind.clone()).or_default();
        samples.last_added = self.count;
        samples.new_count += 1;
        if samples.durations.len() == MAX_SAMPLES {
            samples.durations.pop_front();
        }
        samples.durations.push_back(duration);
    }
}

/// The samples of a kind, and the plan that is computed from them.
#[derive(Debug, Default)]
struct KindSamples {
    durations: VecDeque<Duration>,
    /// The value of [`Samples::count`] when the last sample was added.
    last_added: u64,
    /// The number of samples that were added since the plan was computed.
    new_count: usize,
    plan: Option<Plan>,
}

impl KindSamples {
    /// The delay until the next poll of a task of this age. None if there are too few samples.
    fn delay(&mut self, age: Duration) -> Option<Duration> {
        if self.durations.len() < MIN_SAMPLES {
            return None;
        }
        // Computing a plan takes 0.1 to 1 ms, so it is not repeated for every sample.
        if self.plan.is_none() || self.new_count * 4 >= self.durations.len() {
            let seconds = self.durations.iter().map(Duration::as_secs_f64).collect();
            self.plan = Some(Plan::new(&Distribution::new(seconds)));
            self.new_count = 0;
        }
        self.plan.as_ref().map(|plan| plan.delay(age))
    }
}

/// The maximum number of steps of the grid of a [`Distribution`]. The step is long enough that the first 512 steps
/// contain at least 80 % of the samples.
const MAX_STEPS: usize = 1024;

/// The minimum of [`Distribution::tail`], in seconds. Without a minimum, the tail could be 0, because ten samples may
/// contain no late task.
const MIN_TAIL: f64 = 10.0;

/// The distribution of the durations of a kind: the smoothed probability that a task is still generating, for each age
/// of the task. The probability is stored for a grid of ages, and decreases exponentially after the grid.
#[derive(Debug)]
struct Distribution {
    /// The step of the grid, in seconds: 1 for all but very long tasks.
    step: f64,
    /// The probability that a task is still generating, for each age of the grid.
    survival: Vec<f64>,
    /// The median duration, in steps.
    median: usize,
    /// The mean remaining duration of a task after the grid, in seconds.
    tail: f64,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the values are small: counts up to a few thousand, and durations up to a few hours, in seconds"
)]
impl Distribution {
    /// Estimates the distribution from durations, in seconds. There must be at least one, and all must be positive.
    fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let count = seconds.len();
        let quantile = |share: f64| seconds[((count as f64 * share) as usize).min(count - 1)];

        // Silverman's rule for the kernel width, with the quartiles, because the tail would increase a standard
        // deviation.
        let spread = (quantile(0.75) - quantile(0.25)) / 1.34;
        let narrowest = (0.9 * spread * (count as f64).powf(-0.2)).max(0.5);
        // Where samples are sparse, the kernel is as wide as their distance, so that the tail has no peaks.
        let neighbours = 6.min(count - 1);
        let reach = |at: usize| {
            let first = at.saturating_sub(neighbours);
            let widest = |from: usize| {
                let to = from + neighbours;
                (to < count).then(|| (seconds[at] - seconds[from]).max(seconds[to] - seconds[at]))
            };
            (first..=at).filter_map(widest).fold(f64::INFINITY, f64::min)
        };

        let high = quantile(0.8);
        let excess: Vec<f64> = seconds.iter().filter(|second| **second > high).map(|second| second - high).collect();
        let tail = (excess.iter().sum::<f64>() / excess.len().max(1) as f64).max(MIN_TAIL);
        let last = seconds[count - 1] + 2.0 * tail;
        let step = (2.0 * high / MAX_STEPS as f64).ceil().max(1.0);
        let steps = ((last / step) as usize + 1).min(MAX_STEPS);

        let mut survival = vec![0.0; steps + 1];
        // One additional sample in the tail, so that the probability never reaches 0.
        let unexpected = 1.0 / (count + 1) as f64;
        let weight = (1.0 - unexpected) / count as f64;
        for (at, second) in seconds.iter().enumerate() {
            // Epanechnikov's kernel has a half width of √5 standard deviations.
            let half = 5_f64.sqrt() * narrowest.max(0.7 * reach(at));
            for (index, survival) in survival.iter_mut().enumerate() {
                let distance = ((index as f64 * step - second) / half).clamp(-1.0, 1.0);
                // The part of the kernel after this age.
                *survival += weight * 0.25 * (2.0 - 3.0 * distance + distance.powi(3));
            }
        }
        for (index, survival) in survival.iter_mut().enumerate() {
            *survival += unexpected * (-(index as f64 * step - high).max(0.0) / tail).exp();
        }
        Self { step, survival, median: (quantile(0.5) / step) as usize, tail }
    }
}

/// The table of delays until the next poll, by the age of the task.
#[derive(Debug)]
struct Plan {
    step: f64,
    /// The delay, in steps, for each age of a task in the grid of ages. The last delay applies to all later ages.
    delays: Vec<u16>,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the values are small: counts up to a few thousand, and durations up to a few hours, in seconds"
)]
impl Plan {
    /// Computes the delays with the lowest expected cost, from the last age backwards (dynamic programming).
    ///
    /// Each poll costs 1. Each second between the end of the task and the poll that notices the end costs λ
    /// ([`REQUESTS_PER_SECOND`]).
    ///
    /// S(t) is the probability that a task is still generating at age t, and d is the delay until the next poll. C(t)
    /// is the expected cost from age t on, multiplied by S(t):
    ///
    /// C(t) = S(t) + min over d of [ λ·D(t, d) + C(t + d) ]
    ///
    /// - S(t) is the cost of the poll at age t.
    /// - D(t, d) is the expected number of seconds between the end of the task and the poll at t + d: the integral of
    ///   S(t) − S(u) for u from t to t + d.
    /// - C(t + d) is the cost from the next poll on, averaged over the jitter of ±10 %.
    fn new(distribution: &Distribution) -> Self {
        let Distribution { step, survival, median, tail } = distribution;
        let longest = ((MAX_DELAY / step) as usize).max(1);
        let end = survival.len() - 1;
        // After the grid, the cost of a fixed delay does not depend on the age.
        let forever = |delay: usize| {
            let seconds = delay as f64 * step;
            let left = (-seconds / tail).exp();
            (1.0 + REQUESTS_PER_SECOND * (seconds - tail * (1.0 - left))) / (1.0 - left)
        };
        let last = (1..=longest).min_by(|one, other| forever(*one).total_cmp(&forever(*other))).unwrap_or(longest);

        // Indices from here on include a margin for the longest delay.
        let total = end + longest + longest / 10 + 1;
        let left = |at: usize| match survival.get(at) {
            Some(left) => *left,
            None => survival[end] * (-((at - end) as f64 * step) / tail).exp(),
        };
        // The integral of S from each index to infinity.
        let mut rest = vec![0.0; total + 1];
        rest[total] = left(total) * tail;
        for at in (0..total).rev() {
            rest[at] = rest[at + 1] + step * (left(at) + left(at + 1)) / 2.0;
        }
        // Suffix sums of C + λ·rest, so that a mean is one subtraction.
        let mut sums = vec![0.0; total + 2];
        for at in (end + 1..=total).rev() {
            sums[at] = sums[at + 1] + left(at) * forever(last) + REQUESTS_PER_SECOND * rest[at];
        }
        let mut delays = vec![0; end + 1];
        for at in (0..=end).rev() {
            let follows = |delay: usize| {
                let jitter = delay / 10;
                let (from, to) = (at + delay - jitter, (at + delay + jitter).min(total));
                let mean = (sums[from] - sums[to + 1]) / (to + 1 - from) as f64;
                mean + REQUESTS_PER_SECOND * left(at) * delay as f64 * step
            };
            let most = at.max(*median) + longest - at;
            let (delay, cost) = (1..=most)
                .map(|delay| (delay, follows(delay)))
                .min_by(|one, other| one.1.total_cmp(&other.1))
                .unwrap_or((1, 0.0));
            delays[at] = delay as u16;
            // The cost is C + λ·rest, as the sum requires.
            sums[at] = sums[at + 1] + left(at) + cost;
        }
        Self { step: *step, delays }
    }

    fn delay(&self, age: Duration) -> Duration {
        let at = (age.as_secs_f64() / self.step).round() as usize;
        let steps = self.delays[at.min(self.delays.len() - 1)];
        Duration::from_secs_f64(f64::from(steps) * self.step)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use serde_json::{Value, json};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn task(task_type: &str, speed: &str) -> Task {
        finished_task(task_type, speed, json!("2026-01-01T00:00:00Z"), Value::Null)
    }

    #[allow(clippy::needless_pass_by_value, reason = "shorter to call")]
    fn finished_task(task_type: &str, speed: &str, created: Value, completed: Value) -> Task {
        serde_json::from_value(json!({
            "id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "task_type": task_type,
            "success_flag": 0,
            "param_json": json!({ "speed": speed }).to_string(),
            "create_time": created,
            "complete_time": completed,
        }))
        .unwrap()
    }

    /// Fifty durations of about a minute: 80 % from 56 to 66 s, the others up to two minutes.
    fn about_a_minute() -> Vec<Duration> {
        (0..40).map(|n| 56 + n / 4).chain((0..10).map(|n| 70 + 5 * n)).map(Duration::from_secs).collect()
    }

    fn delay(policy: &dyn PollPolicy, task: Option<&Task>, attempts: u32, age: Duration) -> Duration {
        let created: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let now = SignedDuration::try_from(age).ok().and_then(|age| created.checked_add(age).ok());
        policy.delay(&Progress::new(attempts, age, task, now.unwrap_or(Timestamp::MAX)))
    }

    /// The ages of the polls of a task up to an age, in seconds, without jitter.
    fn poll_ages(policy: &AdaptiveInterval, task: &Task, until: u64) -> Vec<u64> {
        let mut ages = vec![0];
        while ages[ages.len() - 1] < until {
            let age = ages[ages.len() - 1];
            ages.push(age + delay(policy, Some(task), 1, Duration::from_secs(age)).as_secs());
        }
        ages
    }

    #[test]
    fn unknown_kinds_use_the_default() {
        let fast = task("mj_txt2img", "fast");
        let trained = |durations: &[Duration]| AdaptiveInterval::new().with_samples("mj_txt2img", "fast", durations);
        let table = [
            ("no samples", AdaptiveInterval::new(), Some(&fast)),
            ("one sample too few", trained(&about_a_minute()[..9]), Some(&fast)),
            ("a failed poll, so the kind is unknown", trained(&about_a_minute()), None),
            ("only impossible samples", trained(&[Duration::ZERO, Duration::MAX].repeat(20)), Some(&fast)),
            (
                "samples of other types",
                AdaptiveInterval::new().with_samples("mj_video", "fast", &about_a_minute()).with_samples(
                    "",
                    "fast",
                    &about_a_minute(),
                ),
                Some(&fast),
            ),
            (
                "samples of other speeds",
                AdaptiveInterval::new().with_samples("mj_txt2img", "relaxed", &about_a_minute()).with_samples(
                    "mj_txt2img",
                    None,
                    &about_a_minute(),
                ),
                Some(&fast),
            ),
        ];
        for (why, policy, task) in table {
            for number in [1, 2, 5, 10, 1_000, u32::MAX] {
                for age in [Duration::ZERO, 30 * SECOND, 61 * SECOND, Duration::from_secs(9 * 3600), Duration::MAX] {
                    let default = delay(&ExponentialInterval::DEFAULT, task, number, age);
                    assert_eq!(delay(&policy, task, number, age), default, "{why}: poll {number} at {age:?}");
                }
            }
        }
    }

    #[test]
    fn polls_most_around_the_likely_end() {
        // The grid has longer steps for hours than for minutes.
        for scale in [1, 120] {
            let durations: Vec<_> = about_a_minute().iter().map(|duration| *duration * scale).collect();
            let policy = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &durations);
            let ages = poll_ages(&policy, &task("mj_txt2img", "fast"), 3_600 * u64::from(scale));
            let between = |from: u64, to: u64| {
                let (from, to) = (from * u64::from(scale), to * u64::from(scale));
                ages.iter().filter(|age| (from..to).contains(*age)).count()
            };
            assert_eq!(between(0, 50), 1, "one poll before the likely end: {ages:?}");
            assert!(between(50, 55) <= 2, "few polls shortly before the likely end: {ages:?}");
            assert!(between(55, 72) >= 3, "frequent polls around the likely end: {ages:?}");
            assert!(scale > 1 || between(72, 120) <= 6, "few polls in the tail: {ages:?}");
            let late = ages.windows(2).filter(|pair| pair[0] > 56 * u64::from(scale));
            let longest = late.map(|pair| pair[1] - pair[0]).max();
            assert!(longest <= Some(30 * u64::from(scale)), "delays of at most 30 s after it: {ages:?}");
        }
    }

    #[test]
    fn kinds_have_separate_samples() {
        let slow: Vec<_> = about_a_minute().iter().map(|duration| *duration * 4).collect();
        let policy = AdaptiveInterval::new()
            .with_samples("mj_txt2img", "fast", &about_a_minute())
            .with_samples("mj_txt2img", "Relax", &slow)
            .with_samples("mj_omni_reference", "fast", &slow);
        let table = [
            ("mj_txt2img", "fast", 45..65),
            ("mj_txt2img", "FAST", 45..65),
            ("mj_txt2img", "relax", 180..260),
            ("mj_omni_reference", "fast", 180..260),
            ("mj_omni_reference", "relax", 5..6),
        ];
        for (task_type, speed, first) in table {
            let second_poll = poll_ages(&policy, &task(task_type, speed), 1)[1];
            assert!(first.contains(&second_poll), "{task_type} {speed}: {second_poll} s");
        }
    }

    #[test]
    fn observed_tasks_count_as_samples() {
        let observed = AdaptiveInterval::new();
        let clone = observed.clone();
        for duration in about_a_minute() {
            let completed = Timestamp::UNIX_EPOCH + SignedDuration::try_from(duration).unwrap();
            clone.observe(&finished_task("mj_txt2img", "fast", json!(Timestamp::UNIX_EPOCH), json!(completed)));
        }
        assert_eq!(observed.samples("mj_txt2img", "fast"), about_a_minute());
        let trained = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let fast = task("mj_txt2img", "fast");
        assert_eq!(poll_ages(&observed, &fast, 600), poll_ages(&trained, &fast, 600));
    }

    #[test]
    fn new_quarter_updates_the_plan() {
        let fast = task("mj_txt2img", "fast");
        let slow: Vec<_> = about_a_minute()[..20].iter().map(|duration| *duration * 4).collect();
        let step_by_step = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let before = poll_ages(&step_by_step, &fast, 600);
        let step_by_step = step_by_step.with_samples("mj_txt2img", "fast", &slow);
        let at_once = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &[about_a_minute(), slow].concat());
        assert_eq!(poll_ages(&step_by_step, &fast, 600), poll_ages(&at_once, &fast, 600));
        assert_ne!(poll_ages(&step_by_step, &fast, 600), before);
    }

    #[test]
    fn adapts_to_slower_tasks() {
        let slow = about_a_minute().iter().map(|duration| *duration * 4).collect::<Vec<_>>().repeat(4);
        let policy = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let fast = task("mj_txt2img", "fast");
        assert!(poll_ages(&policy, &fast, 1)[1] < 65);
        let policy = policy.with_samples("mj_txt2img", "fast", &slow);
        assert!(poll_ages(&policy, &fast, 1)[1] > 180);
    }

    #[test]
    fn samples_and_kinds_are_bounded() {
        let policy = AdaptiveInterval::new();
        for number in 0..100_u64 {
            let durations: Vec<_> = (1..=1_000).map(|n| Duration::from_secs(number + n)).collect();
            let _ = policy.clone().with_samples(&format!("mj_{number}"), "fast", &durations);
            // One kind gets a sample in every round.
            let _ = policy.clone().with_samples("mj_0", "fast", &[SECOND]);
        }
        assert_eq!(policy.lock().kinds.len(), MAX_KINDS);
        let latest = policy.samples("mj_99", "fast");
        assert_eq!((latest.len(), latest[0], latest[199]), (200, 900 * SECOND, 1_099 * SECOND));
        assert_eq!(policy.samples("mj_0", "fast").len(), 200, "recently sampled kinds are kept");
        assert!(policy.samples("mj_1", "fast").is_empty(), "the oldest kinds are removed");

        let long = "x".repeat(MAX_NAME_BYTES + 1);
        let policy =
            AdaptiveInterval::new().with_samples(&long, "fast", &[SECOND]).with_samples("mj", long.as_str(), &[SECOND]);
        policy.observe(&finished_task("mj", &long, json!(Timestamp::UNIX_EPOCH), json!("1970-01-01T00:01:00Z")));
        assert!(policy.lock().kinds.is_empty(), "long names are not kept");
    }

    #[test]
    fn ignores_impossible_durations() {
        let table = [
            ("no completion", json!("2026-01-01T00:00:00Z"), Value::Null),
            ("no creation", Value::Null, json!("2026-01-01T00:00:00Z")),
            ("completed before its creation", json!("2026-01-01T00:01:00Z"), json!("2026-01-01T00:00:00Z")),
            ("a duration of zero", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00Z")),
            ("more than three hours", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T03:00:01Z")),
            ("the longest possible duration", json!(Timestamp::MIN), json!(Timestamp::MAX)),
        ];
        for (why, created, completed) in table {
            let policy = AdaptiveInterval::new();
            policy.observe(&finished_task("mj_txt2img", "fast", created, completed));
            assert!(policy.lock().kinds.is_empty(), "{why}");
        }
        let policy = AdaptiveInterval::new().with_samples("mj", None, &[Duration::MAX, Duration::ZERO, MAX_SAMPLE]);
        assert_eq!(policy.samples("mj", None), [MAX_SAMPLE]);
    }

    #[test]
    fn delays_stay_bounded_for_any_samples() {
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..60 {
            let count = random.usize(MIN_SAMPLES..=MAX_SAMPLES);
            let scale = 10_f64.powf(random.f64() * 7.0 - 3.0);
            // From equal durations to a spread of several powers of ten.
            let spread = f64::from(round % 4);
            let mut duration = || (scale * 10_f64.powf(spread * (random.f64() - 0.5))).clamp(1e-9, 10_800.0);
            let mut durations: Vec<_> = (0..count).map(|_| Duration::from_secs_f64(duration())).collect();
            let policy = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &durations);
            let fast = task("mj_txt2img", "fast");
            durations.sort();
            let bound = durations[count / 2] + 30 * SECOND;
            let ages = (0..2_000).step_by(7).chain((2_000..40_000).step_by(997)).map(Duration::from_secs);
            for age in ages.chain([Duration::MAX]) {
                let delay = delay(&policy, Some(&fast), 1, age);
                let longest = (30 * SECOND).max(bound.saturating_sub(age) + SECOND);
                let step = Duration::from_secs(22);
                assert!(delay >= SECOND && delay <= longest + step, "{delay:?} at {age:?} after {durations:?}");
                if age > bound {
                    assert!(delay <= 30 * SECOND, "{delay:?} at {age:?} after {durations:?}");
                }
            }
        }
    }
}
