//! HTTPS and proxies on this machine: a CA made up for one test, TLS in front of the local server, and a proxy that notes what it hears.

#![allow(dead_code, reason = "each test file uses its own part")]

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

/// A certificate authority that nobody else has heard of.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    pub(crate) fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let mut params = CertificateParams::default();
        // OpenSSL finds an issuer by its name, so no two may share one.
        params.distinguished_name.push(DnType::CommonName, format!("CA {}", MADE.fetch_add(1, Relaxed)));
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// TLS as the server of this name.
    fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate.der().clone()], key).unwrap()))
    }
}

/// What came in, as it was on the wire.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    fn note(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }
}

/// Takes TLS off in front of a server. It has a thread of its own, and ends with the process.
pub(crate) fn https(ca: &Ca, name: &str, server: &MockServer) -> SocketAddr {
    let (acceptor, behind) = (ca.acceptor(name), server.addr());
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // A client that does not trust the certificate goes away here.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut server = TcpStream::connect(behind).await.unwrap();
                drop(copy_bidirectional(&mut stream, &mut server).await);
            }
        }
    })
}

/// A proxy whose ways all lead to one address, and what it has heard from its clients.
pub(crate) fn proxy(to: SocketAddr) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let notes = heard.clone();
    let address = serve(move |mut client| {
        let heard = notes.clone();
        async move {
            let request = head(&mut client).await;
            heard.note(&request);
            let mut server = TcpStream::connect(to).await.unwrap();
            if request.starts_with(b"CONNECT ") {
                client.write_all(b"HTTP/1.1 200 go on\r\n\r\n").await.unwrap();
            } else {
                server.write_all(&request).await.unwrap();
            }
            let (from_client, to_client) = client.split();
            let (from_server, to_server) = server.split();
            tokio::join!(pass(from_client, to_server, Some(heard)), pass(from_server, to_client, None));
        }
    });
    (address, heard)
}

/// A proxy that lets nobody through.
pub(crate) fn closed_proxy() -> SocketAddr {
    serve(|mut client| async move {
        head(&mut client).await;
        let answer = "HTTP/1.1 407 who are you\r\ncontent-length: 0\r\n\r\n";
        client.write_all(answer.as_bytes()).await.unwrap();
    })
}

async fn head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        head.push(byte);
    }
    head
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, heard: Option<Heard>) {
    let mut bytes = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if let Some(heard) = &heard {
            heard.note(&bytes[..count]);
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    drop(to.shutdown().await);
}

/// Serves each connection on one thread.
fn serve<S: Future<Output = ()> + Send + 'static>(talk: impl Fn(TcpStream) -> S + Send + 'static) -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream));
            }
        });
    });
    address
}
