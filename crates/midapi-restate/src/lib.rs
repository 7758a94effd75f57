//! Durable waiting for Midjourney tasks of MidAPI on many machines, with the [Restate](https://restate.dev) engine.
//! Unofficial.
//!
//! A wait of [`midapi`] ends with its process. A wait of this crate is a workflow of a Restate server: it survives
//! restarts of workers and of the server, all workers share one polling rate for each account, and any machine can read
//! the outcome.
//!
//! - A [`Worker`] polls. It is an HTTP server that the Restate server calls; run as many as needed.
//! - An [`Ingress`] submits tasks, waits for outcomes, and changes the rate of an account.
//! - An [`Admin`] registers workers.
//!
//! ```no_run
//! # async fn example() -> Result<(), midapi::Error> {
//! use midapi_restate::{Account, Ingress, WaitOptions};
//!
//! let ingress = Ingress::new("http://127.0.0.1:8080")?;
//! let (account, id) = (Account::default(), midapi::TaskId::new("0f1e2d3c4b5a69788796a5b4c3d2e1f0")?);
//! ingress.submit(&account, &id, &WaitOptions::default()).await?;
//! // On any machine, now or after a restart:
//! let task = ingress.wait(&account, &id, None).await?.into_result()?;
//! println!("{}", task.result_urls().join(" "));
//! # Ok(())
//! # }
//! ```
//!
//! [`midapi::poll::PollState`] makes every decision about polls and retries. The API key is only in the memory of the
//! workers: no journal, state or message of the engine contains it.

mod account;
mod admin;
mod clients;
mod http;
mod ingress;
mod key;
mod options;
mod outcome;
mod poll;
mod slots;
mod task;
mod worker;

pub use account::{AccountChange, AccountStatus};
pub use admin::{Admin, Deployment};
pub use ingress::{Ingress, Submission};
pub use key::Account;
pub use options::WaitOptions;
pub use outcome::Outcome;
pub use restate_sdk;
pub use slots::{DEFAULT_RATE, Pause};
pub use worker::Worker;
