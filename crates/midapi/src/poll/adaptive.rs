//! A schedule that knows how long tasks take.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::Task;
use crate::poll::policy::{ExponentialInterval, PollPolicy, Progress};

/// What a second of unnoticed delay is worth, in looks (λ). Tuned with `examples/schedules.rs`: the least, to a margin of
/// some hundredths, that notices the end as soon as a look every 10 s does. Looks and mean delay there, after 50 tasks of
/// each kind: 0.25 gives 3.2 and 6.4 s, 0.35 gives 3.5 and 5.4 s, 0.42 gives 3.7 and 4.9 s, 0.45 gives 3.8 and 4.7 s.
const LOOKS_PER_SECOND: f64 = 0.42;

/// How many durations of a kind must be known before they count.
const ENOUGH: usize = 10;

/// How many durations of a kind are kept: the latest.
const DURATIONS: usize = 200;

/// How many kinds are kept: those heard of latest.
const KINDS: usize = 64;

/// The longest name of a type or a speed that is kept, in bytes: far more than any documented one has.
const NAME: usize = 64;

/// The longest duration that is believed: twelve times the time-out of a wait.
const LONGEST: Duration = Duration::from_hours(3);

/// The longest time between two looks once the task may have ended: that of [`ExponentialInterval::DEFAULT`].
const LONGEST_DELAY: f64 = 30.0;

/// Looks when the task is likely to have ended: little before, often around it, ever less in the tail beyond.
///
/// It decides by how long tasks of the same kind took, a kind being the task type and the speed (its case aside). It
/// learns from every task that a wait has seen end, well or not, and can be [`told`](Self::with_samples). Until it knows ten
/// durations of a kind, and after a look that failed, it does as [`ExponentialInterval::DEFAULT`] does.
///
/// With enough known, it minimises the looks plus 0.42 of a look for each second that the end goes unnoticed. From the age
/// at which half the tasks of the kind have ended, no two looks are planned more than 30 s apart, so that a task that takes
/// unexpectedly long is not forgotten; a look before that age is followed by one at most 30 s after it. Delays are whole
/// seconds, and longer steps for kinds that take more than eight minutes.
///
/// [`Progress::age`] says how old a task is: a machine whose clock is wrong by a minute looks a minute off.
///
/// The last 200 durations of each of the last 64 kinds are kept, less than half a megabyte in all. Durations of nothing,
/// less than nothing, or more than three hours are not believed.
///
/// Clones share what they learn: give a clone to each wait.
///
/// # Examples
/// ```
/// # async fn example(client: midapi::Client) -> Result<(), midapi::Error> {
/// use std::time::Duration;
/// use midapi::poll::AdaptiveInterval;
///
/// let took = [56, 60, 60, 61, 62, 67, 58, 61, 63, 95].map(Duration::from_secs);
/// let expected = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &took);
/// client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").poll_policy(expected.clone()).await?;
/// println!("{:?}", expected.samples("mj_txt2img", "fast").last());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct AdaptiveInterval(Arc<Mutex<Learned>>);

impl AdaptiveInterval {
    /// A schedule that has learned nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds durations from creation to end, the latest last. They count as if they had been learned.
    ///
    /// The task type is as in [`Task::task_type`], the speed as in [`Params::speed`](crate::Params); None for tasks
    /// without one.
    pub fn with_samples<'a>(self, task_type: &str, speed: impl Into<Option<&'a str>>, durations: &[Duration]) -> Self {
        if let Some(kind) = Kind::new(Some(task_type), speed.into()) {
            for duration in durations {
                self.learned().learn(&kind, *duration);
            }
        }
        self
    }

    /// The durations known of a kind, the latest last: to be told to another process.
    pub fn samples<'a>(&self, task_type: &str, speed: impl Into<Option<&'a str>>) -> Vec<Duration> {
        let learned = self.learned();
        let kind = Kind::new(Some(task_type), speed.into()).and_then(|kind| learned.kinds.get(&kind));
        kind.map(|known| known.durations.iter().copied().collect()).unwrap_or_default()
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PollPolicy for AdaptiveInterval {
    fn delay(&self, progress: &Progress<'_>) -> Duration {
        let kind = progress.task.and_then(Kind::of);
        let planned = kind.and_then(|kind| self.learned().kinds.get_mut(&kind)?.delay(progress.age));
        planned.unwrap_or_else(|| ExponentialInterval::DEFAULT.delay(progress))
    }

    fn observe(&self, task: &Task) {
        let (Some(created), Some(completed)) = (task.create_time(), task.complete_time()) else { return };
        let duration = Duration::try_from(completed.duration_since(created));
        if let (Some(kind), Ok(duration)) = (Kind::of(task), duration) {
            self.learned().learn(&kind, duration);
        }
    }
}

/// Tasks that are expected to take the same time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    task_type: Option<String>,
    speed: Option<String>,
}

