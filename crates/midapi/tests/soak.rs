//! Random faults at full rate: every id gets the right result, and no memory, file descriptor or tokio task leaks.
//!
//! Eight small rounds run with the other tests. A longer run:
//! `MIDAPI_SOAK_SECONDS=600 cargo test --release -p midapi --test soak -- --ignored --nocapture`

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use jiff::Timestamp;
use midapi::clock::{Clock, Sleep};
use midapi::{Client, Error, Task};
use midapi_mock::{MockServer, Scenario, Step, code, flag, generating, html, not_found, raw, reset, status, success};
use midapi_testkit::KEY;

/// The kinds of round: waits or single requests, with and without throttling faults. The first eight rounds run each
/// kind twice, so pools and allocators have their size after four.
const KINDS: usize = 4;
/// The number of ids of a round with throttling faults.
const THROTTLED_IDS: usize = 100;

/// A timeout that no round exceeds on the virtual clock.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A virtual clock without a log of its sleeps, which would grow.
#[derive(Debug, Clone)]
struct JumpingClock(Instant, Arc<Mutex<Duration>>);

impl Clock for JumpingClock {
    fn now(&self) -> Instant {
        self.0 + *self.1.lock().unwrap()
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let end = *self.1.lock().unwrap() + duration;
        let elapsed = Arc::clone(&self.1);
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut elapsed = elapsed.lock().unwrap();
            *elapsed = end.max(*elapsed);
        })
    }

    fn is_virtual(&self) -> bool {
        true
    }
}

/// Responses of the server: the response, the kind of its error, and whether a wait continues after it.
fn faults() -> Vec<(Step, &'static str, bool)> {
    vec![
        (generating(), "", true),
        (generating().delay(Duration::from_millis(2)), "", true),
        (flag(9), "", true),
        (html(502), "server", true),
        (code(500, "oops"), "server", true),
        (reset(), "transport", true),
        (success().truncate_after(60), "transport", true),
        (raw("<html>"), "decode", true),
        (raw("abc").content_encoding("gzip"), "transport", true),
        (not_found(), "not_found", false),
        (status(400), "invalid_request", false),
        (status(429), "rate_limited", true),
        (status(503).retry_after("0.5"), "unavailable", true),
    ]
}

/// The number of faults, at the end of the list, that throttle all calls. Few rounds have them.
const THROTTLING: usize = 2;

/// The responses for an id and the expected results.
struct Expectation {
    scenario: Scenario,
    for_wait: &'static str,
    for_get: Vec<&'static str>,
}

fn random_expectation(faults: &[(Step, &'static str, bool)]) -> Expectation {
    let mut expectation =
        Expectation { scenario: generating().times(0).into(), for_wait: "task", for_get: vec!["task"] };
    for _ in 0..fastrand::usize(..4) {
        let (step, kind, continues) = faults[fastrand::usize(..faults.len())].clone();
        expectation.scenario = expectation.scenario.then(step);
        expectation.for_get.push(kind);
        if !continues {
            // A permanent failure ends the call; a later call gets the task.
            expectation.for_wait = kind;
            break;
        }
    }
    expectation.scenario = expectation.scenario.then(success());
    expectation
}

fn result_name(outcome: &Result<Task, Error>) -> &'static str {
    outcome.as_ref().map_or_else(|error| error.kind().as_str(), |_| "task")
}

/// The resident memory of this process, in KiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().trim_end_matches(" kB").parse().ok()
}

fn open_files() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

