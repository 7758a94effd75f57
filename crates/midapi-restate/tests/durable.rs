//! Durable waits with a real Restate server and the mock of the API.

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use midapi::ErrorKind;
use midapi_mock::{MockServer, code, failed, generating, not_found, status, success};
use midapi_restate::restate_sdk::prelude::*;
use midapi_restate::{AccountChange, Outcome, Submission, WaitOptions, Worker};
use serde_json::Value;

use support::{RestateServer, account, client, id, start_worker};

fn fast() -> WaitOptions {
    WaitOptions::default().interval(Duration::from_millis(200))
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_equal_those_of_a_wait() {
    let Some(server) = RestateServer::start().await else { return };
    let odd = "odd/ id?%2F#猫";
    let tasks = [
        ("cat", generating().times(2).then(success())),
        ("flaky", status(503).retry_after("0.1").then(generating()).then(success())),
        ("failed", generating().then(failed())),
        ("missing", not_found().into()),
        ("slow", generating().into()),
        (odd, generating().then(success())),
    ];
    let mock = tasks.into_iter().fold(MockServer::builder(), |mock, (id, steps)| mock.task(id, steps)).start().unwrap();
    let client = client(&mock);
    server.register(&start_worker(Worker::new(client.clone())).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    for name in ["cat", "flaky", "failed", "missing", "slow", odd] {
        let options = if name == "slow" { fast().timeout(Duration::from_secs(1)) } else { fast() };
        assert_eq!(ingress.submit(&default, &id(name), &options).await.unwrap(), Submission::Started, "{name}");
    }
    let table = [
        ("cat", None),
        ("flaky", None),
        ("failed", Some(ErrorKind::TaskFailed)),
        ("missing", Some(ErrorKind::NotFound)),
        ("slow", Some(ErrorKind::Deadline)),
        (odd, None),
    ];
    for (name, kind) in table {
        let outcome = ingress.wait(&default, &id(name), None).await.unwrap();
        assert_eq!(outcome.error_kind(), kind, "{name}: {outcome:?}");
        assert_eq!(outcome.json()["id"], name);
        let result = outcome.clone().into_result();
        match (kind, client.get(name).await) {
            (None, Ok(task)) => {
                assert_eq!(outcome.json(), &serde_json::to_value(&task).unwrap());
                assert_eq!(result.unwrap(), task);
            }
            (Some(ErrorKind::TaskFailed), Ok(task)) => assert_eq!(result.unwrap_err().task(), Some(&task)),
            _ => assert!(result.is_err()),
        }
    }
    assert_eq!(mock.request_count("cat"), 3 + 1, "three polls, and the get of this test");
    let slow = ingress.wait(&default, &id("slow"), None).await.unwrap();
    assert_eq!(slow.json()["error"]["last_status"], "generating");
    assert!(slow.json()["error"]["message"].as_str().unwrap().starts_with("still generating after 1"), "{slow:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn submitting_twice_is_one_wait() {
    let Some(server) = RestateServer::start().await else { return };
    let mock =
        MockServer::builder().task("cat", generating().then(success())).task("later", not_found()).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let delayed = fast().first_delay(Duration::from_millis(500));
    assert_eq!(ingress.submit(&default, &id("cat"), &delayed).await.unwrap(), Submission::Started);
    assert_eq!(ingress.submit(&default, &id("cat"), &fast()).await.unwrap(), Submission::Running);
    assert_eq!(ingress.submit(&account("other"), &id("cat"), &fast()).await.unwrap(), Submission::Started);
    assert!(ingress.wait(&default, &id("cat"), None).await.unwrap().is_final());
    assert_eq!(ingress.submit(&default, &id("cat"), &fast()).await.unwrap(), Submission::Finished);

    assert_eq!(ingress.submit(&default, &id("later"), &fast()).await.unwrap(), Submission::Started);
    for _ in 0..2 {
        let outcome = ingress.wait(&default, &id("later"), None).await.unwrap();
        assert_eq!(outcome.error_kind(), Some(ErrorKind::NotFound));
        assert_eq!(ingress.submit(&default, &id("later"), &fast()).await.unwrap(), Submission::Restarted);
    }
    let outcome = ingress.wait(&default, &id("later"), None).await.unwrap();
    assert_eq!(outcome.error_kind(), Some(ErrorKind::NotFound));
    mock.set_scenario("later", success());
    assert_eq!(ingress.submit(&default, &id("later"), &fast()).await.unwrap(), Submission::Restarted);
    assert_eq!(ingress.wait(&default, &id("later"), None).await.unwrap().error_kind(), None);
    assert_eq!(ingress.submit(&default, &id("later"), &fast()).await.unwrap(), Submission::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_of_unknown_ids_end_at_once() {
    let Some(server) = RestateServer::start().await else { return };
    let mock = MockServer::builder().task("slow", generating()).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let error = ingress.wait(&default, &id("unknown"), None).await.unwrap_err();
    assert_eq!((error.kind(), error.task_id()), (ErrorKind::NotFound, Some("unknown")));
    ingress.submit(&default, &id("slow"), &fast()).await.unwrap();
    assert_eq!(ingress.outcome(&default, &id("slow")).await.unwrap(), None);
    let error = ingress.wait(&default, &id("slow"), Some(Duration::from_millis(300))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_keys_pause_until_resumed() {
    let Some(server) = RestateServer::start().await else { return };
    let mock = (0..5).fold(MockServer::builder(), |mock, number| mock.task(format!("task-{number}"), generating()));
    let mock = mock.task("first", code(401, "no access").then(success())).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let error = ingress.account(&default).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    ingress.submit(&default, &id("first"), &fast()).await.unwrap();
    while mock.request_count("first") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let pause = ingress.account(&default).await.unwrap().pause.unwrap();
    assert_eq!((pause.until, pause.reason.contains("no access")), (None, true), "{pause:?}");
    for number in 0..5 {
        let options = fast().timeout(Duration::from_millis(200));
        ingress.submit(&default, &id(&format!("task-{number}")), &options).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(mock.requests().len(), 1, "no request during the pause");
    assert_eq!(ingress.outcome(&default, &id("first")).await.unwrap(), None, "the task is not lost");
    let change = AccountChange { resume: true, rate: Some(50.0), ..AccountChange::default() };
    let status = ingress.configure(&default, change).await.unwrap();
    assert_eq!((status.rate, status.pause), (50.0, None));
    assert_eq!(ingress.wait(&default, &id("first"), None).await.unwrap().error_kind(), None);
    for number in 0..5 {
        let outcome = ingress.wait(&default, &id(&format!("task-{number}")), None).await.unwrap();
        assert_eq!(outcome.error_kind(), Some(ErrorKind::Deadline));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_do_not_extend_deadlines() {
    let Some(server) = RestateServer::start().await else { return };
    let mock =
        MockServer::builder().task("busy", status(429).retry_after("60")).task("slow", generating()).start().unwrap();
    server.register(&start_worker(Worker::new(client(&mock))).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let options = fast().timeout(Duration::from_secs(1));
    // The deadline counts from the first poll.
    ingress.submit(&default, &id("slow"), &options).await.unwrap();
    while mock.request_count("slow") == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ingress.submit(&default, &id("busy"), &options).await.unwrap();
    for name in ["busy", "slow"] {
        let outcome = ingress.wait(&default, &id(name), Some(Duration::from_secs(10))).await.unwrap();
        assert_eq!(outcome.error_kind(), Some(ErrorKind::Deadline), "{name}: {outcome:?}");
    }
    assert_eq!(mock.request_count("busy"), 1);
    assert!(ingress.account(&default).await.unwrap().pause.unwrap().until.is_some());
}

/// A service that counts the outcomes it receives.
struct Gallery(Arc<Mutex<Vec<Value>>>);

#[restate_sdk::service(name = "Gallery", client_visibility = "pub(crate)")]
impl Gallery {
    #[allow(clippy::unused_async, reason = "a handler is async")]
    #[handler]
    async fn add(&self, _ctx: Context<'_>, outcome: Json<Value>) -> HandlerResult<()> {
        self.0.lock().unwrap().push(outcome.into_inner());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn handlers_receive_each_outcome_once() {
    let Some(server) = RestateServer::start().await else { return };
    let mock = MockServer::builder().fallback(generating().then(success())).start().unwrap();
    let received = Arc::default();
    // The services of the program and those of the worker are at one address.
    let worker = Worker::new(client(&mock));
    let endpoint = worker.bind(Endpoint::builder()).bind(Gallery(Arc::clone(&received))).build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(HttpServer::new(endpoint).serve_with_cancel(listener, std::future::pending::<()>()));
    server.register(&url).await;
    let (ingress, default) = (server.ingress(), account("default"));
    for number in 0..10 {
        ingress.submit(&default, &id(&format!("task-{number}")), &fast().then("Gallery/add")).await.unwrap();
    }
    let mut expected = Vec::new();
    for number in 0..10 {
        expected.push(ingress.wait(&default, &id(&format!("task-{number}")), None).await.unwrap());
    }
    for _ in 0..100 {
        if received.lock().unwrap().len() >= 10 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut received: Vec<Value> = received.lock().unwrap().clone();
    received.sort_by_key(|outcome| outcome["id"].to_string());
    assert_eq!(received, expected.iter().map(Outcome::json).cloned().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_a_step_of_the_wait() {
    let Some(server) = RestateServer::start().await else { return };
    let mock = MockServer::builder().fallback(generating().then(success())).start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    server.register(&start_worker(Worker::new(client(&mock)).downloads(dir.path())).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    ingress.submit(&default, &id("cat"), &fast().download("cats")).await.unwrap();
    let outcome = ingress.wait(&default, &id("cat"), None).await.unwrap();
    assert_eq!(outcome.error_kind(), None, "{outcome:?}");
    let records = midapi_download::read_records(&dir.path().join("cats"));
    assert_eq!(records.unwrap().count(), 1);
}
