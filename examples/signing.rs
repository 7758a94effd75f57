//! Signs each request for a gateway: `cargo run -p midapi-examples --bin signing -- ID`, with the secret in
//! `GATEWAY_SECRET`.

use hmac::{Hmac, KeyInit, Mac};
use midapi::ClientBuilder;
use midapi::http::HeaderValue;
use midapi::jiff::Timestamp;
use sha2::Sha256;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: signing ID")?;
    let mac = Hmac::<Sha256>::new_from_slice(std::env::var("GATEWAY_SECRET")?.as_bytes())?;
    let client = ClientBuilder::from_env()
        .request_hook(move |request| {
            // The hook is called for each attempt, so a retry has its own time.
            let time = Timestamp::now().as_second();
            let mut mac = mac.clone();
            mac.update(format!("{} {} {time}", request.method(), request.uri().path()).as_bytes());
            let mac = mac.finalize().into_bytes();
            let signature = mac.iter().fold(format!("{time}:"), |text, byte| text + &format!("{byte:02x}"));
            if let Ok(signature) = HeaderValue::try_from(signature) {
                request.headers_mut().insert("x-signature", signature);
            }
        })
        .build()?;
    println!("{}", client.get(id).await?.status());
    Ok(())
}
