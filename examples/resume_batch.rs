//! Waits for the tasks whose ids are in a file. Only the ids of tasks that may still finish remain in the file, so the
//! next run resumes with them: `cargo run -p midapi-examples --bin resume_batch -- pending.txt 1800`. The second
//! argument is the timeout in seconds.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use midapi::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: resume_batch FILE [SECONDS]")?;
    let timeout = Duration::from_secs(arguments.next().map_or(Ok(900), |seconds| seconds.parse())?);
    let text = std::fs::read_to_string(&file)?;
    let mut pending: BTreeSet<String> = text.split_whitespace().map(str::to_owned).collect();

    let mut results = Client::from_env()?.wait_all(pending.clone()).timeout(timeout).rate(20.0).stream();
    while let Some((id, result)) = results.next().await {
        match result {
            Ok(task) => println!("{id}: {}", task.result_urls().join(" ")),
            Err(error) if error.is_task_open() => {
                println!("{id} is pending: {error}");
                continue;
            }
            Err(error) => println!("{id}: {error}"),
        }
        pending.remove(&id);
        // Saved after each result, so that no result is lost if the program is killed.
        save(Path::new(&file), &pending)?;
    }
    println!("{} pending", pending.len());
    Ok(())
}

/// Replaces the file atomically, so that it is never partly written.
fn save(file: &Path, pending: &BTreeSet<String>) -> std::io::Result<()> {
    let copy = file.with_extension("new");
    std::fs::write(&copy, pending.iter().fold(String::new(), |text, id| text + id + "\n"))?;
    std::fs::rename(copy, file)
}
