//! The target directory: records, second runs, changed files, collisions, hostile content.

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use midapi::ErrorKind;
use midapi_download::{Downloader, FileStatus, Outcome, Template, verify};
use midapi_mock::MockServer;
use support::{client, files, finished_task, paths, server};

/// The number of requests for result files.
fn file_requests(server: &MockServer) -> usize {
    server.requests().iter().filter(|request| request.path.contains("/m/")).count()
}

fn statuses(outcome: &Outcome) -> Vec<FileStatus> {
    outcome.files.iter().map(|file| file.outcome).collect()
}

#[tokio::test]
async fn second_run_sends_no_request() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let outcome = Downloader::new(&client, directory.path()).download(&task).await;
    assert_eq!(statuses(&outcome), [FileStatus::Saved; 4], "{outcome:?}");
    let requests = server.requests().len();

    let again = Downloader::new(&client, directory.path());
    let recorded = again.recorded("a").await.unwrap().expect("the record is complete");
    assert_eq!(statuses(&recorded), [FileStatus::Exists; 4]);
    assert_eq!(paths(&recorded), paths(&outcome));
    assert_eq!(statuses(&again.download(&task).await), [FileStatus::Exists; 4]);
    assert_eq!(server.requests().len(), requests, "the API and the file host receive no request");
    assert!(verify(directory.path()).unwrap().differences.is_empty());
}

#[tokio::test]
async fn missing_files_are_downloaded_again() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let downloader = Downloader::new(&client, directory.path());
    let first = downloader.download(&task).await;
    let before = file_requests(&server);
    fs::remove_file(directory.path().join(&paths(&first)[2])).unwrap();

    let downloader = Downloader::new(&client, directory.path());
    assert!(downloader.recorded("a").await.unwrap().is_none());
    let second = downloader.download(&task).await;
    assert_eq!(paths(&second), paths(&first), "the old name");
    assert_eq!(second.files[2].outcome, FileStatus::Saved);
    assert_eq!(file_requests(&server), before + 1);
}

#[tokio::test]
async fn changed_files_are_set_aside() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let first = Downloader::new(&client, directory.path()).download(&task).await;
    let path = directory.path().join(&paths(&first)[0]);
    for (edit, aside) in [("an edit", ".changed"), ("another edit", ".changed-2")] {
        fs::write(&path, edit).unwrap();
        let outcome = Downloader::new(&client, directory.path()).download(&task).await;
        assert_eq!(outcome.files[0].outcome, FileStatus::Saved);
        assert_eq!(paths(&outcome), paths(&first));
        let aside = path.with_file_name(format!("{}{aside}", path.file_name().unwrap().to_str().unwrap()));
        assert_eq!(fs::read_to_string(aside).unwrap(), edit);
    }
    assert!(verify(directory.path()).unwrap().differences.is_empty());
}

#[tokio::test]
async fn touched_files_are_kept() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let first = Downloader::new(&client, directory.path()).download(&task).await;
    for path in paths(&first) {
        let file = fs::File::options().write(true).open(directory.path().join(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    }
    let requests = server.requests().len();
    let downloader = Downloader::new(&client, directory.path());
    assert!(downloader.recorded("a").await.unwrap().is_some(), "the content is the same");
    assert_eq!(statuses(&downloader.download(&task).await), [FileStatus::Exists; 4]);
    assert_eq!(server.requests().len(), requests);
}

#[tokio::test]
async fn fourth_result_is_added_later() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let mut json = serde_json::to_value(&task).unwrap();
    json["result_urls"].as_array_mut().unwrap().pop();
    let three = serde_json::from_value(json).unwrap();
    let downloader = Downloader::new(&client, directory.path());
    assert_eq!(statuses(&downloader.download(&three).await), [FileStatus::Saved; 3]);
    let four = downloader.download(&task).await;
    assert_eq!(statuses(&four)[..3], [FileStatus::Exists; 3]);
    assert_eq!(four.files[3].outcome, FileStatus::Saved);
    assert_eq!(downloader.recorded("a").await.unwrap().unwrap().files.len(), 4);
}

#[tokio::test]
async fn foreign_files_keep_their_names() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let template: Template = "{n}.{ext}".parse().unwrap();
    // Equal on a file system that ignores case.
    fs::write(directory.path().join("1.JPEG"), "somebody's file").unwrap();
    fs::write(directory.path().join("2.jpeg"), "somebody's file").unwrap();
    let outcome = Downloader::new(&client, directory.path()).name(template).download(&task).await;
    assert_eq!(paths(&outcome), ["1-2.jpeg", "2-2.jpeg", "3.jpeg", "4.jpeg"]);
    assert_eq!(fs::read_to_string(directory.path().join("1.JPEG")).unwrap(), "somebody's file");
}

