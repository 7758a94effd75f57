//! Access to the typed parameters of a task.
//!
//! This module is separate because errors contain tasks: the module of the task type cannot depend on the error type.

use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::task::Task;
use crate::task::params::Params;

impl Task {
    /// The parameters that the task was submitted with: the decoded `paramJson`.
    ///
    /// Unknown keys, and values of the wrong type, are in `extra`. If the task has no `paramJson`, every field is
    /// empty. The server normalizes the parameters: it adds keys and removes unset ones.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if `paramJson` is not a JSON object. The text is in
    /// [`param_json`](Self::param_json).
    pub fn params(&self) -> Result<&Params, Error> {
        self.decoded_params().0.typed.as_ref().map_err(|warning| {
            Error::new(ErrorKind::Decode, format!("paramJson {}", warning.message)).with_task_id(&*self.id)
        })
    }
}
