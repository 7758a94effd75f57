//! How one look-up is to be judged, as a table. The tests of the SDK and of the command go through the same rows.

use midapi_mock::{Step, code, html, huge, not_found, null_data, raw, redirect, reset, status, success, task};

/// An answer, and what it means.
pub(crate) struct Row {
    pub(crate) why: &'static str,
    pub(crate) answer: Step,
    /// The kind of the error; "" for a task.
    pub(crate) kind: &'static str,
    pub(crate) retried: bool,
    pub(crate) exit_status: i32,
    pub(crate) http_status: Option<u16>,
    pub(crate) code: Option<i64>,
}

pub(crate) fn rows() -> Vec<Row> {
    let row = |why, answer, kind, retried, exit_status, http_status: u16, code: i64| Row {
        why,
        answer,
        kind,
        retried,
        exit_status,
        http_status: (http_status != 0).then_some(http_status),
        code: (code != 0).then_some(code),
    };
    let mut rows = vec![
        row("a reset connection", reset(), "transport", true, 7, 0, 0),
        row("a body that stops half-way", success().truncate_after(40), "transport", true, 7, 0, 0),
        row("HTTP 429", status(429), "rate_limited", true, 7, 429, 429),
        row("HTTP 429 without an envelope", html(429), "rate_limited", true, 7, 429, 0),
        row("code 429 in HTTP 200", code(429, "slow down"), "rate_limited", true, 7, 200, 429),
        row("HTTP 503", status(503), "unavailable", true, 7, 503, 503),
        row("a gateway's page with 503", html(503), "unavailable", true, 7, 503, 0),
        row("HTTP 455", status(455), "unavailable", true, 7, 455, 455),
        row("code 455 in HTTP 200", code(455, "maintenance"), "unavailable", true, 7, 200, 455),
        row("code 500 in HTTP 200", code(500, "oops"), "server", true, 7, 200, 500),
        row("HTTP 401 without data", raw(r#"{"code":401,"msg":"no"}"#).http_status(401), "auth", false, 4, 401, 401),
        row("HTTP 403 with a page", html(403), "auth", false, 4, 403, 0),
        row("code 401 in HTTP 200", code(401, "no"), "auth", false, 4, 200, 401),
        row("HTTP 402", status(402), "credits", false, 6, 402, 402),
        row("code 402 in HTTP 200", code(402, "no credits"), "credits", false, 6, 200, 402),
        row("the same beside a record", raw(r#"{"code":402,"data":{"taskId":[]}}"#), "credits", false, 6, 200, 402),
        row("and beside what is none", raw(r#"{"code":402,"data":7}"#), "credits", false, 6, 200, 402),
        row("HTTP 404", html(404), "not_found", false, 5, 404, 0),
        row("code 404 in HTTP 200", code(404, "nowhere"), "not_found", false, 5, 200, 404),
        row("an unknown id, as recorded", not_found(), "not_found", false, 5, 200, 422),
        row("the same in capitals", code(422, "RECORD DOES NOT EXIST"), "not_found", false, 5, 200, 422),
        row("a record that is null", code(422, "recordInfo is null"), "not_found", false, 5, 200, 422),
        row("the same with HTTP 422", not_found().http_status(422), "not_found", false, 5, 422, 422),
        row("code 200 with null data", null_data(), "not_found", false, 5, 200, 200),
        row("code 200 without data", raw(r#"{"code":200,"msg":"success"}"#), "not_found", false, 5, 200, 200),
        row("HTTP 400", status(400), "invalid_request", false, 10, 400, 400),
        row("HTTP 422 with a page", html(422), "invalid_request", false, 10, 422, 0),
        row("code 400 in HTTP 200", code(400, "bad"), "invalid_request", false, 10, 200, 400),
        row("any other 422", code(422, "taskId has a wrong form"), "invalid_request", false, 10, 200, 422),
        row("HTTP 501", status(501), "generation_failed", false, 3, 501, 501),
        row("code 501 in HTTP 200", code(501, "no picture"), "generation_failed", false, 3, 200, 501),
        row("HTTP 505", status(505), "disabled", false, 10, 505, 505),
        row("code 505 in HTTP 200", code(505, "off"), "disabled", false, 10, 200, 505),
        row("a code that nobody knows", code(299, "new"), "unexpected", false, 9, 200, 299),
        row("a negative code", code(-1, "new"), "unexpected", false, 9, 200, -1),
        row("a status that nobody knows", html(418), "unexpected", false, 9, 418, 0),
        row("a redirect", redirect("http://127.0.0.1:1/elsewhere"), "unexpected", false, 9, 302, 302),
        row("a redirect that says 500", code(500, "x").http_status(307), "unexpected", false, 9, 307, 500),
        row("a redirect that says 401", code(401, "x").http_status(302), "unexpected", false, 9, 302, 401),
        row("a list with the fields of a task", raw(r#"[200,{"successFlag":1},"x"]"#), "decode", false, 9, 200, 0),
        row("a list with the fields of an error", raw("[500,null,null]"), "decode", false, 9, 200, 0),
        row("a 422 about a field", code(422, "record type must not be null"), "invalid_request", false, 10, 200, 422),
        row("a body over the cap", huge(2 << 20), "decode", false, 9, 200, 0),
        row("an empty body", raw(""), "decode", false, 9, 200, 0),
        row("no content", raw("").http_status(204), "decode", false, 9, 204, 0),
        row("a page with HTTP 200", raw("<html>hello</html>"), "decode", false, 9, 200, 0),
        row("JSON, but no object", raw("[1,2]"), "decode", false, 9, 200, 0),
        row("an object without a code", raw(r#"{"msg":"success","data":null}"#), "decode", false, 9, 200, 0),
        row("a code that is text", raw(r#"{"code":"200","data":{}}"#), "decode", false, 9, 200, 0),
        row("data that is no object", raw(r#"{"code":200,"data":[1]}"#), "decode", false, 9, 200, 0),
        row("an encoding that nobody asked for", raw("abc").content_encoding("br"), "decode", false, 9, 200, 0),
        row("gzip that does not unpack", raw("not gzip").content_encoding("gzip"), "decode", false, 9, 200, 0),
        row("an error status decides before the code", code(401, "no").http_status(502), "server", true, 7, 502, 401),
        row("also against a code of success", success().http_status(500), "server", true, 7, 500, 200),
        row(
            "an unknown status leaves it to the code",
            code(402, "pay").http_status(418),
            "credits",
            false,
            6,
            418,
            402,
        ),
        row(
            "a broken body under an error status",
            raw("abc").content_encoding("br").http_status(503),
            "unavailable",
            true,
            7,
            503,
            0,
        ),
        row("a task", success(), "", false, 0, 0, 0),
        row("a task under another 2xx", success().http_status(201), "", false, 0, 0, 0),
        row("a task without a single field", task(serde_json::json!({})), "", false, 0, 0, 0),
        row("a task that failed", midapi_mock::failed(), "", false, 0, 0, 0),
    ];
    for gateway in [408, 425, 500, 502, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530] {
        rows.push(row("a gateway's page", html(gateway), "server", true, 7, gateway, 0));
    }
    rows
}
