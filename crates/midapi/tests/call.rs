//! Calls through the generated client: headers, limits and classification are those of `get`.

use midapi::clock::ManualClock;
use midapi::wire::types::RecordInfoResponse;
use midapi::{Client, Error, ErrorKind, Response};
use midapi_mock::{Scenario, code, gzip_bomb, html, huge, not_found, null_data, raw, redirect, reset, status, success};
use midapi_testkit::{ID, KEY, builder, seconds, server};

async fn call_lookup(client: &Client) -> Result<Response<RecordInfoResponse>, Error> {
    client.call(async |wire| wire.get_record_info(ID).await).await
}

#[tokio::test]
async fn call_sends_the_headers_of_get() {
    let server = server(success());
    let client = builder(&server, &ManualClock::new()).user_agent("gallery/2.1").build().unwrap();
    let Response { value, raw, .. } = call_lookup(&client).await.unwrap();
    assert_eq!(value.data.unwrap().task_id.as_deref(), Some(ID));
    assert!(raw.http_status() == 200 && raw.body().starts_with(b"{\"code\":200"), "the decompressed body is kept");
    client.get(ID).await.unwrap();
    let [call, get] = &server.requests()[..] else { panic!("two requests") };
    let headers = |request: &midapi_mock::Request| {
        let mut headers = request.headers.clone();
        headers.sort();
        headers
    };
    assert_eq!(headers(call), headers(get));
    assert_eq!((&call.path, &call.query), (&get.path, &get.query));
    assert_eq!(call.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
}

#[tokio::test]
async fn call_classifies_responses_like_get() {
    let unexpected_data = raw(r#"{"code":200,"data":"unexpected"}"#);
    let table: Vec<(&str, Scenario, Result<u16, ErrorKind>)> = vec![
        ("a task", success().into(), Ok(200)),
        ("null data, which other operations may return", null_data().into(), Ok(200)),
        ("a code in HTTP 200", code(401, "no").into(), Err(ErrorKind::Auth)),
        ("an unknown id", not_found().into(), Err(ErrorKind::NotFound)),
        ("too few credits", code(402, "no").into(), Err(ErrorKind::Credits)),
        ("an unknown code", code(299, "new").into(), Err(ErrorKind::Unexpected)),
        ("an HTML page of a gateway", html(502).into(), Err(ErrorKind::Server)),
        ("an HTTP status of a gateway", status(403).into(), Err(ErrorKind::Auth)),
        ("a redirect", redirect("https://elsewhere.example").into(), Err(ErrorKind::Unexpected)),
        ("an undocumented success status", status(202).into(), Err(ErrorKind::Unexpected)),
        ("data of another type", unexpected_data.into(), Err(ErrorKind::Decode)),
        ("a body that is not JSON", raw("hello").into(), Err(ErrorKind::Decode)),
        ("a body over the size limit", huge(3 << 20).into(), Err(ErrorKind::Decode)),
        ("a decompressed body over the size limit", gzip_bomb(3 << 20).into(), Err(ErrorKind::Decode)),
        ("a reset connection", reset().into(), Err(ErrorKind::Transport)),
    ];
    for (why, scenario, expected) in table {
        let server = server(scenario);
        let client = builder(&server, &ManualClock::new()).max_retries(0).build().unwrap();
        let outcome = call_lookup(&client).await;
        let found = outcome.as_ref().map(|response| response.raw.http_status()).map_err(Error::kind);
        assert_eq!(found, expected, "{why}: {:?}", outcome.as_ref().err());
        if let Err(error) = outcome {
            assert_eq!((error.attempts(), error.task_id()), (1, None), "{why}");
        }
    }
}

#[tokio::test]
async fn decode_error_keeps_the_body() {
    let body = format!(r#"{{"code":200,"msg":"{KEY}","data":"unexpected"}}"#);
    let server = server(raw(body.clone()));
    let error = call_lookup(&midapi_testkit::client(&server)).await.unwrap_err();
    assert_eq!(error.raw().unwrap().body(), body.as_bytes());
    assert!(error.message().contains("does not match the spec"), "{error}");
    assert!(!format!("{error} {error:?}").contains(KEY), "an echoed key is redacted: {error}");
}

#[tokio::test]
async fn reading_calls_are_retried() {
    let clock = ManualClock::new();
    let server = server(html(502).then(code(429, "slow down").retry_after("7")).then(success()));
    let client = builder(&server, &clock).build().unwrap();
    call_lookup(&client).await.unwrap();
    assert_eq!(server.request_count(ID), 3);
    assert!(clock.elapsed() >= seconds(7), "Retry-After is obeyed: {:?}", clock.sleeps());
}

#[tokio::test]
async fn retries_and_timeout_are_limited() {
    let server = server(html(502));
    let clock = ManualClock::new();
    let client = builder(&server, &clock).build().unwrap();
    let call = |retries, timeout| {
        let call = client.call(async |wire: midapi::wire::Client| wire.get_record_info(ID).await);
        call.max_retries(retries).timeout(timeout)
    };
    let error = call(2, seconds(60)).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 3));
    let error = call(100, seconds(3)).await.unwrap_err();
    assert!(error.attempts() < 10 && error.elapsed().unwrap() <= seconds(3), "{error:?}");
}

#[tokio::test]
async fn calls_and_gets_share_pauses() {
    let server = server(code(429, "slow down").retry_after("60").then(success()));
    let clock = ManualClock::new();
    let client = builder(&server, &clock).build().unwrap();
    client.call(async |wire| wire.get_record_info(ID).await).max_retries(0).await.unwrap_err();
    client.get(ID).timeout(seconds(100)).await.unwrap();
    assert!(clock.elapsed() >= seconds(60), "{:?}", clock.sleeps());
}

#[tokio::test]
async fn calls_without_request_are_usage_errors() {
    let server = server(success());
    let call = midapi_testkit::client(&server).call(async |_: midapi::wire::Client| {
        Err::<midapi::wire::ResponseValue<()>, _>(midapi::wire::Error::<()>::Custom("canceled".into()))
    });
    let error = call.await.unwrap_err();
    assert!(error.kind() == ErrorKind::Usage && error.message().contains("canceled"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn call_runs_on_another_thread() {
    let server = server(success());
    let client = midapi_testkit::client(&server);
    let response = tokio::spawn(async move { call_lookup(&client).await }).await.unwrap().unwrap();
    assert_eq!(response.value.code, midapi::wire::BodyCode::SUCCESS);
}

#[tokio::test]
async fn call_borrows_arguments_inside_spawn() {
    let server = server(success());
    let client = midapi_testkit::client(&server);
    let moved = client.clone();
    let borrowing = tokio::spawn(async move {
        let id = ID.to_owned();
        moved.call(async |wire| wire.get_record_info(&id).await).await.map(|response| response.value.code)
    });
    let id = ID.to_owned();
    let moving = tokio::spawn(async move {
        client.call(async move |wire| wire.get_record_info(&id).await).await.map(|response| response.value.code)
    });
    for code in [borrowing.await.unwrap(), moving.await.unwrap()] {
        assert_eq!(code.unwrap(), midapi::wire::BodyCode::SUCCESS);
    }
}
