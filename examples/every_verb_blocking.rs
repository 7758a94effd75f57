//! Uses every verb of the blocking client (`get`, `wait`, `get_all`, `wait_all` and `call`):
//! `cargo run -p midapi-examples --bin every_verb_blocking -- ID…`.

use std::time::Duration;

use midapi::blocking::Client;
use midapi::{Task, Update};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ids: Vec<String> = std::env::args().skip(1).collect();
    let id = ids.first().ok_or("usage: every_verb_blocking ID…")?;
    let client = Client::builder_from_env().on_retry(|retry| println!("on_retry: {}", retry.error)).build()?;
    let interval = Duration::from_millis(500);

    let task = client.get(id).timeout(Duration::from_secs(20)).max_retries(2).send()?;
    println!("get: {}", task.status());

    let task = client.wait(id).interval(interval).on_update(|task| println!("update: {}", task.status())).send()?;
    println!("wait: {}", task.status());

    for update in client.wait(id).interval(interval).updates() {
        match update {
            Update::Changed(task) => println!("updates: {}", task.status()),
            Update::PollFailed(error) => println!("updates: {error}; polling again"),
            Update::Finished(result) => println!("updates: {} files", result?.result_urls().len()),
            _ => {}
        }
    }

    for (id, result) in client.get_all(ids.clone()).max_in_flight(4).max_retries(1) {
        println!("get_all: {id}: {}", describe(result));
    }

    for (id, result) in client.wait_all(ids.clone()).interval(interval).rate(20.0) {
        println!("wait_all: {id}: {}", describe(result));
    }

    let id = id.clone();
    let response = client.call(async move |wire| wire.get_record_info(&id).await).send()?;
    println!("call: {}", response.value.msg.unwrap_or_default());
    Ok(())
}

fn describe(result: midapi::Result) -> String {
    result.map_or_else(|error: midapi::Error| error.to_string(), |task: Task| task.status().to_string())
}
