//! The running server: a thread, a listener and its connections.

pub(crate) mod active_requests;
pub(crate) mod builder;
pub(crate) mod connection;
pub(crate) mod request_log;
pub(crate) mod routes;
pub(crate) mod service;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

use crate::scenario::Scenario;
use crate::server::connection::{ConnectionFault, FaultyStream};
use crate::server::request_log::Request;
use crate::server::service::{Service, ServiceConfig};

/// The number of connections that may wait to be accepted, more than a test or benchmark opens at once.
const BACKLOG: u32 = 4096;

/// A running server on the loopback interface.
///
/// The server has its own thread and async runtime. It works the same in sync and async code, and the paused clock of a
/// test does not affect it.
///
/// Dropping the server stops the thread, frees the port and closes all connections, including those with a response in
/// progress.
///
/// ```
/// use midapi_mock::{MockServer, failed, success};
/// use std::io::{Read, Write};
///
/// let server = MockServer::builder().task("cat", success()).start()?;
/// let mut stream = std::net::TcpStream::connect(server.addr())?;
/// write!(stream, "GET /api/v1/mj/record-info?taskId=cat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")?;
/// write!(stream, "Authorization: Bearer any\r\nContent-Type: application/json\r\n\r\n")?;
/// let mut response = String::new();
/// stream.read_to_string(&mut response)?;
/// assert!(response.contains(r#""successFlag":1"#));
///
/// assert_eq!(server.request_count("cat"), 1);
/// assert_eq!(server.requests()[0].header("authorization"), Some("Bearer any"));
/// server.set_scenario("cat", failed()); // from the next request on
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct MockServer {
    service: Arc<Service>,
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MockServer {
    /// Returns the base URL for clients: `http://127.0.0.1:<port>` with the prefix, without a trailing slash.
    pub fn base_url(&self) -> String {
        self.service.base_url.clone()
    }

    /// Returns the address of the listener.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Replaces the scenario of an id. The next request gets the first step of the new scenario. The
    /// [`request_count`](Self::request_count) is kept.
    pub fn set_scenario(&self, id: impl Into<String>, scenario: impl Into<Scenario>) {
        self.service.scenarios().set(id.into(), scenario.into());
    }

    /// Replaces the scenario of the result file at a path. The next request gets the first step of the new scenario.
    /// The path is relative to the prefix and has no query.
    pub fn set_file(&self, path: impl AsRef<str>, scenario: impl Into<Scenario>) {
        self.service.routes.set_file(path.as_ref(), scenario.into());
    }

    /// Returns all requests since the start or the last [`clear_requests`](Self::clear_requests), in the order
    /// received. Empty if the log is off.
    pub fn requests(&self) -> Vec<Request> {
        self.service.log.requests()
    }

    /// Returns the number of authorized lookups of this id.
    ///
    /// If the log is off, only ids with a scenario are counted.
    pub fn request_count(&self, id: &str) -> usize {
        self.service.scenarios().request_count(id)
    }

    /// Returns the number of requests for the result file at a path. The path is relative to the prefix and has no
    /// query. The number is 0 if the log is off.
    pub fn file_request_count(&self, path: &str) -> usize {
        self.service.log.count(&self.service.routes.absolute_path(path))
    }

    /// Returns the largest number of requests in progress at the same time, since the start or the last
    /// [`clear_requests`](Self::clear_requests). A request ends with the last byte of its response, or when its
    /// connection is closed.
    pub fn max_concurrent_requests(&self) -> usize {
        self.service.active.max()
    }

    /// Clears the log and resets every request count to 0. [`max_concurrent_requests`](Self::max_concurrent_requests)
    /// restarts from the current number of requests in progress. The scenarios keep their progress.
    pub fn clear_requests(&self) {
        self.service.log.clear();
        self.service.scenarios().clear_counts();
        self.service.active.reset_max();
    }

    /// Starts a server and returns once it accepts connections.
    pub(crate) fn spawn(listen: SocketAddr, config: ServiceConfig) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new().name("midapi-mock".into()).spawn(move || {
            let result = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
                runtime.block_on(async {
                    let (listener, addr) = bind_listener(listen)?;
                    let base_url = format!("http://{addr}{}", config.prefix);
                    let service = Arc::new(Service::new(base_url, config));
                    // Fails only if the caller no longer waits.
                    let _ = ready.send(Ok((Arc::clone(&service), addr)));
                    tokio::spawn(accept_connections(listener, service));
                    // Resolves when the sender is dropped. The runtime then drops every connection.
                    let _ = stopped.await;
                    Ok(())
                })
            });
            if let Err(error) = result {
                let _ = ready.send(Err(error));
            }
        })?;
        let panicked = || io::Error::other("the server thread panicked during startup");
        let (service, addr) = started.recv().map_err(|_| panicked())??;
        Ok(Self { service, addr, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("base_url", &self.service.base_url).finish_non_exhaustive()
    }
}

fn bind_listener(listen: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows this option would let a second server take the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(listen).map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {listen}: {error}")))?;
    let listener = socket.listen(BACKLOG)?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

async fn accept_connections(listener: TcpListener, service: Arc<Service>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // The cause may be temporary, such as too many open files until other connections close.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Only an optimization: a failure can be ignored.
        let _ = stream.set_nodelay(true);
        let fault = Arc::new(ConnectionFault::default());
        let io = TokioIo::new(FaultyStream { stream, fault: Arc::clone(&fault) });
        let service = Arc::clone(&service);
        let handler = service_fn(move |request| Arc::clone(&service).handle_request(Arc::clone(&fault), request));
        // The error is ignored: the client sees the failed connection, and the failure is usually part of the scenario.
        tokio::spawn(async move { drop(http1::Builder::new().serve_connection(io, handler).await) });
    }
}
