//! The background thread that runs the requests of blocking clients.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Mutex, PoisonError, mpsc};

use futures_util::FutureExt;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::error::Error;
use crate::error::kind::ErrorKind;

thread_local! {
    static IS_BACKGROUND: Cell<bool> = const { Cell::new(false) };
}

/// Whether the current thread is the background thread, where a blocking call would never end.
pub(crate) fn is_current() -> bool {
    IS_BACKGROUND.get()
}

/// The error of a blocking call on the background thread.
pub(crate) fn nested_call() -> Error {
    let message =
        "a callback on the background thread made a blocking call, which would never end; no request was sent";
    Error::new(ErrorKind::Usage, message)
}

/// Runs a future on the background thread, for bindings to other languages. The future must not block. Dropping the
/// returned handle cancels the future.
///
/// # Errors
/// [`ErrorKind::Config`] if the background thread cannot be started.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Result<Running, Error> {
    Ok(Running(handle()?.spawn(future)))
}

/// A handle of a future on the background thread. Dropping it cancels the future.
#[derive(Debug)]
#[must_use = "dropping the handle cancels the future"]
pub struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a call on the background thread, and passes its updates to a callback on the calling thread.
pub(crate) fn run<T: Send + 'static, U>(
    call: impl Future<Output = T> + Send + 'static,
    on_update: impl FnMut(U),
    updates: Option<mpsc::Receiver<U>>,
) -> Result<T, Error> {
    if is_current() {
        return Err(nested_call());
    }
    let (sender, receiver) = mpsc::sync_channel(1);
    // A panic in a callback must end the call.
    let _running = spawn(async move { drop(sender.send(AssertUnwindSafe(call).catch_unwind().await)) })?;
    // This loop ends when the call is finished and drops its end of the channel.
    updates.into_iter().flatten().for_each(on_update);
    match receiver.recv() {
        Ok(Ok(value)) => Ok(value),
        // A callback on the background thread has panicked.
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => Err(Error::new(ErrorKind::Config, "the background thread has ended")),
    }
}

/// The runtime of the background thread: one for all clients of the process, started on first use.
pub(crate) fn handle() -> Result<Handle, Error> {
    /// The runtime and the process it belongs to: a fork copies the handle, but not the thread.
    static BACKGROUND: Mutex<Option<(u32, Handle)>> = Mutex::new(None);

    let mut background = BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((_, handle)) = background.as_ref().filter(|(owner, _)| *owner == process) {
        return Ok(handle.clone());
    }
    let start = || -> std::io::Result<Handle> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let run = move || {
            IS_BACKGROUND.set(true);
            runtime.block_on(std::future::pending::<()>());
        };
        std::thread::Builder::new().name("midapi".into()).spawn(run)?;
        Ok(handle)
    };
    let handle = start()
        .map_err(|error| Error::new(ErrorKind::Config, "the background thread cannot be started").with_source(error))?;
    *background = Some((process, handle.clone()));
    Ok(handle)
}
