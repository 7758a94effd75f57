//! Mistakes that are common in handwritten clients, tested on this SDK.

use midapi::clock::ManualClock;
use midapi::{ErrorKind, Status};
use midapi_mock::{MockServer, code, generating, generation_failed, html, null_data, reset, success, task};
use midapi_testkit::{ID, builder, client, seconds, server};
use serde_json::json;

#[tokio::test]
async fn error_codes_end_a_wait() {
    for (number, kind) in [(401, ErrorKind::Auth), (422, ErrorKind::InvalidRequest), (505, ErrorKind::Disabled)] {
        let server = server(code(number, "no"));
        let error = client(&server).wait(ID).await.unwrap_err();
        assert_eq!(
            (error.kind(), server.request_count(ID)),
            (kind, 1),
            "code {number} ends the wait with the first response"
        );
    }
}

#[tokio::test]
async fn flag_takes_precedence_over_results() {
    let results = json!({"resultUrls": ["https://files.example/leftover.jpeg"]});
    let failed = server(task(json!({"taskId": ID, "successFlag": 2, "resultInfoJson": results})));
    let error = client(&failed).wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), failed.request_count(ID)), (ErrorKind::TaskFailed, 1));

    let unfinished = server(task(json!({"taskId": ID, "successFlag": 0, "resultInfoJson": results})));
    assert_eq!(client(&unfinished).get(ID).await.unwrap().status(), Status::Generating);
}

#[tokio::test]
async fn failed_task_is_requested_once() {
    let server = server(generation_failed());
    let error = client(&server).wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), server.request_count(ID)), (ErrorKind::TaskFailed, 1));
    assert!(!error.is_retryable(), "a failed task stays failed");
}

#[tokio::test]
async fn transient_failures_do_not_end_waits() {
    let server = server(generating().then(reset()).then(html(520)).then(generating()).then(success()));
    let task = client(&server).wait(ID).await.unwrap();
    assert_eq!((task.status(), server.request_count(ID)), (Status::Success, 5));
}

#[tokio::test]
async fn deadline_error_carries_the_id() {
    let server = server(generating().times(3).then(success()));
    let client = client(&server);
    let error = client.wait(ID).timeout(seconds(8)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.task_id(), error.last_status()),
        (ErrorKind::Deadline, Some(ID), Some(Status::Generating))
    );
    assert!(error.message().contains("still generating"), "{error}");
    assert_eq!(client.wait(error.task_id().unwrap()).await.unwrap().status(), Status::Success);
}

#[tokio::test]
async fn default_timeout_is_fifteen_minutes() {
    let server = server(generating());
    let clock = ManualClock::new();
    let error = builder(&server, &clock).build().unwrap().wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), clock.elapsed()), (ErrorKind::Deadline, seconds(15 * 60)));
}

#[tokio::test]
async fn null_data_is_a_typed_error() {
    let server = server(null_data());
    assert_eq!(client(&server).get(ID).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn input_urls_are_not_results() {
    let params = r#"{"fileUrls":["https://inputs.example/cat.png"],"prompt":"as https://inputs.example/dog.png"}"#;
    let server = server(task(
        json!({"taskId": ID, "successFlag": 1, "paramJson": params, "resultInfoJson": {"resultUrls": ["https://files.example/0.jpeg"]}}),
    ));
    assert_eq!(client(&server).get(ID).await.unwrap().result_urls(), ["https://files.example/0.jpeg"]);
}

#[tokio::test]
async fn path_prefix_precedes_the_api_path() {
    let server = MockServer::builder().prefix("/proxy").task(ID, success()).start().unwrap();
    client(&server).get(ID).await.unwrap();
    assert_eq!(server.requests()[0].path, "/proxy/api/v1/mj/record-info");
}
