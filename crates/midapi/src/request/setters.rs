//! Macros for setters that two request builders share.

/// The setters of `wait` and `wait_all`.
macro_rules! wait_setters {
    () => {
        /// Sets the timeout of each id. The timeout starts with the first poll of the id or, if `first_delay` is set,
        /// with the delay before that poll. Defaults to the timeout of the client's wait policy (15 minutes by
        /// default).
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.policy = self.policy.timeout(timeout);
            self
        }

        /// Sets a fixed polling interval. The default is the poll policy of the client (by default, intervals that grow
        /// from 5 s to 30 s).
        pub fn interval(self, interval: Duration) -> Self {
            self.poll_policy(FixedInterval(interval))
        }

        /// Sets the poll policy, which determines the polling intervals. Defaults to the client's poll policy (by
        /// default, intervals that grow from 5 s to 30 s).
        pub fn poll_policy(mut self, poll_policy: impl PollPolicy) -> Self {
            self.policy = self.policy.poll_policy(poll_policy);
            self
        }

        /// Sets the grace period for new tasks, which may not be visible yet. The period of an id starts when its
        /// timeout starts. A "task not found" error in this period does not end the wait for the id. Defaults to the
        /// grace period of the client's wait policy (0 by default).
        pub fn not_found_grace(mut self, grace: Duration) -> Self {
            self.policy = self.policy.not_found_grace(grace);
            self
        }
    };
}

/// The setters of `get` and `get_all`.
macro_rules! retry_setters {
    () => {
        /// Sets the time limit for all attempts for one id. Defaults to the timeout of the client (60 s by default).
        pub fn timeout(mut self, timeout: Duration) -> Self {
            self.policy.timeout = timeout;
            self
        }

        /// Sets the maximum number of retries for one id. Defaults to the maximum of the client (4 by default).
        pub fn max_retries(mut self, max_retries: u32) -> Self {
            self.policy.max_retries = max_retries;
            self
        }
    };
}

/// The setters of `get_all` and `wait_all`.
macro_rules! batch_setters {
    () => {
        /// Sets the maximum number of concurrent requests of the batch. Defaults to 32; at least 1.
        pub fn max_in_flight(mut self, requests: usize) -> Self {
            self.options.max_in_flight = requests.max(1);
            self
        }

        /// Limits the rate of the batch, in requests per second. A period of `t` seconds contains at most
        /// `per_second · t + 2` requests. Defaults to no limit. If the rate is not a positive number, every result is
        /// an error of kind [`ErrorKind::Usage`](crate::ErrorKind::Usage).
        pub fn rate(mut self, per_second: f64) -> Self {
            self.options.rate_limit = Some(RateLimit::new(per_second));
            self
        }

        /// Sets whether the stream ends after the first error. Defaults to false.
        pub fn fail_fast(mut self, fail_fast: bool) -> Self {
            self.options.fail_fast = fail_fast;
            self
        }

        /// Makes `error` the result of every id.
        #[cfg(feature = "blocking")]
        pub(crate) fn reject_all(mut self, error: Error) -> Self {
            self.options.rate_limit = Some(Err(error));
            self
        }
    };
}

pub(crate) use {batch_setters, retry_setters, wait_setters};
