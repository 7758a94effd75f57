//! The progress of one id through its scenario.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::response::task_data::{RenderContext, is_final};
use crate::response::{PreparedResponse, render_step};
use crate::scenario::step::{Step, StepContent, StepLimit};

/// The age of a task at its first request, in milliseconds.
const AGE_AT_FIRST_REQUEST: i64 = 2_000;
/// The milliseconds of every creation and completion time. The observed times of the real API are whole seconds. A
/// value other than 0 reveals a client that drops or rounds milliseconds.
const CREATED_MILLIS: i64 = 318;
const COMPLETED_MILLIS: i64 = 741;

/// A scenario and the step that it has reached.
pub(crate) struct Sequence {
    steps: Arc<[Step]>,
    /// The index of the current step.
    current: usize,
    /// The number of requests that received the response of the current step.
    request_count: usize,
    /// The time of the first request of the current step.
    since: Option<Instant>,
    created: Option<i64>,
    completed: Option<i64>,
    /// The response of the current step, stored when the step gets its second request. Ids that are requested only once
    /// thus need no memory for a response.
    prepared: Option<Arc<PreparedResponse>>,
}

impl Sequence {
    pub(crate) fn new(steps: impl Into<Arc<[Step]>>) -> Self {
        Self {
            steps: steps.into(),
            current: 0,
            request_count: 0,
            since: None,
            created: None,
            completed: None,
            prepared: None,
        }
    }

    /// Returns the response to the next request, or `None` for a sequence without steps.
    pub(crate) fn next_response(&mut self, id: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        self.next_response_at(id, base_url, Instant::now(), unix_seconds)
    }

    fn next_response_at(
        &mut self,
        id: &str,
        base_url: &str,
        now: Instant,
        unix_seconds: impl Fn() -> i64,
    ) -> Option<Arc<PreparedResponse>> {
        self.advance(now);
        let step = self.steps.get(self.current)?;
        self.request_count += 1;
        if let Some(prepared) = &self.prepared {
            return Some(Arc::clone(prepared));
        }
        // The start of the previous second, so that both times are in the past.
        let second = (unix_seconds() - 1) * 1_000;
        let created = *self.created.get_or_insert(second + CREATED_MILLIS - AGE_AT_FIRST_REQUEST);
        let now = second + COMPLETED_MILLIS;
        if matches!(step.content, StepContent::Task { flag, .. } if is_final(flag)) {
            self.completed.get_or_insert(now);
        }
        let context = RenderContext { id, base_url, created, completed: self.completed.unwrap_or(now) };
        let prepared = Arc::new(render_step(step, &context));
        if self.request_count > 1 {
            self.prepared = Some(Arc::clone(&prepared));
        }
        Some(prepared)
    }

    /// Advances past the steps that have reached their limit. The last step of the sequence is never skipped.
    fn advance(&mut self, now: Instant) {
        while self.current + 1 < self.steps.len() {
            let is_finished = match self.steps[self.current].limit {
                StepLimit::Requests(count) => self.request_count >= count,
                StepLimit::Duration(time) => now.duration_since(*self.since.get_or_insert(now)) >= time,
            };
            if !is_finished {
                return;
            }
            (self.current, self.request_count, self.since, self.prepared) = (self.current + 1, 0, None, None);
        }
    }
}

fn unix_seconds() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::scenario::constructors::{failed, generating, success};

    /// The `data` of requests at these times, in milliseconds after the start.
    fn request_at(steps: Vec<Step>, times: &[u64]) -> Vec<Value> {
        let start = Instant::now();
        let mut sequence = Sequence::new(steps);
        let mut request = |after: u64| {
            let now = start + Duration::from_millis(after);
            let unix_seconds = || 1_700_000_000 + i64::try_from(after / 1_000).unwrap();
            let prepared = sequence.next_response_at("cat", "http://localhost", now, unix_seconds);
            serde_json::from_slice::<Value>(prepared.unwrap().bytes()).unwrap()["data"].take()
        };
        times.iter().map(|&after| request(after)).collect()
    }

    #[test]
    fn durations_start_at_first_request() {
        type Row<'a> = (&'a str, Vec<Step>, &'a [u64], &'a [i64]);
        let four = |step: Step| step.for_duration(Duration::from_secs(4));
        let table: &[Row] = &[
            (
                "the first request comes late",
                vec![four(generating()), success()],
                &[9_000, 12_999, 13_000, 13_001],
                &[0, 0, 1, 1],
            ),
            (
                "two durations in a row",
                vec![four(generating()), four(failed()), success()],
                &[0, 4_000, 7_999, 8_000],
                &[0, 2, 2, 1],
            ),
            (
                "a long time between requests",
                vec![four(generating()), four(failed()), success()],
                &[0, 99_000],
                &[0, 2],
            ),
            ("the last step repeats", vec![four(generating())], &[0, 99_000], &[0, 0]),
        ];
        for (why, steps, times, flags) in table {
            let seen: Vec<_> =
                request_at(steps.clone(), times).iter().filter_map(|data| data["successFlag"].as_i64()).collect();
            assert_eq!(seen, *flags, "{why}");
        }
    }

    #[test]
    fn task_times_do_not_change() {
        let data = request_at(vec![generating(), generating(), success()], &[0, 10_000, 20_000, 30_000, 40_000]);
        let times = |member: &str| data.iter().map(|data| data[member].as_i64()).collect::<Vec<_>>();
        assert_eq!(times("createTime"), [Some(1_699_999_997_318); 5]);
        let completed = Some(1_700_000_019_741);
        assert_eq!(times("completeTime"), [None, None, completed, completed, completed]);
    }
}
