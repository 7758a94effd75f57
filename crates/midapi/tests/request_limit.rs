//! Clients with a limit on their number of requests.

use futures_util::StreamExt;
use midapi::{ErrorKind, RequestLimit};
use midapi_mock::{generating, html, success};
use midapi_testkit::{ID, client, seconds, server};

#[tokio::test]
async fn requests_over_the_limit_are_rejected() {
    let table = [
        ("polls of a wait", generating(), "wait", 3),
        ("retries of a get", html(502), "get", 3),
        ("successive gets", success(), "successive gets", 3),
    ];
    for (why, scenario, verb, limit) in table {
        let server = server(scenario);
        let client = client(&server).with_request_limit(&RequestLimit::new(limit));
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
        assert_eq!(server.request_count(ID) as u64, limit, "{why}");
        let attempts = if verb == "successive gets" { 0 } else { 3 };
        assert_eq!(error.attempts(), attempts, "{why}");
    }
}

#[tokio::test]
async fn limited_clients_share_one_limit() {
    let server = server(success());
    let unlimited = client(&server);
    let limit = RequestLimit::new(2);
    let limited = unlimited.with_request_limit(&limit);
    let results: Vec<_> = limited.clone().get_all([ID, "a", "b"]).stream().collect().await;
    let rejected = results.iter().filter(|(_, result)| result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Usage));
    assert_eq!(rejected.count(), 1);
    assert_eq!(limited.get(ID).await.unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(unlimited.with_request_limit(&limit).get(ID).await.unwrap_err().kind(), ErrorKind::Usage);
    assert!(unlimited.get(ID).await.is_ok());
}