/// One round: every id gets a new scenario and is requested by one of the verbs. Returns the number of results.
/// The server knows no other ids, which bounds its memory.
async fn round(client: &Client, server: &MockServer, waits: bool, is_throttled: bool, ids: usize) -> usize {
    let faults = faults();
    let (count, faults) =
        if is_throttled { (THROTTLED_IDS, &faults[..]) } else { (ids, &faults[..faults.len() - THROTTLING]) };
    let mut expectations: HashMap<String, Expectation> =
        (0..count).map(|n| (format!("id-{n}"), random_expectation(faults))).collect();
    for (id, expectation) in &expectations {
        server.set_scenario(id, expectation.scenario.clone());
    }
    let ids: Vec<_> = expectations.keys().cloned().collect();
    let (batch, single) = ids.split_at(count - 20);
    let mut results = if waits {
        client.wait_all(batch.to_vec()).timeout(DAY).max_in_flight(256).stream()
    } else {
        client.get_all(batch.to_vec()).timeout(DAY).max_in_flight(256).stream()
    };
    let mut finished = 0;
    while let Some((id, outcome)) = results.next().await {
        let expectation = expectations.remove(&id).unwrap_or_else(|| panic!("{id} has a second result"));
        let result_name = result_name(&outcome);
        let is_expected =
            if waits { result_name == expectation.for_wait } else { expectation.for_get.contains(&result_name) };
        assert!(is_expected, "{id} has the result {result_name}: {:?}", expectation.scenario);
        finished += 1;
    }
    for id in single {
        let expectation = expectations.remove(id).expect("the id has no result yet");
        let result_name = result_name(&client.wait(id).timeout(DAY).await);
        assert_eq!(result_name, expectation.for_wait, "{id}: {:?}", expectation.scenario);
        finished += 1;
    }
    assert!(expectations.is_empty(), "{} ids without a result", expectations.len());
    // Calls that are dropped before they end.
    let mut dropped = client.wait_all((0..50).map(|n| format!("endless-{n}"))).timeout(DAY * 365).stream();
    let limit = Duration::from_millis(fastrand::u64(..5));
    drop(tokio::time::timeout(limit, dropped.next()).await);
    drop(tokio::time::timeout(limit, client.wait("endless-0").timeout(DAY * 365).into_future()).await);
    finished
}

/// Runs at least eight rounds of `ids` ids, and rounds of random kinds until `time` is over.
fn soak(ids: usize, time: Duration) {
    let endless = generating().delay(Duration::from_millis(1));
    let builder = (0..50).fold(MockServer::builder().log(false).demos(false), |builder, n| {
        builder.task(format!("endless-{n}"), endless.clone())
    });
    let server = builder.start().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let tasks = runtime.metrics();
    let clock = JumpingClock(Instant::now(), Arc::default());
    let client = Client::builder().api_key(KEY).base_url(server.base_url()).clock(clock).build().unwrap();
    let (begin, mut finished, mut warm) = (Instant::now(), 0, None);
    for number in 0.. {
        if number >= 2 * KINDS && begin.elapsed() >= time {
            break;
        }
        if warm.is_none() && number >= KINDS && begin.elapsed() >= time / 4 {
            warm = Some((memory(), open_files()));
        }
        let waits = if number < 2 * KINDS { number % 2 == 0 } else { fastrand::bool() };
        let is_throttled = if number < 2 * KINDS { number % KINDS < 2 } else { fastrand::u8(..10) == 0 };
        finished += runtime.block_on(round(&client, &server, waits, is_throttled, ids));
    }
    let (warm, end) = (warm.unwrap_or_default(), (memory(), open_files()));
    println!("{finished} results in {:?}; memory in KiB and open files: {warm:?}, then {end:?}", begin.elapsed());
    assert!(finished >= 8 * THROTTLED_IDS);
    if let (Some(before), Some(after)) = (warm.0, end.0) {
        assert!(after < before + before / 4 + 4096, "memory grew from {before} to {after} KiB");
    }
    if let (Some(before), Some(after)) = (warm.1, end.1) {
        // Client and server sockets of the pools, whose size varies.
        assert!(after <= before + 520, "open files grew from {before} to {after}");
    }
    drop(client);
    let since = Instant::now();
    while tasks.num_alive_tasks() > 0 {
        assert!(since.elapsed() < Duration::from_secs(20), "{} tokio tasks still run", tasks.num_alive_tasks());
        std::thread::yield_now();
    }
    let before = server.request_count("endless-0");
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(server.request_count("endless-0"), before, "no request is sent after the client is dropped");
    drop((server, runtime));
    assert!(open_files().is_none_or(|files| files < 30), "{:?} files are still open", open_files());
}

#[test]
fn rounds_of_faults_leak_nothing() {
    soak(300, Duration::ZERO);
}

#[test]
#[ignore = "takes a minute or MIDAPI_SOAK_SECONDS; the quick test runs eight rounds, .ci/run runs this one"]
fn long_run_of_faults_leaks_nothing() {
    let seconds = std::env::var("MIDAPI_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    soak(2000, Duration::from_secs(seconds));
}
