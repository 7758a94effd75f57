//! Retry notifications.

use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;

/// The callback of `on_retry`.
pub(crate) type OnRetry = Arc<dyn Fn(&RetryEvent<'_>) + Send + Sync>;

/// A failed attempt that is about to be retried, or a failed poll of a wait that continues.
///
/// # Examples
/// ```
/// let client = midapi::Client::builder()
///     .api_key("example-key")
///     .on_retry(|retry| eprintln!("attempt {}: {}; retrying in {:?}", retry.attempts, retry.error, retry.delay))
///     .build()?;
/// # Ok::<(), midapi::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RetryEvent<'a> {
    /// The id of the task. None for [`Client::call`](crate::Client::call).
    pub task_id: Option<&'a str>,
    /// The error of the failed attempt.
    pub error: &'a Error,
    /// The number of attempts so far; 1 before the first retry.
    pub attempts: u32,
    /// The delay before the next attempt.
    pub delay: Duration,
}
