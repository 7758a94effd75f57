//! What users' own code gets wrong about look-ups, each tried on this SDK.

use midapi::clock::ManualClock;
use midapi::{ErrorKind, Status};
use midapi_mock::{MockServer, code, generating, generation_failed, html, null_data, reset, success, task};
use midapi_testkit::{ID, builder, client, seconds, server};
use serde_json::json;

#[tokio::test]
async fn an_error_code_is_not_taken_for_still_generating() {
    for (number, kind) in [(401, ErrorKind::Auth), (422, ErrorKind::InvalidRequest), (505, ErrorKind::Disabled)] {
        let server = server(code(number, "no"));
        let error = client(&server).wait(ID).await.unwrap_err();
        assert_eq!((error.kind(), server.request_count(ID)), (kind, 1), "code {number}: the wait ends at once");
    }
}

#[tokio::test]
async fn the_flag_decides_before_the_results_do() {
    let results = json!({"resultUrls": ["https://files.example/leftover.jpeg"]});
    let failed = server(task(json!({"taskId": ID, "successFlag": 2, "resultInfoJson": results})));
    let error = client(&failed).wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), failed.request_count(ID)), (ErrorKind::TaskFailed, 1));

    let unfinished = server(task(json!({"taskId": ID, "successFlag": 0, "resultInfoJson": results})));
    assert_eq!(client(&unfinished).get(ID).await.unwrap().status(), Status::Generating);
}

#[tokio::test]
async fn a_failed_task_is_final_and_looked_up_once() {
    let server = server(generation_failed());
    let error = client(&server).wait(ID).await.unwrap_err();
    assert_eq!((error.kind(), server.request_count(ID)), (ErrorKind::TaskFailed, 1));
    assert!(!error.is_retryable(), "asking again does not mend a failed task");
}

#[tokio::test]
async fn a_blip_does_not_end_a_wait() {
    let server = server(generating().then(reset()).then(html(520)).then(generating()).then(success()));
    let task = client(&server).wait(ID).await.unwrap();
    assert_eq!((task.status(), server.request_count(ID)), (Status::Success, 5));
}

#[tokio::test]
async fn a_time_out_hands_back_the_id_to_go_on_with() {
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
async fn there_is_a_deadline_though_nobody_asked_for_one_and_it_outlasts_relaxed_tasks() {
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
async fn the_inputs_of_a_task_are_not_taken_for_its_results() {
    let params = r#"{"fileUrls":["https://inputs.example/cat.png"],"prompt":"as https://inputs.example/dog.png"}"#;
    let server = server(task(
        json!({"taskId": ID, "successFlag": 1, "paramJson": params, "resultInfoJson": {"resultUrls": ["https://files.example/0.jpeg"]}}),
    ));
    assert_eq!(client(&server).get(ID).await.unwrap().result_urls(), ["https://files.example/0.jpeg"]);
}

#[tokio::test]
async fn a_path_prefix_and_the_mj_of_the_path_are_kept() {
    let server = MockServer::builder().prefix("/proxy").task(ID, success()).start().unwrap();
    client(&server).get(ID).await.unwrap();
    assert_eq!(server.requests()[0].path, "/proxy/api/v1/mj/record-info");
}
