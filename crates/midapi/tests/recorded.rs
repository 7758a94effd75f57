//! Recorded responses of the real API. The recordings are not in the repository. Without `MIDAPI_RECORDED_DIR`, which
//! names their folder, the tests check nothing.

use std::fs;
use std::path::PathBuf;

use midapi::{Client, Task};
use midapi_mock::MockServer;
use midapi_testkit::client;
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    std::env::var_os("MIDAPI_RECORDED_DIR").map(PathBuf::from)
}

/// The recordings as plain JSON, by file name.
fn recordings(folder: &PathBuf) -> Vec<(String, Value)> {
    let entries = fs::read_dir(folder).expect("the folder of MIDAPI_RECORDED_DIR exists");
    let files = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    files
        .map(|path| {
            let body = fs::read_to_string(&path).unwrap();
            (path.file_name().unwrap().to_string_lossy().into_owned(), serde_json::from_str(&body).unwrap())
        })
        .collect()
}

async fn get_task(client: &Client, id: &str) -> Task {
    client.get(id).await.expect(id)
}

#[tokio::test]
async fn recorded_successes_keep_every_field() {
    let Some(folder) = folder() else { return };
    let server = MockServer::builder().replay(&folder).unwrap().start().unwrap();
    let client = client(&server);
    let successes: Vec<_> =
        recordings(&folder).into_iter().filter(|(_, body)| body["data"]["successFlag"] == 1).collect();
    assert!(!successes.is_empty(), "no recorded success in {}", folder.display());
    for (file, body) in successes {
        let data = &body["data"];
        let task = get_task(&client, data["taskId"].as_str().unwrap()).await;
        assert!(task.warnings().is_empty(), "{file}: {:?}", task.warnings());
        assert_eq!(task.status().as_str(), "success", "{file}");
        assert_eq!(task.task_type(), data["taskType"].as_str(), "{file}");
        assert_eq!(task.param_json(), data["paramJson"].as_str(), "{file}");
        for (read, wire) in [(task.create_time(), &data["createTime"]), (task.complete_time(), &data["completeTime"])] {
            let read = read.expect(&file);
            match wire.as_i64() {
                Some(milliseconds) => assert_eq!(read.as_millisecond(), milliseconds, "{file}"),
                None => assert_eq!(read.to_string(), wire.as_str().unwrap(), "{file}"),
            }
        }
        let urls: Vec<_> = data["resultInfoJson"]["resultUrls"].as_array().unwrap().iter().collect();
        assert_eq!(urls.len(), 4, "{file}");
        for (read, wire) in task.result_urls().iter().zip(urls) {
            assert_eq!(Some(read.as_str()), wire["resultUrl"].as_str(), "{file}");
        }
        // Every key of paramJson has a field with the same value.
        let params = task.params().expect(&file);
        assert!(params.extra.is_empty(), "{file}: {:?}", params.extra);
        let text: Value = serde_json::from_str(task.param_json().unwrap()).unwrap();
        assert_eq!(serde_json::to_value(params).unwrap(), text, "{file}");
        assert_eq!(*task.params_value(), text, "{file}");
    }
}

#[tokio::test]
async fn sibling_task_generates_then_fails() {
    let Some(folder) = folder() else { return };
    let server = MockServer::builder().replay(&folder).unwrap().start().unwrap();
    let client = client(&server);
    let recordings = recordings(&folder);
    let (_, failed) = recordings.iter().find(|(file, _)| file == "sibling_failed.json").expect("sibling_failed.json");
    let id = failed["data"]["taskId"].as_str().unwrap();

    let pending = get_task(&client, id).await;
    assert_eq!(pending.status().as_str(), "generating");
    assert!(pending.complete_time().is_none() && pending.error_code().is_none());

    let task = get_task(&client, id).await;
    assert_eq!(task.status().as_str(), "generation_failed");
    assert_eq!(task.error_code().unwrap().to_string(), failed["data"]["errorCode"].to_string());
    assert_eq!(task.error_message(), failed["data"]["errorMessage"].as_str());
    assert!(task.complete_time().is_some());
    for task in [pending, task] {
        assert!(task.result_urls().is_empty() && task.warnings().is_empty(), "{:?}", task.warnings());
        // Parameters of another route are kept as unknown keys.
        assert!(task.params().unwrap().extra.contains_key("videoUrl"));
    }
}

#[tokio::test]
async fn unrecorded_ids_are_not_found() {
    let Some(folder) = folder() else { return };
    let server = MockServer::builder().replay(&folder).unwrap().start().unwrap();
    let error = client(&server).get("unrecorded").await.unwrap_err();
    assert_eq!((error.kind().as_str(), error.body_code(), error.http_status()), ("not_found", Some(422), Some(200)));
}
