//! The headers of a request.

use midapi::{Client, RawResponse, Transport, TransportFuture};
use midapi_mock::success;
use midapi_testkit::{ID, KEY, server};

#[tokio::test]
async fn requests_have_the_documented_headers() {
    let server = server(success());
    let client = Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .user_agent("gallery/2.1")
        .header("x-trace".parse().unwrap(), "t-1".parse().unwrap())
        .build()
        .unwrap();
    client.get(ID).await.unwrap();
    let request = server.requests().remove(0);
    let header = |name: &str| request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(request.method, "GET");
    assert_eq!(header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(header("accept"), Some("application/json"));
    assert_eq!(header("accept-encoding"), Some("gzip"));
    assert_eq!(header("content-type"), Some("application/json"));
    assert_eq!(header("user-agent"), Some(concat!("midapi/", env!("CARGO_PKG_VERSION"), " gallery/2.1")));
    assert_eq!(header("x-trace"), Some("t-1"));
    assert_eq!(header("api-version"), None, "the header of the generated client is removed: the API does not have it");
}

#[tokio::test]
async fn uses_a_custom_reqwest_client() {
    let server = server(success());
    let custom = reqwest::Client::builder()
        .default_headers([("x-custom".parse().unwrap(), "yes".parse().unwrap())].into_iter().collect());
    let client = Client::builder().api_key(KEY).base_url(server.base_url()).http_client(custom.build().unwrap());
    client.build().unwrap().get(ID).await.unwrap();
    assert!(server.requests()[0].headers.contains(&("x-custom".into(), "yes".into())));
}

#[tokio::test]
async fn key_does_not_follow_redirects() {
    let elsewhere = server(success());
    let location = format!("{}/api/v1/mj/record-info?taskId={ID}", elsewhere.base_url());
    let server = server(midapi_mock::redirect(location));
    let error = midapi_testkit::client(&server).get(ID).await.unwrap_err();
    assert_eq!((error.kind().as_str(), error.http_status()), ("unexpected", Some(302)), "{error}");
    assert_eq!(elsewhere.requests().len(), 0);
}

/// Checks that the API key is marked as sensitive, so that `Debug` of a request does not show it.
#[derive(Debug)]
struct CheckKey;

impl Transport for CheckKey {
    fn execute(&self, request: http::Request<bytes::Bytes>) -> TransportFuture {
        assert!(request.headers()["authorization"].is_sensitive());
        assert!(!format!("{request:?}").contains(KEY));
        Box::pin(std::future::ready(Ok(RawResponse::new(200, r#"{"code":200,"data":{"successFlag":1}}"#))))
    }
}

#[tokio::test]
async fn key_is_marked_as_sensitive() {
    let builder = Client::builder().api_key(KEY).transport(CheckKey);
    builder.clone().build().unwrap().get(ID).await.unwrap();
    builder.request_hook(|_| {}).build().unwrap().get(ID).await.unwrap();
}