impl Kind {
    fn of(task: &Task) -> Option<Self> {
        Self::new(task.task_type(), task.params().ok().and_then(|params| params.speed.as_deref()))
    }

    /// None if a name is too long to be kept.
    fn new(task_type: Option<&str>, speed: Option<&str>) -> Option<Self> {
        let fits = |name: Option<&str>| name.is_none_or(|name| name.len() <= NAME);
        // "Relax" and "relax" have both been seen.
        let kind = || Self { task_type: task_type.map(str::to_owned), speed: speed.map(str::to_ascii_lowercase) };
        (fits(task_type) && fits(speed)).then(kind)
    }
}

#[derive(Debug, Default)]
struct Learned {
    kinds: HashMap<Kind, Known>,
    /// How often something was learned.
    lessons: u64,
}

impl Learned {
    fn learn(&mut self, kind: &Kind, duration: Duration) {
        if duration.is_zero() || duration > LONGEST {
            return;
        }
        if self.kinds.len() >= KINDS && !self.kinds.contains_key(kind) {
            let oldest = self.kinds.iter().min_by_key(|(_, known)| known.last_lesson).map(|(kind, _)| kind.clone());
            oldest.and_then(|oldest| self.kinds.remove(&oldest));
        }
        self.lessons += 1;
        let known = self.kinds.entry(kind.clone()).or_default();
        known.last_lesson = self.lessons;
        known.fresh += 1;
        if known.durations.len() == DURATIONS {
            known.durations.pop_front();
        }
        known.durations.push_back(duration);
    }
}

/// What is known of a kind.
#[derive(Debug, Default)]
struct Known {
    durations: VecDeque<Duration>,
    last_lesson: u64,
    /// Durations learned since the policy was made.
    fresh: usize,
    policy: Option<Policy>,
}

impl Known {
    /// The time to the next look at a task of this age. None while too little is known.
    fn delay(&mut self, age: Duration) -> Option<Duration> {
        if self.durations.len() < ENOUGH {
            return None;
        }
        // A policy takes a tenth of a millisecond to make, or a whole one, so not each duration makes a new one.
        if self.policy.is_none() || self.fresh * 4 >= self.durations.len() {
            let seconds = self.durations.iter().map(Duration::as_secs_f64).collect();
            self.policy = Some(Policy::new(&Distribution::new(seconds)));
            self.fresh = 0;
        }
        self.policy.as_ref().map(|policy| policy.delay(age))
    }
}

/// The most steps of a grid. Its first half holds four of five durations.
const STEPS: usize = 1024;

/// The least that is taken for the mean of what late tasks take longer, in seconds: ten durations may show none of them.
const SHORTEST_TAIL: f64 = 10.0;

/// How likely a task is still generating at an age, smoothed: on a grid of ages, exponential beyond it.
#[derive(Debug)]
struct Distribution {
    /// The seconds between two ages of the grid: 1 unless tasks take very long.
    step: f64,
    /// The probability to be still generating at each age, from 0.
    survival: Vec<f64>,
    /// The age at which half have ended, in steps.
    median: usize,
    /// The mean time that a task beyond the grid still takes, in seconds.
    tail: f64,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts up to some thousand, and seconds up to some hours"
)]
impl Distribution {
    /// From at least one duration in seconds, each more than 0.
    fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        let count = seconds.len();
        let quantile = |share: f64| seconds[((count as f64 * share) as usize).min(count - 1)];

        // Silverman's rule for the width of a kernel, by the quartiles, since the tail would widen it.
        let spread = (quantile(0.75) - quantile(0.25)) / 1.34;
        let narrowest = (0.9 * spread * (count as f64).powf(-0.2)).max(0.5);
        // Where durations are far between, a kernel reaches as far as they do: the tail has no peaks.
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
        let tail = (excess.iter().sum::<f64>() / excess.len().max(1) as f64).max(SHORTEST_TAIL);
        let last = seconds[count - 1] + 2.0 * tail;
        let step = (2.0 * high / STEPS as f64).ceil().max(1.0);
        let steps = ((last / step) as usize + 1).min(STEPS);

