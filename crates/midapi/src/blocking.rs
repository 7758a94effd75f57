//! The client for programs without an async runtime.
//!
//! It has the calls and errors of [`crate::Client`] for single tasks. One background thread works for all clients of the process;
//! the calling thread waits, and runs the callbacks of a wait. Calls may be made anywhere, also inside another runtime (which
//! they block) and inside a callback. A process that forks makes its clients after the fork: one that has asked before has
//! connections that are the other process's, and its calls run into their time-outs.
//!
//! # Examples
//! ```no_run
//! let client = midapi::blocking::Client::from_env()?;
//! let task = client.wait("0f1e2d3c4b5a69788796a5b4c3d2e1f0").send()?;
//! println!("{}", task.result_urls().join("\n"));
//! # Ok::<(), midapi::Error>(())
//! ```

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::poll::policy::PollPolicy;
use crate::{Error, ErrorKind, Task};

/// Looks tasks up, and blocks the calling thread while it does. Clones share everything.
#[derive(Debug, Clone)]
pub struct Client {
    client: crate::Client,
}

impl Client {
    /// As [`crate::Client::from_env`].
    ///
    /// # Errors
    /// [`ErrorKind::Config`], also if no background thread can be started.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_client(crate::Client::from_env()?)
    }

    /// The blocking form of a client.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if no background thread can be started.
    pub fn from_client(client: crate::Client) -> Result<Self, Error> {
        background()?;
        Ok(Self { client })
    }

    /// As [`crate::Client::get`]; [`Get::send`] sends the request.
    pub fn get(&self, id: impl AsRef<str>) -> Get {
        Get { get: self.client.get(id) }
    }

    /// As [`crate::Client::wait`]; [`Wait::send`] starts it.
    pub fn wait<'a>(&self, id: impl AsRef<str>) -> Wait<'a> {
        Wait { call: self.client.wait(id), on_update: None }
    }

    /// The items of a stream of the client, such as those of `wait_all` or [`crate::Wait::updates`].
    ///
    /// # Examples
    /// ```no_run
    /// let client = midapi::Client::from_env()?;
    /// let blocking = midapi::blocking::Client::from_client(client.clone())?;
    /// for (id, outcome) in blocking.items(client.wait_all(["id-1", "id-2"]).stream()) {
    ///     println!("{id}: {}", outcome?.status());
    /// }
    /// # Ok::<(), midapi::Error>(())
    /// ```
    pub fn items<T>(&self, stream: Pin<Box<dyn Stream<Item = T> + Send>>) -> Items<T> {
        Items { stream: Some(stream) }
    }

    /// The client that this one blocks for.
    pub fn get_ref(&self) -> &crate::Client {
        &self.client
    }
}

/// What comes over time, one item after the other. It asks only while it is inside [`next`](Iterator::next); dropping it ends
/// its traffic.
pub struct Items<T> {
    stream: Option<Pin<Box<dyn Stream<Item = T> + Send>>>,
}

impl<T: Send + 'static> Iterator for Items<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let mut stream = self.stream.take()?;
        let call = async move { (stream.next().await, stream) };
        let (item, stream) = run(call, |()| {}, None).ok()?;
        // A stream that has ended is not asked again.
        self.stream = item.is_some().then_some(stream);
        item
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").finish_non_exhaustive()
    }
}

/// As [`crate::Get`].
#[derive(Debug)]
#[must_use = "a look-up does nothing unless `send` is called"]
pub struct Get {
    get: crate::Get,
}

impl Get {
    /// As [`crate::Get::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { get: self.get.timeout(timeout) }
    }

    /// As [`crate::Get::max_retries`].
    pub fn max_retries(self, retries: u32) -> Self {
        Self { get: self.get.max_retries(retries) }
    }

    /// Looks the task up.
    ///
    /// # Errors
    /// As [`crate::Get`].
    pub fn send(self) -> Result<Task, Error> {
        run(self.get.into_future(), |()| {}, None)?
    }
}

