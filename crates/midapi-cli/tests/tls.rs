//! HTTPS with a private CA, and a proxy, through the command.

mod support;
#[path = "../../midapi/tests/support/tls.rs"]
mod tls;

use std::process::Command;

use midapi_mock::success;
use support::{Finished, KEY, midapi, server};
use tls::{Ca, https, proxy};

fn with_key(arguments: &[&str]) -> Command {
    let mut command = midapi(arguments);
    command.env("MIDAPI_API_KEY", KEY);
    command
}

#[test]
fn private_ca_comes_from_option_or_environment() {
    let (ca, server) = (Ca::new(), server([("t", success().into())]));
    let base_url = format!("https://localhost:{}", https(&ca, "localhost", &server).port());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca.pem()).unwrap();
    let file = file.to_str().unwrap();
    let get = ["get", "t", "--urls", "--retries", "0", "--base-url", &base_url];

    let ran = Finished::run(&mut with_key(&get));
    assert_eq!((ran.status, server.requests().len()), (7, 0), "{}", ran.err);
    for words in ["error: t: ", "certificate", "\n  hint: ", "--ca-file FILE"] {
        assert!(ran.err.contains(words), "{words}: {}", ran.err);
    }
    for command in [with_key(&get).args(["--ca-file", file]), with_key(&get).env("MIDAPI_CA_FILE", file)] {
        let ran = Finished::run(command);
        assert_eq!((ran.status, ran.out.lines().count()), (0, 4), "{}", ran.err);
    }
    let ran = Finished::run(with_key(&get).args(["--ca-file", "/no/such/file"]));
    assert!(ran.status == 2 && ran.err.contains("/no/such/file"), "{}", ran.err);
}

#[test]
fn proxy_sees_no_secret() {
    let (ca, server) = (Ca::new(), server([("t", success().into())]));
    let (address, heard) = proxy(https(&ca, "api.example", &server));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ca.pem()).unwrap();
    let get = ["--base-url", "https://api.example", "--ca-file", file.to_str().unwrap(), "get", "t", "--retries", "0"];
    let url = format!("http://{address}");
    for command in [with_key(&get).args(["--proxy", &url]), with_key(&get).env("HTTPS_PROXY", &url)] {
        let ran = Finished::run(command);
        assert_eq!(ran.status, 0, "{}", ran.err);
    }
    let heard = heard.text();
    assert_eq!(heard.matches("CONNECT api.example:443").count(), 2, "{heard}");
    assert!(!heard.contains(KEY) && !heard.contains("taskId"), "{heard}");
}

#[test]
fn connection_options_are_in_resume_command() {
    let server = server([("t", midapi_mock::generating().into())]);
    let (address, _) = proxy(server.addr());
    let proxy = format!("http://{address}");
    let wait = ["--proxy", &proxy, "--base-url", &server.base_url(), "wait", "t", "--timeout", "0"];
    let ran = Finished::run(&mut with_key(&wait));
    assert_eq!(ran.status, 8, "{}", ran.err);
    assert!(ran.err.contains(&format!("--proxy {proxy} wait t")), "{}", ran.err);
}

#[test]
fn options_that_show_a_password_are_rejected() {
    let table: [(&[&str], &str); 3] = [
        (&["--proxy", "http://somebody:hunter2@proxy.example", "check"], "visible in the process list"),
        (&["--mock", "--proxy", "http://127.0.0.1:1", "get", "demo"], "--proxy"),
        (&["--mock", "get", "demo", "--ca-file", "ca.pem"], "--mock cannot be used with --ca-file"),
    ];
    for (arguments, words) in table {
        let ran = Finished::run(&mut with_key(arguments));
        assert!(ran.status == 2 && ran.err.contains(words), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("hunter2"), "{}", ran.err);
    }
}

#[test]
fn unusable_proxies_are_named() {
    let table = [
        ("HTTPS_PROXY", "socks5://127.0.0.1:1", "the proxy in HTTPS_PROXY has the unsupported scheme \"socks5\""),
        ("HTTPS_PROXY", "http://[broken", "the proxy in HTTPS_PROXY is not a URL"),
        ("https_proxy", "ftp://127.0.0.1:1", "the proxy in https_proxy has the unsupported scheme \"ftp\""),
        ("ALL_PROXY", "socks4://127.0.0.1:1", "the proxy in ALL_PROXY has the unsupported scheme \"socks4\""),
    ];
    for (name, value, expected) in table {
        let mut command = midapi(&["--base-url", "https://api.example", "wait", "a", "--timeout", "30s"]);
        let ran = Finished::run(command.env("MIDAPI_API_KEY", KEY).env(name, value));
        assert_eq!(ran.status, 2, "{name}={value}: {}", ran.err);
        assert!(ran.err.contains(expected), "{}", ran.err);
    }
}

#[test]
fn unknown_host_ends_get_and_wait_early() {
    // RFC 6761 reserves the name: it is never resolved.
    let host = "no-such-host.invalid";
    let base_url = format!("https://{host}");
    for verb in [&["get"][..], &["wait", "--interval", "0.1", "--timeout", "10m"]] {
        let arguments = [&["--base-url", &base_url], verb, &["a"]].concat();
        let ran = Finished::run(midapi(&arguments).env("MIDAPI_API_KEY", KEY));
        assert_eq!(ran.status, 7, "{}", ran.err);
        assert!(ran.err.contains(&format!("error: a: host {host} not found")), "{}", ran.err);
        let attempts = if verb[0] == "get" { "once" } else { "3 times" };
        assert!(ran.err.contains(&format!("tried {base_url} {attempts}")), "{}", ran.err);
    }
}
