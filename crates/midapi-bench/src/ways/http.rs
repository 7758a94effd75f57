//! Hand-written HTTP, by the two libraries that the SDK stands on.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Look;
use crate::{ID, plain};

/// hyper's pooled client.
pub(super) struct Hyper {
    http: Client<HttpConnector, Empty<Bytes>>,
    base_url: String,
}

impl Hyper {
    pub(super) fn new(base_url: &str) -> Self {
        let mut connector = HttpConnector::new();
        // As reqwest does.
        connector.set_nodelay(true);
        Self { http: Client::builder(TokioExecutor::new()).build(connector), base_url: base_url.into() }
    }
}

impl Look for Hyper {
    async fn look(&self) {
        let request = Request::get(format!("{}/api/v1/mj/record-info?taskId={ID}", self.base_url))
            .header("authorization", "Bearer made-up")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(Empty::new());
        let response = self.http.request(request.unwrap()).await.unwrap();
        assert!(response.status().is_success());
        plain::read(&response.into_body().collect().await.unwrap().to_bytes());
    }
}

/// What one would write without the SDK: the peer that all others are held against.
pub(super) struct Reqwest {
    http: reqwest::Client,
    base_url: String,
}

impl Reqwest {
    pub(super) fn new(base_url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { http, base_url: base_url.into() }
    }
}

impl Look for Reqwest {
    async fn look(&self) {
        let url = format!("{}/api/v1/mj/record-info", self.base_url);
        let request = self.http.get(url).query(&[("taskId", ID)]).bearer_auth("made-up");
        let request = request.header("content-type", "application/json").header("accept", "application/json");
        let response = request.send().await.unwrap().error_for_status().unwrap();
        plain::read(&response.bytes().await.unwrap());
    }
}