#[tokio::test]
async fn equal_names_get_suffixes() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let template: Template = "all.{ext}".parse().unwrap();
    for id in ["a", "b"] {
        let downloader = Downloader::new(&client, directory.path()).name(template.clone());
        let outcome = downloader.download(&client.get(id).await.unwrap()).await;
        assert_eq!(statuses(&outcome), [FileStatus::Saved; 4], "{id}: {outcome:?}");
    }
    let expected: Vec<_> =
        (1..=8).map(|number| if number == 1 { "all.jpeg".into() } else { format!("all-{number}.jpeg") }).collect();
    let mut found = files(directory.path());
    found.sort_by_key(|name: &String| (name.len(), name.clone()));
    assert_eq!(found, expected, "the second task has the same bytes, and does not share the files");
}

#[tokio::test]
async fn unrecorded_equal_files_are_adopted() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let first = Downloader::new(&client, directory.path()).download(&task).await;
    // The state after a kill between renaming the files and writing the record.
    fs::remove_file(directory.path().join(".midapi/%61.json")).unwrap();
    let second = Downloader::new(&client, directory.path()).download(&task).await;
    assert_eq!(statuses(&second), [FileStatus::Exists; 4]);
    assert_eq!(paths(&second), paths(&first));
    assert_eq!(files(directory.path()).len(), 4);
}

