//! `midapi get`

mod support;

use midapi_mock::{MockServer, failed, generating, status, success};
use serde_json::json;
use support::{Ran, asking, midapi, server};

#[test]
fn a_person_sees_a_table_without_colours_in_a_pipe() {
    let params = r#"{"aspectRatio":"3:4","prompt":"A heron","speed":"fast","weirdness":5}"#;
    let data = json!({
        "taskId": "t", "taskType": "mj_txt2img", "successFlag": 2, "paramJson": params, "createTime": 1_760_576_696_000_i64,
        "completeTime": 1_760_576_758_000_i64, "errorCode": "E7", "errorMessage": "no luck",
    });
    let server = server([("t", midapi_mock::task(data).into())]);
    let ran = Ran::of(&mut asking(&server, &["get", "t"]));
    let expected = "\
t  failed
  type      mj_txt2img
  prompt    A heron
  settings  aspect 3:4, speed fast, weirdness 5
  created   2025-10-16 01:04:56 UTC
  ended     2025-10-16 01:05:58 UTC, after 1m 2s
  error     no luck (code E7)
";
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, expected, ""));
    let coloured = Ran::of(asking(&server, &["get", "t"]).env("CLICOLOR_FORCE", "1"));
    assert!(coloured.out.contains("\u{1b}["), "{:?}", coloured.out);
    let plain = Ran::of(asking(&server, &["get", "t"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert_eq!(plain.out, expected, "NO_COLOR is honoured");
}

#[test]
fn answers_come_in_the_order_of_the_ids_and_the_first_failure_is_the_status() {
    use std::time::Duration;
    let server = server([
        ("slow", success().delay(Duration::from_millis(300)).into()),
        ("limited", status(402).into()),
        ("quick", success().into()),
    ]);
    let ran = Ran::of(&mut asking(&server, &["get", "slow", "nobody", "", "limited", "quick", "--json"]));
    let lines = ran.lines();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["slow", "nobody", "", "limited", "quick"], "every id is answered");
    assert_eq!(ran.status, 5, "that of \"nobody\"");
    assert_eq!(lines[2]["error"]["kind"], "usage");
}

#[test]
fn a_failed_task_is_a_successful_look_up_unless_the_status_is_asked_for() {
    let server = server([("t", failed().into())]);
    assert_eq!(Ran::of(&mut asking(&server, &["get", "t"])).status, 0);
    assert_eq!(Ran::of(&mut asking(&server, &["get", "t", "--exit-status"])).status, 3);
}

#[test]
fn urls_are_all_there_is_on_standard_output() {
    let server = MockServer::builder().start().unwrap();
    let ran = Ran::of(&mut asking(&server, &["get", "demo-expiring", "demo-forever", "nobody", "--urls"]));
    let base = server.base_url();
    let expected: Vec<_> = (0..4).map(|n| format!("{base}/m/demo-expiring_0_{n}.jpeg")).collect();
    assert_eq!(ran.out.lines().collect::<Vec<_>>(), expected);
    assert_eq!(ran.status, 5);
    assert!(ran.err.contains("expire in 47 h"), "{}", ran.err);
}

#[test]
fn results_that_expire_soon_are_warned_of() {
    let ran = Ran::of(&mut midapi(&["--mock", "get", "demo-expiring"]));
    assert!(ran.out.contains("the results expire in 47 h: fetch them now"), "{}", ran.out);
    let fresh = Ran::of(&mut midapi(&["--mock", "get", "demo-text-results"]));
    assert!(!fresh.out.contains("expire in"), "{}", fresh.out);
    let old = Ran::of(&mut midapi(&["--mock", "get", "4edb3c5XXXXX75e3f0aa5cc"]));
    assert!(old.out.contains("may be deleted by now"), "{}", old.out);
}

#[test]
fn ids_come_from_standard_input_one_a_line() {
    let server = server([("a", success().into()), ("b b", generating().into())]);
    let input = b"a\r\n\n  \nb b\nbad\x07id\n\xff\xfe\na";
    let ran = Ran::with_input(&mut asking(&server, &["get", "-", "--json"]), input);
    let lines = ran.lines();
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line["id"].as_str().unwrap(), line["error"]["kind"].as_str().unwrap_or("ok")))
        .collect();
    let odd = "\u{fffd}\u{fffd}\0";
    assert_eq!(seen, [("a", "ok"), ("b b", "ok"), ("bad\u{7}id", "usage"), (odd, "usage"), ("a", "ok")]);
    assert_eq!(ran.status, 2);
    assert!(
        (1..=2).contains(&server.request_count("a")),
        "asked once if the second came while the first was under way"
    );
}

