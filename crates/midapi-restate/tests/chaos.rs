//! Random interruptions of workers and of a real Restate server. `.ci/run` runs a minute of them. These commands start
//! a longer run, and the test of the rate that four workers share:
//!
//! ```sh
//! MIDAPI_CHAOS_INTERRUPTIONS=1000 cargo test -p midapi-restate --test chaos -- --ignored --nocapture survive
//! cargo test -p midapi-restate --test chaos -- --ignored --nocapture share
//! ```

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use midapi_mock::{MockServer, code, failed, generating, status, success};
use midapi_restate::restate_sdk::prelude::*;
use midapi_restate::{AccountChange, Outcome, WaitOptions};

use support::{
    RestateServer, StallMonitor, WorkerProcess, account, assert_rate, assert_rate_despite, id, run_worker_process,
};

/// The rate in polls per second. The tasks need more polls than that, so the rate limits them all the time.
const RATE: f64 = 10.0;
/// The number of workers, each with an address of its own.
const WORKERS: usize = 2;

/// The worker that the other tests of this file start as a separate process. Does nothing otherwise.
#[tokio::test]
async fn worker_process() {
    run_worker_process().await;
}

/// The invocations that received the outcome of each task.
type Received = Arc<Mutex<HashMap<String, HashSet<String>>>>;

/// A handler of outcomes.
struct Gallery(Received);

#[restate_sdk::service(name = "Gallery", client_visibility = "pub(crate)")]
impl Gallery {
    #[allow(clippy::unused_async, reason = "a handler is async")]
    #[handler]
    async fn add(&self, ctx: Context<'_>, outcome: Json<Outcome>) -> HandlerResult<()> {
        let id = outcome.into_inner().json()["id"].as_str().unwrap_or_default().to_owned();
        self.0.lock().unwrap().entry(id).or_default().insert(ctx.invocation_id().to_owned());
        Ok(())
    }
}

async fn start_gallery(received: &Received) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let endpoint = Endpoint::builder().bind(Gallery(Arc::clone(received))).build();
    tokio::spawn(HttpServer::new(endpoint).serve_with_cancel(listener, std::future::pending::<()>()));
    url
}

