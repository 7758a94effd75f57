//! Gets one task: `cargo run -p midapi-examples --bin get -- ID`, with the API key in `MIDAPI_API_KEY`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: get ID")?;
    let client = midapi::Client::from_env()?;
    let task = client.get(id).await?;
    println!("{} is {}", task.id(), task.status());
    println!("{}", task.params()?.prompt.as_deref().unwrap_or("(no prompt)"));
    for url in task.result_urls() {
        println!("{url}");
    }
    Ok(())
}