#[test]
fn without_a_key_every_id_is_answered_and_nothing_is_sent() {
    let server = server([("a", success().into())]);
    let mut command = asking(&server, &["get", "a", "b", "--json"]);
    let ran = Ran::of(command.env_remove("MIDAPI_API_KEY"));
    assert_eq!(ran.status, 2);
    let lines = ran.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["id"], &lines[1]["error"]["kind"]), (&json!("b"), &json!("config")));
    assert!(ran.err.contains("MIDAPI_API_KEY"), "{}", ran.err);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn bad_options_end_with_2_before_anything_is_sent() {
    let server = server([("a", success().into())]);
    let table: &[(&str, &[&str], &str)] = &[
        ("no id", &["get"], "<ID>"),
        ("a time that is none", &["get", "a", "--timeout", "soon"], "90s, 15m, 2h"),
        ("a negative time", &["get", "a", "--timeout=-1"], "90s, 15m, 2h"),
        ("a number that is none", &["get", "a", "--retries", "many"], "--retries"),
        ("two formats", &["get", "a", "--json", "--urls"], "cannot be used with"),
        ("a misspelt option", &["get", "a", "--tiemout", "5"], "--timeout"),
        ("a misspelt command", &["gett", "a"], "'get'"),
        (
            "the real API and the local server",
            &["--mock", "--base-url", "https://api.kie.ai", "get", "a"],
            "cannot be used with",
        ),
        (
            "the same on both sides of the command",
            &["--mock", "get", "a", "--base-url", "https://api.kie.ai"],
            "cannot be used with",
        ),
        ("a base URL with a password", &["--base-url", "https://a:b@api.kie.ai", "get", "a"], "user name"),
        ("plain http elsewhere", &["--base-url", "http://api.kie.ai", "get", "a"], "plain http"),
        ("a key's file that is not there", &["--api-key-file", "/no/such/file", "get", "a"], "/no/such/file"),
    ];
    for (why, arguments, says) in table {
        let ran = Ran::of(&mut asking(&server, arguments));
        assert_eq!(ran.status, 2, "{why}: {}", ran.err);
        assert!(ran.err.contains(says), "{why}: {}", ran.err);
        assert_eq!(ran.out, "", "{why}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_text_of_the_server_cannot_drive_the_terminal() {
    let data = json!({"successFlag": 2, "errorMessage": "\u{1b}[2Jall gone\u{7}"});
    let server = server([("t", midapi_mock::task(data).into()), ("u", midapi_mock::code(402, "pay\u{1b}[31m").into())]);
    let ran = Ran::of(&mut asking(&server, &["get", "t", "u"]));
    assert!(!ran.out.contains('\u{1b}') && ran.out.contains("all gone"), "{:?}", ran.out);
    assert!(!ran.err.contains('\u{1b}') && ran.err.contains("pay"), "{:?}", ran.err);
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    use std::io::Read;
    let server = server([("t", success().into())]);
    let mut command = asking(&server, &["get", "--json"]);
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
fn what_cannot_be_written_or_read_is_a_failure() {
    let server = server([("a", success().into())]);
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let ran = Ran::of(asking(&server, &["get", "a"]).stdout(full));
        assert_eq!(ran.status, 1);
        assert!(ran.err.contains("cannot write"), "{}", ran.err);
    }
    if cfg!(target_os = "linux") {
        let folder = std::fs::File::open("/").unwrap();
        let ran = Ran::of(asking(&server, &["get", "a", "-"]).stdin(folder));
        assert_eq!(ran.status, 1);
        assert!(ran.err.contains("cannot read standard input") && !ran.out.is_empty(), "{}", ran.err);
    }
}

#[test]
fn json_is_not_changed_on_its_way_to_a_pipe() {
    let data = json!({"successFlag": 1, "errorMessage": "del \u{7f}, csi \u{9b}31m, esc \u{1b}[1m"});
    let server = server([("t", midapi_mock::task(data).into())]);
    let ran = Ran::of(&mut asking(&server, &["get", "t", "--json"]));
    assert_eq!(ran.lines()[0]["error_message"], "del \u{7f}, csi \u{9b}31m, esc \u{1b}[1m");
    assert!(!ran.out.trim_end().contains(char::is_control), "{:?}", ran.out);
}

#[test]
fn no_connection_and_no_answer_end_with_7() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("http://127.0.0.1:{port}");
    let silent = server([("t", success().delay(std::time::Duration::from_mins(1)).into())]);
    for (why, base_url) in [("no connection", nobody), ("no whole answer", silent.base_url())] {
        let mut command = midapi(&["--base-url", &base_url, "get", "t", "--json", "--timeout", "0.5"]);
        let ran = Ran::of(command.env("MIDAPI_API_KEY", support::KEY));
        assert_eq!(ran.status, 7, "{why}: {}", ran.err);
        let error = &ran.lines()[0]["error"];
        assert_eq!((&error["kind"], &error["http_status"]), (&json!("transport"), &serde_json::Value::Null), "{why}");
        assert!(ran.err.contains(why), "{}", ran.err);
    }
}

#[test]
fn an_error_says_what_happened_what_was_tried_and_what_to_do() {
    let server = server([("t", midapi_mock::html(502).into())]);
    let ran = Ran::of(&mut asking(&server, &["get", "t", "--retries", "1"]));
    let base = server.base_url();
    for part in ["the server failed (the server said HTTP 502)", &format!("asked {base} 2 times in"), "try again later"]
    {
        assert!(ran.err.contains(part), "{part:?} is not in {}", ran.err);
    }
}
