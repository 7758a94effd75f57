//! `midapi get`

mod support;

use midapi_mock::{MockServer, failed, generating, status, success};
use serde_json::json;
use support::{Finished, midapi, midapi_with, server};

#[test]
fn table_has_no_colors_in_pipe() {
    let params = r#"{"aspectRatio":"3:4","prompt":"A heron","speed":"fast","weirdness":5}"#;
    let data = json!({
        "taskId": "t", "taskType": "mj_txt2img", "successFlag": 2, "paramJson": params, "createTime": 1_760_576_696_000_i64,
        "completeTime": 1_760_576_758_000_i64, "errorCode": "E7", "errorMessage": "no luck",
    });
    let server = server([("t", midapi_mock::task(data).into())]);
    let ran = Finished::run(&mut midapi_with(&server, &["get", "t"]));
    let expected = "\
t  failed
  type      mj_txt2img
  prompt    A heron
  settings  aspect 3:4, speed fast, weirdness 5
  created   2025-10-16 01:04:56 +00:00
  ended     2025-10-16 01:05:58 +00:00, after 1m 2s
  error     no luck (code E7)
";
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
    let colored = Finished::run(midapi_with(&server, &["get", "t"]).env("CLICOLOR_FORCE", "1"));
    assert!(colored.out.contains("\u{1b}["), "{:?}", colored.out);
    let plain = Finished::run(midapi_with(&server, &["get", "t"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert_eq!(plain.out, expected, "NO_COLOR is honored");
}

#[test]
fn results_follow_the_order_of_ids() {
    use std::time::Duration;
    let server = server([
        ("slow", success().delay(Duration::from_millis(300)).into()),
        ("limited", status(455).into()),
        ("quick", success().into()),
    ]);
    let ran = Finished::run(&mut midapi_with(
        &server,
        &["get", "slow", "unknown", "", "limited", "quick", "--json", "--retries", "0"],
    ));
    let lines = ran.lines();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["slow", "unknown", "", "limited", "quick"], "every id has a result");
    assert_eq!(ran.status, 5, "that of the unknown id");
    assert_eq!(lines[2]["error"]["kind"], "usage");
}

#[test]
fn exit_status_option_fails_for_failed_task() {
    let server = server([("t", failed().into())]);
    assert_eq!(Finished::run(&mut midapi_with(&server, &["get", "t"])).status, 0);
    assert_eq!(Finished::run(&mut midapi_with(&server, &["get", "t", "--exit-status"])).status, 3);
}

#[test]
fn urls_prints_only_urls() {
    let server = MockServer::builder().start().unwrap();
    let ran = Finished::run(&mut midapi_with(&server, &["get", "demo-expiring", "unknown", "--urls"]));
    let base = server.base_url();
    let expected: Vec<_> = (0..4).map(|n| format!("{base}/m/demo-expiring_0_{n}.jpeg")).collect();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected);
    assert_eq!(ran.status, 5);
    assert!(ran.err.contains("expire in 47 h"), "{}", ran.err);
}

#[test]
fn warns_about_results_that_expire_soon() {
    let ran = Finished::run(&mut midapi(&["--mock", "get", "demo-expiring"]));
    assert!(ran.out.contains("the results expire in 47 h: download them now"), "{}", ran.out);
    let fresh = Finished::run(&mut midapi(&["--mock", "get", "demo-text-results"]));
    assert!(!fresh.out.contains("expire in"), "{}", fresh.out);
    let old = Finished::run(&mut midapi(&["--mock", "get", "4edb3c5XXXXX75e3f0aa5cc"]));
    assert!(old.out.contains("may have been deleted"), "{}", old.out);
}

#[test]
fn reads_ids_from_standard_input() {
    let server = server([("a", success().into()), ("b b", generating().into())]);
    let input = b"\xef\xbb\xbfa\r\n\n  \n\t b b \t\nbad\x07id\n\xff\xfe\na";
    let ran = Finished::run_with_input(&mut midapi_with(&server, &["get", "-", "--json"]), input);
    let lines = ran.lines();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line["id"].as_str().unwrap(), line["error"]["kind"].as_str().unwrap_or("ok")))
        .collect();
    let odd = "\u{fffd}\u{fffd}";
    assert_eq!(seen, [("a", "ok"), ("b b", "ok"), ("bad\u{7}id", "usage"), (odd, "usage"), ("a", "ok")]);
    assert_eq!(ran.status, 2);
    assert!(
        (1..=2).contains(&server.request_count("a")),
        "one request if the second id was read during the first request"
    );
}

