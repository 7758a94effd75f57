//! Compares HTTP/1.1 and HTTP/2 over TLS with simulated latency:
//! `midapi-bench http-versions LATENCY_MS REQUESTS IN_FLIGHT`.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use midapi::Client;
use rcgen::{CertificateParams, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::{BODY, ID};

/// Runs each HTTP version five times, in turn, and prints a row for each run: the elapsed seconds, the number of
/// connections, and the CPU time of the client in milliseconds. Each run has a new client. The server runs on other
/// threads than the client.
pub fn compare(latency: Duration, requests: usize, in_flight: usize) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    println!("version  turn  seconds  connections  client CPU ms");
    for turn in 1..=5 {
        for protocol in ["http/1.1", "h2"] {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let config = ServerConfig::builder().with_no_client_auth();
            let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
            config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
            let (address, connections) = serve(config, latency);
            let base_url = format!("https://localhost:{}", address.port());
            let client = Client::builder().api_key("key").base_url(base_url).no_proxy().max_retries(0);
            let client = client.root_certificates_pem(certificate.pem()).build().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let (begin, cpu) = (Instant::now(), thread_cpu());
            runtime.block_on(async {
                let ids = (0..requests).map(|id| format!("{id:032x}"));
                let mut results = client.get_all(ids).max_in_flight(in_flight).stream();
                while let Some((_, result)) = results.next().await {
                    result.unwrap();
                }
            });
            let (seconds, cpu) = (begin.elapsed().as_secs_f64(), thread_cpu().saturating_sub(cpu).as_secs_f64() * 1e3);
            println!("{protocol:8} {turn:4}  {seconds:7.2}  {:11}  {cpu:13.0}", connections.load(Relaxed));
        }
    }
}

/// The CPU time of this thread, which Linux reports in nanoseconds.
fn thread_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Starts a server, and a simulated network link to it. Returns the address of the link and a counter of the
/// connections. The link delays data by half of the latency in each direction, and a new connection by the whole
/// latency.
fn serve(config: ServerConfig, latency: Duration) -> (SocketAddr, Arc<AtomicUsize>) {
    let (acceptor, connections) = (TlsAcceptor::from(Arc::new(config)), Arc::new(AtomicUsize::new(0)));
    let of_server = Arc::clone(&connections);
    let server = listen(move |stream| {
        let acceptor = acceptor.clone();
        of_server.fetch_add(1, Relaxed);
        async move {
            let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
            drop(Builder::new(TokioExecutor::new()).serve_connection(stream, service_fn(respond)).await);
        }
    });
    let link = listen(move |mut client| async move {
        tokio::time::sleep(latency).await;
        let mut server = TcpStream::connect(server).await.unwrap();
        server.set_nodelay(true).unwrap();
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        join(delay(from_client, to_server, latency / 2), delay(from_server, to_client, latency / 2)).await;
    });
    (link, connections)
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let id = request.uri().query().and_then(|query| query.split_once("taskId=")).map_or(ID, |(_, id)| id);
    let response = Response::builder().header("content-type", "application/json");
    Ok(response.body(Full::from(BODY.replace(ID, id))).unwrap())
}

/// Forwards each piece of data after a delay. Later pieces do not wait for earlier ones.
async fn delay(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    let (sender, mut pieces) = tokio::sync::mpsc::unbounded_channel();
    let read = async move {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = from.read(&mut bytes).await {
            drop(sender.send((tokio::time::Instant::now() + delay, bytes[..count].to_vec())));
        }
    };
    let write = async move {
        while let Some((due, piece)) = pieces.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&piece).await.is_err() {
                return;
            }
        }
        drop(to.shutdown().await);
    };
    join(read, write).await;
}

/// Starts one thread that accepts connections and runs `handle` for each connection. Returns the address to connect to.
fn listen<S: Future<Output = ()> + Send + 'static>(handle: impl Fn(TcpStream) -> S + Send + 'static) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                tokio::spawn(handle(stream));
            }
        });
    });
    address
}
