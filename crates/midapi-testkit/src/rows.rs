//! A table of responses and their classifications. The tests of the SDK and of the command use the same rows.

use midapi_mock::{Step, code, failed, html, huge, not_found, null_data, raw, redirect, reset, status, success, task};

/// A response and its classification.
#[derive(Debug, Clone)]
pub struct Row {
    /// A description of the response.
    pub name: &'static str,
    /// The response of the server.
    pub response: Step,
    /// The kind of the error. Empty if the result is a task.
    pub kind: &'static str,
    /// What a call does after the response: for example, it retries or returns an error.
    pub next: Next,
    /// The HTTP status in the error. None if the error has none, or the result is a task.
    pub http_status: Option<u16>,
    /// The body code in the error. None if the error has none, or the result is a task.
    pub code: Option<i64>,
}

/// The action of a call after a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The call ends.
    End,
    /// A `get` retries, and a wait continues.
    Retry,
    /// A `get` retries once, and a wait continues.
    RetryOnce,
    /// A `get` ends, and a wait continues.
    PollAgain,
}

impl Row {
    /// The number of requests that a `get` with four retries sends if every response is this response.
    pub const fn get_requests(&self) -> usize {
        match self.next {
            Next::End | Next::PollAgain => 1,
            Next::RetryOnce => 2,
            Next::Retry => 5,
        }
    }

    /// The exit code of `midapi get`.
    ///
    /// # Panics
    /// If `kind` is neither empty nor an error kind of the SDK.
    pub fn exit_code(&self) -> i32 {
        if self.kind.is_empty() {
            return 0;
        }
        self.kind.parse::<midapi::ErrorKind>().expect("a kind").exit_code().into()
    }
}

