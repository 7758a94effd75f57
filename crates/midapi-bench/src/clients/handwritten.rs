//! Hand-written clients that use the two HTTP libraries on which the SDK is built: hyper and reqwest.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::clients::Lookup;
use crate::{ID, types};

/// A client that uses the pooled HTTP client of hyper, without a timeout.
#[derive(Debug)]
pub struct HandwrittenHyper {
    http: Client<HttpConnector, Empty<Bytes>>,
    base_url: String,
}

impl Lookup for HandwrittenHyper {
    fn new(base_url: &str) -> Self {
        let mut connector = HttpConnector::new();
        // reqwest sets this option too.
        connector.set_nodelay(true);
        Self { http: Client::builder(TokioExecutor::new()).build(connector), base_url: base_url.into() }
    }

    async fn get(&self) {
        let request = Request::get(format!("{}/api/v1/mj/record-info?taskId={ID}", self.base_url))
            .header("authorization", "Bearer example-key")
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(Empty::new());
        let response = self.http.request(request.unwrap()).await.unwrap();
        assert!(response.status().is_success());
        types::read_response(&response.into_body().collect().await.unwrap().to_bytes());
    }
}

/// A reqwest client with a timeout, as in a program without the SDK. The measurements of the other clients are reported
/// as ratios to this client.
#[derive(Debug)]
pub struct HandwrittenReqwest {
    http: reqwest::Client,
    base_url: String,
}

impl Lookup for HandwrittenReqwest {
    fn new(base_url: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { http, base_url: base_url.into() }
    }

    async fn get(&self) {
        let url = format!("{}/api/v1/mj/record-info", self.base_url);
        let request = self.http.get(url).query(&[("taskId", ID)]).bearer_auth("example-key");
        let request = request.header("content-type", "application/json").header("accept", "application/json");
        let response = request.send().await.unwrap().error_for_status().unwrap();
        types::read_response(&response.bytes().await.unwrap());
    }
}
