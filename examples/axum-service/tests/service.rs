//! Runs the service against the mock server.

use std::time::Duration;

use midapi::Client;
use midapi_mock::{MockServer, failed, generating, success};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[tokio::test]
async fn shutdown_returns_pending_ids() {
    let api = MockServer::builder()
        .task("done", success())
        .task("failed", failed())
        .task("slow", generating())
        .start()
        .unwrap();
    let client = Client::builder().api_key("example-key").base_url(api.base_url()).max_in_flight(2).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { drop(stopped.await) };
    let service = tokio::spawn(midapi_example_axum::serve(listener, client, shutdown));

    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for id in ["slow", "done", "failed"] {
        assert_eq!(http.post(format!("{base}/tasks/{id}")).send().await.unwrap().status(), 202);
    }
    let get = async |path: &str| {
        let response = http.get(format!("{base}/{path}")).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    while api.request_count("slow") == 0 || get("tasks/done").await.0 == 202 || get("tasks/failed").await.0 == 202 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (status, body) = get("tasks/done").await;
    assert!(status == 200 && body.contains(r#""status":"success""#), "{body}");
    let (status, body) = get("tasks/failed").await;
    assert!(status == 502 && body.contains(r#""kind":"task_failed""#), "{body}");
    assert_eq!(get("tasks/slow").await.0, 202);
    assert_eq!(get("tasks/unknown").await.0, 404);
    let (status, body) = get("records/done").await;
    assert!(status == 200 && body.contains(r#""message":"success""#), "{body}");

    stop.send(()).unwrap();
    drop(http);
    assert_eq!(service.await.unwrap().unwrap(), ["slow"]);
}

#[tokio::test]
async fn spawned_calls_borrow_their_arguments() {
    let api = MockServer::builder().task("id", success()).start().unwrap();
    let client = Client::builder().api_key("example-key").base_url(api.base_url()).build().unwrap();
    let call = tokio::spawn(async move {
        let id = String::from("id");
        let response = client.call(async |wire| wire.get_record_info(&id).await).await;
        response.map(|response| response.raw.http_status())
    });
    assert_eq!(call.await.unwrap().unwrap(), 200);
}
