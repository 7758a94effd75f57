//! Uses every verb of the client (`get`, `wait`, `get_all`, `wait_all` and `call`):
//! `cargo run -p midapi-examples --bin every_verb -- ID…`.

use std::time::Duration;

use futures_util::StreamExt;
use midapi::{ClientBuilder, Task, Update};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ids: Vec<String> = std::env::args().skip(1).collect();
    let id = ids.first().ok_or("usage: every_verb ID…")?;
    let client = ClientBuilder::from_env().on_retry(|retry| println!("on_retry: {}", retry.error)).build()?;
    let interval = Duration::from_millis(500);

    let task = client.get(id).timeout(Duration::from_secs(20)).max_retries(2).await?;
    println!("get: {}", task.status());

    let task = client.wait(id).interval(interval).on_update(|task| println!("update: {}", task.status())).await?;
    println!("wait: {}", task.status());

    let mut updates = client.wait(id).interval(interval).stream();
    while let Some(update) = updates.next().await {
        match update {
            Update::Changed(task) => println!("stream: {}", task.status()),
            Update::PollFailed(error) => println!("stream: {error}; polling again"),
            Update::Finished(result) => println!("stream: {} files", result?.result_urls().len()),
            _ => {}
        }
    }

    let mut results = client.get_all(ids.clone()).max_in_flight(4).max_retries(1).stream();
    while let Some((id, result)) = results.next().await {
        println!("get_all: {id}: {}", describe(result));
    }

    let mut results = client.wait_all(ids.clone()).interval(interval).rate(20.0).stream();
    while let Some((id, result)) = results.next().await {
        println!("wait_all: {id}: {}", describe(result));
    }

    let response = client.call(async |wire| wire.get_record_info(id).await).await?;
    println!("call: {}", response.value.msg.unwrap_or_default());
    Ok(())
}

fn describe(result: midapi::Result) -> String {
    result.map_or_else(|error: midapi::Error| error.to_string(), |task: Task| task.status().to_string())
}
