//! `midapi check`

use std::time::Instant;

use midapi::{ErrorKind, format_duration};

use crate::args::Global;
use crate::connect::connect;
use crate::print::{Closed, err, out};
use crate::report;

/// No task has this id: asking for it costs nothing and harms nothing.
const NOBODYS_ID: &str = "midapi-check";

/// Tries the key and the base URL with one look-up, and says each finding.
pub(crate) async fn run(global: &Global) -> Result<u8, Closed> {
    let connection = match connect(global) {
        Ok(connection) => connection,
        Err(status) => return Ok(status),
    };
    let client = match &connection.client {
        Ok(client) => client,
        Err(error) => {
            err(report::error(error, None, &connection.command));
            return Ok(error.kind().exit_code());
        }
    };
    let key = match (&global.api_key_file, global.mock) {
        (_, true) => "made up, for the local server".to_owned(),
        (Some(file), _) => format!("from {}, well formed", file.display()),
        (None, _) => "from MIDAPI_API_KEY, well formed".to_owned(),
    };
    out(format_args!("base URL  {}", client.base_url()))?;
    out(format_args!("key       {key}"))?;
    let start = Instant::now();
    let outcome = client.get(NOBODYS_ID).max_retries(0).await;
    let took = format_duration(start.elapsed());
    match outcome {
        // The look-up of an id that does not exist got as far as looking for it.
        Err(error) if error.kind() == ErrorKind::NotFound && !report::says_404(&error) => {
            let said = error.server_message().unwrap_or("no such task");
            out(format_args!("answer    \"{}\" in {took}, as it should be", crate::print::Plain(said)))?;
            out("verdict   the key is accepted, look-ups work")?;
            Ok(0)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            out(format_args!("answer    404 in {took}"))?;
            out("verdict   there is no such API at this base URL; has it a path too much, or too little?")?;
            Ok(error.kind().exit_code())
        }
        Err(error) => {
            out(format_args!("answer    {} after {took}", error.kind()))?;
            err(report::error(&error, Some(client.base_url()), &connection.command));
            Ok(error.kind().exit_code())
        }
        Ok(task) => {
            out(format_args!("answer    a task in state {} in {took}, though nobody has this id", task.status()))?;
            out("verdict   look-ups work; whether the key is accepted does not show")?;
            Ok(0)
        }
    }
}
