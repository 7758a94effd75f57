//! Tells failures apart: `cargo run -p midapi-examples --bin handle_errors -- ID`.

use midapi::ErrorKind;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("which task? handle_errors ID")?;
    let client = midapi::Client::from_env()?;
    match client.wait(&id).await {
        Ok(task) => println!("{}", task.result_urls().join("\n")),
        Err(error) => match error.kind() {
            ErrorKind::TaskFailed => println!("it failed, and asking again will not mend it: {error}"),
            ErrorKind::Deadline => println!("not done yet; keep the id {id} and wait again later"),
            ErrorKind::NotFound => println!("this account has no task {id}"),
            ErrorKind::Auth => println!("the key was refused"),
            kind if kind.is_retryable() => println!("try again later: {error}"),
            _ => return Err(error.into()),
        },
    }
    Ok(())
}
