//! HTTPS and proxies on loopback: a CA for one test, a TLS server in front of the mock server, and proxies.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::thread;

use midapi_mock::MockServer;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A certificate authority for one test.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let mut params = CertificateParams::default();
        // OpenSSL finds an issuer by its name, so the names must differ.
        params.distinguished_name.push(DnType::CommonName, format!("CA {}", COUNT.fetch_add(1, Relaxed)));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A TLS acceptor with a certificate for a name. It offers the protocols to the client, such as `h2`.
    pub(crate) fn acceptor(&self, name: &str, protocols: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The bytes that a proxy received from its clients.
#[derive(Clone, Default)]
pub(crate) struct Recorded(Arc<Mutex<Vec<u8>>>);

impl Recorded {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    fn record(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}

/// Starts a TLS server that forwards to a server. Its thread ends with the process.
pub(crate) fn https(ca: &Ca, name: &str, server: &MockServer) -> SocketAddr {
    let (acceptor, address) = (ca.acceptor(name, &[]), server.addr());
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // The handshake fails if the client does not trust the certificate.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut server = TcpStream::connect(address).await.unwrap();
                drop(copy_bidirectional(&mut stream, &mut server).await);
            }
        }
    })
}

/// Starts a proxy that forwards every connection to one address. Also returns the bytes that it receives.
pub(crate) fn proxy(to: SocketAddr) -> (SocketAddr, Recorded) {
    let recorded = Recorded::default();
    let log = recorded.clone();
    let address = serve(move |mut client| {
        let recorded = log.clone();
        async move {
            let request = read_head(&mut client).await;
            recorded.record(&request);
            let mut server = TcpStream::connect(to).await.unwrap();
            if request.starts_with(b"CONNECT ") {
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            } else {
                server.write_all(&request).await.unwrap();
            }
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            tokio::join!(forward(from_client, to_server, Some(recorded)), forward(from_server, to_client, None));
        }
    });
    (address, recorded)
}

/// Starts a proxy that rejects every connection.
pub(crate) fn rejecting_proxy() -> SocketAddr {
    serve(|mut client| async move {
        read_head(&mut client).await;
        let response = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        client.write_all(response.as_bytes()).await.unwrap();
    })
}

async fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        head.push(byte);
    }
    head
}

async fn forward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, recorded: Option<Recorded>) {
    let mut bytes = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if let Some(recorded) = &recorded {
            recorded.record(&bytes[..count]);
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    drop(to.shutdown().await);
}

/// Serves all connections on one new thread.
pub(crate) fn serve<S: Future<Output = ()> + Send + 'static>(
    handle: impl Fn(TcpStream) -> S + Send + 'static,
) -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(handle(stream));
            }
        });
    });
    address
}
