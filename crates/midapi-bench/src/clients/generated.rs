//! The generated client by itself: no classification, no retries, and no limits except those of reqwest.

use std::time::Duration;

use midapi_client::types::ResultInfoOrText;
use midapi_client::{Client, Executor};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

use crate::ID;
use crate::clients::Lookup;

/// The generated client.
#[derive(Debug)]
pub struct Generated(Client);

impl Lookup for Generated {
    fn new(base_url: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer example-key"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).default_headers(headers);
        Self(Client::new_with_client(base_url, http.build().unwrap(), Executor::default()))
    }

    async fn get(&self) {
        let envelope = self.0.get_record_info(ID).await.unwrap().into_inner();
        let results = envelope.data.and_then(|record| record.result_info_json);
        let Some(ResultInfoOrText::Object(results)) = results else { panic!("the response has no results") };
        assert_eq!(results.result_urls.map(|urls| urls.len()), Some(4));
    }
}
