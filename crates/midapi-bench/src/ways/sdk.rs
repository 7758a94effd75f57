//! The SDK.

use std::time::Duration;

use midapi::{Client, RequestLimit};

use super::Look;
use crate::ID;

pub(super) struct Sdk(Client);

impl Sdk {
    pub(super) fn new(base_url: &str) -> Self {
        Self(Client::builder().api_key("made-up").base_url(base_url).build().unwrap())
    }

    /// With what a client can be given: a cap on requests, a notification, a user agent, limits.
    pub(super) fn with_everything(base_url: &str) -> Self {
        let client = Client::builder()
            .api_key("made-up")
            .base_url(base_url)
            .timeout(Duration::from_secs(50))
            .max_retries(6)
            .on_retry(|retry| eprintln!("{}", retry.error))
            .build()
            .unwrap();
        Self(client.with_request_limit(&RequestLimit::new(u64::MAX)))
    }
}

impl Look for Sdk {
    async fn look(&self) {
        let task = self.0.get(ID).await.unwrap();
        assert_eq!(task.result_urls().len(), 4);
    }
}
