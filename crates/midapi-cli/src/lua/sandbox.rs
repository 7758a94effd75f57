//! A script that is not trusted, in a process of its own.
//!
//! Inside, the limits of [`midapi_lua::Sandbox`] end it with an error that says why. What they cannot end, because it is busy in
//! one library function, this process kills.

use std::time::Duration;

use midapi::format_duration;
use midapi_lua::Sandbox;

use super::{RAISED, Source, UNREADABLE, chunk_name, raised};
use crate::args;
use crate::connect::Connection;
use crate::print::err;
use crate::{report, signals};

/// Set in the process that the script runs in, to the process id of its parent.
const INSIDE: &str = "MIDAPI_LUA_SANDBOX_INSIDE";

/// What starting, and ending in order, may take beyond the script's own time.
const GRACE: Duration = Duration::from_secs(2);

/// Whether this is the process that the script runs in.
pub(super) fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs this command again in a process that has so much time.
pub(super) async fn run(time: Duration) -> u8 {
    let child = std::env::current_exe().and_then(|command| {
        let mut command = tokio::process::Command::new(command);
        command.args(std::env::args_os().skip(1)).env(INSIDE, std::process::id().to_string()).kill_on_drop(true).spawn()
    });
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            err(format_args!("error: no process for the script: {error}"));
            return RAISED;
        }
    };
    let status = tokio::select! {
        status = child.wait() => status,
        () = tokio::time::sleep(time.saturating_add(GRACE)) => {
            drop(child.kill().await);
            err(format_args!("error: the script was killed after {}: it was busy in one library function", format_duration(time)));
            err("  such as a slow pattern, where its time limit does not reach");
            return RAISED;
        }
        status = signals::ended() => {
            drop(child.kill().await);
            return status;
        }
    };
    match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or_else(|| {
            err(format_args!("error: the script's process ended with {status}"));
            RAISED
        }),
        Err(error) => {
            err(format_args!("error: the script's process: {error}"));
            RAISED
        }
    }
}

/// Runs the script, in this process.
pub(super) fn inside(connection: &Connection, source: Source, options: &args::Lua) -> u8 {
    #[cfg(unix)]
    {
        let parent = std::env::var(INSIDE).ok().and_then(|parent| parent.parse().ok()).unwrap_or_default();
        // Later than the parent, whose message says more.
        let time = options.limits.time_limit.saturating_add(GRACE + Duration::from_secs(1));
        if let Err(error) = midapi_lua::contain_process(parent, time) {
            err(format_args!("error: no process for the script: {error}"));
            return RAISED;
        }
    }
    let Source::Script { name, code, arguments } = source else {
        err("error: a sandbox needs a script");
        return UNREADABLE;
    };
    let client = match &connection.client {
        Ok(client) => client.clone(),
        Err(error) => {
            err(report::error(error, None, &connection.command));
            return error.kind().exit_code();
        }
    };
    let limits = options.limits;
    let sandbox = Sandbox::new(client)
        .time_limit(limits.time_limit)
        .memory_limit((limits.memory_limit as usize) << 20)
        .request_limit(limits.request_limit)
        .build();
    let outcome = sandbox.and_then(|sandbox| {
        super::set_arguments(sandbox.lua(), &name, &arguments)?;
        sandbox.run(&chunk_name(&name), code).map(drop)
    });
    outcome.map_or_else(|error| raised(&error, false), |()| 0)
}
