//! Default settings and fixed limits, in one place.

use std::time::Duration;

/// The base URL: `https://api.midapi.ai`.
pub const BASE_URL: &str = "https://api.midapi.ai";
/// The time limit of a `get`, for all attempts together: 60 s.
pub const GET_TIMEOUT: Duration = Duration::from_secs(60);
/// The time limit of a wait: 15 minutes. Tasks with the speed `relaxed` take four minutes plus their time in the queue.
pub const WAIT_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// The time limit of one attempt, from connecting to the last byte: 30 s.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The time limit for connecting: 10 s.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit of the last poll of a wait, which is made at the deadline: 10 s.
pub const LAST_POLL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long after its deadline a wait may still begin its last poll: 9 s. Applies if a rate or concurrency limit of the
/// client or of the batch delays the poll.
pub(crate) const LAST_POLL_WINDOW: Duration = LAST_POLL_TIMEOUT.saturating_sub(Duration::from_secs(1));
/// The maximum number of retries of a `get`: 4, which makes five attempts.
pub const MAX_RETRIES: u32 = 4;
/// The maximum number of concurrent requests of a batch: 32.
pub const MAX_IN_FLIGHT: usize = 32;
/// The first polling interval of a wait: 5 s.
pub const INITIAL_INTERVAL: Duration = Duration::from_secs(5);
/// The factor by which the polling interval grows: 1.25.
pub const INTERVAL_FACTOR: f64 = 1.25;
/// The longest polling interval: 30 s.
pub const MAX_INTERVAL: Duration = Duration::from_secs(30);
/// The shortest polling interval: 100 ms. Shorter intervals of a poll policy are raised to this value.
pub const MIN_INTERVAL: Duration = Duration::from_millis(100);
/// The largest response body, in bytes, before and after decompression: 1 MiB.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// The longest delay that is accepted from `Retry-After`: 2 minutes. Longer delays are reduced to 2 minutes.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(2 * 60);
/// The lowest rate to which HTTP 429 and 503 responses reduce a client: 5 requests per second.
pub const MIN_REDUCED_RATE: f64 = 5.0;
/// The longest timeout or delay: ten years. Longer values are reduced to ten years.
pub const MAX_DURATION: Duration = Duration::from_secs(24 * 365 * 10 * 3600);
