//! Operations besides the lookup.

mod support;

use std::io::Write;

use midapi_mock::{MockServer, code, raw, status};

use support::{AUTHORIZED, Connection};

fn server() -> MockServer {
    let credit = raw(r#"{"code":200,"msg":"success","data":12.5}"#);
    let generate = code(429, "slow down").then(raw(r#"{"code":200,"data":{"taskId":"new"}}"#));
    let builder = MockServer::builder().prefix("/below").gzip(false);
    builder.route("GET", "/api/v1/chat/credit", credit).route("post", "/api/v1/mj/generate", generate).start().unwrap()
}

#[test]
fn routes_follow_their_scenarios() {
    let server = server();
    let table = [
        ("GET", "/below/api/v1/chat/credit", AUTHORIZED, 200, r#""data":12.5"#),
        ("GET", "/below/api/v1/chat/credit", &AUTHORIZED[..1], 401, "access permissions"),
        ("GET", "/below/api/v1/chat/credit?x=1", AUTHORIZED, 200, r#""data":12.5"#),
        ("GET", "/below/api/v1/mj/generate", AUTHORIZED, 404, "No such path"),
        ("GET", "/api/v1/chat/credit", AUTHORIZED, 404, "No such path"),
        ("POST", "/below/api/v1/mj/generate", AUTHORIZED, 200, r#""code":429"#),
        ("POST", "/below/api/v1/mj/generate", AUTHORIZED, 200, r#""taskId":"new""#),
        ("POST", "/below/api/v1/mj/generate", AUTHORIZED, 200, r#""taskId":"new""#),
    ];
    for (method, target, headers, http, expected) in table {
        let response = Connection::open(&server).request(method, target, headers).unwrap();
        assert_eq!(response.status, http, "{method} {target}");
        assert!(response.text().contains(expected), "{method} {target}: {}", response.text());
    }
}

#[test]
fn log_contains_route_request_body() {
    let server = server();
    let mut connection = Connection::open(&server);
    let body = br#"{"prompt":"A heron"}"#;
    let length = format!("Content-Length: {}", body.len());
    connection.send("POST", "/below/api/v1/mj/generate", &[AUTHORIZED, &[length.as_str()]].concat());
    connection.0.write_all(body).unwrap();
    connection.read().unwrap();
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!((request.method.as_str(), &request.body[..]), ("POST", &body[..]));
    assert_eq!(request.task_id, None);
}

#[test]
fn invalid_route_steps_are_rejected() {
    let error = MockServer::builder().route("GET", "/x", status(99)).start().unwrap_err();
    assert!(error.to_string().contains("/x"), "{error}");
}
