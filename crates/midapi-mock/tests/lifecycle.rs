//! Startup, concurrent connections and shutdown.

mod support;

use std::io::{ErrorKind, Read};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use midapi_mock::{MockServer, generating, success};

use support::{AUTHORIZED, Connection, lookup_path};

#[test]
fn only_loopback_addresses_are_accepted() {
    for addr in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[2001:db8::1]:0", "[::ffff:192.0.2.1]:0"] {
        let error = MockServer::builder().listen(addr.parse::<SocketAddr>().unwrap()).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{addr}");
        assert!(error.to_string().contains("127.0.0.1"), "{addr}: {error}");
    }
    assert!(MockServer::start().unwrap().addr().ip().is_loopback());
}

#[test]
fn configured_address_is_used() {
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = MockServer::builder().listen(addr).start().unwrap();
    assert_eq!(server.addr(), addr);
    let error = MockServer::builder().listen(addr).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
}

#[test]
fn serves_on_ipv6_loopback() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return;
    }
    let server = MockServer::builder().listen((Ipv6Addr::LOCALHOST, 0)).task("cat", success()).start().unwrap();
    assert!(server.base_url().starts_with("http://[::1]:"), "{}", server.base_url());
    assert_eq!(Connection::open(&server).get(&lookup_path("cat")).unwrap().state(), "flag 1");
}

#[test]
fn prefix_must_be_a_path() {
    for prefix in ["/a?b", "/a#b", "/a b", "/ä"] {
        assert_eq!(
            MockServer::builder().prefix(prefix).start().unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{prefix}"
        );
    }
}

#[test]
fn drop_closes_connections_and_port() {
    let server = MockServer::builder().task("slow", generating().delay(Duration::from_secs(60))).start().unwrap();
    let addr = server.addr();
    let (mut idle, mut waiting) = (Connection::open(&server), Connection::open(&server));
    assert_eq!(idle.get(&lookup_path("unknown")).unwrap().status, 200);
    waiting.send("GET", &lookup_path("slow"), AUTHORIZED);
    while server.request_count("slow") == 0 {
        std::thread::yield_now();
    }
    let begin = Instant::now();
    drop(server);
    for connection in [&mut idle, &mut waiting] {
        assert!(matches!(connection.0.read(&mut [0]), Ok(0) | Err(_)));
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(TcpStream::connect(addr).is_err());
    MockServer::builder().listen(addr).start().unwrap();
}

#[test]
fn starts_and_stops_inside_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let server = MockServer::builder().task("cat", success()).start().unwrap();
        assert_eq!(Connection::open(&server).get(&lookup_path("cat")).unwrap().state(), "flag 1");
        assert!(MockServer::builder().listen(server.addr()).start().is_err());
    });
}

#[test]
fn one_connection_serves_many_requests() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let mut connection = Connection::open(&server);
    for _ in 0..200 {
        assert_eq!(connection.get(&lookup_path("cat")).unwrap().state(), "flag 1");
    }
    for _ in 0..50 {
        connection.send("GET", &lookup_path("cat"), AUTHORIZED);
    }
    for n in 0..50 {
        assert_eq!(connection.read().unwrap().state(), "flag 1", "pipelined request {n}");
    }
    assert_eq!(server.request_count("cat"), 250);
}

#[test]
fn many_connections_are_served_concurrently() {
    let server = MockServer::builder().log(false).task("cat", success()).start().unwrap();
    let mut connections: Vec<Connection> = (0..300).map(|_| Connection::open(&server)).collect();
    for _ in 0..3 {
        for connection in &mut connections {
            connection.send("GET", &lookup_path("cat"), AUTHORIZED);
        }
        for connection in &mut connections {
            assert_eq!(connection.read().unwrap().state(), "flag 1");
        }
    }
    assert_eq!(server.request_count("cat"), 900);
}