#[allow(clippy::too_many_lines, reason = "one scenario from start to end")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a minute of real time or more; .ci/run runs it"]
async fn tasks_survive_random_interruptions() {
    let Some(mut server) = RestateServer::start().await else { return };
    let interruptions: u64 =
        std::env::var("MIDAPI_CHAOS_INTERRUPTIONS").map_or(16, |count| count.parse().expect("a number"));
    let seed = std::env::var("MIDAPI_CHAOS_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("MIDAPI_CHAOS_SEED={seed} MIDAPI_CHAOS_INTERRUPTIONS={interruptions}");
    let mut random = fastrand::Rng::with_seed(seed);

    // Each interruption takes about two seconds, in which the tasks together poll twenty times.
    let count = 72;
    let polls = 4 + usize::try_from(interruptions).unwrap() / 5;
    let names: Vec<_> = (0..count).map(|number| format!("task-{number}")).collect();
    let mut mock = MockServer::builder();
    // The number of polls that each task needs. After each response except the last one, the wait continues.
    let mut needed = HashMap::new();
    for (number, name) in names.iter().enumerate() {
        let (steps, more) = match number % 20 {
            0 => (
                generating()
                    .times(2)
                    .then(status(429).retry_after("2"))
                    .then(generating().times(polls))
                    .then(success()),
                4,
            ),
            1 => (generating().then(code(401, "no access")).then(generating().times(polls)).then(success()), 3),
            2 => (generating().times(polls).then(failed()), 1),
            _ => (generating().times(polls).then(success()), 1),
        };
        needed.insert(name.clone(), polls + more);
        mock = mock.task(name, steps);
    }
    let mock = mock.start().unwrap();
    let ports: Vec<u16> = (0..WORKERS).map(|_| support::free_port()).collect();
    // A balancer in front of the workers skips a worker that is down.
    let balancer = support::start_balancer(ports.clone()).await;
    let mut workers: Vec<_> = ports.iter().map(|port| WorkerProcess::start(&mock, *port)).collect();
    server.register(&balancer).await;
    let received = Received::default();
    server.register(&start_gallery(&received).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let change = AccountChange { rate: Some(RATE), ..AccountChange::default() };
    ingress.configure(&default, change).await.unwrap();
    let options = WaitOptions::default().interval(Duration::from_secs(2)).then("Gallery/add");
    let submissions = stream::iter(&names).map(|name| {
        let (ingress, default, options) = (ingress.clone(), default.clone(), options.clone());
        async move { ingress.submit(&default, &id(name), &options).await.unwrap() }
    });
    submissions.buffer_unordered(16).collect::<Vec<_>>().await;
    // Any machine can wait; connections are lost whenever the server is killed.
    let waits = names.iter().map(|name| {
        let (ingress, default, name) = (ingress.clone(), default.clone(), name.clone());
        tokio::spawn(async move { (name.clone(), ingress.wait(&default, &id(&name), None).await) })
    });
    let waits: Vec<_> = waits.collect();

    let (start, stalls) = (Instant::now(), StallMonitor::start());
    let (mut counts, mut slowest) = ([0; 4], Duration::ZERO);
    for _ in 0..interruptions {
        tokio::time::sleep(Duration::from_millis(random.u64(200..1500))).await;
        let victim = random.usize(..WORKERS);
        let kind = [0, 0, 0, 1, 1, 2, 3][random.usize(..7)];
        counts[kind] += 1;
        match kind {
            0 => {
                workers[victim].kill();
                tokio::time::sleep(Duration::from_millis(random.u64(0..1000))).await;
                workers[victim] = WorkerProcess::start(&mock, ports[victim]);
            }
            1 => {
                workers[victim].signal("-STOP");
                tokio::time::sleep(Duration::from_millis(random.u64(100..2000))).await;
                workers[victim].signal("-CONT");
            }
            2 => server.restart().await,
            _ => {
                workers.iter_mut().for_each(WorkerProcess::kill);
                tokio::time::sleep(Duration::from_millis(random.u64(0..2000))).await;
                workers = ports.iter().map(|port| WorkerProcess::start(&mock, *port)).collect();
            }
        }
        // The account is resumed after rejections of the key.
        let change = AccountChange { resume: true, ..AccountChange::default() };
        let (resume, begin) = (ingress.configure(&default, change), Instant::now());
        if tokio::time::timeout(Duration::from_secs(30), resume).await.is_err() {
            let running = "SELECT target, status, retry_count, last_failure, next_retry_at, modified_at \
                           FROM sys_invocation WHERE status <> 'completed' AND target_service_name = 'MidapiAccount'";
            panic!("the account does not respond: {:#}", server.query(running).await);
        }
        slowest = slowest.max(begin.elapsed());
    }
    println!("the account responded within {slowest:.1?} after each interruption");
    println!(
        "{counts:?} kills, pauses, restarts of the server, kills of all in {:.0} s",
        start.elapsed().as_secs_f64()
    );

    let resume = tokio::spawn({
        let (ingress, default) = (ingress.clone(), default.clone());
        async move {
            loop {
                let change = AccountChange { resume: true, ..AccountChange::default() };
                ingress.configure(&default, change).await.ok();
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    });
    let mut outcomes = HashMap::new();
    for mut wait in waits {
        // After many interruptions, many polls are left. A task is lost if no poll is made any more.
        let (name, outcome) = loop {
            let polls = mock.requests().len();
            match tokio::time::timeout(Duration::from_mins(1), &mut wait).await {
                Ok(ended) => break ended.unwrap(),
                Err(_) => assert!(mock.requests().len() > polls, "no poll for a minute: a task is lost"),
            }
        };
        assert!(outcomes.insert(name, outcome.unwrap()).is_none());
    }
    resume.abort();
    let mut extra = 0;
    for (number, name) in names.iter().enumerate() {
        let outcome = &outcomes[name];
        let expected = if number % 20 == 2 { "failed" } else { "success" };
        assert_eq!(
            (outcome.is_final(), outcome.json()["status"].as_str()),
            (true, Some(expected)),
            "{name}: {outcome:?}"
        );
        let polls = mock.request_count(name);
        assert!(polls >= needed[name], "{name}: {polls} polls of {}", needed[name]);
        // A poll that a worker had sent when it was killed is made again.
        extra += polls - needed[name];
    }
    let total = mock.requests().len();
    println!("{count} tasks, {total} polls, {extra} extra, {:.0} s", start.elapsed().as_secs_f64());
    assert!(u64::try_from(extra).unwrap() <= interruptions, "at most one extra poll for each interruption");
    println!("the machine stood still for at most {:?}", stalls.longest());
    let times = assert_rate_despite(&mock, RATE, stalls.longest());
    let used = f64::from(u32::try_from(times.len()).unwrap()) / times.last().unwrap();
    println!("{used:.1} polls/s of {RATE}, the interruptions included");
    for _ in 0..100 {
        if received.lock().unwrap().len() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let received = received.lock().unwrap();
    assert_eq!(received.len(), count, "each outcome is received");
    for (name, invocations) in received.iter() {
        assert_eq!(invocations.len(), 1, "{name} is received once");
    }
}

/// Several workers share one rate without interruptions, and use it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "30 s of real time, and it measures a rate that other work on the machine lowers; by hand, with the command above"]
async fn workers_share_one_rate() {
    const SHARED_RATE: f64 = 20.0;
    let Some(server) = RestateServer::start().await else { return };
    let mock = MockServer::builder().fallback(generating()).start().unwrap();
    let ports: Vec<u16> = (0..4).map(|_| support::free_port()).collect();
    let _workers: Vec<_> = ports.iter().map(|port| WorkerProcess::start(&mock, *port)).collect();
    server.register(&support::start_balancer(ports).await).await;
    let (ingress, default) = (server.ingress(), account("default"));
    let change = AccountChange { rate: Some(SHARED_RATE), ..AccountChange::default() };
    ingress.configure(&default, change).await.unwrap();
    let options = WaitOptions::default().interval(Duration::from_secs(2));
    for number in 0..80 {
        ingress.submit(&default, &id(&format!("task-{number}")), &options).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(25)).await;
    let times = assert_rate(&mock, SHARED_RATE);
    let window = times.iter().filter(|time| (5.0..25.0).contains(*time)).count();
    let used = f64::from(u32::try_from(window).unwrap()) / 20.0;
    println!("{used:.1} polls/s of {SHARED_RATE}");
    assert!(used >= 0.95 * SHARED_RATE, "{used:.1} polls/s of {SHARED_RATE}");
}
