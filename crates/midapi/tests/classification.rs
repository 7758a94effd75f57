//! Tests every row of the classification table with `get` and `wait`.

use midapi::ErrorKind;
use midapi_mock::{MockServer, success};
use midapi_testkit::{Next, client, rows, seconds};

#[tokio::test]
async fn get_follows_the_table() {
    let rows = rows();
    let add = |builder: midapi_mock::MockBuilder, (number, row): (usize, &midapi_testkit::Row)| {
        builder.task(format!("row-{number}"), row.response.clone())
    };
    let server = rows.iter().enumerate().fold(MockServer::builder(), add).start().unwrap();
    for (number, row) in rows.iter().enumerate() {
        let id = format!("row-{number}");
        let name = format!("{} ({:?})", row.name, row.http_status);
        // One client for each row, because some rows slow their client down.
        let result = client(&server).get(&id).await;
        if row.kind.is_empty() {
            assert_eq!(result.expect(&name).id(), id, "{name}");
            assert_eq!(server.request_count(&id), 1, "{name}");
            continue;
        }
        let error = result.expect_err(&name);
        assert_eq!(error.kind().as_str(), row.kind, "{name}: {error}");
        assert_eq!(error.is_retryable(), matches!(row.next, Next::Retry | Next::RetryOnce), "{name}");
        assert_eq!(error.http_status(), row.http_status, "{name}");
        assert_eq!(error.body_code(), row.code, "{name}");
        assert_eq!(error.task_id(), Some(id.as_str()), "{name}");
        let attempts = usize::try_from(error.attempts()).unwrap();
        assert_eq!((server.request_count(&id), attempts), (row.get_requests(), row.get_requests()), "{name}");
    }
}

#[tokio::test]
async fn wait_follows_the_table() {
    for (number, row) in rows().into_iter().enumerate().filter(|(_, row)| !row.kind.is_empty()) {
        let id = format!("row-{number}");
        let server = MockServer::builder().task(&id, row.response.times(2).then(success())).start().unwrap();
        let result = client(&server).wait(&id).timeout(seconds(600)).await;
        if row.next == Next::End {
            let error = result.expect_err(row.name);
            assert_eq!((error.kind().as_str(), server.request_count(&id)), (row.kind, 1), "{}: {error}", row.name);
            let is_open = matches!(
                error.kind(),
                ErrorKind::Auth | ErrorKind::Credits | ErrorKind::Disabled | ErrorKind::Unexpected
            );
            assert_eq!(error.is_task_open(), is_open, "{}", row.name);
        } else {
            assert!(result.is_ok(), "{} ({:?}): {result:?}", row.name, row.http_status);
        }
    }
}

#[tokio::test]
async fn retries_failed_connections() {
    // A port that no server listens on.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let clock = midapi::clock::ManualClock::new();
    let client = midapi::Client::builder().api_key("k").base_url(format!("http://127.0.0.1:{port}")).clock(clock);
    let error = client.build().unwrap().get("x").await.unwrap_err();
    assert_eq!((error.kind().as_str(), error.attempts()), ("transport", 5), "{error}");
    assert!(error.message().contains("no connection"), "{error}");
}

#[tokio::test]
async fn decode_error_shows_place_and_body() {
    let table = [
        (r#"{"code":"ok","data":{}}"#, "code is not a whole number", r#"{\"code\":\"ok\""#),
        (r#"{"data":null}"#, "code is missing", "data"),
        (r#"{"code":200,"data":7}"#, "data is not an object", "data"),
        ("<html>busy</html>", "is not JSON", "<html>busy"),
    ];
    for (body, place, start) in table {
        let server = midapi_testkit::server(midapi_mock::raw(body));
        let error = client(&server).get(midapi_testkit::ID).await.unwrap_err();
        assert!(error.message().contains(place) && error.message().contains(start), "{body}: {error}");
        assert_eq!(error.raw().unwrap().body(), body.as_bytes(), "the error keeps the body");
    }
}

#[tokio::test]
async fn keeps_the_server_message() {
    let server = midapi_testkit::server(midapi_mock::code(402, "Top up, please"));
    let error = client(&server).get(midapi_testkit::ID).await.unwrap_err();
    assert_eq!(error.server_message(), Some("Top up, please"));
    assert!(error.message().contains("Top up, please"), "{error}");
    assert_eq!(error.raw().unwrap().headers()["content-type"], "application/json;charset=UTF-8");
}
