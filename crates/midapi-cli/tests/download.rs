//! `midapi download`, `midapi wait --download` and `midapi verify`.

#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use midapi_mock::{FileKind, MockServer, failed, file, generating, html, not_found, status, success};
use support::{Finished, midapi, midapi_with, server};

const KIND: FileKind = FileKind::Jpeg;

/// All files under the directory except records and locks, with their sizes.
fn files(directory: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut directories = vec![directory.to_owned()];
    while let Some(next) = directories.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => directories.push(path),
                Some("json" | "lock") => {}
                _ => {
                    let size = path.metadata().map_or(0, |metadata| metadata.len());
                    found.insert(path.strip_prefix(directory).unwrap().display().to_string(), size);
                }
            }
        }
    }
    found
}

fn path_of(directory: &tempfile::TempDir) -> &str {
    directory.path().to_str().unwrap()
}

#[test]
fn downloads_are_printed_and_summarized() {
    let (server, directory) =
        (server([("a", success().into()), ("b", success().into())]), tempfile::tempdir().unwrap());
    let run = |ids: &[&str]| {
        Finished::run(&mut midapi_with(&server, &[&["download", "--to", path_of(&directory)], ids].concat()))
    };
    let first = run(&["a"]);
    assert_eq!((first.status, first.out.lines().count()), (0, 4), "{}", first.err);
    assert!(first.out.lines().all(|line| line.starts_with("saved  ") && line.ends_with(" B")), "{}", first.out);
    assert!(first.err.starts_with("4 files saved ("), "{}", first.err);
    let requests = server.requests().len();
    let second = run(&["a"]);
    assert!(second.out.lines().all(|line| line.starts_with("exists  ")), "{}", second.out);
    assert!(second.err.contains("0 files saved (0 B), 4 already there"), "{}", second.err);
    assert_eq!(server.requests().len(), requests, "the second run sends no request");
    let both = run(&["a", "b"]);
    assert_eq!((both.status, both.out.lines().count()), (0, 8), "{}", both.err);
    assert_eq!(files(directory.path()).len(), 8);
}

