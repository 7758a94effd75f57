//! A large wait against a server that mixes all transient faults: no id is lost, and no wait ends before its task does.

mod support;

use std::collections::BTreeMap;

use midapi_mock::{MockServer, Scenario, Step, code, failed, generating, html, not_found, raw, reset, success};
use support::{Finished, midapi_with};

/// The faults that give no information about the task.
fn transient_faults() -> Vec<Step> {
    vec![
        html(502),
        html(529),
        code(503, "overloaded"),
        raw("<html>a portal</html>"),
        raw(""),
        success().truncate_after(40),
        html(404),
        html(410),
        raw("not gzip").content_encoding("gzip"),
        reset(),
        raw(r#"{"code":"200","data":{"successFlag":"0"}}"#),
    ]
}

/// A random scenario, and its final status or error kind.
fn scenario(random: &mut fastrand::Rng) -> (Scenario, &'static str) {
    let faults = transient_faults();
    let mut scenario = Scenario::from(generating());
    for _ in 0..random.usize(0..4) {
        scenario = scenario.then(faults[random.usize(0..faults.len())].clone());
    }
    match random.usize(0..10) {
        0 => (scenario.then(failed()), "failed"),
        1 => (scenario.then(not_found()), "not_found"),
        2 => (scenario.then(raw(r#"{"code":200.0,"data":{"successFlag":"1"}}"#)), "success"),
        _ => (scenario.then(success()), "success"),
    }
}

#[test]
fn mixed_faults_lose_no_id() {
    // MIDAPI_MIXED_IDS sets the number of ids, such as 5000. MIDAPI_MIXED_SEED repeats a run with its printed seed.
    let seed = std::env::var("MIDAPI_MIXED_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    println!("MIDAPI_MIXED_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let count = std::env::var("MIDAPI_MIXED_IDS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let plans: BTreeMap<_, _> = (0..count).map(|number| (format!("id-{number}"), scenario(&mut random))).collect();
    let add = |server: midapi_mock::MockBuilder, (id, (scenario, _)): (&String, &(Scenario, &str))| {
        server.task(id.clone(), scenario.clone())
    };
    let server = plans.iter().fold(MockServer::builder(), add).start().unwrap();
    let input = plans.keys().cloned().collect::<Vec<_>>().join("\n");
    let folder = tempfile::tempdir().unwrap();
    let pending = folder.path().join("pending.txt");
    let arguments = ["wait", "-", "--json", "--interval", "0.1", "--timeout", "5m", "--pending-to"];
    let arguments = [&arguments[..], &[pending.to_str().unwrap()]].concat();
    let ran = Finished::run_with_input(&mut midapi_with(&server, &arguments), input.as_bytes());

    let mut results = BTreeMap::new();
    for line in ran.lines() {
        let id = line["id"].as_str().unwrap().to_owned();
        let status = line["status"].as_str().or_else(|| line["error"]["kind"].as_str()).unwrap().to_owned();
        assert!(results.insert(id.clone(), status).is_none(), "{id} has two results");
    }
    let expected: BTreeMap<_, _> = plans.iter().map(|(id, (_, end))| (id.clone(), (*end).to_owned())).collect();
    assert_eq!(results, expected, "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&pending).unwrap(), "", "every task has ended");
    let failures = expected.values().filter(|end| *end != "success").count();
    let summary = format!("{} done, {} failed, 0 pending", group(count - failures), group(failures));
    assert!(ran.err.contains(&summary), "{summary} is not in {}", ran.err);
}

/// Groups the digits of a number below a million.
fn group(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}
