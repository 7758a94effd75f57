//! What is answered before anybody looks at an id.

mod support;

use midapi_mock::{MockServer, success};
use support::{Connection, GOOD, of};

#[test]
fn requests_are_let_in_as_by_the_real_gateway() {
    /// Why, method, target, headers; status, start of the body.
    type Row<'a> = (&'a str, &'a str, &'a String, &'a [&'a str], u16, &'a str);
    let server = MockServer::builder().task("cat", success()).start().unwrap();
    let json = "Content-Type: application/json";
    let key = "Authorization: Bearer a-key";
    let refused = r#"{"code":401,"msg":"You do not have access permissions"}"#;
    let unknown = r#"{"code":422,"msg":"The record does not exist","data":null}"#;
    let found = r#"{"code":200,"msg":"success","data":{"taskId":"cat","#;
    let (cat, dog, root) = (of("cat"), of("dog"), "/".to_owned());
    let table: &[Row] = &[
        ("key and type", "GET", &cat, GOOD, 200, found),
        ("a charset changes nothing", "GET", &cat, &[key, "Content-Type: application/json; charset=utf-8"], 200, found),
        ("schemes have no case", "GET", &cat, &["Authorization: bearer a-key", json], 200, found),
        ("no key", "GET", &cat, &[json], 401, refused),
        ("a blank key", "GET", &cat, &["Authorization: Bearer  ", json], 401, refused),
        ("no scheme", "GET", &cat, &["Authorization: a-key", json], 401, refused),
        ("another scheme", "GET", &cat, &["Authorization: Basic a-key", json], 401, refused),
        ("no type", "GET", &cat, &[key], 401, refused),
        ("another type", "GET", &cat, &[key, "Content-Type: text/plain"], 401, refused),
        ("a type that only begins so", "GET", &cat, &[key, "Content-Type: application/jsonl"], 401, refused),
        ("an unknown id is not told to strangers", "GET", &dog, &[json], 401, refused),
        ("an unknown id", "GET", &dog, GOOD, 200, unknown),
        (
            "no id",
            "GET",
            &"/api/v1/mj/record-info".into(),
            GOOD,
            200,
            r#"{"code":422,"msg":"taskId is required","data":null}"#,
        ),
        ("an empty id", "GET", &of(""), GOOD, 200, r#"{"code":422,"msg":"taskId is required","data":null}"#),
        (
            "other parameters are no id",
            "GET",
            &"/api/v1/mj/record-info?taskid=cat".into(),
            GOOD,
            200,
            r#"{"code":422,"#,
        ),
        ("among other parameters", "GET", &"/api/v1/mj/record-info?a=1&taskId=cat&b=2".into(), GOOD, 200, found),
        ("an encoded id", "GET", &of("%63a%74"), GOOD, 200, found),
        ("another method", "POST", &cat, &[key, json, "Content-Length: 0"], 405, r#"{"code":405,"#),
        (
            "without /mj, as many clients have it",
            "GET",
            &"/api/v1/record-info?taskId=cat".into(),
            GOOD,
            404,
            r#"{"code":404,"#,
        ),
        ("a slash too many", "GET", &"/api/v1/mj/record-info/?taskId=cat".into(), GOOD, 404, r#"{"code":404,"#),
        ("the root", "GET", &root, &[], 404, r#"{"code":404,"#),
    ];
    for (why, method, target, headers, status, body) in table {
        let mut connection = Connection::open(&server);
        connection.send(method, target, headers);
        let answer = connection.read().unwrap();
        assert_eq!(answer.status, *status, "{why}");
        assert!(answer.text().starts_with(body), "{why}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{why}");
    }
}

#[test]
fn only_the_named_key_is_accepted() {
    let server = MockServer::builder().api_key("right").task("cat", success()).start().unwrap();
    for (key, status) in [("right", 200), ("wrong", 401), ("Right", 401), ("righ", 401), ("right1", 401)] {
        let mut connection = Connection::open(&server);
        connection.send(
            "GET",
            &of("cat"),
            &[&format!("Authorization: Bearer {key}"), "Content-Type: application/json"],
        );
        assert_eq!(connection.read().unwrap().status, status, "{key}");
    }
}

#[test]
fn a_prefix_is_part_of_every_path() {
    for given in ["/gateway/v2", "gateway/v2", "/gateway/v2/"] {
        let server = MockServer::builder().prefix(given).task("cat", success()).start().unwrap();
        assert_eq!(server.base_url(), format!("http://{}/gateway/v2", server.addr()), "{given}");
        let mut connection = Connection::open(&server);
        assert_eq!(connection.look(&of("cat")).unwrap().status, 404, "{given}");
        let answer = connection.look(&format!("/gateway/v2{}", of("cat"))).unwrap();
        assert_eq!(answer.status, 200, "{given}");
        let url = &answer.json()["data"]["resultInfoJson"]["resultUrls"][0]["resultUrl"];
        assert_eq!(url, &format!("{}/m/cat_0_0.jpeg", server.base_url()), "{given}");
        assert_eq!(connection.look("/gateway/v2/m/cat_0_0.jpeg").unwrap().status, 200, "{given}");
    }
}
