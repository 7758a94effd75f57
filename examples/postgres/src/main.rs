//! Durable waits with `graphile_worker`, a job library on `PostgreSQL`. Each poll is a job. The payload of the job is
//! the state of the wait.
//!
//! ```sh
//! cargo run -p midapi-example-postgres postgres://localhost/jobs 0f1e2d3c4b5a69788796a5b4c3d2e1f0
//! ```
//!
//! The program can run on several machines: each job runs on one of them and survives restarts.
//! `midapi::poll::PollState` decides when to poll again. In contrast to `midapi-restate`, there is no common request
//! rate for all machines, and a pause on one machine does not apply to the others.

use std::error::Error;

use graphile_worker::{IntoTaskHandlerResult, JobKeyMode, JobSpec, JobSpecBuilder, TaskHandler};
use graphile_worker::{WorkerContext, WorkerContextExt, WorkerOptions};
use midapi::jiff::Timestamp;
use midapi::poll::{Decision, PollState, PollTime, WaitPolicy};
use midapi::{Client, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

type BoxError = Box<dyn Error + Send + Sync>;

/// One poll of a task.
#[derive(Serialize, Deserialize)]
struct PollTask {
    id: TaskId,
    /// `None` before the first poll.
    state: Option<PollState>,
}

/// The job that saves the outcome of a wait. It may run more than once for an outcome, so save the outcome under its
/// id.
#[derive(Serialize, Deserialize)]
struct SaveOutcome {
    outcome: Value,
}

impl TaskHandler for PollTask {
    const IDENTIFIER: &'static str = "poll_task";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        self.poll(&context).await.map_err(|error| error.to_string())
    }
}

impl TaskHandler for SaveOutcome {
    const IDENTIFIER: &'static str = "save_outcome";

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        println!("{}", self.outcome);
        Ok::<(), String>(())
    }
}

impl PollTask {
    async fn poll(self, context: &WorkerContext) -> Result<(), BoxError> {
        let client = context.get_ext::<Client>().ok_or("the worker has no client")?;
        let policy = WaitPolicy::new();
        let mut state = self.state.unwrap_or_else(|| PollState::new(now()));
        let result = match state.begin_poll(&policy, now()) {
            None => Err(state.expire(now()).with_task_id(self.id.as_str())),
            Some(limit) => {
                let result = client.get(&self.id).max_retries(0).timeout(limit).await;
                match state.complete_poll(&policy, result, now(), fastrand::f64()) {
                    Decision::PollAt { at, .. } => {
                        let spec = job_spec(&self.id, at)?;
                        context.add_job(Self { id: self.id, state: Some(state) }, spec).await?;
                        return Ok(());
                    }
                    Decision::Finished { result, .. } => result,
                }
            }
        };
        let outcome = result.map_or_else(|error| json!(error), |task| json!(task));
        // A response of the server may contain the API key.
        let outcome = serde_json::from_str(&client.redact(&outcome.to_string()))?;
        context.add_job(SaveOutcome { outcome }, JobSpec::default()).await?;
        Ok(())
    }
}

fn now() -> PollTime {
    Timestamp::now().into()
}

/// Returns the settings of the job for an id. There is one job for each id: adding it again replaces the existing job.
fn job_spec(id: &TaskId, at: PollTime) -> Result<JobSpec, BoxError> {
    let at =
        chrono::DateTime::from_timestamp_millis(at.timestamp().as_millisecond()).ok_or("the time is out of range")?;
    let spec = JobSpecBuilder::new().job_key(format!("midapi/{id}")).job_key_mode(JobKeyMode::Replace);
    Ok(spec.run_at(at).build())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: midapi-example-postgres DATABASE_URL [ID...]")?;
    let options = WorkerOptions::default().database_url(&url).schema("midapi_jobs").concurrency(8);
    let options = options.define_job::<PollTask>().define_job::<SaveOutcome>().add_extension(Client::from_env()?);
    let worker = options.init().await?;
    for id in arguments {
        let id = TaskId::new(id)?;
        let spec = job_spec(&id, now())?;
        worker.create_utils().add_job(PollTask { id, state: None }, spec).await?;
    }
    worker.run().await?;
    Ok(())
}