        let mut survival = vec![0.0; steps + 1];
        // As if one more task had been seen, which is in the tail: there is always something left of it.
        let unexpected = 1.0 / (count + 1) as f64;
        let weight = (1.0 - unexpected) / count as f64;
        for (at, second) in seconds.iter().enumerate() {
            // Epanechnikov's kernel ends √5 standard deviations from its middle.
            let half = 5_f64.sqrt() * narrowest.max(0.7 * reach(at));
            for (index, survival) in survival.iter_mut().enumerate() {
                let distance = ((index as f64 * step - second) / half).clamp(-1.0, 1.0);
                // The part of it beyond this age.
                *survival += weight * 0.25 * (2.0 - 3.0 * distance + distance.powi(3));
            }
        }
        for (index, survival) in survival.iter_mut().enumerate() {
            *survival += unexpected * (-(index as f64 * step - high).max(0.0) / tail).exp();
        }
        Self { step, survival, median: (quantile(0.5) / step) as usize, tail }
    }
}

/// When to look next, by the age of a task.
#[derive(Debug)]
struct Policy {
    step: f64,
    /// The steps to the next look, for each age of the grid; the last holds beyond.
    delays: Vec<u16>,
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts up to some thousand, and seconds up to some hours"
)]
impl Policy {
    /// Minimises looks plus delay, from the last age backwards (dynamic programming).
    ///
    /// With S the probability to be still generating, the cost from age t on, times S(t), is
    /// C(t) = S(t) + min over d of [ λ·∫(S(t) − S(u))du from t to t + d, + C(t + d) ]: the look just made, the delay to be
    /// expected before the next one, and all that follows it. The wait's jitter of ±10 % makes means of what follows.
    fn new(distribution: &Distribution) -> Self {
        let Distribution { step, survival, median, tail } = distribution;
        let longest = ((LONGEST_DELAY / step) as usize).max(1);
        let end = survival.len() - 1;
        // Beyond the grid the age makes no difference: the cost of one who looks every d is constant.
        let forever = |delay: usize| {
            let seconds = delay as f64 * step;
            let left = (-seconds / tail).exp();
            (1.0 + LOOKS_PER_SECOND * (seconds - tail * (1.0 - left))) / (1.0 - left)
        };
        let last = (1..=longest).min_by(|one, other| forever(*one).total_cmp(&forever(*other))).unwrap_or(longest);

        // From here on indices run to the end of a margin that holds the longest delay.
        let total = end + longest + longest / 10 + 1;
        let left = |at: usize| match survival.get(at) {
            Some(left) => *left,
            None => survival[end] * (-((at - end) as f64 * step) / tail).exp(),
        };
        // What is left of the integral of S.
        let mut rest = vec![0.0; total + 1];
        rest[total] = left(total) * tail;
        for at in (0..total).rev() {
            rest[at] = rest[at + 1] + step * (left(at) + left(at + 1)) / 2.0;
        }
        // Sums from an index to the end of C + λ·rest, so that a mean is one subtraction.
        let mut sums = vec![0.0; total + 2];
        for at in (end + 1..=total).rev() {
            sums[at] = sums[at + 1] + left(at) * forever(last) + LOOKS_PER_SECOND * rest[at];
        }
        let mut delays = vec![0; end + 1];
        for at in (0..=end).rev() {
            let follows = |delay: usize| {
                let jitter = delay / 10;
                let (from, to) = (at + delay - jitter, (at + delay + jitter).min(total));
                let mean = (sums[from] - sums[to + 1]) / (to + 1 - from) as f64;
                mean + LOOKS_PER_SECOND * left(at) * delay as f64 * step
            };
            let most = at.max(*median) + longest - at;
            let (delay, cost) = (1..=most)
                .map(|delay| (delay, follows(delay)))
                .min_by(|one, other| one.1.total_cmp(&other.1))
                .unwrap_or((1, 0.0));
            delays[at] = delay as u16;
            // λ·rest is taken from the cost for C, and added again for the sum.
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
        ended(task_type, speed, json!("2026-01-01T00:00:00Z"), Value::Null)
    }

    #[allow(clippy::needless_pass_by_value, reason = "shorter to call")]
    fn ended(task_type: &str, speed: &str, created: Value, completed: Value) -> Task {
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

    /// Fifty durations about a minute, in seconds: four of five from 56 to 66, the rest up to two minutes.
    fn about_a_minute() -> Vec<Duration> {
        (0..40).map(|n| 56 + n / 4).chain((0..10).map(|n| 70 + 5 * n)).map(Duration::from_secs).collect()
    }

    fn delay(schedule: &dyn PollPolicy, task: Option<&Task>, looks: u32, age: Duration) -> Duration {
        let created: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let now = SignedDuration::try_from(age).ok().and_then(|age| created.checked_add(age).ok());
        schedule.delay(&Progress::new(looks, age, task, now.unwrap_or(Timestamp::MAX)))
    }

    /// The ages at which a task is looked at until it is so old, in seconds, without jitter.
    fn looks(schedule: &AdaptiveInterval, task: &Task, until: u64) -> Vec<u64> {
        let mut ages = vec![0];
        while ages[ages.len() - 1] < until {
            let age = ages[ages.len() - 1];
            ages.push(age + delay(schedule, Some(task), 1, Duration::from_secs(age)).as_secs());
        }
        ages
    }

    #[test]
    fn what_is_not_known_is_asked_as_by_default() {
        let fast = task("mj_txt2img", "fast");
        let told = |durations: &[Duration]| AdaptiveInterval::new().with_samples("mj_txt2img", "fast", durations);
        let table = [
            ("nothing is known", AdaptiveInterval::new(), Some(&fast)),
            ("one duration too few is known", told(&about_a_minute()[..9]), Some(&fast)),
            ("the look failed, so the kind is not known", told(&about_a_minute()), None),
            ("all that was told is absurd", told(&[Duration::ZERO, Duration::MAX].repeat(20)), Some(&fast)),
            (
                "the other type is known",
                AdaptiveInterval::new().with_samples("mj_video", "fast", &about_a_minute()).with_samples(
                    "",
                    "fast",
                    &about_a_minute(),
                ),
                Some(&fast),
            ),
            (
                "the other speed is known",
                AdaptiveInterval::new().with_samples("mj_txt2img", "relaxed", &about_a_minute()).with_samples(
                    "mj_txt2img",
                    None,
                    &about_a_minute(),
                ),
                Some(&fast),
            ),
        ];
        for (why, schedule, task) in table {
            for number in [1, 2, 5, 10, 1_000, u32::MAX] {
                for age in [Duration::ZERO, 30 * SECOND, 61 * SECOND, Duration::from_hours(9), Duration::MAX] {
                    let growing = delay(&ExponentialInterval::DEFAULT, task, number, age);
                    assert_eq!(delay(&schedule, task, number, age), growing, "{why}: look {number} at {age:?}");
                }
            }
        }
    }

    #[test]
    fn the_likely_end_is_asked_often_and_what_is_before_it_rarely() {
        // Hours are counted in longer steps than minutes.
        for scale in [1, 120] {
            let durations: Vec<_> = about_a_minute().iter().map(|duration| *duration * scale).collect();
            let schedule = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &durations);
            let looks = looks(&schedule, &task("mj_txt2img", "fast"), 3_600 * u64::from(scale));
            let between = |from: u64, to: u64| {
                let (from, to) = (from * u64::from(scale), to * u64::from(scale));
                looks.iter().filter(|age| (from..to).contains(*age)).count()
            };
            assert_eq!(between(0, 50), 1, "before the end is likely, the first look only: {looks:?}");
            assert!(between(50, 55) <= 2, "not often yet: {looks:?}");
            assert!(between(55, 72) >= 3, "around the likely end: {looks:?}");
            assert!(scale > 1 || between(72, 120) <= 6, "in the tail: {looks:?}");
            let late = looks.windows(2).filter(|pair| pair[0] > 56 * u64::from(scale));
            let longest = late.map(|pair| pair[1] - pair[0]).max();
            assert!(longest <= Some(30 * u64::from(scale)), "never half a minute without a look after it: {looks:?}");
        }
    }

    #[test]
    fn kinds_are_kept_apart() {
        let slow: Vec<_> = about_a_minute().iter().map(|duration| *duration * 4).collect();
        let schedule = AdaptiveInterval::new()
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
            let second_look = looks(&schedule, &task(task_type, speed), 1)[1];
            assert!(first.contains(&second_look), "{task_type} {speed}: {second_look} s");
        }
    }