#[tokio::test]
async fn planted_links_are_not_followed() {
    let (server, directory, outside) = (server(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let template: Template = "{type}/{n}.{ext}".parse().unwrap();
    symlink(outside.path(), directory.path().join("mj_txt2img")).unwrap();
    let outcome = Downloader::new(&client, directory.path()).name(template).download(&task).await;
    for file in &outcome.files {
        assert_eq!(file.error.as_ref().map(midapi::Error::kind), Some(ErrorKind::Io), "{outcome:?}");
    }
    // A link with the name of a file is treated as a foreign file.
    let target = outside.path().join("victim");
    fs::write(&target, "untouched").unwrap();
    symlink(&target, directory.path().join("1.jpeg")).unwrap();
    let template: Template = "{n}.{ext}".parse().unwrap();
    let outcome = Downloader::new(&client, directory.path()).name(template).download(&task).await;
    assert_eq!(paths(&outcome)[0], "1-2.jpeg");
    assert_eq!(fs::read_to_string(&target).unwrap(), "untouched");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn hostile_records_stay_inside_the_directory() {
    let (server, parent) = (server(), tempfile::tempdir().unwrap());
    let directory = parent.path().join("pictures");
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    Downloader::new(&client, &directory).download(&task).await;
    fs::write(parent.path().join("victim"), "untouched").unwrap();
    let record = directory.join(".midapi/%61.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    for path in ["../victim", "/etc/passwd", ".midapi/%61.json", "a/../../victim"] {
        json["files"][0]["path"] = path.into();
        fs::write(&record, json.to_string()).unwrap();
        let outcome = Downloader::new(&client, &directory).download(&task).await;
        assert!(outcome.first_error().is_none(), "{path}: {outcome:?}");
        let saved = &paths(&outcome)[0];
        assert!(!saved.contains("..") && !saved.starts_with(['/', '.']), "{path}: {saved}");
    }
    assert_eq!(fs::read_to_string(parent.path().join("victim")).unwrap(), "untouched");
    assert_eq!(files(parent.path()).iter().filter(|path| path.contains("victim")).count(), 1);
}

#[tokio::test]
async fn broken_records_are_replaced() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    Downloader::new(&client, directory.path()).download(&task).await;
    for content in ["", "{", "[]", "\0"] {
        fs::write(directory.path().join(".midapi/%61.json"), content).unwrap();
        let outcome = Downloader::new(&client, directory.path()).download(&task).await;
        assert_eq!(statuses(&outcome), [FileStatus::Exists; 4], "{content:?}");
    }
    assert_eq!(files(directory.path()).len(), 4);
    assert!(verify(directory.path()).unwrap().differences.is_empty());
}

#[tokio::test]
async fn directory_itself_may_be_a_link() {
    let (server, parent) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    fs::create_dir(parent.path().join("disk")).unwrap();
    symlink(parent.path().join("disk"), parent.path().join("link")).unwrap();
    let task = client.get("a").await.unwrap();
    let outcome = Downloader::new(&client, parent.path().join("link")).download(&task).await;
    assert_eq!(statuses(&outcome), [FileStatus::Saved; 4]);
}

#[tokio::test]
async fn leftovers_of_a_kill_are_removed() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let records = directory.path().join(".midapi");
    fs::create_dir(&records).unwrap();
    fs::write(records.join("zz.Ab12.part"), "half a picture").unwrap();
    let held = fs::File::create(records.join("yy.lock")).unwrap();
    held.lock().unwrap();
    fs::write(records.join("yy.Cd34.part"), "of a running process").unwrap();
    Downloader::new(&client, directory.path()).prepare().await.unwrap();
    assert!(!records.join("zz.Ab12.part").exists());
    assert!(records.join("yy.Cd34.part").exists(), "its task is locked");
}

#[tokio::test]
async fn tasks_without_results_are_errors() {
    let server = MockServer::builder()
        .task("generating", midapi_mock::generating())
        .task("failed", midapi_mock::failed())
        .start()
        .unwrap();
    let (client, directory) = (client(&server), tempfile::tempdir().unwrap());
    for (id, kind) in [("generating", ErrorKind::NotFinished), ("failed", ErrorKind::TaskFailed)] {
        let task = client.get(id).await.unwrap();
        let error = Downloader::new(&client, directory.path()).download(&task).await.into_result().unwrap_err();
        assert_eq!((error.kind(), error.task_id()), (kind, Some(id)));
        assert!(error.last_status().is_some() && error.task().is_some());
    }
    assert_eq!(file_requests(&server), 0);
}

#[tokio::test]
async fn unwritable_directories_fail_before_any_request() {
    let (server, parent) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = finished_task(&server, "a");
    fs::write(parent.path().join("file"), "").unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(parent.path().join("linked")).unwrap();
    symlink(outside.path(), parent.path().join("linked/.midapi")).unwrap();
    for directory in [Path::new("/proc/self/x"), &parent.path().join("file"), &parent.path().join("linked")] {
        let error = Downloader::new(&client, directory).download(&task).await.into_result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(error.message().contains(directory.to_str().unwrap()), "{error}");
    }
    assert_eq!(server.requests().len(), 0);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn read_only_subdirectory_fails_one_file() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    // The user root can write to a read-only directory.
    let probe = directory.path().join("probe");
    fs::create_dir(&probe).unwrap();
    fs::set_permissions(&probe, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(probe.join("x"), "").is_ok() {
        eprintln!("skipped: this user may write to a read-only directory");
        return;
    }
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let template: Template = "probe/{n}.{ext}".parse().unwrap();
    let outcome = Downloader::new(&client, directory.path()).name(template).download(&task).await;
    assert_eq!(statuses(&outcome), [FileStatus::Failed; 4]);
    assert!(files(directory.path()).is_empty(), "no temporary file is left");
}

#[tokio::test]
async fn previews_write_nothing() {
    let (server, parent) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let directory = parent.path().join("pictures");
    let outcome = Downloader::new(&client, &directory).name("{id}/{n}.{ext}".parse().unwrap()).preview(&task);
    assert_eq!(paths(&outcome), ["a/1.jpeg", "a/2.jpeg", "a/3.jpeg", "a/4.jpeg"]);
    assert_eq!(statuses(&outcome), [FileStatus::Planned; 4]);
    assert!(!directory.exists());
    assert_eq!(file_requests(&server), 0);
}

#[tokio::test]
async fn verification_names_every_difference() {
    let (server, directory) = (server(), tempfile::tempdir().unwrap());
    let client = client(&server);
    let task = client.get("a").await.unwrap();
    let outcome = Downloader::new(&client, directory.path()).download(&task).await;
    let paths = paths(&outcome);
    fs::remove_file(directory.path().join(&paths[0])).unwrap();
    // Same size: only the hash differs.
    let mut bytes = fs::read(directory.path().join(&paths[1])).unwrap();
    bytes[30] ^= 1;
    fs::write(directory.path().join(&paths[1]), bytes).unwrap();
    fs::write(directory.path().join(".midapi/broken.json"), "{").unwrap();
    let verification = verify(directory.path()).unwrap();
    assert_eq!((verification.tasks, verification.files), (1, 4));
    let found: Vec<_> = verification.differences.iter().map(|d| format!("{} {:?}", d.path, d.kind)).collect();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with(&format!("{} Missing", paths[0])), "{found:?}");
    assert!(found[1].starts_with(&format!("{} Changed", paths[1])), "{found:?}");
    assert!(found[2].starts_with(".midapi/broken.json Unreadable"), "{found:?}");
}
