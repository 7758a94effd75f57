//! The SDK with its defaults.

use midapi::Client;

use crate::ID;
use crate::clients::Lookup;

/// The SDK.
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
