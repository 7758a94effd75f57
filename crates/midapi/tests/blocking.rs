//! The client for programs without an async runtime.
#![cfg(feature = "blocking")]

use midapi::{ErrorKind, blocking};
use midapi_mock::{generating, html, success};
use midapi_testkit::{ID, seconds, server};

fn client(server: &midapi_mock::MockServer) -> blocking::Client {
    blocking::Client::from_client(midapi_testkit::client(server)).unwrap()
}

#[test]
fn calls_return_the_async_results() {
    let server = server(html(502).then(generating()).then(success()));
    let client = client(&server);
    assert_eq!(client.get(ID).send().unwrap().status().as_str(), "generating");
    assert_eq!(client.wait(ID).send().unwrap().result_urls().len(), 4);
    assert_eq!(client.get("unknown").send().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(client.get("").send().unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn callbacks_run_on_the_calling_thread() {
    let server = server(generating().times(2).then(success()));
    let client = client(&server);
    let caller = std::thread::current().id();
    let mut statuses = Vec::new();
    let record = |task: &midapi::Task| {
        assert_eq!(std::thread::current().id(), caller);
        assert_eq!(client.get("unknown").send().unwrap_err().kind(), ErrorKind::NotFound);
        statuses.push(task.status().as_str());
    };
    client.wait(ID).interval(seconds(1)).on_update(record).send().unwrap();
    assert_eq!(statuses, ["generating", "success"]);
}

#[test]
fn panicking_callback_ends_its_wait() {
    let server = server(generating());
    let client = client(&server);
    let wait = client.wait(ID).interval(seconds(1)).on_update(|_| panic!("callback failed"));
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wait.send()));
    assert!(outcome.is_err());
    // The clock is virtual, so a wait that continues would send requests without a delay.
    std::thread::sleep(std::time::Duration::from_millis(50));
    let before = server.request_count(ID);
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(server.request_count(ID), before);
}

#[test]
fn batches_send_only_while_iterated() {
    let server = midapi_mock::MockServer::builder()
        .task("a", success())
        .task("b", generating().then(success()))
        .start()
        .unwrap();
    let client = client(&server);
    let mut results = client.wait_all(["a", "b", "unknown"]).max_in_flight(1).into_iter();
    assert!(results.next().is_some());
    let before = server.requests().len();
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_eq!(server.requests().len(), before);
    let mut rest: Vec<_> = results.map(|(id, outcome)| (id, outcome.is_ok())).collect();
    rest.sort();
    assert_eq!(rest.len(), 2, "{rest:?}");
}

#[tokio::test]
async fn works_inside_an_async_runtime() {
    let server = server(success());
    let client = client(&server);
    assert!(client.get(ID).send().is_ok());
    drop(client);
}

#[test]
fn nested_calls_in_callbacks_fail_at_once() {
    let server = server(html(502).then(success()));
    let client = client(&server);
    let (nested, (sender, receiver)) = (client.clone(), std::sync::mpsc::channel());
    let call = move || {
        let get = nested.get(ID).send().unwrap_err().kind();
        let batch: Vec<_> =
            nested.get_all(["a", "b"]).into_iter().map(|(_, result)| result.unwrap_err().kind()).collect();
        let updates = nested.wait(ID).updates().count();
        sender.send((get, batch, updates)).unwrap();
    };
    client.get(ID).on_retry(move |_| call()).send().unwrap();
    let expected = (ErrorKind::Usage, vec![ErrorKind::Usage; 2], 1);
    assert_eq!(receiver.recv().unwrap(), expected);
}

#[test]
fn every_verb_has_its_blocking_form() {
    let server = server(generating().then(success()));
    let builder = blocking::Client::builder().api_key("k").base_url(server.base_url());
    let client = builder.clock(midapi::clock::ManualClock::new()).build().unwrap();
    let updates: Vec<_> = client.wait(ID).updates().collect();
    assert_eq!(updates.len(), 3, "{updates:?}");
    for (id, result) in client.get_all([ID]).max_retries(0) {
        assert_eq!((id.as_str(), result.is_ok()), (ID, true));
    }
    for (id, result) in client.wait_all([ID]).rate(100.0) {
        assert_eq!((id.as_str(), result.is_ok()), (ID, true));
    }
    let response = client.call(async |wire| wire.get_record_info(ID).await).send().unwrap();
    assert_eq!(response.raw.http_status(), 200);
}

#[test]
fn panics_on_the_background_thread_reach_the_caller() {
    let server = server(html(502).then(success()));
    let client = client(&server);
    let get = client.get(ID).on_retry(|_| panic!("the callback failed"));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| get.send())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"the callback failed"));
    client.get(ID).send().expect("the client can be used after the panic");
}
