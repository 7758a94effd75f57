//! A client that uses the SDK with its default settings.

use midapi::Client;

use crate::ID;
use crate::clients::Lookup;

/// A client that sends its requests with the SDK.
#[derive(Debug)]
pub struct Sdk(Client);

impl Lookup for Sdk {
    fn new(base_url: &str) -> Self {
        Self(Client::builder().api_key("example-key").base_url(base_url).build().unwrap())
    }

    async fn get(&self) {
        let task = self.0.get(ID).await.unwrap();
        assert_eq!(task.result_urls().len(), 4);
    }
}
