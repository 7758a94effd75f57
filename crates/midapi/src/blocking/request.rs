//! Blocking forms of `get`, `wait` and `call`.

use std::fmt;
use std::future::IntoFuture;
use std::sync::mpsc;
use std::time::Duration;

use crate::blocking::background::{is_current, nested_call, run};
use crate::blocking::batch::Items;
use crate::blocking::setters::forward_setters;
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

    fn map(self, set: impl FnOnce(crate::Get) -> crate::Get) -> Self {
        Self(set(self.0))
    }

    forward_setters! {
        Get:
        timeout(timeout: Duration),
        max_retries(max_retries: u32),
        /// The callback runs on the background thread.
        on_retry(notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static),
    }

    /// Sends the request.
    ///
    /// # Errors
    /// The errors of [`crate::Get`].
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

    fn map(self, set: impl FnOnce(crate::Wait) -> crate::Wait) -> Self {
        Self { wait: set(self.wait), ..self }
    }

    forward_setters! {
        Wait:
        timeout(timeout: Duration),
        interval(interval: Duration),
        poll_policy(poll_policy: impl PollPolicy),
        first_delay(delay: Duration),
        not_found_grace(grace: Duration),
        /// The callback runs on the background thread.
        on_retry(notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static),
    }

    /// Like [`crate::Wait::on_update`]. The callback runs on the calling thread.
    pub fn on_update(self, notify: impl FnMut(&Task) + 'a) -> Self {
        Self { on_update: Some(Box::new(notify)), ..self }
    }

    /// Waits until the task is final or the timeout expires.
    ///
    /// # Errors
    /// The errors of [`crate::Wait`].
    pub fn send(self) -> Result<Task, Error> {
        let Some(mut notify) = self.on_update else {
            return run(self.wait.into_future(), |()| {}, None)?;
        };
        let (sender, receiver) = mpsc::channel();
        let wait = self.wait.on_update(move |task| drop(sender.send(task.clone())));
        run(wait.into_future(), |task| notify(&task), Some(receiver))?
    }

    /// Returns an iterator over the updates of the wait. Its last item is [`Update::Finished`]. The callback of
    /// [`on_update`](Self::on_update) is not called.
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

    fn map(self, set: impl FnOnce(crate::Call<'static, T>) -> crate::Call<'static, T>) -> Self {
        Self(set(self.0))
    }

    forward_setters! {
        Call:
        timeout(timeout: Duration),
        max_retries(max_retries: u32),
        /// The callback runs on the background thread.
        on_retry(notify: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static),
    }

    /// Sends the request.
    ///
    /// # Errors
    /// The errors of [`crate::Call`].
    pub fn send(self) -> Result<Response<T>, Error> {
        run(self.0.into_future(), |()| {}, None)?
    }
}
