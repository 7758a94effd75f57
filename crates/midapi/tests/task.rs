//! Decoding of a task, and warnings about fields that cannot be read.

use midapi::{Status, Task};
use midapi_mock::{raw, task};
use midapi_testkit::{ID, client, server};
use serde_json::{Value, json};

/// Decodes a record with the SDK.
async fn decode(data: Value) -> Task {
    let server = server(task(data));
    client(&server).get(ID).await.expect("every record decodes to a task")
}

fn warnings(task: &Task) -> Vec<&str> {
    task.warnings().iter().map(|warning| warning.field.as_str()).collect()
}

fn finished() -> Value {
    json!({
        "taskId": ID, "taskType": "mj_txt2img", "successFlag": 1,
        "paramJson": r#"{"aspectRatio":"3:4","newKey":[1],"prompt":"A heron","stylization":300,"version":"7"}"#,
        "createTime": 1_760_576_696_000_i64, "completeTime": 1_760_576_758_000_i64,
        "resultInfoJson": {"resultUrls": [{"resultUrl": "https://files.example/0.jpeg"}, {"resultUrl": "https://files.example/1.jpeg"}]},
        "errorCode": null, "errorMessage": null,
    })
}

/// A finished task with one field changed.
fn task_with(field: &str, value: Value) -> Value {
    let mut data = finished();
    data[field] = value;
    data
}

#[tokio::test]
async fn reads_every_field_of_a_task() {
    let task = decode(finished()).await;
    assert_eq!((task.id(), task.task_type(), task.status()), (ID, Some("mj_txt2img"), Status::Success));
    assert_eq!(task.create_time().unwrap().to_string(), "2025-10-16T01:04:56Z");
    assert_eq!(task.complete_time().unwrap().to_string(), "2025-10-16T01:05:58Z");
    assert_eq!(task.results_expire_time().unwrap().to_string(), "2025-10-30T01:05:58Z");
    assert_eq!(task.result_urls(), ["https://files.example/0.jpeg", "https://files.example/1.jpeg"]);
    let params = task.params().unwrap();
    assert_eq!((params.prompt.as_deref(), params.stylization), (Some("A heron"), Some(300)));
    assert_eq!(params.extra["newKey"], json!([1]), "unknown keys are kept");
    assert!(task.warnings().is_empty(), "{:?}", task.warnings());
    let raw: Value = serde_json::from_slice(task.raw().unwrap().body()).unwrap();
    assert_eq!(raw["data"], finished());
}

#[tokio::test]
async fn status_follows_the_success_flag() {
    let table = [
        (json!(0), Status::Generating, false),
        (json!(1), Status::Success, true),
        (json!(2), Status::Failed, true),
        (json!(3), Status::GenerationFailed, true),
        (json!(4), Status::Unknown(Some(4)), false),
        (json!(-1), Status::Unknown(Some(-1)), false),
        (Value::Null, Status::Unknown(None), false),
    ];
    for (flag, status, is_final) in table {
        let task = decode(task_with("successFlag", flag.clone())).await;
        assert_eq!((task.status(), task.status().is_final()), (status, is_final), "{flag}");
        assert_eq!(task.success_flag(), flag.as_i64(), "{flag}");
    }
}

#[tokio::test]
async fn reads_times_in_both_forms() {
    let table = [
        (json!(1_760_557_318_000_i64), Some("2025-10-15T19:41:58Z")),
        (json!(1_760_557_318_123_i64), Some("2025-10-15T19:41:58.123Z")),
        (json!("2024-03-20T10:30:00Z"), Some("2024-03-20T10:30:00Z")),
        (json!("2024-03-20T10:30:00+02:00"), Some("2024-03-20T08:30:00Z")),
        (json!("1760557318000"), Some("2025-10-15T19:41:58Z")),
        (json!(0), Some("1970-01-01T00:00:00Z")),
        (json!("yesterday"), None),
        (json!(i64::MAX), None),
        (json!(1.5), None),
        (json!({}), None),
    ];
    for (wire, expected) in table {
        let task = decode(task_with("createTime", wire.clone())).await;
        assert_eq!(task.create_time().map(|time| time.to_string()).as_deref(), expected, "{wire}");
        let expected_warnings: &[&str] = if expected.is_some() { &[] } else { &["create_time"] };
        assert_eq!(warnings(&task), expected_warnings, "{wire}");
        assert_eq!(task.status(), Status::Success, "{wire}: other fields are unaffected");
    }
}

