//! What is known of every id.

use crate::Scenario;
use crate::render::Rendered;
use crate::sequence::Sequence;
use crate::step::{Answer, Step};
use std::collections::HashMap;
use std::sync::Arc;

/// The ids, how far each has come, and how often each was asked for.
pub(crate) struct Tasks {
    known: HashMap<String, Known>,
    others: Others,
    /// Looks at ids that nobody named, if they are counted.
    strangers: Option<HashMap<String, usize>>,
}

struct Known {
    sequence: Sequence,
    looks: usize,
}

/// What ids are answered that nobody named.
enum Others {
    /// One answer that does not change and does not depend on the id.
    Same(Sequence),
    /// A scenario that each of them goes through.
    Each(Arc<[Step]>),
}

impl Tasks {
    pub(crate) fn new(known: HashMap<String, Scenario>, others: Scenario, count_strangers: bool) -> Self {
        let known = known.into_iter().map(|(id, scenario)| (id, Known::new(scenario.into_steps()))).collect();
        let steps: Arc<[Step]> = others.into_steps().into();
        let others = match &*steps {
            [step] if !matches!(step.answer, Answer::Task { .. }) => Others::Same(Sequence::new(steps)),
            _ => Others::Each(steps),
        };
        Self { known, others, strangers: count_strangers.then(HashMap::new) }
    }

    /// Takes one look at an id.
    pub(crate) fn look(&mut self, id: &str, base_url: &str) -> Option<Arc<Rendered>> {
        if let Some(known) = self.known.get_mut(id) {
            known.looks += 1;
            return known.sequence.look(id, base_url);
        }
        match &mut self.others {
            Others::Same(sequence) => {
                if let Some(strangers) = &mut self.strangers {
                    *strangers.entry(id.to_owned()).or_default() += 1;
                }
                sequence.look(id, base_url)
            }
            Others::Each(steps) => {
                let known = Known::new(Arc::clone(steps));
                let known = self.known.entry(id.to_owned()).or_insert(known);
                known.looks += 1;
                known.sequence.look(id, base_url)
            }
        }
    }

    /// Gives an id a new scenario; the count of its looks goes on.
    pub(crate) fn set(&mut self, id: String, scenario: Scenario) {
        let strange = self.strangers.as_mut().and_then(|strangers| strangers.remove(&id));
        let looks = self.known.get(&id).map_or(strange.unwrap_or(0), |known| known.looks);
        self.known.insert(id, Known { looks, ..Known::new(scenario.into_steps()) });
    }

    pub(crate) fn request_count(&self, id: &str) -> usize {
        let strange = || self.strangers.as_ref().and_then(|strangers| strangers.get(id)).copied();
        self.known.get(id).map(|known| known.looks).or_else(strange).unwrap_or(0)
    }

    /// Sets every count to 0. No scenario starts again.
    pub(crate) fn clear_looks(&mut self) {
        self.known.values_mut().for_each(|known| known.looks = 0);
        if let Some(strangers) = &mut self.strangers {
            strangers.clear();
        }
    }
}

impl Known {
    fn new(steps: impl Into<Arc<[Step]>>) -> Self {
        Self { sequence: Sequence::new(steps), looks: 0 }
    }
}