    #[test]
    fn a_schedule_learns_from_tasks_that_ended_as_much_as_from_being_told() {
        let learned = AdaptiveInterval::new();
        let clone = learned.clone();
        for duration in about_a_minute() {
            let completed = Timestamp::UNIX_EPOCH + SignedDuration::try_from(duration).unwrap();
            clone.observe(&ended("mj_txt2img", "fast", json!(Timestamp::UNIX_EPOCH), json!(completed)));
        }
        assert_eq!(learned.samples("mj_txt2img", "fast"), about_a_minute());
        let told = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let fast = task("mj_txt2img", "fast");
        assert_eq!(looks(&learned, &fast, 600), looks(&told, &fast, 600));
    }

    #[test]
    fn what_is_learned_counts_as_soon_as_it_is_a_quarter_of_all() {
        let fast = task("mj_txt2img", "fast");
        let slow: Vec<_> = about_a_minute()[..20].iter().map(|duration| *duration * 4).collect();
        let step_by_step = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let before = looks(&step_by_step, &fast, 600);
        let step_by_step = step_by_step.with_samples("mj_txt2img", "fast", &slow);
        let at_once = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &[about_a_minute(), slow].concat());
        assert_eq!(looks(&step_by_step, &fast, 600), looks(&at_once, &fast, 600));
        assert_ne!(looks(&step_by_step, &fast, 600), before);
    }

    #[test]
    fn a_kind_that_became_slower_is_learned_anew() {
        let slow = about_a_minute().iter().map(|duration| *duration * 4).collect::<Vec<_>>().repeat(4);
        let schedule = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &about_a_minute());
        let fast = task("mj_txt2img", "fast");
        assert!(looks(&schedule, &fast, 1)[1] < 65);
        let schedule = schedule.with_samples("mj_txt2img", "fast", &slow);
        assert!(looks(&schedule, &fast, 1)[1] > 180);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let schedule = AdaptiveInterval::new();
        for number in 0..100_u64 {
            let durations: Vec<_> = (1..=1_000).map(|n| Duration::from_secs(number + n)).collect();
            let _ = schedule.clone().with_samples(&format!("mj_{number}"), "fast", &durations);
            // One is heard of all the time.
            let _ = schedule.clone().with_samples("mj_0", "fast", &[SECOND]);
        }
        assert_eq!(schedule.learned().kinds.len(), KINDS);
        let latest = schedule.samples("mj_99", "fast");
        assert_eq!((latest.len(), latest[0], latest[199]), (200, 900 * SECOND, 1_099 * SECOND));
        assert_eq!(schedule.samples("mj_0", "fast").len(), 200, "kept for being heard of");
        assert!(schedule.samples("mj_1", "fast").is_empty(), "made room");

        let long = "x".repeat(NAME + 1);
        let schedule =
            AdaptiveInterval::new().with_samples(&long, "fast", &[SECOND]).with_samples("mj", long.as_str(), &[SECOND]);
        schedule.observe(&ended("mj", &long, json!(Timestamp::UNIX_EPOCH), json!("1970-01-01T00:01:00Z")));
        assert!(schedule.learned().kinds.is_empty(), "long names are not kept");
    }

    #[test]
    fn absurd_durations_are_not_believed() {
        let table = [
            ("no end", json!("2026-01-01T00:00:00Z"), Value::Null),
            ("no beginning", Value::Null, json!("2026-01-01T00:00:00Z")),
            ("ended before it began", json!("2026-01-01T00:01:00Z"), json!("2026-01-01T00:00:00Z")),
            ("no time at all", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00Z")),
            ("more than three hours", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T03:00:01Z")),
            ("all of history", json!(Timestamp::MIN), json!(Timestamp::MAX)),
        ];
        for (why, created, completed) in table {
            let schedule = AdaptiveInterval::new();
            schedule.observe(&ended("mj_txt2img", "fast", created, completed));
            assert!(schedule.learned().kinds.is_empty(), "{why}");
        }
        let schedule = AdaptiveInterval::new().with_samples("mj", None, &[Duration::MAX, Duration::ZERO, LONGEST]);
        assert_eq!(schedule.samples("mj", None), [LONGEST]);
    }

    #[test]
    fn whatever_was_learned_the_delays_stay_within_their_bounds() {
        let mut random = fastrand::Rng::with_seed(1);
        for round in 0..60 {
            let count = random.usize(ENOUGH..=DURATIONS);
            let scale = 10_f64.powf(random.f64() * 7.0 - 3.0);
            // From all the same to spread over several powers of ten.
            let spread = f64::from(round % 4);
            let mut duration = || (scale * 10_f64.powf(spread * (random.f64() - 0.5))).clamp(1e-9, 10_800.0);
            let mut durations: Vec<_> = (0..count).map(|_| Duration::from_secs_f64(duration())).collect();
            let schedule = AdaptiveInterval::new().with_samples("mj_txt2img", "fast", &durations);
            let fast = task("mj_txt2img", "fast");
            durations.sort();
            let bound = durations[count / 2] + 30 * SECOND;
            let ages = (0..2_000).step_by(7).chain((2_000..40_000).step_by(997)).map(Duration::from_secs);
            for age in ages.chain([Duration::MAX]) {
                let delay = delay(&schedule, Some(&fast), 1, age);
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
