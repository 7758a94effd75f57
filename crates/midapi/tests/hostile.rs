//! Hostile responses: each ends in an error of the right kind, within the timeout and with bounded memory.

use std::time::{Duration, Instant};

use midapi::{Client, ErrorKind};
use midapi_mock::{Step, gzip_bomb, huge, nested, raw, success};
use midapi_testkit::{ID, server};

/// A client on real time, because the timeouts of the network are tested.
fn client(server: &midapi_mock::MockServer) -> Client {
    let client = Client::builder().api_key("k").base_url(server.base_url()).max_retries(0);
    client.attempt_timeout(Duration::from_millis(700)).build().unwrap()
}

/// The peak memory of this process, in bytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[tokio::test]
async fn hostile_responses_end_in_typed_errors() {
    let nested_lists = format!(r#"{{"code":200,"data":{{"errorCode":{}{}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let table: Vec<(&str, Step, ErrorKind, &str)> = vec![
        ("a body of 50 MB", huge(50 << 20), ErrorKind::Decode, "larger than 1048576 bytes"),
        ("a gzip bomb of 1 GB", gzip_bomb(1 << 30), ErrorKind::Decode, "larger than 1048576 bytes"),
        ("10,000 nested lists", raw("[".repeat(10_000)), ErrorKind::Decode, "recursion limit"),
        ("10,000 nested lists in a field", raw(nested_lists), ErrorKind::Decode, "recursion limit"),
        ("a truncated body", success().truncate_after(100), ErrorKind::Transport, "truncated"),
        (
            "a byte every 50 ms",
            success().byte_interval(Duration::from_millis(50)),
            ErrorKind::Transport,
            "timed out after 0.7s",
        ),
        ("no response", success().delay(Duration::from_secs(60)), ErrorKind::Transport, "timed out after 0.7s"),
    ];
    let before = peak_memory();
    for (why, response, kind, expected) in table {
        let server = server(response);
        let start = Instant::now();
        let error = client(&server).get(ID).await.expect_err(why);
        assert_eq!(error.kind(), kind, "{why}: {error}");
        assert!(error.message().contains(expected), "{why}: {error}");
        assert!(error.message().len() < 1000, "{why}: the message must not contain the body");
        assert!(start.elapsed() < Duration::from_secs(5), "{why}: {:?}", start.elapsed());
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        // The memory of the mock server counts too: it is in this process.
        assert!(after - before < 40 << 20, "memory grew by {} bytes", after - before);
    }
}

#[tokio::test]
async fn nesting_in_ignored_fields_is_harmless() {
    let server = server(nested(10_000));
    assert_eq!(client(&server).get(ID).await.unwrap().status().as_str(), "success");
}

#[tokio::test]
async fn size_limit_applies_after_decompression() {
    let body = format!(r#"{{"code":200,"data":{{"paramJson":"{}"}}}}"#, "x".repeat(100_000));
    let server = server(raw(body));
    let build =
        |limit| Client::builder().api_key("k").base_url(server.base_url()).max_body_bytes(limit).build().unwrap();
    assert_eq!(build(50_000).get(ID).await.unwrap_err().kind(), ErrorKind::Decode);
    let task = build(200_000).get(ID).await.unwrap();
    assert_eq!(task.param_json().unwrap().len(), 100_000);
}
