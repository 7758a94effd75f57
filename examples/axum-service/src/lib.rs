//! A service that waits for tasks.
//!
//! `POST /tasks/{id}` adds an id to a running batch, `GET /tasks/{id}` returns its result once there is one, and
//! `GET /records/{id}` returns the record of the API. At shutdown, [`serve`] returns the pending ids.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use midapi::{Client, Error, Task};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The state that the handlers share.
struct Service {
    client: Client,
    /// The channel that adds ids to the batch.
    new_ids: mpsc::UnboundedSender<String>,
    /// The result of each id. `None` while the id is pending.
    results: Mutex<BTreeMap<String, Option<Result<Task, Error>>>>,
}

impl Service {
    fn results(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<Result<Task, Error>>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves requests until `shutdown` completes. Returns the ids that are still pending.
///
/// # Errors
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    client: Client,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<Vec<String>> {
    let (new_ids, receiver) = mpsc::unbounded_channel();
    let service = Arc::new(Service { client: client.clone(), new_ids, results: Mutex::default() });
    let ids = stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)));
    let mut finished = client.wait_all_stream(ids).stream();
    let results = Arc::clone(&service);
    let batch = tokio::spawn(async move {
        while let Some((id, result)) = finished.next().await {
            results.results().insert(id, Some(result));
        }
    });
    let routes = Router::new()
        .route("/tasks/{id}", post(add_task).get(get_task))
        .route("/records/{id}", get(get_record))
        .with_state(Arc::clone(&service));
    axum::serve(listener, routes).with_graceful_shutdown(shutdown).await?;
    // Stops the requests of the batch. The tasks continue on the server.
    batch.abort();
    let results = service.results();
    let is_pending = |result: &Option<Result<Task, Error>>| match result {
        None => true,
        Some(result) => result.as_ref().is_err_and(Error::is_task_open),
    };
    Ok(results.iter().filter(|(_, result)| is_pending(result)).map(|(id, _)| id.clone()).collect())
}

async fn add_task(State(service): State<Arc<Service>>, Path(id): Path<String>) -> StatusCode {
    service.results().insert(id.clone(), None);
    match service.new_ids.send(id) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn get_task(State(service): State<Arc<Service>>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    match service.results().get(&id) {
        Some(Some(Ok(task))) => (StatusCode::OK, Json(json!(task))),
        Some(Some(Err(error))) => (StatusCode::BAD_GATEWAY, Json(json!(error))),
        Some(None) => (StatusCode::ACCEPTED, Json(json!({"id": id}))),
        None => (StatusCode::NOT_FOUND, Json(json!({"id": id}))),
    }
}

async fn get_record(State(service): State<Arc<Service>>, Path(id): Path<String>) -> Result<Json<Value>, String> {
    let response = service.client.call(async |wire| wire.get_record_info(&id).await).await;
    let response = response.map_err(|error| error.to_string())?;
    Ok(Json(json!({"message": response.value.msg})))
}
