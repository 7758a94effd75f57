//! Blocking forms of `get`, `wait` and `call`.

use std::fmt;
use std::future::IntoFuture;
use std::sync::mpsc;
use std::time::Duration;

use crate::blocking::background::{is_current, nested_call, run};
use crate::blocking::batch::Items;
use crate::error::Error;
use crate::poll::policy::PollPolicy;
use crate::request::call::Response;
use crate::request::update::Update;
use crate::retry::event::RetryEvent;
use crate::task::Task;

/// The blocking form of [`crate::Get`].
#[derive(Debug)]
#[must_use = "requests do nothing unless `send` is called"]
pub struct Get(crate::Get);

impl Get {
    pub(crate) fn new(get: crate::Get) -> Self {
        Self(get)
    }

    /// Like [`crate::Get::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Like [`crate::Get::max_retries`].
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self(self.0.max_retries(max_retries))
    }

    /// Like [`crate::Get::on_retry`]. Called on the background thread.
    pub fn on_retry(self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(self.0.on_retry(notify))
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Those of [`crate::Get`].
    pub fn send(self) -> Result<Task, Error> {
        run(self.0.into_future(), |()| {}, None)?
    }
}

type OnUpdate<'a> = Box<dyn FnMut(&Task) + 'a>;

/// The blocking form of [`crate::Wait`].
#[must_use = "waits do nothing unless `send` is called"]
pub struct Wait<'a> {
    wait: crate::Wait,
    on_update: Option<OnUpdate<'a>>,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(wait: crate::Wait) -> Self {
        Self { wait, on_update: None }
    }

    /// Like [`crate::Wait::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { wait: self.wait.timeout(timeout), ..self }
    }

    /// Like [`crate::Wait::interval`].
    pub fn interval(self, interval: Duration) -> Self {
        Self { wait: self.wait.interval(interval), ..self }
    }

    /// Like [`crate::Wait::poll_policy`].
    pub fn poll_policy(self, poll_policy: impl PollPolicy) -> Self {
        Self { wait: self.wait.poll_policy(poll_policy), ..self }
    }

    /// Like [`crate::Wait::first_delay`].
    pub fn first_delay(self, delay: Duration) -> Self {
        Self { wait: self.wait.first_delay(delay), ..self }
    }

    /// Like [`crate::Wait::not_found_grace`].
    pub fn not_found_grace(self, grace: Duration) -> Self {
        Self { wait: self.wait.not_found_grace(grace), ..self }
    }

    /// Like [`crate::Wait::on_update`]. Called on the calling thread.
    pub fn on_update(self, notify: impl FnMut(&Task) + 'a) -> Self {
        Self { on_update: Some(Box::new(notify)), ..self }
    }

    /// Like [`crate::Wait::on_retry`]. Called on the background thread.
    pub fn on_retry(self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        Self { wait: self.wait.on_retry(notify), ..self }
    }

    /// Waits until the task is final or the timeout expires.
    ///
    /// # Errors
    /// Those of [`crate::Wait`].
    pub fn send(self) -> Result<Task, Error> {
        let Some(mut notify) = self.on_update else {
            return run(self.wait.into_future(), |()| {}, None)?;
        };
        let (sender, receiver) = mpsc::channel();
        let wait = self.wait.on_update(move |task| drop(sender.send(task.clone())));
        run(wait.into_future(), |task| notify(&task), Some(receiver))?
    }

    /// Starts the wait as an iterator of updates. [`Update::Finished`] is its last item. `on_update` is not called.
    pub fn updates(self) -> Items<Update> {
        if is_current() {
            let finished = Update::Finished(Err(nested_call()));
            return Items::new(futures_util::stream::iter([finished]));
        }
        Items::new(self.wait.stream())
    }
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wait.fmt(f)
    }
}

/// The blocking form of [`crate::Call`].
#[derive(Debug)]
#[must_use = "requests do nothing unless `send` is called"]
pub struct Call<T>(crate::Call<'static, T>);

impl<T: Send + 'static> Call<T> {
    pub(crate) fn new(call: crate::Call<'static, T>) -> Self {
        Self(call)
    }

    /// Like [`crate::Call::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self(self.0.timeout(timeout))
    }

    /// Like [`crate::Call::max_retries`].
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self(self.0.max_retries(max_retries))
    }

    /// Like [`crate::Call::on_retry`]. Called on the background thread.
    pub fn on_retry(self, notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        Self(self.0.on_retry(notify))
    }

    /// Sends the request.
    ///
    /// # Errors
    /// Those of [`crate::Call`].
    pub fn send(self) -> Result<Response<T>, Error> {
        run(self.0.into_future(), |()| {}, None)?
    }
}