#[test]
fn json_has_one_line_per_id() {
    let tasks = [
        ("a", success().into()),
        ("late", generating().into()),
        ("bad", failed().into()),
        ("none", not_found().into()),
    ];
    let (server, directory) = (server(tasks), tempfile::tempdir().unwrap());
    let ids = ["a", "late", "bad", "none", "two\u{1}"];
    let ran = Finished::run(&mut midapi_with(
        &server,
        &[&["download", "--json", "--to", path_of(&directory)][..], &ids].concat(),
    ));
    let mut lines: BTreeMap<String, _> =
        ran.lines().into_iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect();
    assert_eq!(lines.len(), 5, "{}", ran.out);
    let a = lines.remove("a").unwrap();
    assert_eq!((a["error"].is_null(), a["files"].as_array().unwrap().len()), (true, 4));
    let file = &a["files"][0];
    assert_eq!((&file["n"], &file["outcome"], file["error"].is_null()), (&1.into(), &"saved".into(), true));
    assert_eq!(file["bytes"], fs::metadata(directory.path().join(file["path"].as_str().unwrap())).unwrap().len());
    assert_eq!(file["sha256"].as_str().unwrap().len(), 64);
    let kinds: Vec<_> = lines.values().map(|line| line["error"]["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["task_failed", "not_finished", "not_found", "usage"], "in the order of the ids");
    assert_eq!(lines["late"]["error"]["last_status"], "generating");
    assert_eq!(ran.status, 8, "the first failure in the order of the ids: {}", ran.err);
    assert!(ran.err.contains("hint: wait for the task with --wait"), "{}", ran.err);
}

#[test]
fn wait_downloads_as_tasks_finish() {
    let tasks = [("a", generating().times(2).then(success())), ("bad", failed().into())];
    let (server, directory) = (server(tasks), tempfile::tempdir().unwrap());
    let arguments = ["wait", "a", "bad", "--interval", "0.1", "--download", path_of(&directory)];
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(ran.out.contains("a  success") && ran.out.contains("bad  failed"), "the tasks are printed: {}", ran.out);
    assert_eq!(ran.out.matches("\nsaved  ").count(), 4, "{}", ran.out);
    assert_eq!(ran.err.matches("error: bad: task failed").count(), 1, "{}", ran.err);
    assert!(ran.err.contains("1 done, 1 failed, 0 pending"), "{}", ran.err);
    assert_eq!(files(directory.path()).len(), 4);
}

#[test]
fn download_waits_with_the_option() {
    let (server, directory) = (server([("a", generating().then(success()))]), tempfile::tempdir().unwrap());
    let to = path_of(&directory);
    let ran = Finished::run(&mut midapi_with(&server, &["download", "a", "--to", to, "--wait", "--interval", "0.1"]));
    assert_eq!((ran.status, files(directory.path()).len()), (0, 4), "{}", ran.err);
    let table = [
        (&["--interval", "1"][..], "--interval needs --wait"),
        (&["--not-found-grace", "1"], "--not-found-grace needs --wait"),
        (&["--name", "../{n}"], "contains . or .."),
        (&["--name", "{n"], "a brace without a field"),
        (&["--max-size", "big"], "a size such as 20MB"),
        (&["--max-in-flight", "0"], "--max-in-flight"),
    ];
    let requests = server.requests().len();
    for (arguments, message) in table {
        let ran = Finished::run(&mut midapi_with(&server, &[&["download", "a", "--to", to], arguments].concat()));
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(message), "{arguments:?}: {}", ran.err);
    }
    for option in ["download --to", "wait --download"] {
        let (verb, option) = option.split_once(' ').unwrap();
        let url = "s3://key:secret@bucket/x?token=secret";
        let ran = Finished::run(&mut midapi_with(&server, &[verb, "a", option, url]));
        assert_eq!(ran.status, 2, "{}", ran.err);
        assert!(!ran.err.contains("secret"), "{}", ran.err);
        #[cfg(not(feature = "object-store"))]
        assert!(ran.err.contains("install it with: cargo install ") && ran.err.contains("--features object-store"));
    }
    assert_eq!(server.requests().len(), requests, "bad input sends no request");
}

#[test]
fn dry_run_prints_names_only() {
    let server = server([("a", success().params(serde_json::json!({"prompt": "A cat"})).into())]);
    let parent = tempfile::tempdir().unwrap();
    let to = parent.path().join("pictures");
    let arguments = ["download", "a", "--to", to.to_str().unwrap(), "--dry-run", "--name", "{prompt}/{n}.{ext}"];
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    let line = |n| format!("would save  {}/A-cat/{n}.jpeg\n", to.display());
    let expected = [1, 2, 3, 4].map(line).concat();
    assert_eq!((ran.status, ran.out), (0, expected), "{}", ran.err);
    assert!(!to.exists());
    assert_eq!(server.requests().len(), 1, "the task only");
}

#[test]
fn unwritable_directory_sends_no_request() {
    let (server, parent) = (server([("a", success().into())]), tempfile::tempdir().unwrap());
    let occupied = parent.path().join("file");
    fs::write(&occupied, "").unwrap();
    let ran = Finished::run(&mut midapi_with(&server, &["download", "a", "--to", occupied.to_str().unwrap()]));
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.starts_with(&format!("error: cannot create {}", occupied.display())), "{}", ran.err);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn failed_files_are_completed_later() {
    let server = MockServer::builder().task("a", success()).file("/m/a_0_2.jpeg", html(200)).start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let run = || Finished::run(&mut midapi_with(&server, &["download", "a", "--to", path_of(&directory)]));
    let first = run();
    assert_eq!((first.status, first.out.lines().count()), (9, 3), "{}", first.err);
    assert!(
        first.err.contains("error: a: result 3: not a picture or video: the file starts with \"<"),
        "{}",
        first.err
    );
    assert!(first.err.contains("3 files saved") && first.err.contains("1 failed"), "{}", first.err);
    server.set_file("/m/a_0_2.jpeg", file(KIND, 2_000));
    let second = run();
    assert_eq!(second.status, 0, "{}", second.err);
    let verbs: Vec<_> = second.out.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(verbs, ["exists", "exists", "saved", "exists"]);
}

#[test]
fn pending_ids_include_failed_downloads() {
    let server = MockServer::builder()
        .task("good", success())
        .task("page", success())
        .task("gone", success())
        .file("/m/page_0_0.jpeg", html(200))
        .file("/m/gone_0_0.jpeg", status(410))
        .start()
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pending = directory.path().join("pending.txt");
    let to = directory.path().join("pictures");
    let arguments =
        ["download", "good", "page", "gone", "--to", to.to_str().unwrap(), "--pending-to", pending.to_str().unwrap()];
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    assert_eq!(ran.status, 9, "{}", ran.err);
    assert_eq!(fs::read_to_string(&pending).unwrap(), "page\n", "an expired result does not come back");
    assert!(ran.err.contains("to continue: midapi"), "{}", ran.err);
}

#[test]
fn verification_exits_with_1_on_a_difference() {
    let (server, directory) = (server([("a", success().into())]), tempfile::tempdir().unwrap());
    assert_eq!(Finished::run(&mut midapi_with(&server, &["download", "a", "--to", path_of(&directory)])).status, 0);
    let verify = || Finished::run(&mut midapi(&["verify", path_of(&directory)]));
    let whole = verify();
    assert_eq!((whole.status, &*whole.out, &*whole.err), (0, "4 files of 1 tasks, 0 differences\n", ""));
    let path = files(directory.path()).into_keys().next().unwrap();
    fs::write(directory.path().join(&path), "edited").unwrap();
    let changed = verify();
    assert_eq!(
        (changed.status, changed.out),
        (1, format!("changed     {path} (task a)\n4 files of 1 tasks, 1 differences\n"))
    );
    let missing = Finished::run(&mut midapi(&["verify", "/nonexistent"]));
    assert_eq!(missing.status, 1, "{}", missing.err);
    assert!(missing.err.contains("cannot read the records of /nonexistent"), "{}", missing.err);
}

#[test]
fn gallery_is_written_beside_the_files() {
    let (server, directory) = (server([("a", success().into())]), tempfile::tempdir().unwrap());
    assert_eq!(Finished::run(&mut midapi_with(&server, &["download", "a", "--to", path_of(&directory)])).status, 0);
    let ran = Finished::run(&mut midapi(&["gallery", path_of(&directory)]));
    let page = directory.path().join("index.html");
    assert_eq!((ran.status, ran.out), (0, format!("{}  4 files of 1 tasks\n", page.display())), "{}", ran.err);
    assert!(fs::read_to_string(page).unwrap().contains("<title>"));
    let missing = Finished::run(&mut midapi(&["gallery", "/nonexistent"]));
    assert_eq!(missing.status, 1, "{}", missing.err);
}

#[test]
fn hostile_prompts_are_only_names() {
    let long = "x".repeat(2_000);
    let prompts =
        ["../../../etc/passwd", "~root", "-rf", "CON", "a\u{1b}[2Jb\u{202e}c", "", " . ", "NUL.txt", "\u{0}\n", &long];
    let builder = prompts.iter().enumerate().fold(MockServer::builder(), |builder, (index, prompt)| {
        builder.task(format!("t{index}"), success().params(serde_json::json!({ "prompt": prompt })))
    });
    let (server, parent) = (builder.start().unwrap(), tempfile::tempdir().unwrap());
    let to = parent.path().join("pictures");
    let ids: Vec<_> = (0..prompts.len()).map(|index| format!("t{index}")).collect();
    let mut arguments = vec!["download", "--to", to.to_str().unwrap(), "--name", "{prompt}.{ext}"];
    arguments.extend(ids.iter().map(String::as_str));
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(!ran.out.contains(['\u{1b}', '\u{202e}']), "{}", ran.out);
    let found = files(parent.path());
    assert_eq!(found.len(), prompts.len() * 4, "{found:?}");
    let folded: std::collections::HashSet<_> = found.keys().map(|path| path.to_lowercase()).collect();
    assert_eq!(folded.len(), found.len(), "unique without case");
    for path in found.keys() {
        let name = path.strip_prefix("pictures/").expect(path);
        assert!(!name.contains('/') && name.len() <= 240 && !name.starts_with(['.', '-', '~']), "{name}");
    }
}

#[test]
fn processes_share_a_directory() {
    let builder = MockServer::builder().task("a", success());
    let builder = (0..4).fold(builder, |builder, n| {
        builder.file(format!("/m/a_0_{n}.jpeg"), file(KIND, 50_000).delay(Duration::from_millis(200)))
    });
    let (server, directory) = (builder.start().unwrap(), tempfile::tempdir().unwrap());
    let start = || {
        let mut command = midapi_with(&server, &["download", "a", "--json", "--to", path_of(&directory)]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [start(), start(), start()];
    let outcomes = children.map(|child| {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        line["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["outcome"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    });
    let saved = outcomes.iter().flatten().filter(|outcome| *outcome == "saved").count();
    let requests: usize = (0..4).map(|n| server.file_request_count(&format!("/m/a_0_{n}.jpeg"))).sum();
    assert_eq!((saved, requests), (4, 4), "one process downloads, the others find the files: {outcomes:?}");
    assert_eq!(files(directory.path()).len(), 4);
}

/// Starts a download of ten tasks whose files arrive with a delay.
fn start_download(server: &MockServer, directory: &Path) -> Child {
    let ids: Vec<_> = (0..10).map(|index| format!("t{index}")).collect();
    let mut arguments = vec!["download", "--to", directory.to_str().unwrap()];
    arguments.extend(ids.iter().map(String::as_str));
    midapi_with(server, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn slow_server() -> MockServer {
    let mut builder = MockServer::builder();
    for index in 0..10 {
        builder = builder.task(format!("t{index}"), success());
        for n in 0..4 {
            let delay = Duration::from_millis(1 + 7 * (index * 4 + n) % 40);
            builder = builder.file(format!("/m/t{index}_0_{n}.jpeg"), file(KIND, 150_000).delay(delay));
        }
    }
    builder.start().unwrap()
}

/// The number of kills: `MIDAPI_KILLS`, otherwise 15.
fn kills() -> u64 {
    std::env::var("MIDAPI_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(15)
}

#[test]
fn kills_at_random_moments_lose_nothing() {
    let server = slow_server();
    let expected = KIND.bytes(150_000, 0);
    let mut directory = tempfile::tempdir().unwrap();
    for kill in 0..kills() {
        let mut child = start_download(&server, directory.path());
        // Multiples of the golden ratio spread the kills over the run without a source of randomness.
        let moment = kill.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        std::thread::sleep(Duration::from_micros((moment * 250_000) >> 32));
        child.kill().unwrap();
        let has_finished = child.wait().unwrap().success();
        // Every file under a final name is whole.
        for path in files(directory.path()).keys().filter(|path| !path.starts_with(".midapi")) {
            assert!(fs::read(directory.path().join(path)).unwrap() == expected, "kill {kill}: {path}");
        }
        if kill % 5 == 4 || has_finished {
            assert!(start_download(&server, directory.path()).wait().unwrap().success());
            let found = files(directory.path());
            assert_eq!(found.len(), 40, "kill {kill}: the right files and nothing else: {:?}", found.keys());
            let verified = Finished::run(&mut midapi(&["verify", path_of(&directory)]));
            assert_eq!(verified.status, 0, "kill {kill}: {}", verified.out);
            directory = tempfile::tempdir().unwrap();
        }
    }
}

#[test]
fn interrupts_leave_whole_files_only() {
    let (server, directory) = (slow_server(), tempfile::tempdir().unwrap());
    let pending = directory.path().join("pending.json");
    let ids: Vec<_> = (0..10).map(|index| format!("t{index}")).collect();
    let to = directory.path().join("pictures");
    let mut arguments = vec![
        "download",
        "--max-in-flight",
        "1",
        "--to",
        to.to_str().unwrap(),
        "--pending-to",
        pending.to_str().unwrap(),
    ];
    arguments.extend(ids.iter().map(String::as_str));
    let child = midapi_with(&server, &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while server.file_request_count("/m/t3_0_0.jpeg") == 0 && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{err}");
    let rest = fs::read_to_string(&pending).unwrap();
    assert!(rest.lines().count() < 10 && rest.ends_with("t9\n"), "{rest}");
    let mut found = files(&to);
    found.retain(|path, _| !path.starts_with(".midapi"));
    assert!(found.values().all(|size| *size == 150_000), "{found:?}");
    assert!(err.contains("interrupted: ") && err.contains("to continue: "), "{err}");
}

#[test]
fn full_disk_ends_the_batch_with_one_error() {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("disk");
    fs::create_dir(&to).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(&to).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not mount a small file system");
        return;
    }
    let server = slow_server();
    let ids: Vec<_> = (0..10).map(|index| format!("t{index}")).collect();
    let mut arguments = vec!["download", "--max-in-flight", "2", "--to", to.to_str().unwrap()];
    arguments.extend(ids.iter().map(String::as_str));
    let ran = Finished::run(&mut midapi_with(&server, &arguments));
    let found = files(&to);
    let verified = Finished::run(&mut midapi(&["verify", to.to_str().unwrap()]));
    assert!(Command::new("umount").arg(&to).status().unwrap().success());
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.contains("No space left on device") && ran.err.contains("to continue: midapi"), "{}", ran.err);
    assert!(found.values().all(|size| *size == 150_000), "nothing but whole files: {found:?}");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let requests = server.requests().iter().filter(|request| request.path.contains("/m/")).count();
    assert!(requests < 36, "the batch ends: {requests}");
}
