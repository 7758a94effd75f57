//! Updates of a wait.

use crate::error::Error;
use crate::task::Task;

/// An update of a wait in progress.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Update {
    /// The status of the task was observed for the first time or has changed.
    Changed(Task),
    /// A poll failed. The wait continues.
    PollFailed(Error),
    /// The wait is finished. Contains its result.
    Finished(Result<Task, Error>),
}
