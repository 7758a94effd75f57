//! Arguments of `download`, `verify` and `gallery`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use midapi_download::{MAX_IN_FLIGHT, Template};

use crate::args::tasks::{IDS_HELP, PendingArgs, WaitArgs, with_default};
use crate::args::values::parse_size;

/// The default directory for downloaded results.
pub(crate) const DEFAULT_DIRECTORY: &str = "midapi-results";

#[derive(Debug, Args)]
pub(crate) struct DownloadCommand {
    #[arg(required = true, value_name = "ID", help = IDS_HELP, value_hint = ValueHint::Other)]
    pub(crate) ids: Vec<String>,
    /// Directory to save to, created if it does not exist. If midapi was built with the feature object-store, also an
    /// object store: s3://BUCKET/PREFIX, gs://… or az://….
    #[arg(long, value_name = "DIR|URL", default_value = DEFAULT_DIRECTORY, value_hint = ValueHint::DirPath)]
    pub(crate) to: PathBuf,
    #[arg(long, help = with_default("Template of the file names; / separates directories; the fields are listed below", Template::DEFAULT), value_name = "TEMPLATE", value_hint = ValueHint::Other)]
    pub(crate) name: Option<Template>,
    /// Wait until the tasks have succeeded or failed, as `midapi wait` does, instead of requesting them once. Required
    /// for --interval, --first-delay and --not-found-grace.
    #[arg(long)]
    pub(crate) wait: bool,
    #[arg(long, help = with_default("Maximum number of concurrent file downloads", MAX_IN_FLIGHT), value_name = "N", value_hint = ValueHint::Other)]
    pub(crate) max_in_flight: Option<NonZero<usize>>,
    /// Maximum size of a file: a number of bytes, or a size such as 20MB or 1GiB [default: 512MiB].
    #[arg(long, value_name = "SIZE", value_parser = parse_size, value_hint = ValueHint::Other)]
    pub(crate) max_size: Option<u64>,
    /// Print the paths that the files would get, and download nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print a JSON object on one line for each id, also for failures.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) wait_options: WaitArgs,
    #[command(flatten)]
    pub(crate) pending: PendingArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyCommand {
    /// Directory of the downloaded files.
    #[arg(value_name = "DIR", default_value = DEFAULT_DIRECTORY, value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct GalleryCommand {
    /// Directory of the downloaded files.
    #[arg(value_name = "DIR", default_value = DEFAULT_DIRECTORY, value_hint = ValueHint::DirPath)]
    pub(crate) dir: PathBuf,
    /// Open the page in the browser.
    #[arg(long)]
    pub(crate) open: bool,
}
