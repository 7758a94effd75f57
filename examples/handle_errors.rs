//! Handles each kind of failure: `cargo run -p midapi-examples --bin handle_errors -- ID`.

use midapi::ErrorKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: handle_errors ID")?;
    let client = midapi::Client::from_env()?;
    match client.wait(&id).await {
        Ok(task) => println!("{}", task.result_urls().join("\n")),
        Err(error) => match error.kind() {
            ErrorKind::TaskFailed => println!("the task failed: {error}"),
            ErrorKind::Deadline => println!("not finished yet; wait again later with the id {id}"),
            ErrorKind::NotFound => println!("task {id} not found"),
            ErrorKind::Auth => println!("the API key was rejected"),
            kind if kind.is_retryable() => println!("try again later: {error}"),
            _ => return Err(error.into()),
        },
    }
    Ok(())
}
