//! Arguments of `restate`.

use clap::Args;

/// Arguments of `restate` in a build without the feature `restate`. Any arguments are accepted, because the command
/// only prints how to install `midapi` with the feature.
#[cfg(not(feature = "restate"))]
#[derive(Debug, Args)]
pub(crate) struct RestateCommand {
    /// This build of the command has no support for Restate.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) arguments: Vec<String>,
}

#[cfg(feature = "restate")]
#[derive(Debug, Args)]
pub(crate) struct RestateCommand {
    #[command(subcommand)]
    pub(crate) action: action::RestateAction,
}

#[cfg(feature = "restate")]
pub(crate) mod action {
    //! Arguments of the subcommands of `restate`.

    use std::net::SocketAddr;
    use std::path::PathBuf;
    use std::time::Duration;

    use clap::{Args, Subcommand, ValueHint};
    use midapi_restate::Account;

    use crate::args::OutputArgs;
    use crate::args::tasks::IDS_HELP;
    use crate::args::values::parse_duration;

    #[derive(Debug, Subcommand)]
    pub(crate) enum RestateAction {
        /// Run a worker, which polls tasks when a Restate server calls it.
        ///
        /// Polls with the API key and the base URL of this command. Run as many workers as needed, behind one address.
        Serve(ServeArgs),
        /// Register the address of workers with a Restate server.
        Register(RegisterArgs),
        /// Start durable waits for tasks.
        ///
        /// Submitting an id again has no effect while its wait is running and after its task has finished. If the
        /// outcome was not final (deadline, task not found, ...), the wait starts again.
        Submit(SubmitArgs),
        /// Wait for the outcomes of submitted ids and print them, on any machine.
        Wait(DurableWaitArgs),
        /// Show or change the poll rate and the pause of an account.
        Account(AccountArgs),
    }

    #[derive(Debug, Args)]
    pub(crate) struct ServeArgs {
        /// Address and port to listen on; port 0 chooses a free port.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9080", value_hint = ValueHint::Other)]
        pub(crate) listen: SocketAddr,
        /// Public key of the Restate server; requests without its signature are rejected. Required for a --listen
        /// address beyond loopback, unless --insecure-listen is set.
        #[arg(long, value_name = "KEY", value_hint = ValueHint::Other)]
        pub(crate) identity_key: Vec<String>,
        /// Allow a --listen address beyond loopback without --identity-key. Anyone who can connect to the address can
        /// then call the worker.
        #[arg(long)]
        pub(crate) insecure_listen: bool,
        /// Directory in which `midapi restate submit --download` may save results [default: no downloads].
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        pub(crate) downloads: Option<PathBuf>,
    }

    #[derive(Debug, Args)]
    pub(crate) struct RegisterArgs {
        /// URL at which the Restate server reaches the workers, such as http://127.0.0.1:9080
        #[arg(value_name = "URL", value_hint = ValueHint::Url)]
        pub(crate) worker: String,
        /// URL of the admin API of the Restate server.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9070", value_hint = ValueHint::Url)]
        pub(crate) admin: String,
        /// Register an address again for a new version of the workers, even if waits are still running at this address.
        #[arg(long)]
        pub(crate) force: bool,
    }

    /// The account, and the Restate server that stores it.
    #[derive(Debug, Args)]
    pub(crate) struct IngressArgs {
        /// Name of the account; the tasks of an account share one rate and one pause.
        #[arg(long, value_name = "NAME", default_value_t = Account::default(), value_hint = ValueHint::Other)]
        pub(crate) account: Account,
        /// URL of the ingress of the Restate server.
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", value_hint = ValueHint::Url)]
        pub(crate) ingress: String,
    }

    #[derive(Debug, Args)]
    pub(crate) struct SubmitArgs {
        #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
        pub(crate) ids: Vec<String>,
        /// Maximum time to wait for each id, such as 90s, 1h30m or 500ms; a number without a unit means seconds
        /// [default: 24h].
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) timeout: Option<Duration>,
        /// Use a fixed time between two polls of an id [default: grows from 5s to 30s].
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) interval: Option<Duration>,
        /// Delay before the first poll [default: 0s].
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) first_delay: Option<Duration>,
        /// How long to keep polling an id that is not found; a new task may not be visible yet [default: 0s].
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) not_found_grace: Option<Duration>,
        /// Restate handler that receives each outcome exactly once: SERVICE/HANDLER, or OBJECT/KEY/HANDLER.
        #[arg(long, value_name = "HANDLER", value_hint = ValueHint::Other)]
        pub(crate) then: Option<String>,
        /// Download the results to this directory, relative to the --downloads directory of the workers.
        #[arg(long, value_name = "DIR", value_hint = ValueHint::Other)]
        pub(crate) download: Option<PathBuf>,
        #[command(flatten)]
        pub(crate) ingress: IngressArgs,
    }

    #[derive(Debug, Args)]
    pub(crate) struct DurableWaitArgs {
        #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
        pub(crate) ids: Vec<String>,
        #[command(flatten)]
        pub(crate) output: OutputArgs,
        /// Time limit of this command, such as 90s or 1h30m; the durable waits continue after it [default: none].
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) timeout: Option<Duration>,
        #[command(flatten)]
        pub(crate) ingress: IngressArgs,
    }

    #[derive(Debug, Args)]
    pub(crate) struct AccountArgs {
        #[command(flatten)]
        pub(crate) ingress: IngressArgs,
        /// Set the maximum rate of all workers together, in polls per second; 10 if it was never set.
        #[arg(long, value_name = "N", value_hint = ValueHint::Other)]
        pub(crate) rate: Option<f64>,
        /// Pause all polls of the account for this time, such as 90s or 1h30m.
        #[arg(long, value_name = "TIME", value_parser = parse_duration, value_hint = ValueHint::Other)]
        pub(crate) pause: Option<Duration>,
        /// End the pause, even if it was caused by a rejected API key or insufficient credits.
        #[arg(long)]
        pub(crate) resume: bool,
        /// Print the account as a JSON object on one line.
        #[arg(long)]
        pub(crate) json: bool,
    }
}
