//! A handler for outcomes: `midapi restate submit ID --then Gallery/add` sends each outcome to it exactly once.
//!
//! ```sh
//! cargo run -p midapi-example-durable --bin outcomes 127.0.0.1:9081
//! midapi restate register http://127.0.0.1:9081
//! ```
//!
//! The handler can be written in any language that Restate has an SDK for; its input is the JSON object of
//! `midapi wait --json`.

use midapi_restate::Outcome;
use restate_sdk::prelude::*;

/// A gallery of finished pictures.
struct Gallery;

#[restate_sdk::service(name = "Gallery", client_visibility = "pub(crate)")]
impl Gallery {
    #[handler]
    async fn add(&self, ctx: Context<'_>, outcome: Json<Outcome>) -> HandlerResult<()> {
        // Restate repeats the handler until it succeeds, but does not repeat a step (`ctx.run`) that succeeded.
        let line = match outcome.into_inner().into_result() {
            Ok(task) => format!("{} {}", task.id(), task.result_urls().join(" ")),
            Err(error) => format!("{} {error}", error.task_id().unwrap_or_default()),
        };
        ctx.run(|| async move {
            println!("{line}");
            Ok(())
        })
        .name("save")
        .await?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9081".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    HttpServer::new(Endpoint::builder().bind(Gallery).build()).serve(listener).await;
    Ok(())
}
