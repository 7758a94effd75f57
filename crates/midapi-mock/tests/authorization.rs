//! Checks of the path, method, key and id before the scenario.

mod support;

use midapi_mock::{MockServer, success};

use support::{AUTHORIZED, Connection, lookup_path};

#[test]
fn requests_are_checked_like_real_gateway() {
    /// Reason, method, target, headers, expected status, expected start of the body.
    type Row<'a> = (&'a str, &'a str, &'a String, &'a [&'a str], u16, &'a str);
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let json = "Content-Type: application/json";
    let key = "Authorization: Bearer a-key";
    let unauthorized = r#"{"code":401,"msg":"You do not have access permissions"}"#;
    let unknown = r#"{"code":422,"msg":"The record does not exist","data":null}"#;
    let found = r#"{"code":200,"msg":"success","data":{"taskId":"cat","#;
    let (cat, dog, root) = (lookup_path("cat"), lookup_path("dog"), "/".to_owned());
    let table: &[Row] = &[
        ("key and content type", "GET", &cat, AUTHORIZED, 200, found),
        (
            "a content type with a charset",
            "GET",
            &cat,
            &[key, "Content-Type: application/json; charset=utf-8"],
            200,
            found,
        ),
        ("a lower-case scheme", "GET", &cat, &["Authorization: bearer a-key", json], 200, found),
        ("no key", "GET", &cat, &[json], 401, unauthorized),
        ("a blank key", "GET", &cat, &["Authorization: Bearer  ", json], 401, unauthorized),
        ("no scheme", "GET", &cat, &["Authorization: a-key", json], 401, unauthorized),
        ("another scheme", "GET", &cat, &["Authorization: Basic a-key", json], 401, unauthorized),
        ("no content type", "GET", &cat, &[key], 401, unauthorized),
        ("another content type", "GET", &cat, &[key, "Content-Type: text/plain"], 401, unauthorized),
        (
            "a content type with the same prefix",
            "GET",
            &cat,
            &[key, "Content-Type: application/jsonl"],
            401,
            unauthorized,
        ),
        ("an unknown id without a key", "GET", &dog, &[json], 401, unauthorized),
        ("an unknown id", "GET", &dog, AUTHORIZED, 200, unknown),
        (
            "no id",
            "GET",
            &"/api/v1/mj/record-info".into(),
            AUTHORIZED,
            200,
            r#"{"code":422,"msg":"taskId is required","data":null}"#,
        ),
        (
            "an empty id",
            "GET",
            &lookup_path(""),
            AUTHORIZED,
            200,
            r#"{"code":422,"msg":"taskId is required","data":null}"#,
        ),
        (
            "a parameter with another case",
            "GET",
            &"/api/v1/mj/record-info?taskid=cat".into(),
            AUTHORIZED,
            200,
            r#"{"code":422,"#,
        ),
        (
            "other parameters before and after",
            "GET",
            &"/api/v1/mj/record-info?a=1&taskId=cat&b=2".into(),
            AUTHORIZED,
            200,
            found,
        ),
        ("an encoded id", "GET", &lookup_path("%63a%74"), AUTHORIZED, 200, found),
        ("another method", "POST", &cat, &[key, json, "Content-Length: 0"], 405, r#"{"code":405,"#),
        ("the path without /mj", "GET", &"/api/v1/record-info?taskId=cat".into(), AUTHORIZED, 404, r#"{"code":404,"#),
        ("a trailing slash", "GET", &"/api/v1/mj/record-info/?taskId=cat".into(), AUTHORIZED, 404, r#"{"code":404,"#),
        ("the root", "GET", &root, &[], 404, r#"{"code":404,"#),
    ];
    for (why, method, target, headers, status, body) in table {
        let response = Connection::open(&server).request(method, target, headers).unwrap();
        assert_eq!(response.status, *status, "{why}");
        assert!(response.text().starts_with(body), "{why}: {}", response.text());
        assert_eq!(response.header("content-type"), Some("application/json;charset=UTF-8"), "{why}");
    }
}

#[test]
fn only_configured_key_is_accepted() {
    let server = MockServer::builder().api_key("right").task("cat", success()).start().unwrap();
    for (key, status) in [("right", 200), ("wrong", 401), ("Right", 401), ("righ", 401), ("right1", 401)] {
        let headers = [&format!("Authorization: Bearer {key}"), "Content-Type: application/json"];
        let response = Connection::open(&server).request("GET", &lookup_path("cat"), &headers).unwrap();
        assert_eq!(response.status, status, "{key}");
    }
}

#[test]
fn prefix_applies_to_every_path() {
    for given in ["/gateway/v2", "gateway/v2", "/gateway/v2/"] {
        let server = MockServer::builder().prefix(given).task("cat", success()).start().unwrap();
        assert_eq!(server.base_url(), format!("http://{}/gateway/v2", server.addr()), "{given}");
        let mut connection = Connection::open(&server);
        assert_eq!(connection.get(&lookup_path("cat")).unwrap().status, 404, "{given}");
        let response = connection.get(&format!("/gateway/v2{}", lookup_path("cat"))).unwrap();
        assert_eq!(response.status, 200, "{given}");
        let url = &response.json()["data"]["resultInfoJson"]["resultUrls"][0]["resultUrl"];
        assert_eq!(url, &format!("{}/m/cat_0_0.jpeg", server.base_url()), "{given}");
        assert_eq!(connection.get("/gateway/v2/m/cat_0_0.jpeg").unwrap().status, 200, "{given}");
    }
}
