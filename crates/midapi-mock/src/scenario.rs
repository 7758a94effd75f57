//! A sequence of steps.

use crate::Step;

/// What one id is answered: step after step, and the last step for ever.
///
/// ```
/// use midapi_mock::{Scenario, generating, reset, success};
/// let scenario: Scenario = generating().times(2).then(reset()).then(success());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Scenario {
    /// Never empty: made from one step, and only added to.
    steps: Vec<Step>,
}

impl Scenario {
    /// Adds a step to the end.
    pub fn then(mut self, next: impl Into<Step>) -> Self {
        self.steps.push(next.into());
        self
    }

    /// `None` if there is no step.
    pub(crate) fn from_steps(steps: impl IntoIterator<Item = Step>) -> Option<Self> {
        let steps: Vec<Step> = steps.into_iter().collect();
        (!steps.is_empty()).then_some(Self { steps })
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
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
