//! Runs the service on a port: `cargo run -p midapi-example-axum -- 8080`, with the API key in `MIDAPI_API_KEY`. At
//! Ctrl-C, the service stops and prints the pending ids.

use std::time::Duration;

use midapi::ClientBuilder;
use midapi::poll::{AdaptiveInterval, WaitPolicy};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    // The rate and `max_in_flight` limit all requests of the service together.
    let policy = WaitPolicy::new().timeout(Duration::from_mins(30)).poll_policy(AdaptiveInterval::new());
    let client = ClientBuilder::from_env().rate(20.0).max_in_flight(16).wait_policy(policy).build()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    let shutdown = async { drop(tokio::signal::ctrl_c().await) };
    for id in midapi_example_axum::serve(listener, client, shutdown).await? {
        println!("{id}");
    }
    Ok(())
}
