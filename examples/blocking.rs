//! Gets a task in a program without an async runtime: `cargo run -p midapi-examples --bin blocking -- ID`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: blocking ID")?;
    let client = midapi::blocking::Client::from_env()?;
    let task = client.get(id).send()?;
    println!("{} is {}", task.id(), task.status());
    Ok(())
}
