//! The generated client decodes responses and does not classify them.

use midapi_client::{BodyCode, Client, Executor, SuccessFlag};
use midapi_mock::{MockServer, code, flag, success};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};

fn client(server: &MockServer) -> Client {
    let headers: HeaderMap = [
        (AUTHORIZATION, HeaderValue::from_static("Bearer example-key")),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ]
    .into_iter()
    .collect();
    let http = reqwest::Client::builder().no_proxy().default_headers(headers).build().unwrap();
    Client::new_with_client(&server.base_url(), http, Executor::default())
}

#[tokio::test]
async fn an_answer_is_read_typed() {
    let server = MockServer::builder().gzip(false).task("t", success()).start().unwrap();
    let envelope = client(&server).get_record_info("t").await.unwrap().into_inner();
    let task = envelope.data.expect("a task");
    assert_eq!((envelope.code, task.success_flag), (BodyCode::SUCCESS, Some(SuccessFlag::SUCCESS)));
    assert_eq!(task.task_id.as_deref(), Some("t"));
}

#[tokio::test]
async fn numbers_that_nobody_knows_are_kept() {
    let server = MockServer::builder().gzip(false).task("c", code(299, "new")).task("f", flag(7)).start().unwrap();
    let client = client(&server);
    let odd = client.get_record_info("c").await.unwrap().into_inner();
    assert_eq!((odd.code, odd.code.name()), (BodyCode(299), None));
    let odd = client.get_record_info("f").await.unwrap().into_inner();
    assert_eq!(odd.data.unwrap().success_flag, Some(SuccessFlag(7)));
}

#[tokio::test]
async fn an_error_in_http_200_is_an_answer_here() {
    let server = MockServer::builder().gzip(false).task("t", code(401, "no")).start().unwrap();
    let envelope = client(&server).get_record_info("t").await.unwrap().into_inner();
    assert_eq!((envelope.code.name(), envelope.data.is_none()), (Some("unauthorized"), true));
}

#[test]
fn a_field_of_several_forms_is_read_by_what_comes() {
    use midapi_client::types::Timestamp;

    let table = [
        ("milliseconds", "1760576696000", Some(Timestamp::EpochMillis(1_760_576_696_000))),
        ("before the epoch", "-5", Some(Timestamp::EpochMillis(-5))),
        ("text", r#""2024-03-20T10:30:00Z""#, Some(Timestamp::Text("2024-03-20T10:30:00Z".into()))),
        ("text with an escape", r#""a\u0062""#, Some(Timestamp::Text("ab".into()))),
        ("beyond 64 bits with a sign", "9223372036854775808", None),
        ("a fraction", "1.5", None),
        ("neither", "[]", None),
        ("nothing", "null", None),
    ];
    for (why, json, expected) in table {
        assert_eq!(serde_json::from_str(json).ok(), expected, "{why}");
        // From a parsed value too, as the lenient reading does.
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::from_value(value).ok(), expected, "{why}, parsed before");
    }
}
