//! HTTP/2, negotiated during the TLS handshake, and connections that a server closes.

#[path = "support/tls.rs"]
mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use midapi::Client;
use midapi_mock::{MockServer, success};
use midapi_testkit::{ID, KEY};
use tls::Ca;
use tokio::sync::Notify;

/// What a server has seen, and the order to close its connections.
#[derive(Clone, Default)]
struct Seen {
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
    versions: Arc<Mutex<Vec<Version>>>,
    close: Arc<Notify>,
}

/// Starts an HTTPS server in front of the mock server. It closes a connection after `limit` requests: an HTTP/2 connection
/// with GOAWAY.
fn https(ca: &Ca, protocols: &[&str], mock: &MockServer, limit: usize) -> (SocketAddr, Seen) {
    let (acceptor, base_url, seen) = (ca.acceptor("localhost", protocols), mock.base_url(), Seen::default());
    let of_server = seen.clone();
    let address = tls::serve(move |stream| {
        let (acceptor, base_url, seen) = (acceptor.clone(), base_url.clone(), of_server.clone());
        async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            seen.connections.fetch_add(1, Relaxed);
            let (close, closed_count) = (Arc::clone(&seen.close), Arc::clone(&seen.closed));
            let (count, is_full) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
            let limit_reached = Arc::clone(&is_full);
            let service = service_fn(move |request: Request<Incoming>| {
                seen.versions.lock().unwrap().push(request.version());
                if count.fetch_add(1, Relaxed) + 1 == limit {
                    limit_reached.notify_one();
                }
                respond(base_url.clone(), request)
            });
            let closed = async {
                tokio::select! { () = close.notified() => {}, () = is_full.notified() => {} }
            };
            let io = TokioIo::new(stream);
            if is_http2 {
                let connection =
                    hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(io, service);
                let mut connection = std::pin::pin!(connection);
                let is_open = tokio::select! { _ = &mut connection => false, () = closed => true };
                if is_open {
                    connection.as_mut().graceful_shutdown();
                    drop(connection.await);
                }
            } else {
                let connection = hyper::server::conn::http1::Builder::new().serve_connection(io, service);
                let mut connection = std::pin::pin!(connection);
                let is_open = tokio::select! { _ = &mut connection => false, () = closed => true };
                if is_open {
                    connection.as_mut().graceful_shutdown();
                    drop(connection.await);
                }
            }
            closed_count.fetch_add(1, Relaxed);
        }
    });
    (address, seen)
}

/// Forwards a request to the mock server.
async fn respond(base_url: String, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let url = format!("{base_url}{}", request.uri().path_and_query().unwrap());
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let forwarded = client.get(url).headers(request.headers().clone());
    let response = forwarded.send().await.unwrap();
    let encoding = response.headers().get("content-encoding").cloned();
    let mut response_to_client = Response::new(Full::new(response.bytes().await.unwrap()));
    response_to_client.headers_mut().extend(encoding.map(|encoding| (http::header::CONTENT_ENCODING, encoding)));
    Ok(response_to_client)
}

fn client(ca: &Ca, address: SocketAddr) -> Client {
    let base_url = format!("https://localhost:{}", address.port());
    let builder = Client::builder().api_key(KEY).base_url(base_url).root_certificates_pem(ca.pem()).no_proxy();
    builder.max_retries(0).build().unwrap()
}

#[tokio::test]
async fn negotiates_the_http_version() {
    let (ca, mock) = (Ca::new(), MockServer::builder().fallback(success()).start().unwrap());
    let table = [
        (&["h2", "http/1.1"][..], Version::HTTP_2),
        (&["h2"], Version::HTTP_2),
        (&["http/1.1"], Version::HTTP_11),
        (&[], Version::HTTP_11),
    ];
    for (protocols, version) in table {
        let (address, seen) = https(&ca, protocols, &mock, usize::MAX);
        client(&ca, address).get(ID).await.unwrap();
        assert_eq!(*seen.versions.lock().unwrap(), [version], "{protocols:?}");
    }
}

#[tokio::test]
async fn one_http2_connection_carries_a_batch() {
    let (ca, mock) = (Ca::new(), MockServer::builder().fallback(success()).start().unwrap());
    let (address, seen) = https(&ca, &["h2"], &mock, usize::MAX);
    let client = client(&ca, address);
    // Requests that start before the first handshake each open a connection.
    client.get(ID).await.unwrap();
    let results: Vec<_> = client.get_all((0..200).map(|id| id.to_string())).max_in_flight(32).stream().collect().await;
    assert!(results.iter().all(|(_, result)| result.is_ok()), "{:?}", results[0]);
    assert_eq!(seen.connections.load(Relaxed), 1);
}

#[tokio::test]
async fn batches_do_not_notice_goaway() {
    let (ca, mock) = (Ca::new(), MockServer::builder().fallback(success()).start().unwrap());
    let (address, seen) = https(&ca, &["h2"], &mock, 10);
    let client = client(&ca, address);
    let results: Vec<_> = client.get_all((0..100).map(|id| id.to_string())).max_in_flight(8).stream().collect().await;
    let errors: Vec<_> = results.iter().filter_map(|(_, result)| result.as_ref().err()).collect();
    assert!(errors.is_empty(), "{} errors: {:?}", errors.len(), errors.first());
    assert!(seen.connections.load(Relaxed) > 5, "the server closed no connection");
}

#[tokio::test]
async fn calls_do_not_notice_closed_idle_connections() {
    let (ca, mock) = (Ca::new(), MockServer::builder().fallback(success()).start().unwrap());
    for protocol in ["h2", "http/1.1"] {
        let (address, seen) = https(&ca, &[protocol], &mock, usize::MAX);
        let client = client(&ca, address);
        for connections in 1..=3 {
            client.get(ID).await.unwrap_or_else(|error| panic!("{protocol}: {error}"));
            assert_eq!(seen.connections.load(Relaxed), connections, "{protocol}");
            seen.close.notify_waiters();
            while seen.closed.load(Relaxed) < connections {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // The client reads the end of the connection in another task of this thread.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