/// All rows. In each group, the first responses are documented or recorded; the others combine statuses and codes.
pub fn rows() -> Vec<Row> {
    use Next::{End, PollAgain, Retry, RetryOnce};

    let row = |name, response, kind, next, http_status: u16, code: i64| Row {
        name,
        response,
        kind,
        next,
        http_status: (http_status != 0).then_some(http_status),
        code: (code != 0).then_some(code),
    };
    let data = |code: i64| raw(format!(r#"{{"code":{code},"data":{{"taskId":"t","successFlag":1}}}}"#));
    let mut rows = vec![
        row("a reset connection", reset(), "transport", Retry, 0, 0),
        row("a truncated body", success().truncate_after(40), "transport", Retry, 200, 0),
        row("an empty body", raw(""), "transport", Retry, 200, 0),
        row("no content", raw("").http_status(204), "transport", Retry, 204, 0),
        row("an unsupported encoding", raw("abc").content_encoding("br"), "transport", Retry, 200, 0),
        row("invalid gzip", raw("not gzip").content_encoding("gzip"), "transport", Retry, 200, 0),
        row("HTTP 429", status(429), "rate_limited", Retry, 429, 429),
        row("HTTP 429 without an envelope", html(429), "rate_limited", Retry, 429, 0),
        row("HTTP 429 with a truncated body", status(429).truncate_after(5), "rate_limited", Retry, 429, 0),
        row("code 429", code(429, "slow down"), "rate_limited", Retry, 200, 429),
        row("HTTP 503", status(503), "unavailable", Retry, 503, 503),
        row("HTTP 503 with a page", html(503), "unavailable", Retry, 503, 0),
        row(
            "HTTP 503 with an unsupported encoding",
            raw("a").content_encoding("br").http_status(503),
            "unavailable",
            Retry,
            503,
            0,
        ),
        row("HTTP 455", status(455), "unavailable", Retry, 455, 455),
        row("code 455", code(455, "maintenance"), "unavailable", Retry, 200, 455),
        row("code 500", code(500, "oops"), "server", Retry, 200, 500),
        row("code 503", code(503, "overloaded"), "server", Retry, 200, 503),
        row("code 599", code(599, "oops"), "server", Retry, 200, 599),
        row("HTTP 502 with code 401", code(401, "no").http_status(502), "server", Retry, 502, 401),
        row("HTTP 500 with a task", success().http_status(500), "server", Retry, 500, 200),
        row("HTTP 400 with code 500", code(500, "oops").http_status(400), "server", Retry, 400, 500),
        row("HTTP 401 without data", raw(r#"{"code":401,"msg":"no"}"#).http_status(401), "auth", End, 401, 401),
        row("HTTP 401 with a challenge", html(401).header("www-authenticate", "Bearer"), "auth", End, 401, 0),
        row("HTTP 403 with an envelope", code(403, "no").http_status(403), "auth", End, 403, 403),
        row("code 401", code(401, "no"), "auth", End, 200, 401),
        row("code 403", code(403, "no"), "auth", End, 200, 403),
        row("HTTP 401 with a page", html(401), "unavailable", RetryOnce, 401, 0),
        row("HTTP 403 with a page", html(403), "unavailable", RetryOnce, 403, 0),
        row("a bot challenge", html(403).header("cf-mitigated", "challenge"), "unavailable", RetryOnce, 403, 0),
        row("HTTP 402", status(402), "credits", End, 402, 402),
        row("code 402", code(402, "no credits"), "credits", End, 200, 402),
        row("code 402 with a broken record", raw(r#"{"code":402,"data":{"taskId":[]}}"#), "credits", End, 200, 402),
        row("code 402 with a number as data", raw(r#"{"code":402,"data":7}"#), "credits", End, 200, 402),
        row("HTTP 418 with code 402", code(402, "pay").http_status(418), "credits", End, 418, 402),
        row("an unknown id", not_found(), "not_found", End, 200, 422),
        row("an unknown id in capitals", code(422, "RECORD DOES NOT EXIST"), "not_found", End, 200, 422),
        row("a null record", code(422, "recordInfo is null"), "not_found", End, 200, 422),
        row("an unknown id with HTTP 422", not_found().http_status(422), "not_found", End, 422, 422),
        row("code 404", code(404, "nowhere"), "not_found", End, 200, 404),
        row("HTTP 404 with an envelope", code(404, "nowhere").http_status(404), "not_found", End, 404, 404),
        row("code 200 with null data", null_data(), "not_found", End, 200, 200),
        row("code 200 without data", raw(r#"{"code":200,"msg":"success"}"#), "not_found", End, 200, 200),
        row("HTTP 400", status(400), "invalid_request", End, 400, 400),
        row("code 400", code(400, "bad"), "invalid_request", End, 200, 400),
        row("another code 422", code(422, "taskId has a wrong form"), "invalid_request", End, 200, 422),
        row("a code 422 about a field", code(422, "record type must not be null"), "invalid_request", End, 200, 422),
        row("HTTP 501", status(501), "generation_failed", End, 501, 501),
        row("code 501", code(501, "no picture"), "generation_failed", End, 200, 501),
        row("HTTP 505", status(505), "disabled", End, 505, 505),
        row("code 505", code(505, "off"), "disabled", End, 200, 505),
        row("an unknown code", code(299, "new"), "unexpected", End, 200, 299),
        row("a negative code", code(-1, "new"), "unexpected", End, 200, -1),
        row("an unknown code with data", data(299), "unexpected", End, 200, 299),
        row("HTTP 418 with a task", success().http_status(418), "unexpected", End, 418, 200),
        row("a redirect", redirect("http://127.0.0.1:1/elsewhere"), "unexpected", PollAgain, 302, 302),
        row("a redirect with code 401", code(401, "x").http_status(302), "unexpected", PollAgain, 302, 401),
        row("a body over the size limit", huge(2 << 20), "decode", PollAgain, 200, 0),
        row("a page with HTTP 200", raw("<html>hello</html>"), "decode", PollAgain, 200, 0),
        row("a list", raw("[1,2]"), "decode", PollAgain, 200, 0),
        row("a list with the fields of a task", raw(r#"[200,{"successFlag":1},"x"]"#), "decode", PollAgain, 200, 0),
        row("a list with the fields of an error", raw("[500,null,null]"), "decode", PollAgain, 200, 0),
        row("an object without a code", raw(r#"{"msg":"success","data":null}"#), "decode", PollAgain, 200, 0),
        row("a code that is not a number", raw(r#"{"code":"ok","data":{}}"#), "decode", PollAgain, 200, 0),
        row("data that is a list", raw(r#"{"code":200,"data":[1]}"#), "decode", PollAgain, 200, 0),
        row("a task", success(), "", End, 0, 0),
        row("a task with HTTP 201", success().http_status(201), "", End, 0, 0),
        row("a task without fields", task(serde_json::json!({})), "", End, 0, 0),
        row("a failed task", failed(), "", End, 0, 0),
        row("a code as text", raw(r#"{"code":"200","data":{"successFlag":"1"}}"#), "", End, 0, 0),
        row("a code as a float", raw(r#"{"code":200.0,"data":{"successFlag":1.0}}"#), "", End, 0, 0),
    ];
    for http in [408, 409, 421, 423, 425, 499, 500, 502, 504, 507, 520, 524, 525, 529, 530, 599] {
        rows.push(row("an HTML page with a transient HTTP status", html(http), "server", Retry, http, 0));
    }
    for http in [400, 402, 404, 410, 418, 422, 501, 505] {
        rows.push(row("a page with a status that is not retried", html(http), "unexpected", PollAgain, http, 0));
    }
    rows
}
