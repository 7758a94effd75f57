//! Tests code that uses a client, with a mock server and a virtual clock:
//! `cargo test -p midapi-examples --bin mocking`.

use midapi::{Client, Error};

/// The code under test: the first result of a task, or a text that says why there is none.
async fn first_result(client: &Client, id: &str) -> Result<String, String> {
    match client.wait(id).await {
        Ok(task) => task.result_urls().first().cloned().ok_or_else(|| "no results".to_owned()),
        Err(error) => Err(explain(&error)),
    }
}

fn explain(error: &Error) -> String {
    if error.is_task_open() { format!("ask again later: {error}") } else { format!("give up: {error}") }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let id = std::env::args().nth(1).ok_or("usage: mocking ID")?;
    println!("{}", first_result(&Client::from_env()?, &id).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use midapi::ErrorKind;
    use midapi::clock::ManualClock;
    use midapi_mock::{MockServer, failed, generating, reset, success};

    use super::*;

    #[tokio::test]
    async fn returns_results_or_reasons() {
        let server = MockServer::builder()
            .task("good", generating().times(3).then(reset()).then(success()))
            .task("bad", failed())
            .task("slow", generating())
            .start()
            .unwrap();
        // With this clock, waits end immediately.
        let client =
            Client::builder().api_key("k").base_url(server.base_url()).clock(ManualClock::new()).build().unwrap();
        let table =
            [("good", "http://"), ("bad", "give up: "), ("slow", "ask again later: "), ("unknown", "give up: ")];
        for (id, expected) in table {
            let text = first_result(&client, id).await.unwrap_or_else(|reason| reason);
            assert!(text.starts_with(expected), "{id}: {text}");
        }
        assert_eq!(server.request_count("good"), 5);
    }

    #[test]
    fn errors_need_no_server() {
        let error = Error::new(ErrorKind::NotFound, "task not found").with_task_id("an-id");
        assert_eq!(explain(&error), "give up: task not found");
    }
}
