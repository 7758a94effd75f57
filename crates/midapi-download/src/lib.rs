//! Saves the results of Midjourney tasks of MidAPI to a directory: verified, safely named, and downloaded only once.
//! Unofficial.
//!
//! MidAPI deletes results after 14 days. [`Downloader`] downloads them, checks that each file is a whole picture or
//! video, gives it a name that is valid on every file system, and records it with its task. A second run does not
//! download a recorded file again.
//!
//! ```no_run
//! # async fn example() -> Result<(), midapi::Error> {
//! use futures_util::StreamExt;
//! use midapi_download::Downloader;
//!
//! let client = midapi::Client::from_env()?;
//! let downloader = Downloader::new(&client, "pictures");
//! let mut outcomes = downloader.download_all(client.wait_all(["id-1", "id-2"]).stream());
//! while let Some((id, outcome)) = outcomes.next().await {
//!     match outcome.into_result() {
//!         Ok(files) => println!("{id}: {} files", files.len()),
//!         Err(error) => eprintln!("{id}: {error}"),
//!     }
//! }
//! # Ok(())
//! # }
//! ```

mod blocking;
mod content;
mod directory;
mod downloader;
mod gallery;
mod http;
mod lock;
mod name;
#[cfg(feature = "object-store")]
mod object_target;
mod outcome;
mod placement;
mod record;
mod task_download;
mod transfer;
mod verify;

pub use downloader::{Downloader, MAX_FILE_BYTES, MAX_IN_FLIGHT, OutcomeStream};
pub use gallery::{Gallery, write_gallery};
pub use name::template::Template;
/// The crate that [`ObjectTarget`] uses. Use it to build a store whose settings do not come from environment variables.
#[cfg(feature = "object-store")]
pub use object_store;
#[cfg(feature = "object-store")]
pub use object_target::ObjectTarget;
pub use outcome::{FileOutcome, FileStatus, Outcome};
pub use record::{Record, SavedFile, read_records};
pub use verify::{Difference, DifferenceKind, Verification, verify};
