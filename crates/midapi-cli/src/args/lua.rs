//! Arguments of `lua`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::args::values::parse_duration;

#[derive(Debug, Args)]
pub(crate) struct LuaCommand {
    /// Run this code instead of a script file.
    #[arg(short, value_name = "CODE", value_hint = ValueHint::Other)]
    pub(crate) execute: Option<String>,
    /// Run an untrusted script in a separate process with limits. The script has no access to files, commands,
    /// environment variables or the API key.
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Script file ("-" for standard input) and its arguments. Without a script, an interactive prompt starts if
    /// standard input is a terminal; otherwise the script is read from standard input.
    #[arg(value_name = "SCRIPT", trailing_var_arg = true, allow_hyphen_values = true, value_hint = ValueHint::FilePath)]
    pub(crate) script: Vec<String>,
    #[command(flatten, next_help_heading = "Sandbox options, which require --sandbox")]
    pub(crate) limits: SandboxArgs,
}

/// Limits of a sandbox.
#[derive(Debug, Args)]
#[allow(clippy::struct_field_names, reason = "the names of the options")]
pub(crate) struct SandboxArgs {
    /// Maximum run time of the script including waits, such as 90s or 1h30m; a number without a unit means seconds.
    // The default is set here, unlike those of the other limits, because the parent process also needs the value: it
    // kills the script after this time.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration, requires = "sandbox")]
    #[arg(value_hint = ValueHint::Other)]
    pub(crate) time_limit: Duration,
    /// Maximum memory of Lua, in MiB [default: 64].
    #[arg(long, value_name = "MIB", requires = "sandbox", value_hint = ValueHint::Other)]
    // mlua reads 0 as no limit.
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory_limit: Option<u32>,
    /// Maximum number of requests of the script [default: 1000].
    #[arg(long, value_name = "N", requires = "sandbox", value_hint = ValueHint::Other)]
    pub(crate) request_limit: Option<u64>,
    /// Directory to which the script may download; without this option, a script in the sandbox cannot download.
    #[arg(long, value_name = "DIR", requires = "sandbox", value_hint = ValueHint::DirPath)]
    pub(crate) download_dir: Option<PathBuf>,
    /// Maximum total size of the downloads, in MiB [default: 512].
    #[arg(long, value_name = "MIB", requires = "download_dir", value_hint = ValueHint::Other)]
    pub(crate) download_limit: Option<u32>,
}
