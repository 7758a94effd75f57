//! The scenarios of all ids, which decide the response to each request.

use std::collections::HashMap;
use std::sync::Arc;

use crate::response::PreparedResponse;
use crate::scenario::Scenario;
use crate::scenario::sequence::Sequence;
use crate::scenario::step::{Step, StepContent};

/// The scenario, progress and request count of each id.
pub(crate) struct ScenarioTable {
    entries: HashMap<String, Entry>,
    fallback: Fallback,
    /// The request counts of ids without an entry; `None` if they are not counted.
    unknown_counts: Option<HashMap<String, usize>>,
}

struct Entry {
    sequence: Sequence,
    request_count: usize,
}

/// The responses to ids without an entry.
enum Fallback {
    /// One response for all ids: it neither changes nor depends on the id.
    Shared(Sequence),
    /// One scenario for all ids, with a separate position for each id. Each id begins at the first step.
    PerId(Arc<[Step]>),
}

impl ScenarioTable {
    pub(crate) fn new(scenarios: HashMap<String, Scenario>, fallback: Scenario, count_unknown: bool) -> Self {
        let entries = scenarios.into_iter().map(|(id, scenario)| (id, Entry::new(scenario.into_steps()))).collect();
        let steps: Arc<[Step]> = fallback.into_steps().into();
        let fallback = match &*steps {
            [step] if !matches!(step.content, StepContent::Task { .. }) => Fallback::Shared(Sequence::new(steps)),
            _ => Fallback::PerId(steps),
        };
        Self { entries, fallback, unknown_counts: count_unknown.then(HashMap::new) }
    }

    /// Counts a request for an id and returns its response.
    pub(crate) fn next_response(&mut self, id: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        if let Some(entry) = self.entries.get_mut(id) {
            return entry.next_response(id, base_url);
        }
        match &mut self.fallback {
            Fallback::Shared(sequence) => {
                if let Some(counts) = &mut self.unknown_counts {
                    *counts.entry(id.to_owned()).or_default() += 1;
                }
                sequence.next_response(id, base_url)
            }
            Fallback::PerId(steps) => {
                let entry = Entry::new(Arc::clone(steps));
                self.entries.entry(id.to_owned()).or_insert(entry).next_response(id, base_url)
            }
        }
    }

    /// Replaces the scenario of an id. Its request count is kept.
    pub(crate) fn set(&mut self, id: String, scenario: Scenario) {
        let request_count = self.request_count(&id);
        if let Some(counts) = &mut self.unknown_counts {
            counts.remove(&id);
        }
        self.entries.insert(id, Entry { request_count, ..Entry::new(scenario.into_steps()) });
    }

    pub(crate) fn request_count(&self, id: &str) -> usize {
        let unknown = || self.unknown_counts.as_ref().and_then(|counts| counts.get(id)).copied();
        self.entries.get(id).map(|entry| entry.request_count).or_else(unknown).unwrap_or(0)
    }

    /// Resets every count to 0. The scenarios keep their progress.
    pub(crate) fn clear_counts(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.request_count = 0);
        if let Some(counts) = &mut self.unknown_counts {
            counts.clear();
        }
    }
}

impl Entry {
    fn new(steps: impl Into<Arc<[Step]>>) -> Self {
        Self { sequence: Sequence::new(steps), request_count: 0 }
    }

    fn next_response(&mut self, id: &str, base_url: &str) -> Option<Arc<PreparedResponse>> {
        self.request_count += 1;
        self.sequence.next_response(id, base_url)
    }
}
