//! How far an id has come in its scenario.

use crate::render::{Rendered, render};
use crate::step::{Answer, Limit, Step};
use crate::task::{RenderContext, ends};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long before its first look a task was made, in milliseconds.
const AGE_AT_FIRST_LOOK: i64 = 2_000;

/// A scenario being played for one id.
pub(crate) struct Sequence {
    steps: Arc<[Step]>,
    /// The step being shown, how often it was, and since when.
    step: usize,
    shown: usize,
    since: Option<Instant>,
    created: Option<i64>,
    completed: Option<i64>,
    /// The answer of the step being shown. Kept from its second look on: a million ids that are looked at once cost no
    /// memory.
    kept: Option<Arc<Rendered>>,
}

impl Sequence {
    pub(crate) fn new(steps: impl Into<Arc<[Step]>>) -> Self {
        Self { steps: steps.into(), step: 0, shown: 0, since: None, created: None, completed: None, kept: None }
    }

    /// Takes one look.
    pub(crate) fn look(&mut self, id: &str, base_url: &str) -> Option<Arc<Rendered>> {
        self.look_at(id, base_url, Instant::now(), wall_clock)
    }

    fn look_at(&mut self, id: &str, base_url: &str, now: Instant, wall: impl Fn() -> i64) -> Option<Arc<Rendered>> {
        self.advance(now);
        let step = self.steps.get(self.step)?;
        self.shown += 1;
        if let Some(kept) = &self.kept {
            return Some(Arc::clone(kept));
        }
        let now = wall();
        let created = *self.created.get_or_insert(now - AGE_AT_FIRST_LOOK);
        if matches!(step.answer, Answer::Task { flag, .. } if ends(flag)) {
            self.completed.get_or_insert(now);
        }
        let at = RenderContext { id, base_url, created, completed: self.completed.unwrap_or(now) };
        let made = Arc::new(render(step, &at));
        if self.shown > 1 {
            self.kept = Some(Arc::clone(&made));
        }
        Some(made)
    }

    /// Leaves the steps that are used up; never the last one.
    fn advance(&mut self, now: Instant) {
        while self.step + 1 < self.steps.len() {
            let used_up = match self.steps[self.step].limit {
                Limit::Looks(looks) => self.shown >= looks,
                Limit::For(time) => now.duration_since(*self.since.get_or_insert(now)) >= time,
            };
            if !used_up {
                return;
            }
            (self.step, self.shown, self.since, self.kept) = (self.step + 1, 0, None, None);
        }
    }
}

/// Now, in milliseconds since the epoch, in whole seconds as on the wire.
fn wall_clock() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since_epoch.as_secs() * 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{failed, generating, success};
    use serde_json::Value;

    /// Looks at these times, in milliseconds after the start.
    fn looks(steps: Vec<Step>, times: &[u64]) -> Vec<Value> {
        let (begin, wall) = (Instant::now(), 1_700_000_000_000);
        let mut sequence = Sequence::new(steps);
        let mut look = |after: u64| {
            let now = begin + Duration::from_millis(after);
            let made = sequence.look_at("cat", "http://localhost", now, || wall + i64::try_from(after).unwrap());
            serde_json::from_slice::<Value>(made.unwrap().bytes()).unwrap()["data"].take()
        };
        times.iter().map(|&after| look(after)).collect()
    }

    #[test]
    fn a_lasting_step_counts_from_its_own_first_look() {
        type Row<'a> = (&'a str, Vec<Step>, &'a [u64], &'a [i64]);
        let four = |step: Step| step.for_duration(Duration::from_secs(4));
        let table: &[Row] = &[
            (
                "not from the start",
                vec![four(generating()), success()],
                &[9_000, 12_999, 13_000, 13_001],
                &[0, 0, 1, 1],
            ),
            (
                "one after the other",
                vec![four(generating()), four(failed()), success()],
                &[0, 4_000, 7_999, 8_000],
                &[0, 2, 2, 1],
            ),
            ("a long time between looks", vec![four(generating()), four(failed()), success()], &[0, 99_000], &[0, 2]),
            ("the last one does not end", vec![four(generating())], &[0, 99_000], &[0, 0]),
        ];
        for (why, steps, times, flags) in table {
            let seen: Vec<_> =
                looks(steps.clone(), times).iter().filter_map(|data| data["successFlag"].as_i64()).collect();
            assert_eq!(seen, *flags, "{why}");
        }
    }

    #[test]
    fn times_of_a_task_are_those_of_its_first_looks() {
        let data = looks(vec![generating(), generating(), success()], &[0, 10_000, 20_000, 30_000, 40_000]);
        let times = |member: &str| data.iter().map(|data| data[member].as_i64()).collect::<Vec<_>>();
        assert_eq!(times("createTime"), [Some(1_699_999_998_000); 5]);
        let completed = Some(1_700_000_020_000);
        assert_eq!(times("completeTime"), [None, None, completed, completed, completed]);
    }
}
