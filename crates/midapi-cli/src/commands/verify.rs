//! `midapi verify`

use std::path::Path;

use midapi_download::{DifferenceKind, verify};

use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::output::{ErrorContext, format_count, format_error};

/// Compares the files of a directory with their records, and prints the differences.
pub(crate) fn run(directory: &Path) -> Result<u8, OutputError> {
    let verification = match verify(directory) {
        Ok(verification) => verification,
        Err(error) => {
            print_stderr(format_error(&error, &ErrorContext::default()));
            return Ok(error.kind().exit_code());
        }
    };
    for difference in &verification.differences {
        let path = Sanitized(&difference.path);
        let id = difference.id.as_deref().map(|id| format!(" (task {})", Sanitized(id))).unwrap_or_default();
        match &difference.kind {
            DifferenceKind::Missing => print(format_args!("missing     {path}{id}"))?,
            DifferenceKind::Changed => print(format_args!("changed     {path}{id}"))?,
            DifferenceKind::Unreadable(error) => print(format_args!("unreadable  {path}{id}: {error}"))?,
            kind => print(format_args!("{kind:?}  {path}{id}"))?,
        }
    }
    let [files, tasks, differences] =
        [verification.files, verification.tasks, verification.differences.len()].map(format_count);
    print(format_args!("{files} files of {tasks} tasks, {differences} differences"))?;
    Ok(u8::from(!verification.differences.is_empty()))
}
