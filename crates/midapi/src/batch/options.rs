//! The options of a batch.

use std::time::Duration;

use crate::batch::policy::BatchPolicy;
use crate::batch::rate_limit::RateLimit;
use crate::defaults::MAX_IN_FLIGHT;
use crate::error::Error;
use crate::request::update::Update;
use crate::retry::event::OnRetry;

/// The callback of `on_update`, for every status change and every failed poll after which the wait continues.
pub(crate) type OnUpdate = Box<dyn FnMut(&str, &Update) + Send>;

/// The options of a batch.
pub(crate) struct BatchOptions {
    pub(crate) policy: BatchPolicy,
    pub(crate) first_delay: Duration,
    pub(crate) max_in_flight: usize,
    /// The rate limit, or the error of an invalid rate.
    pub(crate) rate_limit: Option<Result<RateLimit, Error>>,
    pub(crate) on_update: Option<OnUpdate>,
    pub(crate) on_retry: Option<OnRetry>,
    pub(crate) fail_fast: bool,
}

impl BatchOptions {
    pub(crate) fn new(policy: BatchPolicy) -> Self {
        Self {
            policy,
            first_delay: Duration::ZERO,
            max_in_flight: MAX_IN_FLIGHT,
            rate_limit: None,
            on_update: None,
            on_retry: None,
            fail_fast: false,
        }
    }
}
