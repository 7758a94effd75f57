//! Requests a task with midapi, and the same URL with reqwest 0.12: `midapi-features BASE_URL CA_FILE ID`.

use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [base_url, ca_file, id] = std::env::args().skip(1).collect::<Vec<_>>().try_into().expect("three arguments");
    #[cfg(feature = "ring")]
    rustls::crypto::ring::default_provider().install_default().expect("the first provider");

    let builder = midapi::Client::builder().api_key("key").base_url(&base_url).no_proxy().max_retries(0);
    let is_https = base_url.starts_with("https:");
    let builder = if is_https { builder.root_certificates_file(&ca_file) } else { builder };
    let task = builder.build()?.get(&id).await?;

    let client = other_reqwest::Client::builder().no_proxy();
    #[cfg(any(feature = "rustls", feature = "ring", feature = "native-tls"))]
    let client = client.add_root_certificate(other_reqwest::Certificate::from_pem(&std::fs::read(&ca_file)?)?);
    let url = format!("{base_url}/api/v1/mj/record-info?taskId={id}");
    let request =
        client.build()?.get(url).header("authorization", "Bearer key").header("content-type", "application/json");
    let response = request.send().await?.error_for_status()?;
    println!("{} {} {}", task.id(), task.status(), response.status());
    Ok(())
}
