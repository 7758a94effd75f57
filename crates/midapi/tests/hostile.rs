//! A server that means harm: an error of the right kind, within the deadline, memory bounded.

use std::time::{Duration, Instant};

use midapi::{Client, ErrorKind};
use midapi_mock::{Step, gzip_bomb, huge, nested, raw, success};
use midapi_testkit::{ID, server};

/// Real time here: what is tried is the network's.
fn client(server: &midapi_mock::MockServer) -> Client {
    let client = Client::builder().api_key("k").base_url(server.base_url()).max_retries(0);
    client.attempt_timeout(Duration::from_millis(700)).build().unwrap()
}

/// The most memory that this process has held, in bytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

#[tokio::test]
async fn large_deep_and_broken_answers_end_in_an_error_of_their_kind() {
    let deep = format!(r#"{{"code":200,"data":{{"errorCode":{}{}}}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let table: Vec<(&str, Step, ErrorKind, &str)> = vec![
        ("50 MB", huge(50 << 20), ErrorKind::Decode, "larger than 1048576 bytes"),
        ("a bomb of 1 GB", gzip_bomb(1 << 30), ErrorKind::Decode, "larger than 1048576 bytes"),
        ("10,000 brackets", raw("[".repeat(10_000)), ErrorKind::Decode, "recursion limit"),
        ("10,000 brackets in a field", raw(deep), ErrorKind::Decode, "recursion limit"),
        ("a body that stops half-way", success().truncate_after(100), ErrorKind::Transport, "truncated"),
        (
            "a byte at a time",
            success().byte_interval(Duration::from_millis(50)),
            ErrorKind::Transport,
            "timed out after 0.7s",
        ),
        ("no answer at all", success().delay(Duration::from_mins(1)), ErrorKind::Transport, "timed out after 0.7s"),
    ];
    let before = peak_memory();
    for (why, answer, kind, words) in table {
        let server = server(answer);
        let start = Instant::now();
        let error = client(&server).get(ID).await.expect_err(why);
        assert_eq!(error.kind(), kind, "{why}: {error}");
        assert!(error.message().contains(words), "{why}: {error}");
        assert!(error.message().len() < 1000, "{why}: an error is no place for a body");
        assert!(start.elapsed() < Duration::from_secs(5), "{why}: {:?}", start.elapsed());
    }
    if let (Some(before), Some(after)) = (before, peak_memory()) {
        // The server is in this process too; both together stay far below what the answers would need.
        assert!(after - before < 40 << 20, "{} bytes more", after - before);
    }
}

#[tokio::test]
async fn brackets_in_a_field_that_nobody_reads_harm_nobody() {
    let server = server(nested(10_000));
    assert_eq!(client(&server).get(ID).await.unwrap().status().as_str(), "success");
}

#[tokio::test]
async fn the_cap_can_be_set_and_counts_after_unpacking() {
    let body = format!(r#"{{"code":200,"data":{{"paramJson":"{}"}}}}"#, "x".repeat(100_000));
    let server = server(raw(body));
    let build = |cap| Client::builder().api_key("k").base_url(server.base_url()).max_body_bytes(cap).build().unwrap();
    assert_eq!(build(50_000).get(ID).await.unwrap_err().kind(), ErrorKind::Decode);
    let task = build(200_000).get(ID).await.unwrap();
    assert_eq!(task.param_json().unwrap().len(), 100_000);
}
