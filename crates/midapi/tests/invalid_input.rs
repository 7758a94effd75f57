//! Invalid ids, API keys and base URLs: rejected before a request is sent.

use midapi::{Client, ErrorKind};
use midapi_mock::{MockServer, success};
use midapi_testkit::{ID, client, server};

#[tokio::test]
async fn invalid_ids_send_no_request() {
    let table = [
        ("empty", String::new(), "empty"),
        ("blank", " \u{a0}\t ".into(), "empty"),
        ("a line break", "abc\ndef".into(), "control"),
        ("a NUL character", "abc\0".into(), "control"),
        ("an escape sequence", "\u{1b}[2J".into(), "control"),
        ("a C1 control", "a\u{85}".into(), "control"),
        ("too long", "x".repeat(257), "longer than 256 bytes"),
        ("too many bytes, but not too many characters", "é".repeat(129), "longer than 256 bytes"),
    ];
    let server = server(success());
    let client = client(&server);
    for (why, id, reason) in table {
        for error in [client.get(&id).await.unwrap_err(), client.wait(&id).await.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Usage, "{why}");
            assert!(error.message().contains(reason), "{why}: {error}");
            assert!(!error.message().contains(char::is_control), "{why}: {error:?}");
            assert_eq!((error.task_id(), error.attempts()), (Some(id.as_str()), 0), "{why}");
        }
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn ids_reach_the_server_unchanged() {
    let ids = [
        ID.to_owned(),
        "mj_task_abcdef123456".into(),
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff".into(),
        "a&b=c&taskId=other".into(),
        "a#b".into(),
        "a/b/../c".into(),
        "100%25+%20".into(),
        "with spaces inside".into(),
        " spaces around ".into(),
        "Kätzchen-猫-🐈".into(),
        "quo\"te'\\s".into(),
        "x".repeat(256),
    ];
    let mut builder = MockServer::builder();
    for id in &ids {
        builder = builder.task(id.clone(), success());
    }
    let server = builder.start().unwrap();
    let client = client(&server);
    for id in &ids {
        assert_eq!(client.get(id).await.expect(id).id(), id);
    }
    let requested: Vec<_> = server.requests().into_iter().map(|request| request.task_id.unwrap()).collect();
    assert_eq!(requested, ids);
}

#[test]
fn rejects_invalid_api_keys() {
    let table = [
        ("blank", " \t", "empty"),
        ("empty", "", "empty"),
        ("two lines", "secret-a\nsecret-b", "more than one line"),
        ("a space", "secret a", "spaces"),
        ("a control character", "secret\u{7}a", "control"),
        ("a non-ASCII character", "secret-ä", "non-ASCII"),
    ];
    for (why, key, reason) in table {
        let error = Client::builder().api_key(key).build().expect_err(why);
        assert_eq!(error.kind(), ErrorKind::Config, "{why}");
        assert!(error.message().contains(reason), "{why}: {error}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{why}: {error:?}");
    }
    let missing = Client::builder().build().unwrap_err();
    assert_eq!(missing.reason(), Some(midapi::Reason::MissingApiKey), "{missing}");
}

#[tokio::test]
async fn key_file_is_trimmed() {
    let file = std::env::temp_dir().join(format!("midapi-key-{}", std::process::id()));
    std::fs::write(&file, "key-from-file\r\n").unwrap();
    let server = server(success());
    let client = Client::builder().api_key_file(&file).base_url(server.base_url()).build();
    std::fs::remove_file(&file).unwrap();
    client.unwrap().get(ID).await.unwrap();
    let request = server.requests().remove(0);
    let authorization = request.headers.iter().find(|(name, _)| name == "authorization").unwrap();
    assert_eq!(authorization.1, "Bearer key-from-file");

    let error = Client::builder().api_key_file("/no/such/file").build().unwrap_err();
    assert!(error.message().contains("/no/such/file"), "{error}");
}

#[tokio::test]
async fn keeps_the_base_url_path() {
    let server = MockServer::builder().prefix("/gateway/v2").task(ID, success()).start().unwrap();
    for base in [server.base_url(), format!("{}/", server.base_url())] {
        Client::builder().api_key("k").base_url(base).build().unwrap().get(ID).await.unwrap();
    }
    for request in server.requests() {
        assert_eq!(request.path, "/gateway/v2/api/v1/mj/record-info");
    }
}
