//! Waits for a task and prints its status changes: `cargo run -p midapi-examples --bin wait -- ID`.

use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: wait ID")?;
    let client = midapi::Client::from_env()?;
    let task = client
        .wait(&id)
        .timeout(Duration::from_mins(30))
        .on_update(|task| println!("{} is {}", task.id(), task.status()))
        .await?;
    println!("{}", task.result_urls().join("\n"));
    if let Some(expires) = task.results_expire_time() {
        println!("the results are kept until {expires}");
    }
    Ok(())
}
