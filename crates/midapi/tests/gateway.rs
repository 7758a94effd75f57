//! A transport through a corporate gateway, which asks for a tenant and an HMAC over method and path.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use midapi::{RawResponse, Transport, TransportFuture};
use midapi_mock::{MockServer, success};
use midapi_testkit::{ID, KEY, builder};
use sha2::Sha256;

fn sign(method: &str, path: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"the key of the gateway").unwrap();
    mac.update(format!("{method} {path}").as_bytes());
    mac.finalize().into_bytes().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[derive(Debug)]
struct Gateway(reqwest::Client);

impl Transport for Gateway {
    fn execute(&self, mut request: http::Request<Bytes>) -> TransportFuture {
        let (http, signature) = (self.0.clone(), sign(request.method().as_str(), request.uri().path()));
        request.headers_mut().insert("x-tenant", HeaderValue::from_static("design"));
        Box::pin(async move {
            request.headers_mut().insert("x-signature", signature.parse()?);
            let response = http.execute(request.try_into()?).await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(RawResponse::new(status, response.bytes().await?).with_headers(headers))
        })
    }
}

#[tokio::test]
async fn gateway_receives_signed_requests() {
    // The gateway compresses its responses.
    let server = MockServer::builder().prefix("/midapi").gzip(true).task(ID, success()).start().unwrap();
    let client = builder(&server, &midapi::clock::ManualClock::new()).transport(Gateway(reqwest::Client::new()));
    assert_eq!(client.build().unwrap().get(ID).await.unwrap().result_urls().len(), 4);
    let request = server.requests().remove(0);
    assert_eq!(request.header("x-tenant"), Some("design"));
    assert_eq!(request.header("x-signature"), Some(sign("GET", "/midapi/api/v1/mj/record-info").as_str()));
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}