type OnUpdate<'a> = Box<dyn FnMut(&Task) + 'a>;

/// As [`crate::Wait`].
#[must_use = "a wait does nothing unless `send` is called"]
pub struct Wait<'a> {
    call: crate::Wait,
    on_update: Option<OnUpdate<'a>>,
}

impl<'a> Wait<'a> {
    /// As [`crate::Wait::timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { call: self.call.timeout(timeout), ..self }
    }

    /// As [`crate::Wait::interval`].
    pub fn interval(self, interval: Duration) -> Self {
        Self { call: self.call.interval(interval), ..self }
    }

    /// As [`crate::Wait::poll_policy`].
    pub fn poll_policy(self, schedule: impl PollPolicy) -> Self {
        Self { call: self.call.poll_policy(schedule), ..self }
    }

    /// As [`crate::Wait::first_delay`].
    pub fn first_delay(self, delay: Duration) -> Self {
        Self { call: self.call.first_delay(delay), ..self }
    }

    /// As [`crate::Wait::on_update`]; called on the thread that waits.
    pub fn on_update(self, notify: impl FnMut(&Task) + 'a) -> Self {
        Self { on_update: Some(Box::new(notify)), ..self }
    }

    /// Waits until the task is final, or the deadline passes.
    ///
    /// # Errors
    /// As [`crate::Wait`].
    pub fn send(self) -> Result<Task, Error> {
        let Some(mut notify) = self.on_update else {
            return run(self.call.into_future(), |()| {}, None)?;
        };
        let (updates, seen) = mpsc::channel();
        let call = self.call.on_update(move |task| drop(updates.send(task.clone())));
        run(call.into_future(), |task| notify(&task), Some(seen))?
    }
}

impl fmt::Debug for Wait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call.fmt(f)
    }
}

/// Runs a future on the background thread of this process, which has tokio's time and IO. Dropping what is returned ends it.
///
/// For bridges to other languages, whose waiting thread has more to do than to wait. The future must not block.
///
/// # Errors
/// [`ErrorKind::Config`] if no background thread can be started.
///
/// # Examples
/// ```
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let running = midapi::blocking::spawn(async move { drop(sender.send(7)) })?;
/// assert_eq!(receiver.recv(), Ok(7));
/// drop(running);
/// # Ok::<(), midapi::Error>(())
/// ```
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<Running, Error> {
    Ok(Running(background()?.spawn(future)))
}

/// A future on the background thread; it ends at the latest when this is dropped.
#[derive(Debug)]
#[must_use = "dropping it ends the future"]
pub struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a call on the background thread, and what it hands over on this one.
fn run<T: Send + 'static, U>(
    call: impl Future<Output = T> + Send + 'static,
    on_update: impl FnMut(U),
    updates: Option<mpsc::Receiver<U>>,
) -> Result<T, Error> {
    let (done, outcome) = mpsc::sync_channel(1);
    // A callback that panics must not leave its call running.
    let _running = spawn(async move { drop(done.send(call.await)) })?;
    // The call drops its end of the channel when it is over.
    updates.into_iter().flatten().for_each(on_update);
    outcome.recv().map_err(|_| Error::new(ErrorKind::Config, "the background thread has ended"))
}

/// The background thread: one for all clients of the process, started when it is first needed.
fn background() -> Result<Handle, Error> {
    /// The process that the thread belongs to: a fork takes the handle along, and not the thread.
    static THREAD: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

    let mut thread = THREAD.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((_, handle)) = thread.as_ref().filter(|(owner, _)| *owner == process) {
        return Ok(handle.clone());
    }
    let start = || -> std::io::Result<Handle> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let forever = move || runtime.block_on(std::future::pending::<()>());
        std::thread::Builder::new().name("midapi".into()).spawn(forever)?;
        Ok(handle)
    };
    let handle = start()
        .map_err(|error| Error::new(ErrorKind::Config, "no background thread can be started").with_source(error))?;
    *thread = Some((process, handle.clone()));
    Ok(handle)
}
