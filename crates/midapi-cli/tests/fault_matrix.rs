//! Tests each combination of fault, verb and client, with a fault that occurs once and one that always occurs: the
//! outcome, the number of requests, and the time.

#[path = "matrix/clients.rs"]
mod clients;
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clients::{CLIENTS, MatrixClient, Occurs, RETRIES, Request, Verb};
use midapi_mock::{MockServer, Step, code, failed, flag, generation_failed, html, not_found, reset, status, success};
use midapi_testkit::{Next, rows};

/// The effect of a response on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The call ends: with "task", or with the kind of its error.
    Ends(&'static str),
    /// The call continues. A `get` without retries left ends with this kind.
    Continues(&'static str),
}

use Effect::{Continues, Ends};

struct Fault {
    why: String,
    response: Step,
    effect_on_get: Effect,
    effect_on_wait: Effect,
    /// The pause that the server requests.
    pause: Duration,
    /// Whether no complete response arrives within the time limit of an attempt.
    is_silent: bool,
    /// Whether the fault is tried through the command, which starts a process for each case.
    is_for_command: bool,
}

fn faults() -> Vec<Fault> {
    let fault = |why: &str, response, effect_on_get, effect_on_wait, is_for_command| {
        let (why, pause) = (why.to_owned(), Duration::ZERO);
        Fault { why, response, effect_on_get, effect_on_wait, pause, is_silent: false, is_for_command }
    };
    let mut faults: Vec<_> = rows()
        .into_iter()
        .filter(|row| !row.kind.is_empty())
        .map(|row| {
            let (for_get, for_wait) = match row.next {
                Next::End => (Ends(row.kind), Ends(row.kind)),
                Next::Retry | Next::RetryOnce => (Continues(row.kind), Continues(row.kind)),
                Next::PollAgain => (Ends(row.kind), Continues(row.kind)),
            };
            fault(&format!("{} {:?}", row.name, row.http_status), row.response, for_get, for_wait, false)
        })
        .collect();
    let for_command = [
        ("reset connection", reset(), Continues("transport")),
        ("HTTP 429 without an envelope", html(429), Continues("rate_limited")),
        ("HTTP 502 of a gateway", html(502), Continues("server")),
        ("code 455", code(455, "maintenance"), Continues("unavailable")),
        ("code 402", code(402, "no credits"), Ends("credits")),
        ("unknown id", not_found(), Ends("not_found")),
    ];
    faults.extend(for_command.map(|(why, response, effect)| fault(why, response, effect, effect, true)));
    faults.push(fault("flag 2", failed(), Ends("task"), Ends("task_failed"), false));
    faults.push(fault("flag 3", generation_failed(), Ends("task"), Ends("task_failed"), true));
    faults.push(fault("unknown flag", flag(9), Ends("task"), Continues(""), true));
    for (code, kind) in [(429, "rate_limited"), (503, "unavailable")] {
        let effect = Continues(kind);
        let mut fault = fault("Retry-After", status(code).retry_after("0.25"), effect, effect, true);
        fault.pause = Duration::from_millis(250);
        faults.push(fault);
    }
    let effect = Continues("transport");
    for response in [success().delay(Duration::from_mins(1)), success().byte_interval(Duration::from_millis(300))] {
        let mut fault = fault("no complete response in time", response, effect, effect, false);
        fault.is_silent = true;
        faults.push(fault);
    }
    faults
}

/// The expected outcome, and the number of requests for the id.
fn expected_outcome(
    fault: &Fault,
    verb: Verb,
    occurs: Occurs,
    client: &dyn MatrixClient,
) -> (&'static str, std::ops::RangeInclusive<usize>) {
    let effect = if verb.waits() { fault.effect_on_wait } else { fault.effect_on_get };
    match (effect, occurs) {
        (Ends(outcome), _) => (outcome, 1..=1),
        (Continues(_), Occurs::Once) => ("task", 2..=2),
        (Continues(_), Occurs::Always) if verb.waits() => {
            let times = client.wait_times(occurs);
            // ±10 % of jitter, and the polls at both ends.
            let intervals = times.timeout.div_duration_f64(times.interval * 9 / 10);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
            let most = intervals as usize + 2;
            ("deadline", 2..=most)
        }
        (Continues(kind), Occurs::Always) => (kind, 1 + RETRIES as usize..=1 + RETRIES as usize),
    }
}

/// The shortest and the longest time on the injected clock.
fn expected_time(fault: &Fault, verb: Verb, occurs: Occurs, client: &dyn MatrixClient) -> (Duration, Duration) {
    // The first backoff is 250 ms with the random numbers of the tests. A reduced rate may take some seconds.
    const SLACK: Duration = Duration::from_secs(4);
    let effect = if verb.waits() { fault.effect_on_wait } else { fault.effect_on_get };
    let times = client.wait_times(occurs);
    match (effect, occurs) {
        (Ends(_), _) => (Duration::ZERO, Duration::ZERO),
        (Continues(_), Occurs::Once) if verb.waits() => (times.interval, times.interval + SLACK),
        (Continues(_), Occurs::Always) if verb.waits() => (times.timeout, times.timeout),
        (Continues(_), _) => (fault.pause.max(Duration::from_millis(250)), fault.pause + SLACK),
    }
}

fn try_fault(fault: &Fault, client: &dyn MatrixClient) -> usize {
    let server = MockServer::builder().demos(false).start().unwrap();
    let mut tried = 0;
    for verb in Verb::ALL {
        for occurs in [Occurs::Once, Occurs::Always] {
            let case = format!("{} × {verb:?} × {occurs:?} × {}", fault.why, client.name());
            let names: &[&str] = if verb.takes_many() { &["before", "faulty", "after"] } else { &["faulty"] };
            // A rejected key or an empty account stops a batch, so that other ids may have no result.
            let stops = matches!(fault.effect_on_get, Ends("auth" | "credits"));
            let names = if stops { &["faulty"] } else { names };
            let ids: Vec<_> = names.iter().map(|name| format!("{verb:?}-{occurs:?}-{name}")).collect();
            for (id, name) in ids.iter().zip(names) {
                match (*name, occurs) {
                    ("faulty", Occurs::Once) => server.set_scenario(id, fault.response.clone().then(success())),
                    ("faulty", Occurs::Always) => server.set_scenario(id, fault.response.clone()),
                    _ => server.set_scenario(id, success()),
                }
            }
            let start = Instant::now();
            let request = Request { verb, occurs, ids: &ids, is_silent: fault.is_silent };
            let observed = client.request(&server, &request);
            let elapsed = start.elapsed();

            let mut outcomes = observed.outcomes;
            outcomes.sort();
            let (outcome, requests) = expected_outcome(fault, verb, occurs, client);
            let mut all: Vec<_> = ids
                .iter()
                .map(|id| (id.clone(), if id.ends_with("faulty") { outcome.to_owned() } else { "task".to_owned() }))
                .collect();
            all.sort();
            assert_eq!(outcomes, all, "{case}");
            for id in &ids {
                let sent = server.request_count(id);
                let is_right = if id.ends_with("faulty") { requests.contains(&sent) } else { sent == 1 };
                assert!(is_right, "{case}: {sent} requests for {id}, not {requests:?}");
            }
            if let Some(clock) = observed.clock {
                let (least, most) = expected_time(fault, verb, occurs, client);
                assert!((least..=most).contains(&clock), "{case}: {clock:?} on the clock, not {least:?} to {most:?}");
            }
            assert!(elapsed < Duration::from_mins(1), "{case}: {elapsed:?}");
            tried += 1;
        }
    }
    tried
}

#[test]
fn faults_have_the_same_effect_everywhere() {
    let faults = faults();
    assert_eq!(faults.iter().filter(|fault| fault.is_for_command).count(), 10, "ten faults through the command");
    let mut pairs: Vec<_> = CLIENTS
        .iter()
        .flat_map(|client| faults.iter().map(move |fault| (*client, fault)))
        .filter(|(client, fault)| !client.is_command() || fault.is_for_command)
        .collect();
    // The slowest cases first, so that they do not run alone at the end.
    pairs.sort_by_key(|(_, fault)| {
        (!fault.is_silent, !matches!(fault.effect_on_get, Continues("rate_limited" | "unavailable")))
    });
    // Processes sleep most of the time, so there are more threads than cores.
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some((client, fault)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tried.fetch_add(try_fault(fault, *client), Ordering::Relaxed);
                }
            });
        }
    });
    let for_sdk = (CLIENTS.len() - 1) * faults.len();
    assert_eq!(tried.into_inner(), (for_sdk + 10) * Verb::ALL.len() * 2, "every case was tried");
}
