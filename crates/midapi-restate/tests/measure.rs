//! Measurements for docs/durable.md. They are run by hand:
//!
//! ```sh
//! cargo build --release -p midapi-cli --features restate
//! MIDAPI_MEASURED_WORKER=$PWD/target/release/midapi cargo test -p midapi-restate --test measure -- --ignored --nocapture --test-threads 1
//! ```

mod support;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use midapi_mock::{MockServer, generating};
use midapi_restate::{AccountChange, Ingress, WaitOptions};

use support::{RestateServer, WorkerProcess, account, assert_rate, free_port, id, run_worker_process, start_balancer};

/// The worker that the other tests of this file start as a separate process. Does nothing otherwise.
#[tokio::test]
async fn worker_process() {
    run_worker_process().await;
}

struct Setup {
    server: RestateServer,
    mock: MockServer,
    ports: Vec<u16>,
    workers: Vec<WorkerProcess>,
}

async fn set_up(worker_count: usize, rate: f64) -> Option<Setup> {
    let server = RestateServer::start().await?;
    let mock = MockServer::builder().fallback(generating()).start().unwrap();
    let ports: Vec<_> = (0..worker_count).map(|_| free_port()).collect();
    let workers = ports.iter().map(|port| WorkerProcess::start(&mock, *port)).collect();
    server.register(&start_balancer(ports.clone()).await).await;
    let change = AccountChange { rate: Some(rate), ..AccountChange::default() };
    server.ingress().configure(&account("default"), change).await.unwrap();
    Some(Setup { server, mock, ports, workers })
}

/// Submits tasks, and returns the number of submissions per second.
async fn submit(ingress: &Ingress, count: usize, options: &WaitOptions) -> f64 {
    let start = Instant::now();
    let submissions = stream::iter(0..count).map(|number| async move {
        ingress.submit(&account("default"), &id(&format!("task-{number}")), options).await.unwrap()
    });
    submissions.buffer_unordered(64).for_each(|_| std::future::ready(())).await;
    per_second(count, start.elapsed())
}

fn per_second(count: usize, elapsed: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / elapsed.as_secs_f64()
}

/// The processor time of a process, in seconds.
fn processor_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    let ticks: f64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// The resident memory of a process, in MB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn disk(dir: &Path) -> String {
    let output = Command::new("du").arg("-sh").arg(dir).output().unwrap();
    String::from_utf8_lossy(&output.stdout).split('\t').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute and a half of real time; it only prints figures of a release build for docs/durable.md; by hand"]
async fn polls_per_second() {
    for worker_count in [1, 2, 4] {
        let Some(Setup { server, mock, workers, .. }) = set_up(worker_count, 5000.0).await else { return };
        let options = WaitOptions::default().interval(Duration::from_secs(2));
        let submissions = submit(&server.ingress(), 2000, &options).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        let server_pid = server.pid().unwrap();
        let processor = || workers.iter().map(|worker| processor_seconds(worker.0.id())).sum::<f64>();
        let (before, before_server, polls) = (processor(), processor_seconds(server_pid), mock.requests().len());
        let start = Instant::now();
        tokio::time::sleep(Duration::from_secs(15)).await;
        let polls = mock.requests().len() - polls;
        let each = |seconds: f64| seconds * 1000.0 / f64::from(u32::try_from(polls).unwrap());
        println!(
            "{worker_count} workers: {:.0} polls/s; per poll {:.1} ms of the server, {:.1} ms of the workers; {submissions:.0} submissions/s; memory {} MB server, {} MB worker",
            per_second(polls, start.elapsed()),
            each(processor_seconds(server_pid) - before_server),
            each(processor() - before),
            memory(server_pid),
            memory(workers[0].0.id()),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of real time; its figures for docs/durable.md need a release build; by hand"]
async fn recovery_after_a_kill() {
    let Some(mut setup) = set_up(1, 60.0).await else { return };
    let options = WaitOptions::default().interval(Duration::from_secs(2));
    submit(&setup.server.ingress(), 100, &options).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    for (what, with_server) in [("worker", false), ("worker", false), ("worker and server", true)] {
        setup.workers[0].kill();
        tokio::time::sleep(Duration::from_secs(3)).await;
        if with_server {
            setup.server.restart().await;
        }
        let polls = setup.mock.requests().len();
        setup.workers[0] = WorkerProcess::start(&setup.mock, setup.ports[0]);
        let start = Instant::now();
        while setup.mock.requests().len() == polls {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        println!("{what} killed: the next poll {:.2} s after the worker is back", start.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert_rate(&setup.mock, 60.0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of real time; its figures for docs/durable.md need a release build; by hand"]
async fn many_waiting_tasks() {
    let count = std::env::var("MIDAPI_MEASURED_TASKS").map_or(10_000, |count| count.parse().unwrap());
    let rate = 50.0;
    let Some(mut setup) = set_up(2, rate).await else { return };
    let submissions = submit(&setup.server.ingress(), count, &WaitOptions::default()).await;
    let report = |setup: &Setup, what: &str, polls: usize, elapsed: Duration| {
        println!(
            "{what}: {:.1} polls/s of {rate}; memory {} MB server, {} MB worker; disk {}",
            per_second(polls, elapsed),
            memory(setup.server.pid().unwrap()),
            memory(setup.workers[0].0.id()),
            disk(setup.server.data_dir()),
        );
    };
    println!("{count} tasks: {submissions:.0} submissions/s");
    tokio::time::sleep(Duration::from_secs(20)).await;
    for what in ["before", "after the restart"] {
        let (start, polls) = (Instant::now(), setup.mock.requests().len());
        tokio::time::sleep(Duration::from_mins(1)).await;
        report(&setup, what, setup.mock.requests().len() - polls, start.elapsed());
        if what == "before" {
            let start = Instant::now();
            let polls = setup.mock.requests().len();
            setup.server.restart().await;
            while setup.mock.requests().len() < polls + 20 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            println!("restart of the server: polling again after {:.1} s", start.elapsed().as_secs_f64());
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
    let rows = setup
        .server
        .query(
            "SELECT count(*) AS count FROM sys_invocation WHERE target_handler_name = 'run' AND status <> 'completed'",
        )
        .await;
    println!("waiting: {rows}");
    assert_rate(&setup.mock, rate);
}
