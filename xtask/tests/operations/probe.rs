//! Calls each new operation with the SDK on the mock server. xtask/tests/new_operations.rs builds and runs it.

use midapi::wire::types::{GenerateRequest, UpscaleRequest};
use midapi::{Client, ErrorKind, Status};
use midapi_mock::{MockServer, Scenario, code, html, raw, success};
use serde_json::{Value, json};

const KEY: &str = "example-key-5f2c";

fn server(method: &str, path: &str, scenario: impl Into<Scenario>) -> MockServer {
    MockServer::builder().task("new-1", success()).route(method, path, scenario).start().unwrap()
}

fn client(server: &MockServer) -> Client {
    let clock = midapi::clock::ManualClock::new();
    Client::builder().api_key(KEY).base_url(server.base_url()).clock(clock).build().unwrap()
}

fn submitted() -> midapi_mock::Step {
    raw(r#"{"code":200,"msg":"success","data":{"taskId":"new-1"}}"#)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    submission_sends_the_body_and_returns_an_id().await;
    submission_is_retried_on_request_only().await;
    upscaling_returns_an_id().await;
    reading_credits_is_retried().await;
    println!("all new operations were called");
}

async fn submission_sends_the_body_and_returns_an_id() {
    let server = server("POST", "/api/v1/mj/generate", submitted());
    let client = client(&server);
    let sent = json!({ "taskType": "mj_txt2img", "prompt": "A heron", "speed": "fast" });
    let body: GenerateRequest = serde_json::from_value(sent.clone()).unwrap();
    let reply = client.call(async |wire| wire.generate(&body).await).await.unwrap();
    let id = reply.value.data.unwrap().task_id.unwrap();
    assert_eq!(client.get(&id).await.unwrap().status(), Status::Success, "the id can be looked up");
    let request = &server.requests()[0];
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), sent);
    assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("api-version"), None);
}

async fn submission_is_retried_on_request_only() {
    let body: GenerateRequest = serde_json::from_value(json!({ "taskType": "mj_txt2img", "prompt": "A heron" })).unwrap();
    let table: [(&str, Scenario, Option<u32>, Result<usize, ErrorKind>); 5] = [
        ("a gateway error", html(502).then(submitted()), None, Err(ErrorKind::Server)),
        ("too many requests", code(429, "slow down").then(submitted()), None, Err(ErrorKind::RateLimited)),
        ("a lost connection", midapi_mock::reset().then(submitted()), None, Err(ErrorKind::Transport)),
        ("a gateway error with one retry", html(502).then(submitted()), Some(1), Ok(2)),
        ("insufficient credits with retries", code(402, "no").into(), Some(3), Err(ErrorKind::Credits)),
    ];
    for (why, scenario, retries, expected) in table {
        let server = server("POST", "/api/v1/mj/generate", scenario);
        let client = client(&server);
        let call = client.call(async |wire| wire.generate(&body).await);
        let call = retries.into_iter().fold(call, midapi::Call::max_retries);
        let outcome = call.await;
        let sent = server.requests().len();
        match expected {
            Ok(times) => assert!(outcome.is_ok() && sent == times, "{why}: {sent}"),
            Err(kind) => {
                assert_eq!(outcome.map(|_| ()).map_err(|error| error.kind()), Err(kind), "{why}");
                assert_eq!(sent, 1, "{why}");
            }
        }
    }
}

async fn upscaling_returns_an_id() {
    let server = server("POST", "/api/v1/mj/generateUpscale", submitted());
    let body: UpscaleRequest = serde_json::from_value(json!({ "taskId": "new-1", "imageIndex": 2 })).unwrap();
    let reply = client(&server).call(async |wire| wire.generate_upscale(&body).await).await.unwrap();
    assert_eq!(reply.value.data.unwrap().task_id.as_deref(), Some("new-1"));
}

async fn reading_credits_is_retried() {
    let left = raw(r#"{"code":200,"msg":"success","data":12.5}"#);
    let server = server("GET", "/api/v1/chat/credit", html(502).then(left));
    let reply = client(&server).call(async |wire| wire.get_credit().await).await.unwrap();
    assert_eq!(reply.value.data, Some(12.5));
    assert_eq!(server.requests().len(), 2, "a read is retried");
}
