//! Every row of the judgement, against the local server: kind, retried or not, requests seen.

mod rows;
mod support;

use midapi_mock::MockServer;
use rows::rows;
use support::client;

#[tokio::test]
async fn every_answer_is_judged_as_the_table_says() {
    let rows = rows();
    let mut builder = MockServer::builder();
    for (number, row) in rows.iter().enumerate() {
        builder = builder.task(format!("row-{number}"), row.answer.clone());
    }
    let server = builder.start().unwrap();
    for (number, row) in rows.iter().enumerate() {
        let id = format!("row-{number}");
        let why = format!("{} ({:?})", row.why, row.http_status);
        // A client for each, since rows that slow everybody down would slow the next row.
        let outcome = client(&server).get(&id).await;
        if row.kind.is_empty() {
            assert_eq!(outcome.expect(&why).id(), id, "{why}");
            assert_eq!(server.request_count(&id), 1, "{why}");
            continue;
        }
        let error = outcome.expect_err(&why);
        assert_eq!(error.kind().as_str(), row.kind, "{why}: {error}");
        assert_eq!(error.kind().exit_code(), u8::try_from(row.exit_status).unwrap(), "{why}");
        assert_eq!(error.is_retryable(), row.retried, "{why}");
        assert_eq!(error.http_status(), row.http_status, "{why}");
        assert_eq!(error.body_code(), row.code, "{why}");
        assert_eq!(error.task_id(), Some(id.as_str()), "{why}");
        let requests = if row.retried { 5 } else { 1 };
        assert_eq!((server.request_count(&id), error.attempts()), (requests, requests.try_into().unwrap()), "{why}");
    }
}

#[tokio::test]
async fn no_connection_is_retried_too() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let clock = midapi::clock::ManualClock::new();
    let client = midapi::Client::builder().api_key("k").base_url(format!("http://127.0.0.1:{port}")).clock(clock);
    let error = client.build().unwrap().get("x").await.unwrap_err();
    assert_eq!((error.kind().as_str(), error.attempts()), ("transport", 5), "{error}");
    assert!(error.message().contains("no connection"), "{error}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_shown_with_its_place_and_its_start() {
    let table = [
        (r#"{"code":"200","data":{}}"#, "code: is no whole number", r#"{\"code\":\"200\""#),
        (r#"{"data":null}"#, "code: is missing", "data"),
        (r#"{"code":200,"data":7}"#, "data: is no object", "data"),
        ("<html>busy</html>", "not JSON", "<html>busy"),
    ];
    for (body, place, start) in table {
        let server = support::server(midapi_mock::raw(body));
        let error = client(&server).get(support::ID).await.unwrap_err();
        assert!(error.message().contains(place) && error.message().contains(start), "{body}: {error}");
        assert_eq!(error.raw().unwrap().body(), body.as_bytes(), "the body stays reachable");
    }
}

#[tokio::test]
async fn the_servers_own_words_are_kept() {
    let server = support::server(midapi_mock::code(402, "Top up, please"));
    let error = client(&server).get(support::ID).await.unwrap_err();
    assert_eq!(error.server_message(), Some("Top up, please"));
    assert!(error.message().contains("Top up, please"), "{error}");
    assert_eq!(error.raw().unwrap().headers()["content-type"], "application/json;charset=UTF-8");
}
