//! Starting, serving many, stopping.

mod support;

use midapi_mock::{MockServer, generating, success};
use std::io::{ErrorKind, Read};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use support::{Connection, GOOD, of};

#[test]
fn only_the_loopback_interface_is_listened_on() {
    for addr in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0", "[2001:db8::1]:0", "[::ffff:192.0.2.1]:0"] {
        let error = MockServer::builder().listen(addr.parse::<SocketAddr>().unwrap()).start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{addr}");
        assert!(error.to_string().contains("127.0.0.1"), "{addr}: {error}");
    }
    assert!(MockServer::start().unwrap().addr().ip().is_loopback());
}

#[test]
fn the_address_asked_for_is_used() {
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = MockServer::builder().listen(addr).start().unwrap();
    assert_eq!(server.addr(), addr);
    let error = MockServer::builder().listen(addr).start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
}

#[test]
fn version_6_works_where_there_is_one() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return;
    }
    let server = MockServer::builder().listen((Ipv6Addr::LOCALHOST, 0)).task("cat", success()).start().unwrap();
    assert!(server.base_url().starts_with("http://[::1]:"), "{}", server.base_url());
    assert_eq!(Connection::open(&server).look(&of("cat")).unwrap().state(), "flag 1");
}

#[test]
fn a_prefix_must_be_a_path() {
    for prefix in ["/a?b", "/a#b", "/a b", "/ä"] {
        assert_eq!(
            MockServer::builder().prefix(prefix).start().unwrap_err().kind(),
            ErrorKind::InvalidInput,
            "{prefix}"
        );
    }
}

#[test]
fn dropping_it_ends_connections_and_frees_the_port() {
    let server = MockServer::builder().task("slow", generating().delay(Duration::from_mins(1))).start().unwrap();
    let addr = server.addr();
    let (mut idle, mut waiting) = (Connection::open(&server), Connection::open(&server));
    assert_eq!(idle.look(&of("nobody")).unwrap().status, 200);
    waiting.send("GET", &of("slow"), GOOD);
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
fn it_starts_and_ends_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let server = MockServer::builder().task("cat", success()).start().unwrap();
        assert_eq!(Connection::open(&server).look(&of("cat")).unwrap().state(), "flag 1");
        assert!(MockServer::builder().listen(server.addr()).start().is_err());
    });
}

#[test]
fn one_connection_serves_many_looks() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let mut connection = Connection::open(&server);
    for _ in 0..200 {
        assert_eq!(connection.look(&of("cat")).unwrap().state(), "flag 1");
    }
    for _ in 0..50 {
        connection.send("GET", &of("cat"), GOOD);
    }
    for n in 0..50 {
        assert_eq!(connection.read().unwrap().state(), "flag 1", "pipelined, {n}");
    }
    assert_eq!(server.request_count("cat"), 250);
}

#[test]
fn many_connections_at_once_are_served() {
    let server = MockServer::builder().log(false).task("cat", success()).start().unwrap();
    let mut connections: Vec<Connection> = (0..300).map(|_| Connection::open(&server)).collect();
    for _ in 0..3 {
        for connection in &mut connections {
            connection.send("GET", &of("cat"), GOOD);
        }
        for connection in &mut connections {
            assert_eq!(connection.read().unwrap().state(), "flag 1");
        }
    }
    assert_eq!(server.request_count("cat"), 900);
}
