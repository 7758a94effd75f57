//! Output: results on standard output, messages on standard error.

mod errors;
mod human;
pub(crate) mod json;
mod results;
pub(crate) mod sanitized;
mod summary;
pub(crate) mod terminal;

pub(crate) use errors::{ErrorContext, ErrorReporter, format_error};
pub(crate) use human::{TimeDisplay, format_bytes, format_duration};
pub(crate) use results::print_result;
pub(crate) use summary::{format_count, print_summary, shell_word};
