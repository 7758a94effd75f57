//! Compression of responses.

mod support;

use midapi_mock::{MockServer, generating, html, raw, success};

use support::{decompress, lookup, lookup_accepting};

#[test]
fn accept_encoding_selects_gzip() {
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let plain = lookup(&server, "cat");
    assert_eq!(plain.header("content-encoding"), None, "no Accept-Encoding header");
    let table = [
        ("gzip", true),
        ("GZIP", true),
        ("deflate, gzip, br", true),
        ("br;q=1.0, gzip;q=0.5", true),
        ("*", true),
        ("gzip;q=0", false),
        ("gzip; q=0.0, *", false),
        ("*;q=0", false),
        ("*;q=0, gzip", true),
        ("br, deflate", false),
        ("xgzip", false),
        ("identity", false),
        ("", false),
    ];
    for (accepted, expected) in table {
        let response = lookup_accepting(&server, "cat", accepted);
        assert_eq!(response.header("content-encoding") == Some("gzip"), expected, "{accepted:?}");
        let body = if expected { decompress(&response.body) } else { response.body };
        assert_eq!(String::from_utf8(body).unwrap(), plain.text(), "{accepted:?}");
    }
}

#[test]
fn raw_and_encoded_bodies_stay_uncompressed() {
    let server = MockServer::builder()
        .task("page", html(502))
        .task("bytes", raw("unchanged"))
        .task("encoded", generating().content_encoding("gzip"))
        .start()
        .unwrap();
    for (id, encoding, plain_start) in [
        ("page", Some("gzip"), None),
        ("unknown", Some("gzip"), None),
        ("bytes", None, Some("unchanged")),
        ("encoded", Some("gzip"), Some("{\"code\"")),
    ] {
        let response = lookup_accepting(&server, id, "gzip");
        assert_eq!(response.header("content-encoding"), encoding, "{id}");
        match plain_start {
            Some(start) => assert!(response.text().starts_with(start), "{id}"),
            None => assert_eq!(decompress(&response.body), lookup(&server, id).body, "{id}"),
        }
    }
}

#[test]
fn each_step_is_compressed_separately() {
    let server = MockServer::builder().task("cat", generating().times(3).then(success())).start().unwrap();
    let bodies: Vec<String> = (0..5)
        .map(|_| String::from_utf8(decompress(&lookup_accepting(&server, "cat", "gzip").body)).unwrap())
        .collect();
    let flags: Vec<bool> = bodies.iter().map(|body| body.contains("\"successFlag\":1")).collect();
    assert_eq!(flags, [false, false, false, true, true]);
}

#[test]
fn gzip_option_disables_compression() {
    let server = MockServer::builder().gzip(false).task("cat", success()).start().unwrap();
    let response = lookup_accepting(&server, "cat", "gzip");
    assert_eq!((response.header("content-encoding"), response.json()["code"].as_i64()), (None, Some(200)));
}
