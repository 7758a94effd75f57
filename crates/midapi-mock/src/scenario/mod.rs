//! Scenarios: the sequence of responses that the requests for an id receive.

pub(crate) mod by_id;
pub(crate) mod constructors;
pub(crate) mod demo;
pub(crate) mod file;
pub(crate) mod recordings;
pub(crate) mod sequence;
pub(crate) mod step;

use crate::scenario::step::Step;

/// The sequence of responses to the requests for one id.
///
/// The last step repeats without end.
///
/// ```
/// use midapi_mock::{Scenario, generating, reset, success};
/// let scenario: Scenario = generating().times(2).then(reset()).then(success());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Scenario {
    /// Never empty.
    steps: Vec<Step>,
}

impl Scenario {
    /// Appends a step.
    pub fn then(mut self, next: impl Into<Step>) -> Self {
        self.steps.push(next.into());
        self
    }

    /// Creates a scenario from its steps. Returns `None` if there are no steps.
    pub(crate) fn from_steps(steps: impl IntoIterator<Item = Step>) -> Option<Self> {
        let steps: Vec<Step> = steps.into_iter().collect();
        (!steps.is_empty()).then_some(Self { steps })
    }

    /// Checks every step; the error names the first invalid one.
    pub(crate) fn validate(&self) -> Result<(), String> {
        self.steps
            .iter()
            .zip(1..)
            .try_for_each(|(step, n)| step.validate().map_err(|error| format!("step {n}: {error}")))
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}

impl From<Step> for Scenario {
    fn from(step: Step) -> Self {
        Self { steps: vec![step] }
    }
}

impl Step {
    /// Creates a scenario with this step, followed by `next`.
    pub fn then(self, next: impl Into<Step>) -> Scenario {
        Scenario::from(self).then(next)
    }
}
