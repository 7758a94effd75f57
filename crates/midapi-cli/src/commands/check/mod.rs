//! `midapi check`

mod probe;

use std::time::Instant;

use midapi::{Client, Error, ErrorKind, Task};

use crate::args::{CheckCommand, GlobalArgs};
use crate::connection::{Connection, build_client};
use crate::output::sanitized::Sanitized;
use crate::output::terminal::{OutputError, print, print_stderr};
use crate::output::{format_duration, format_error};
use crate::signals::shutdown_signal;

/// An id that no task has. The API key is accepted if the API responds that the task does not exist.
const UNKNOWN_ID: &str = "midapi-check";

/// Sends one request, and prints whether the key and the base URL work.
pub(crate) async fn run(global: &GlobalArgs, args: CheckCommand) -> Result<u8, OutputError> {
    let connection = match build_client(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let client = match &connection.client {
        Ok(client) => client,
        Err(error) => {
            print_stderr(format_error(error, &connection.context));
            return Ok(error.kind().exit_code());
        }
    };
    if let Some(dir) = args.probe {
        return tokio::select! {
            status = probe::run(client, &dir, &args.ids) => status,
            status = shutdown_signal() => Ok(status),
        };
    }
    let key = match &global.api_key_file {
        _ if global.mock => "example key of the mock server".to_owned(),
        Some(file) => format!("from {}", file.display()),
        None => "from MIDAPI_API_KEY".to_owned(),
    };
    print(format_args!("base URL  {}", client.base_url()))?;
    print(format_args!("key       {key}"))?;
    tokio::select! {
        status = check(client, &connection) => status,
        status = shutdown_signal() => Ok(status),
    }
}

async fn check(client: &Client, connection: &Connection) -> Result<u8, OutputError> {
    let start = Instant::now();
    let result = client.get(UNKNOWN_ID).max_retries(0).await;
    let elapsed = format_duration(start.elapsed());
    let (response, verdict, status) = describe(&result);
    print(format_args!("response  {response} after {elapsed}"))?;
    if let Some(verdict) = verdict {
        print(format_args!("result    {verdict}"))?;
    }
    if let Err(error) = &result
        && verdict.is_none()
    {
        print_stderr(format_error(error, &connection.context));
    }
    Ok(status)
}

/// Returns a description of the response, a verdict, and the exit status. The verdict is None if the command prints the
/// error instead.
fn describe(result: &Result<Task, Error>) -> (String, Option<&'static str>, u8) {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_http_404(error) => {
            let message = error.server_message().unwrap_or("task not found");
            let response = format!("\"{}\" (as expected)", Sanitized(message));
            (response, Some("the key is accepted, and the base URL is correct"), 0)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            ("404".to_owned(), Some("the API is not at this base URL; check the path"), error.kind().exit_code())
        }
        Err(error) => (error.kind().to_string(), None, error.kind().exit_code()),
        Ok(task) => {
            let response = format!("a task with the status {} for an id that does not exist", task.status());
            (response, Some("the base URL works; the response does not show whether the key is accepted"), 0)
        }
    }
}

/// Whether the error has the HTTP status or the response code 404: the endpoint does not exist. For an unknown task,
/// the API responds with code 422.
fn is_http_404(error: &Error) -> bool {
    error.http_status() == Some(404) || error.body_code() == Some(404)
}
