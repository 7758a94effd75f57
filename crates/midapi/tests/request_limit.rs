//! Clients that may send no more than so many requests.

use futures_util::StreamExt;
use midapi::{ErrorKind, RequestLimit};
use midapi_mock::{generating, html, success};
use midapi_testkit::{ID, client, seconds, server};

#[tokio::test]
async fn every_request_counts_and_the_next_one_is_not_sent() {
    let table = [
        ("looks of a wait", generating(), "wait", 3),
        ("retries of a look-up", html(502), "get", 3),
        ("one look-up after the other", success(), "get again and again", 3),
    ];
    for (why, scenario, verb, cap) in table {
        let server = server(scenario);
        let client = client(&server).with_request_limit(&RequestLimit::new(cap));
        let error = match verb {
            "wait" => client.wait(ID).interval(seconds(1)).await.unwrap_err(),
            "get" => client.get(ID).await.unwrap_err(),
            _ => loop {
                if let Err(error) = client.get(ID).await {
                    break error;
                }
            },
        };
        assert_eq!(error.kind(), ErrorKind::Usage, "{why}: {error}");
        assert!(error.message().contains("request limit") && error.task_id() == Some(ID), "{why}: {error}");
        assert_eq!(server.request_count(ID) as u64, cap, "{why}");
        let sent = if verb == "get again and again" { 0 } else { 3 };
        assert_eq!(error.attempts(), sent, "{why}");
    }
}

#[tokio::test]
async fn all_that_have_a_cap_share_it_and_the_client_it_was_made_of_has_none() {
    let server = server(success());
    let whole = client(&server);
    let cap = RequestLimit::new(2);
    let capped = whole.with_request_limit(&cap);
    let outcomes: Vec<_> = capped.clone().get_all([ID, "a", "b"]).stream().collect().await;
    let refused = outcomes.iter().filter(|(_, answer)| answer.as_ref().is_err_and(|e| e.kind() == ErrorKind::Usage));
    assert_eq!(refused.count(), 1);
    assert_eq!(capped.get(ID).await.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(whole.with_request_limit(&cap).get(ID).await.unwrap_err().kind(), ErrorKind::Usage);
    assert!(whole.get(ID).await.is_ok());
}
