//! The generated client by itself: no judgement, no retries, no limits but reqwest's.

use std::time::Duration;

use midapi_client::types::ResultInfoOrText;
use midapi_client::{Client, Executor};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use super::Look;
use crate::ID;

pub(super) struct Generated(Client);

impl Generated {
    pub(super) fn new(base_url: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer made-up"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).default_headers(headers);
        Self(Client::new_with_client(base_url, http.build().unwrap(), Executor::default()))
    }
}

impl Look for Generated {
    async fn look(&self) {
        let envelope = self.0.get_record_info(ID).await.unwrap().into_inner();
        let results = envelope.data.and_then(|record| record.result_info_json);
        let Some(ResultInfoOrText::Object(results)) = results else { panic!("there are results") };
        assert_eq!(results.result_urls.map(|urls| urls.len()), Some(4));
    }
}
