//! The server: a thread, a port, connections.

use crate::log::Request;
use crate::routes::{Route, Routes};
use crate::service::Service;
use crate::tasks::Tasks;
use crate::wire::{ConnectionFault, FaultyStream};
use crate::{MockBuilder, Scenario};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

/// How many connections may wait to be accepted: more than any test or bench opens at once.
const BACKLOG: u32 = 4096;

/// A running server on the loopback interface.
///
/// It has a thread and an async runtime of its own, so that it is started and used the same way in sync and async code,
/// and that a test with a paused clock does not pause the server.
///
/// Dropping it ends the thread, the port and every connection, also those with an answer on the way.
///
/// ```
/// use midapi_mock::{MockServer, failed, success};
/// use std::io::{Read, Write};
///
/// let server = MockServer::builder().task("cat", success()).start()?;
/// let mut stream = std::net::TcpStream::connect(server.addr())?;
/// write!(stream, "GET /api/v1/mj/record-info?taskId=cat HTTP/1.1\r\nHost: me\r\nConnection: close\r\n")?;
/// write!(stream, "Authorization: Bearer any\r\nContent-Type: application/json\r\n\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert!(answer.contains(r#""successFlag":1"#));
///
/// assert_eq!(server.request_count("cat"), 1);
/// assert_eq!(server.requests()[0].header("authorization"), Some("Bearer any"));
/// server.set_scenario("cat", failed()); // from the next look on
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct MockServer {
    service: Arc<Service>,
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl MockServer {
    /// A server with every default: a port that the system chooses, any key, the ids of [`demos`](fn@crate::demos).
    ///
    /// # Errors
    /// When no port or thread is to be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// A server to be described first.
    pub fn builder() -> MockBuilder {
        MockBuilder::new()
    }

    /// What a client is to be given as its base URL: `http://127.0.0.1:<port>`, with the prefix, without a slash at the
    /// end.
    pub fn base_url(&self) -> String {
        self.service.base_url.clone()
    }

    /// The address that it listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Gives an id a new scenario, from its first step. The count of [`request_count`](Self::request_count) goes on.
    pub fn set_scenario(&self, id: impl Into<String>, scenario: impl Into<Scenario>) {
        self.service.tasks().set(id.into(), scenario.into());
    }

    /// Every request since the start or the last [`clear_requests`](Self::clear_requests), in the order in which they came. Empty if the
    /// log is off.
    pub fn requests(&self) -> Vec<Request> {
        self.service.log.requests()
    }

    /// How many look-ups of this id were answered from its scenario: not those that came without a key. With the log
    /// off, only ids with a scenario are counted.
    pub fn request_count(&self, id: &str) -> usize {
        self.service.tasks().request_count(id)
    }

    /// Forgets the requests and sets every count to 0. Scenarios go on where they are.
    pub fn clear_requests(&self) {
        self.service.log.clear();
        self.service.tasks().clear_looks();
    }

    pub(crate) fn run(setting: Setting) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = thread::Builder::new().name("midapi-mock".into()).spawn(move || {
            let served = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
                runtime.block_on(async {
                    let (service, listener, addr) = setting.open()?;
                    // Nobody waits for it any more only if the caller is gone.
                    let _ = ready.send(Ok((Arc::clone(&service), addr)));
                    tokio::spawn(accept(listener, service));
                    // Ends when the sender is dropped; the runtime then drops every connection.
                    let _ = stopped.await;
                    Ok(())
                })
            });
            if let Err(error) = served {
                let _ = ready.send(Err(error));
            }
        })?;
        let ended = || io::Error::other("the server's thread ended before it listened");
        let (service, addr) = started.recv().map_err(|_| ended())??;
        Ok(Self { service, addr, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed; a second one here would hide it.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer").field("base_url", &self.service.base_url).finish_non_exhaustive()
    }
}

/// A server as described, not yet listening.
pub(crate) struct Setting {
    pub(crate) listen: SocketAddr,
    pub(crate) prefix: String,
    pub(crate) key: Option<String>,
    pub(crate) gzip: bool,
    pub(crate) log: bool,
    pub(crate) tasks: Tasks,
    pub(crate) routes: Vec<Route>,
}

impl Setting {
    fn open(self) -> io::Result<(Arc<Service>, TcpListener, SocketAddr)> {
        let socket = if self.listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // On Windows the option would let a second server take the port.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket
            .bind(self.listen)
            .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", self.listen)))?;
        let listener = socket.listen(BACKLOG)?;
        let addr = listener.local_addr()?;
        let base_url = format!("http://{addr}{}", self.prefix);
        let routes = Routes::new(&self.prefix, self.routes);
        let service = Service::new(base_url, &self.prefix, self.key, self.gzip, self.log, self.tasks, routes);
        Ok((Arc::new(service), listener, addr))
    }
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for one: it passes when connections end.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        // Without it an answer still works, only slower.
        let _ = stream.set_nodelay(true);
        let fate = Arc::new(ConnectionFault::default());
        let io = TokioIo::new(FaultyStream { stream, fate: Arc::clone(&fate) });
        let service = Arc::clone(&service);
        let answers = service_fn(move |request| Arc::clone(&service).serve(Arc::clone(&fate), request));
        // A connection that fails is the client's to notice, and mostly what the scenario wanted.
        tokio::spawn(async move { drop(http1::Builder::new().serve_connection(io, answers).await) });
    }
}
