//! A child process that runs an untrusted script.
//!
//! In the child, the limits of [`midapi_lua::Sandbox`] end the script with an error. The time limit cannot
//! interrupt a library function, so the parent kills a child that is still running after the time limit.

use std::time::Duration;

use midapi_lua::Sandbox;

use crate::args::LuaCommand;
use crate::commands::lua::{RAISED, Source, UNREADABLE, chunk_name, report_error, set_arguments};
use crate::connection::Connection;
use crate::output::terminal::print_stderr;
use crate::output::{format_duration, format_error};
use crate::signals::shutdown_signal;

/// The environment variable with the process id of the parent. It is set only in the child process.
const CHILD_VARIABLE: &str = "MIDAPI_LUA_SANDBOX_INSIDE";

/// The time for the start and the end of the child, which is added to the script's time limit. It equals the time limit,
/// so that a script ends within twice its limit, but is at least 0.5 and at most 2 seconds.
fn grace(time_limit: Duration) -> Duration {
    time_limit.clamp(Duration::from_millis(500), Duration::from_secs(2))
}

/// Whether this is the child process.
pub(super) fn is_child() -> bool {
    std::env::var_os(CHILD_VARIABLE).is_some()
}

/// Runs this command again in a child process, and kills it after the time limit.
pub(super) async fn run_child(time_limit: Duration) -> u8 {
    let child = std::env::current_exe().and_then(|command| {
        let mut command = tokio::process::Command::new(command);
        command
            .args(std::env::args_os().skip(1))
            .env(CHILD_VARIABLE, std::process::id().to_string())
            .kill_on_drop(true)
            .spawn()
    });
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            print_stderr(format_args!("error: cannot start a process for the script: {error}"));
            return RAISED;
        }
    };
    let status = tokio::select! {
        status = child.wait() => status,
        () = tokio::time::sleep(time_limit.saturating_add(grace(time_limit))) => {
            drop(child.kill().await);
            print_stderr(format_args!(
                "error: the script was killed after {}: its time limit ended while it was read, or during a library function \
                 (for example, a slow string pattern) or an output that did not return",
                format_duration(time_limit)
            ));
            return RAISED;
        }
        status = shutdown_signal() => {
            drop(child.kill().await);
            return status;
        }
    };
    match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or_else(|| {
            print_stderr(format_args!("error: the script's process ended with {status}"));
            RAISED
        }),
        Err(error) => {
            print_stderr(format_args!("error: cannot wait for the script's process: {error}"));
            RAISED
        }
    }
}

/// Limits the lifetime of this process, which is the child. Call it before the script is read: reading can block.
///
/// # Errors
/// The exit status, after printing the error.
#[cfg(unix)]
pub(super) fn contain_child(time_limit: Duration) -> Result<(), u8> {
    let parent = std::env::var(CHILD_VARIABLE).ok().and_then(|parent| parent.parse().ok()).unwrap_or_default();
    // Later than the time limit of the parent, because the message of the parent is more specific.
    let time = time_limit.saturating_add(grace(time_limit) + Duration::from_secs(1));
    midapi_lua::contain_process(parent, time).map_err(|error| {
        print_stderr(format_args!("error: cannot set up the limits of the script's process: {error}"));
        RAISED
    })
}

/// Runs the script in this process, which is the child.
pub(super) fn run_in_child(connection: &Connection, source: Source, args: &LuaCommand) -> u8 {
    let Source::Script { name, code, arguments } = source else {
        print_stderr("error: --sandbox requires a script");
        return UNREADABLE;
    };
    let client = match &connection.client {
        Ok(client) => client.clone(),
        Err(error) => {
            print_stderr(format_error(error, &connection.context));
            return error.kind().exit_code();
        }
    };
    let limits = &args.limits;
    let mut sandbox = Sandbox::new(client).time_limit(limits.time_limit);
    if let Some(mib) = limits.memory_limit {
        sandbox = sandbox.memory_limit((mib as usize) << 20);
    }
    if let Some(requests) = limits.request_limit {
        sandbox = sandbox.request_limit(requests);
    }
    if let Some(directory) = &limits.download_dir {
        sandbox = sandbox.download_directory(directory);
    }
    if let Some(mib) = limits.download_limit {
        sandbox = sandbox.download_limit(u64::from(mib) << 20);
    }
    let result = sandbox.build().and_then(|sandbox| {
        set_arguments(sandbox.lua(), &name, &arguments)?;
        sandbox.run(&chunk_name(&name), code).map(drop)
    });
    result.map_or_else(|error| report_error(&error, false), |()| 0)
}
