//! Each fault × each verb × each way in, once and for ever: what it comes to, what the server sees of it, and how long it takes.

#[allow(dead_code, reason = "the matrix has expectations of its own for some columns")]
#[path = "../../midapi/tests/rows/mod.rs"]
mod rows;
mod support;
#[path = "matrix/ways.rs"]
mod ways;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use midapi_mock::{MockServer, Step, failed, flag, generation_failed, status, success};
use ways::{RETRIES, Verb, WAYS, Way};

/// What a look with a fault means for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// It ends there: "task", or the kind of its error.
    Ends(&'static str),
    /// It is asked again; a `get` that may not ends with this kind.
    GoesOn(&'static str),
}

use Means::{Ends, GoesOn};

struct Fault {
    why: String,
    answer: Step,
    for_get: Means,
    for_wait: Means,
    /// What the server asks to wait.
    pause: Duration,
    /// No answer comes within the time for an attempt.
    silent: bool,
}

fn faults() -> Vec<Fault> {
    let fault = |why: &str, answer, for_get, for_wait| {
        let why = why.to_owned();
        Fault { why, answer, for_get, for_wait, pause: Duration::ZERO, silent: false }
    };
    let mut faults: Vec<_> = rows::rows()
        .into_iter()
        .filter(|row| !row.kind.is_empty())
        .map(|row| {
            let means = if row.retried { GoesOn(row.kind) } else { Ends(row.kind) };
            fault(&format!("{} {:?}", row.why, row.http_status), row.answer, means, means)
        })
        .collect();
    faults.push(fault("flag 2", failed(), Ends("task"), Ends("task_failed")));
    faults.push(fault("flag 3", generation_failed(), Ends("task"), Ends("task_failed")));
    faults.push(fault("a flag that nobody knows", flag(9), Ends("task"), GoesOn("")));
    for (code, kind) in [(429, "rate_limited"), (503, "unavailable")] {
        let means = GoesOn(kind);
        let mut fault = fault("a hint how long to wait", status(code).retry_after("0.25"), means, means);
        fault.pause = Duration::from_millis(250);
        faults.push(fault);
    }
    let means = GoesOn("transport");
    for answer in [success().delay(Duration::from_mins(1)), success().byte_interval(Duration::from_millis(300))] {
        let mut fault = fault("no whole answer in time", answer, means, means);
        fault.silent = true;
        faults.push(fault);
    }
    faults
}

/// How often a fault comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comes {
    Once,
    ForEver,
}

/// What has to come of it: the word, and the looks at the id.
fn expected(fault: &Fault, verb: Verb, comes: Comes, way: &dyn Way) -> (&'static str, std::ops::RangeInclusive<usize>) {
    let means = if verb.waits() { fault.for_wait } else { fault.for_get };
    match (means, comes) {
        (Ends(word), _) => (word, 1..=1),
        (GoesOn(_), Comes::Once) => ("task", 2..=2),
        (GoesOn(_), Comes::ForEver) if verb.waits() => {
            let patience = way.patience();
            // ±10 % of jitter, and the looks at both ends.
            let most = patience.timeout.div_duration_f64(patience.interval * 9 / 10);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful")]
            let most = most as usize + 2;
            ("deadline", 2..=most)
        }
        (GoesOn(kind), Comes::ForEver) => (kind, 1 + RETRIES as usize..=1 + RETRIES as usize),
    }
}

/// The least and the most that may pass on the injected clock.
fn time(fault: &Fault, verb: Verb, comes: Comes, way: &dyn Way) -> (Duration, Duration) {
    // The first back-off is 250 ms with the rng of the tests; being slowed down may take some seconds.
    const SLACK: Duration = Duration::from_secs(4);
    let means = if verb.waits() { fault.for_wait } else { fault.for_get };
    match (means, comes) {
        (Ends(_), _) => (Duration::ZERO, Duration::ZERO),
        (GoesOn(_), Comes::Once) if verb.waits() => (way.patience().interval, way.patience().interval + SLACK),
        (GoesOn(_), Comes::ForEver) if verb.waits() => (way.patience().timeout, way.patience().timeout),
        (GoesOn(_), _) => (fault.pause.max(Duration::from_millis(250)), fault.pause + SLACK),
    }
}

fn try_fault(fault: &Fault, way: &dyn Way) -> usize {
    let server = MockServer::builder().demos(false).start().unwrap();
    let mut tried = 0;
    for verb in Verb::ALL {
        for comes in [Comes::Once, Comes::ForEver] {
            let case = format!("{} × {verb:?} × {comes:?} × {}", fault.why, way.name());
            let names: &[&str] = if verb.takes_many() { &["before", "faulty", "after"] } else { &["faulty"] };
            let ids: Vec<_> = names.iter().map(|name| format!("{verb:?}-{comes:?}-{name}")).collect();
            for (id, name) in ids.iter().zip(names) {
                match (*name, comes) {
                    ("faulty", Comes::Once) => server.set_scenario(id, fault.answer.clone().then(success())),
                    ("faulty", Comes::ForEver) => server.set_scenario(id, fault.answer.clone()),
                    _ => server.set_scenario(id, success()),
                }
            }
            let begin = Instant::now();
            let told = way.ask(&server, verb, &ids);
            let took = begin.elapsed();

            let mut answers = told.answers;
            answers.sort();
            let (word, looks) = expected(fault, verb, comes, way);
            let mut all: Vec<_> = ids
                .iter()
                .map(|id| (id.clone(), if id.ends_with("faulty") { word.to_owned() } else { "task".to_owned() }))
                .collect();
            all.sort();
            assert_eq!(answers, all, "{case}");
            for id in &ids {
                let seen = server.request_count(id);
                let right = if id.ends_with("faulty") { looks.contains(&seen) } else { seen == 1 };
                assert!(right, "{case}: {seen} looks at {id}, not {looks:?}");
            }
            if let Some(clock) = told.clock {
                let (least, most) = time(fault, verb, comes, way);
                assert!((least..=most).contains(&clock), "{case}: {clock:?} on the clock, not {least:?} to {most:?}");
            }
            assert!(took < Duration::from_secs(20), "{case}: {took:?}");
            tried += 1;
        }
    }
    tried
}

#[test]
fn every_fault_comes_to_the_same_whoever_asks() {
    let faults = faults();
    let mut pairs: Vec<_> = WAYS
        .iter()
        .flat_map(|way| faults.iter().map(move |fault| (*way, fault)))
        .filter(|(way, fault)| way.gives_up_on_silence() || !fault.silent)
        .collect();
    // What takes longest first, so that nobody waits for it at the end.
    pairs.sort_by_key(|(_, fault)| (!fault.silent, !matches!(fault.for_get, GoesOn("rate_limited" | "unavailable"))));
    // Most of the time goes by in sleeps of the command: more threads than cores.
    let (next, tried) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while let Some((way, fault)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tried.fetch_add(try_fault(fault, *way), Ordering::Relaxed);
                }
            });
        }
    });
    let all = WAYS.len() * faults.len() * Verb::ALL.len() * 2;
    let left_out = 2 * Verb::ALL.len() * 2;
    assert_eq!(tried.into_inner(), all - left_out, "all but the two silent faults through the command");
}