#[tokio::test]
async fn reads_results_and_warns_about_others() {
    let url = "https://files.example/0.jpeg";
    let table = [
        ("objects", json!({"resultUrls": [{"resultUrl": url}]}), vec![url], vec![]),
        ("bare strings", json!({"resultUrls": [url, url]}), vec![url, url], vec![]),
        ("an object as text", json!(format!(r#"{{"resultUrls":["{url}"]}}"#)), vec![url], vec![]),
        ("no results yet", Value::Null, vec![], vec![]),
        ("an empty list", json!({"resultUrls": []}), vec![], vec![]),
        ("a list that is null", json!({"resultUrls": null}), vec![], vec![]),
        (
            "one invalid item of three",
            json!({"resultUrls": [{"resultUrl": url}, 7, url]}),
            vec![url, url],
            vec!["result_urls[1]"],
        ),
        ("another key", json!({"resultUrls": [{"url": url}]}), vec![], vec!["result_urls[0]"]),
        ("a file URL", json!({"resultUrls": ["file:///etc/passwd"]}), vec![], vec!["result_urls[0]"]),
        ("an option for curl", json!({"resultUrls": ["-o/etc/passwd"]}), vec![], vec!["result_urls[0]"]),
        (
            "a URL with a line break",
            json!({"resultUrls": ["https://a.example/\nhttps://b.example/"]}),
            vec![],
            vec!["result_urls[0]"],
        ),
        (
            "a quote for xargs",
            json!({"resultUrls": ["https://a.example/it's.jpg"]}),
            vec!["https://a.example/it%27s.jpg"],
            vec![],
        ),
        (
            "a pattern for curl",
            json!({"resultUrls": ["https://a.example/[1-9]{a,b}.jpg"]}),
            vec!["https://a.example/%5B1-9%5D%7Ba,b%7D.jpg"],
            vec![],
        ),
        (
            "a space and a non-ASCII character",
            json!({"resultUrls": ["https://a.example/a 猫.jpg"]}),
            vec!["https://a.example/a%20%E7%8C%AB.jpg"],
            vec![],
        ),
        (
            "no host",
            json!({"resultUrls": ["https://", "https:///?x"]}),
            vec![],
            vec!["result_urls[0]", "result_urls[1]"],
        ),
        (
            "a bidi override",
            json!({"resultUrls": ["https://a.example/\u{202e}gpj"]}),
            vec!["https://a.example/%E2%80%AEgpj"],
            vec![],
        ),
        ("text that is not JSON", json!("soon"), vec![], vec!["result_urls"]),
        ("a list", json!([url]), vec![], vec!["result_urls"]),
        ("an object in place of the list", json!({"resultUrls": {"0": url}}), vec![], vec!["result_urls"]),
    ];
    for (why, wire, urls, expected_warnings) in table {
        let task = decode(task_with("resultInfoJson", wire)).await;
        assert_eq!(task.result_urls(), urls, "{why}");
        assert_eq!(warnings(&task), expected_warnings, "{why}: {:?}", task.warnings());
        assert_eq!(task.results_expire_time().is_some(), !urls.is_empty(), "{why}");
    }
}

#[tokio::test]
async fn reads_valid_parts_of_param_json() {
    type Check = fn(&Task) -> bool;
    let table: Vec<(&str, Value, Check, Vec<&str>)> = vec![
        (
            "absent",
            Value::Null,
            |task| task.params().unwrap().prompt.is_none() && task.params_value().is_null(),
            vec![],
        ),
        (
            "truncated",
            json!(r#"{"prompt":"A he"#),
            |task| task.params().is_err() && task.params_value().is_null(),
            vec!["param_json"],
        ),
        (
            "not an object",
            json!("[1]"),
            |task| task.params().is_err() && *task.params_value() == json!([1]),
            vec!["param_json"],
        ),
        (
            "a number where text is expected",
            json!(r#"{"prompt":"A heron","version":7}"#),
            |task| {
                let params = task.params().unwrap();
                params.prompt.as_deref() == Some("A heron") && params.version.is_none() && params.extra["version"] == 7
            },
            vec!["params.version"],
        ),
        (
            "an undocumented speed, as in an example of the vendor",
            json!(r#"{"speed":"Relax"}"#),
            |task| task.params().unwrap().speed.as_deref() == Some("Relax"),
            vec![],
        ),
        (
            "values out of the documented bounds",
            json!(format!(r#"{{"prompt":"{}","stylization":-5,"ow":0}}"#, "long ".repeat(1000))),
            |task| task.params().unwrap().stylization == Some(-5),
            vec![],
        ),
        (
            "an object instead of its text",
            json!({"prompt": "A heron"}),
            |task| task.param_json().is_none(),
            vec!["param_json"],
        ),
    ];
    for (why, wire, check, expected_warnings) in table {
        let task = decode(task_with("paramJson", wire.clone())).await;
        assert!(check(&task), "{why}: {:?}", task.params());
        assert_eq!(warnings(&task), expected_warnings, "{why}");
        assert_eq!(task.param_json(), wire.as_str(), "{why}: the text is unchanged");
        assert_eq!(task.result_urls().len(), 2, "{why}: other fields are unaffected");
    }
}

#[tokio::test]
async fn error_codes_are_numbers_or_names() {
    for (wire, shown) in [(json!(500), "500"), (json!("VIDEO_EXTEND_FAILED"), "VIDEO_EXTEND_FAILED")] {
        let data = json!({"taskId": ID, "successFlag": 3, "errorCode": wire, "errorMessage": "no luck"});
        let task = decode(data).await;
        assert_eq!(task.error_code().unwrap().to_string(), shown);
        assert_eq!(task.error_message(), Some("no luck"));
        assert_eq!(serde_json::to_value(&task).unwrap()["error_code"], wire);
    }
}

#[tokio::test]
async fn warns_about_every_unreadable_field() {
    let data = json!({
        "taskId": 5, "taskType": ["x"], "successFlag": "one", "paramJson": "{}", "createTime": true,
        "resultInfoJson": 3, "errorCode": {}, "errorMessage": 1, "unknownField": {"kept": "in raw"},
    });
    let task = decode(data).await;
    let mut fields = warnings(&task);
    fields.sort_unstable();
    let expected = ["create_time", "error_code", "error_message", "id", "result_urls", "success_flag", "task_type"];
    assert_eq!(fields, expected);
    assert_eq!(task.status(), Status::Unknown(None));
    assert!(String::from_utf8_lossy(task.raw().unwrap().body()).contains("in raw"));
}

#[tokio::test]
async fn repairs_invalid_characters() {
    let table: &[(&str, &[u8])] = &[
        ("half a surrogate pair", br#"{"code":200,"data":{"successFlag":1,"errorMessage":"cut \ud83d"}}"#),
        ("a byte that is not UTF-8", b"{\"code\":200,\"data\":{\"successFlag\":1,\"errorMessage\":\"cut \xff\"}}"),
        ("a byte order mark", b"\xef\xbb\xbf{\"code\":200,\"data\":{\"successFlag\":1,\"errorMessage\":\"cut \"}}"),
    ];
    for (why, body) in table {
        let server = server(raw(*body));
        let task = client(&server).get(ID).await.expect(why);
        assert_eq!((task.status(), warnings(&task)), (Status::Success, vec!["raw"]), "{why}");
        assert!(task.error_message().unwrap().starts_with("cut "), "{why}");
    }
}

#[tokio::test]
async fn warnings_are_short() {
    let task = decode(task_with("successFlag", json!("y".repeat(100_000)))).await;
    assert!(task.warnings()[0].message.len() < 1000, "{}", task.warnings()[0].message.len());
}

#[tokio::test]
async fn warns_about_another_task_id() {
    let task = decode(task_with("taskId", json!("another"))).await;
    assert_eq!((task.id(), warnings(&task)), (ID, vec!["id"]));
}

#[tokio::test]
async fn json_has_the_documented_shape() {
    let task = decode(task_with("createTime", json!("never"))).await;
    let written = serde_json::to_value(&task).unwrap();
    let expected = json!({
        "id": ID, "task_type": "mj_txt2img", "status": "success", "success_flag": 1,
        "params": {"aspectRatio": "3:4", "newKey": [1], "prompt": "A heron", "stylization": 300, "version": "7"},
        "param_json": finished()["paramJson"],
        "create_time": null, "complete_time": "2025-10-16T01:05:58Z",
        "result_urls": ["https://files.example/0.jpeg", "https://files.example/1.jpeg"],
        "results_expire_time": "2025-10-30T01:05:58Z", "error_code": null, "error_message": null,
        "warnings": [{"field": "create_time", "message": "\"never\" is not an RFC 3339 date and time"}],
    });
    assert_eq!(written, expected);
    let back: Task = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), written);
    assert_eq!(back.params().unwrap().prompt.as_deref(), Some("A heron"));
    assert!(back.raw().is_none());
}

#[tokio::test]
async fn round_trip_repeats_no_warnings() {
    let task = decode(task_with("paramJson", json!(r#"{"version":7}"#))).await;
    let back: Task = serde_json::from_str(&serde_json::to_string(&task).unwrap()).unwrap();
    assert_eq!(warnings(&back), ["params.version"]);
}

#[tokio::test]
async fn accepts_duplicate_json_keys() {
    let body = r#"{"code":401,"code":200,"data":{"taskId":"a","taskId":"b","successFlag":1}}"#;
    let server = server(raw(body));
    assert_eq!(client(&server).get(ID).await.unwrap().status(), Status::Success);
}

#[tokio::test]
async fn reads_numbers_in_other_spellings() {
    let data =
        json!({"taskId": ID, "successFlag": "1", "createTime": "1760557318000", "completeTime": 1_760_557_374_000.0});
    let task = decode(data).await;
    assert_eq!((task.status(), task.success_flag(), task.warnings().len()), (Status::Success, Some(1), 0));
    assert_eq!(task.create_time().unwrap().as_millisecond(), 1_760_557_318_000);
    assert_eq!(task.complete_time().unwrap().as_millisecond(), 1_760_557_374_000);
}

#[tokio::test]
async fn rejection_keeps_the_reason_of_the_record() {
    for code in [400, 501] {
        let body = json!({"code": code, "msg": "failed", "data": {
            "taskId": ID, "successFlag": 3, "errorCode": 7, "errorMessage": "Banned prompt",
        }});
        let server = server(raw(body.to_string()));
        let error = client(&server).wait(ID).await.unwrap_err();
        assert!(error.message().contains("Banned prompt (code 7)"), "{error}");
        assert_eq!(error.task().unwrap().status(), Status::GenerationFailed);
        let line = serde_json::to_value(&error).unwrap();
        assert_eq!((&line["id"], &line["status"]), (&json!(ID), &json!("generation_failed")));
        assert_eq!(line["error"]["code"], code);
    }
}

#[test]
fn rejects_tasks_that_contradict_themselves() {
    let table = [
        ("another status than the flag", json!({"id": "a", "status": "success", "success_flag": 0})),
        ("an unknown status", json!({"id": "a", "status": "finished", "success_flag": 1})),
        ("a status without a flag", json!({"id": "a", "status": "success"})),
    ];
    for (why, value) in table {
        assert!(serde_json::from_value::<Task>(value).is_err(), "{why}");
    }
    let task: Task = serde_json::from_value(json!({"id": "a", "status": "unknown", "success_flag": 7})).unwrap();
    assert_eq!(task.status(), Status::Unknown(Some(7)));
    assert_eq!(task, task.clone());
}
