//! Looks one task up: `cargo run -p midapi-examples --bin look_up -- ID`, with the key in `MIDAPI_API_KEY`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("which task? look_up ID")?;
    let client = midapi::Client::from_env()?;
    let task = client.get(id).await?;
    println!("{} is {}", task.id(), task.status());
    println!("{}", task.params()?.prompt.as_deref().unwrap_or("(no prompt)"));
    for url in task.result_urls() {
        println!("{url}");
    }
    Ok(())
}
