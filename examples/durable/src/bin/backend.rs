//! A web backend whose replicas share waits: one replica submits a task, any replica returns its outcome.
//!
//! ```sh
//! RESTATE_INGRESS=http://127.0.0.1:8080 cargo run -p midapi-example-durable --bin backend 127.0.0.1:3000
//! curl -X POST http://127.0.0.1:3000/tasks/0f1e2d3c4b5a69788796a5b4c3d2e1f0
//! curl 'http://127.0.0.1:3000/tasks/0f1e2d3c4b5a69788796a5b4c3d2e1f0'
//! ```
//!
//! The response to `GET` is 200 with the outcome, 202 while the task is not finished (repeat the request), or 404 for
//! an id that was not submitted. The backend has no API key and stores no state, so replicas can be added, restarted
//! and removed.

use std::time::Duration;

use axum::Router;
use axum::extract::{Json, Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use midapi::{Error, ErrorKind, TaskId};
use midapi_restate::{Account, Ingress, WaitOptions};
use serde_json::{Value, json};

/// The maximum time that a request waits for the outcome. It is shorter than the timeouts of common proxies.
const MAX_REQUEST: Duration = Duration::from_secs(20);

type Reply = (StatusCode, Json<Value>);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("RESTATE_INGRESS").unwrap_or_else(|_| "http://127.0.0.1:8080".into());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".into());
    let router = Router::new().route("/tasks/{id}", get(wait).post(submit)).with_state(Ingress::new(&url)?);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

/// Submits a task. Submitting it again has no effect.
async fn submit(State(ingress): State<Ingress>, Path(id): Path<String>) -> Reply {
    let submitted = async { ingress.submit(&Account::default(), &TaskId::new(id)?, &WaitOptions::default()).await };
    match submitted.await {
        Ok(effect) => (StatusCode::ACCEPTED, Json(json!({ "submission": effect }))),
        Err(error) => reply_error(&error),
    }
}

/// Returns the outcome of a task, even if another replica submitted the task.
async fn wait(State(ingress): State<Ingress>, Path(id): Path<String>) -> Reply {
    let outcome = async { ingress.wait(&Account::default(), &TaskId::new(id)?, Some(MAX_REQUEST)).await };
    match outcome.await {
        Ok(outcome) => (StatusCode::OK, Json(outcome.json().clone())),
        Err(error) => reply_error(&error),
    }
}

fn reply_error(error: &Error) -> Reply {
    let status = match error.kind() {
        ErrorKind::Deadline => StatusCode::ACCEPTED,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Usage => StatusCode::BAD_REQUEST,
        _ => StatusCode::BAD_GATEWAY,
    };
    (status, Json(json!(error)))
}
