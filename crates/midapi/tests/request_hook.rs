//! The request hook: when it is called, the headers that it sees and sets, and the parts of a request that it cannot change.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, StreamExt};
use http::{HeaderValue, Method};
use midapi::clock::ManualClock;
use midapi_mock::{MockServer, html, success};
use midapi_testkit::{ID, KEY, builder, server};

#[tokio::test]
async fn hook_runs_for_every_attempt() {
    let verbs = ["get", "wait", "get_all", "wait_all", "call"];
    let server = verbs.iter().fold(MockServer::builder(), |server, verb| server.task(*verb, html(502).then(success())));
    let server = server.start().unwrap();
    let attempts = AtomicU64::new(0);
    let hook = move |request: &mut http::Request<()>| {
        let attempt = attempts.fetch_add(1, Ordering::Relaxed) + 1;
        request.headers_mut().insert("x-attempt", attempt.into());
    };
    let client = builder(&server, &ManualClock::new()).request_hook(hook).build().unwrap();
    client.get("get").await.unwrap();
    client.wait("wait").await.unwrap();
    assert!(client.get_all(["get_all"]).stream().next().await.unwrap().1.is_ok());
    assert!(client.wait_all(["wait_all"]).stream().next().await.unwrap().1.is_ok());
    client.call(async |wire| wire.get_record_info("call").await).await.unwrap();
    let requests = server.requests();
    let received: Vec<_> =
        requests.iter().map(|request| (request.task_id.as_deref(), request.header("x-attempt"))).collect();
    let attempts: Vec<_> = (1..=10).map(|attempt: u32| attempt.to_string()).collect();
    let expected: Vec<_> =
        attempts.iter().enumerate().map(|(n, attempt)| (Some(verbs[n / 2]), Some(attempt.as_str()))).collect();
    assert_eq!(received, expected, "two attempts of each verb");
}

#[tokio::test]
async fn hook_sees_the_request_without_key() {
    let server = server(success());
    let seen = Arc::new(Mutex::new(None));
    let record = Arc::clone(&seen);
    let client = builder(&server, &ManualClock::new()).header("x-tenant".parse().unwrap(), "design".parse().unwrap());
    let client = client.request_hook(move |request| {
        request.headers_mut().remove("accept");
        *record.lock().unwrap() = Some((request.method().clone(), request.uri().clone(), request.headers().clone()));
    });
    client.build().unwrap().get(ID).await.unwrap();
    let (method, uri, headers) = seen.lock().unwrap().take().unwrap();
    assert_eq!(method, Method::GET);
    assert_eq!(uri.to_string(), format!("{}/api/v1/mj/record-info?taskId={ID}", server.base_url()));
    assert_eq!(headers["x-tenant"], "design");
    assert!(headers.contains_key("user-agent"));
    assert!(headers.values().all(|value| !String::from_utf8_lossy(value.as_bytes()).contains(KEY)), "{headers:?}");
    assert_eq!(
        server.requests()[0].header("accept"),
        Some("*/*"),
        "the hook removed the header; this is reqwest's own"
    );
}

#[tokio::test]
async fn hook_cannot_redirect_the_key() {
    let (server, elsewhere) = (server(success()), server(success()));
    let uri: http::Uri = format!("{}/api/v1/mj/record-info?taskId={ID}", elsewhere.base_url()).parse().unwrap();
    let hook = move |request: &mut http::Request<()>| {
        *request.uri_mut() = uri.clone();
        *request.method_mut() = Method::POST;
        request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer another-key"));
        request.headers_mut().insert("host", HeaderValue::from_static("elsewhere.example"));
    };
    builder(&server, &ManualClock::new()).request_hook(hook).build().unwrap().get(ID).await.unwrap();
    assert!(elsewhere.requests().is_empty());
    let request = server.requests().remove(0);
    assert_eq!(request.method, "GET");
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[tokio::test]
async fn panicking_hook_sends_no_request() {
    let server = server(success());
    let is_first = AtomicBool::new(true);
    let hook = move |_: &mut http::Request<()>| assert!(!is_first.swap(false, Ordering::Relaxed), "the hook failed");
    let client = builder(&server, &ManualClock::new()).request_hook(hook).build().unwrap();
    assert!(AssertUnwindSafe(client.get(ID).into_future()).catch_unwind().await.is_err());
    assert!(server.requests().is_empty());
    client.get(ID).await.expect("the client can be used after the panic");
}

#[tokio::test]
async fn clearing_headers_removes_the_hook() {
    let server = server(success());
    let signed = |request: &mut http::Request<()>| {
        request.headers_mut().insert("x-signature", HeaderValue::from_static("signed"));
    };
    let client = builder(&server, &ManualClock::new()).request_hook(signed).build().unwrap();
    client.to_builder().build().unwrap().get(ID).await.unwrap();
    client.to_builder().clear_headers().build().unwrap().get(ID).await.unwrap();
    let signatures: Vec<_> = server.requests().iter().map(|request| request.header("x-signature").is_some()).collect();
    assert_eq!(signatures, [true, false]);
}