#[test]
fn missing_key_fails_every_id_without_requests() {
    let server = server([("a", success().into())]);
    let mut command = midapi_with(&server, &["get", "a", "b", "--json"]);
    let ran = Finished::run(command.env_remove("MIDAPI_API_KEY"));
    assert_eq!(ran.status, 2);
    let lines = ran.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["id"], &lines[1]["error"]["kind"]), (&json!("b"), &json!("config")));
    assert!(ran.err.contains("MIDAPI_API_KEY"), "{}", ran.err);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn invalid_options_exit_with_2() {
    let server = server([("a", success().into())]);
    let table: &[(&str, &[&str], &str)] = &[
        ("no id", &["get"], "<ID>"),
        ("invalid duration", &["get", "a", "--timeout", "soon"], "90s, 1h30m or 500ms"),
        ("negative duration", &["get", "a", "--timeout=-1"], "90s, 1h30m or 500ms"),
        ("invalid number", &["get", "a", "--retries", "many"], "--retries"),
        ("two formats", &["get", "a", "--json", "--urls"], "cannot be used with"),
        ("misspelled option", &["get", "a", "--tiemout", "5"], "--timeout"),
        ("misspelled command", &["gett", "a"], "'get'"),
        ("--mock and --base-url", &["--mock", "--base-url", "https://api.kie.ai", "get", "a"], "cannot be used with"),
        (
            "--mock and --base-url on both sides",
            &["--mock", "get", "a", "--base-url", "https://api.kie.ai"],
            "cannot be used with",
        ),
        ("base URL with a password", &["--base-url", "https://a:b@api.kie.ai", "get", "a"], "user name"),
        ("plain http to another machine", &["--base-url", "http://api.kie.ai", "get", "a"], "plain http"),
        ("missing key file", &["--api-key-file", "/no/such/file", "get", "a"], "/no/such/file"),
    ];
    for (why, arguments, says) in table {
        let ran = Finished::run(&mut midapi_with(&server, arguments));
        assert_eq!(ran.status, 2, "{why}: {}", ran.err);
        assert!(ran.err.contains(says), "{why}: {}", ran.err);
        assert_eq!(ran.out, "", "{why}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn server_text_cannot_control_the_terminal() {
    let data = json!({"successFlag": 2, "errorMessage": "\u{1b}[2Jall gone\u{7}"});
    let server = server([("t", midapi_mock::task(data).into()), ("u", midapi_mock::code(402, "pay\u{1b}[31m").into())]);
    // One after the other: the second response would end a batch.
    let [task, rejection] = ["t", "u"].map(|id| Finished::run(&mut midapi_with(&server, &["get", id])));
    assert!(!task.out.contains('\u{1b}') && task.out.contains("all gone"), "{:?}", task.out);
    assert!(!rejection.err.contains('\u{1b}') && rejection.err.contains("pay"), "{:?}", rejection.err);
}

#[test]
fn closed_pipe_ends_quietly() {
    use std::io::Read;
    let server = server([("t", success().into())]);
    let mut command = midapi_with(&server, &["get", "--json"]);
    let mut child = command
        .args(vec!["t"; 300])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn input_and_output_errors_exit_with_1() {
    let server = server([("a", success().into())]);
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let ran = Finished::run(midapi_with(&server, &["get", "a"]).stdout(full));
        assert_eq!(ran.status, 1);
        assert!(ran.err.contains("cannot write"), "{}", ran.err);
    }
    if cfg!(target_os = "linux") {
        let folder = std::fs::File::open("/").unwrap();
        let ran = Finished::run(midapi_with(&server, &["get", "a", "-"]).stdin(folder));
        assert_eq!(ran.status, 1);
        assert!(ran.err.contains("cannot read standard input") && !ran.out.is_empty(), "{}", ran.err);
    }
}

#[test]
fn json_escapes_control_characters() {
    let data = json!({"successFlag": 1, "errorMessage": "del \u{7f}, csi \u{9b}31m, esc \u{1b}[1m"});
    let server = server([("t", midapi_mock::task(data).into())]);
    let ran = Finished::run(&mut midapi_with(&server, &["get", "t", "--json"]));
    assert_eq!(ran.lines()[0]["error_message"], "del \u{7f}, csi \u{9b}31m, esc \u{1b}[1m");
    assert!(!ran.out.trim_end().contains(char::is_control), "{:?}", ran.out);
}

#[test]
fn transport_failures_exit_with_7() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let unused = format!("http://127.0.0.1:{port}");
    let silent = server([("t", success().delay(std::time::Duration::from_mins(1)).into())]);
    for (why, base_url) in [("no connection", unused), ("timed out", silent.base_url())] {
        let mut command = midapi(&["--base-url", &base_url, "get", "t", "--json", "--timeout", "0.5"]);
        let ran = Finished::run(command.env("MIDAPI_API_KEY", support::KEY));
        assert_eq!(ran.status, 7, "{why}: {}", ran.err);
        let error = &ran.lines()[0]["error"];
        assert_eq!((&error["kind"], &error["http_status"]), (&json!("transport"), &serde_json::Value::Null), "{why}");
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}

#[test]
fn error_has_id_cause_attempts_and_hint() {
    let server = server([("t", midapi_mock::html(502).into())]);
    let ran = Finished::run(&mut midapi_with(&server, &["get", "t", "--retries", "1"]));
    let base = server.base_url();
    assert!(ran.err.starts_with("error: t: ") && ran.err.contains("HTTP 502"), "{}", ran.err);
    for part in [format!("\n  tried {base} 2 times in "), "\n  hint: ".to_owned()] {
        assert_eq!(ran.err.matches(&part).count(), 1, "{part:?} is not in {}", ran.err);
    }
    assert_eq!(ran.err.lines().count(), 3, "{}", ran.err);
    let connection = Finished::run(
        midapi(&["--base-url", "http://127.0.0.1:9", "get", "t", "--timeout", "0.2"])
            .env("MIDAPI_API_KEY", support::KEY),
    );
    assert!(!connection.err.contains("caused by"), "the chain needs -v: {}", connection.err);
}
