//! The bridge, from a Rust host: scripts against the local server.

use midapi_mock::{MockServer, Scenario, code, failed, generating, html, success, task};
use mlua::{Lua, Value};
use serde_json::json;

const ID: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// Runs a script that has `midapi`, `client` and `id`; what it returns is shown as text.
fn run(scenario: impl Into<Scenario>, script: &str) -> Result<String, String> {
    let server = MockServer::builder().task(ID, scenario).start().unwrap();
    let lua = Lua::new();
    let client = midapi::Client::builder()
        .api_key("made-up-key")
        .base_url(server.base_url())
        .clock(midapi::clock::ManualClock::new());
    let table = midapi_lua::table_with(&lua, client.build().unwrap()).unwrap();
    lua.globals().set("midapi", table).unwrap();
    lua.globals().set("id", ID).unwrap();
    let script = format!("local client = assert(midapi.client())\n{script}");
    let values: mlua::MultiValue = lua.load(script).eval().map_err(|error| error.to_string())?;
    let shown = values.iter().map(|value| match value {
        Value::Nil => "nil".to_owned(),
        value => value.to_string().unwrap(),
    });
    Ok(shown.collect::<Vec<_>>().join(" "))
}

#[test]
fn a_task_is_a_table_of_plain_values() {
    let data = json!({
        "successFlag": 1, "taskType": "mj_txt2img", "paramJson": r#"{"prompt":"A heron","stylization":300}"#,
        "createTime": 1_760_576_696_500_i64, "resultInfoJson": {"resultUrls": ["https://a.example/0.jpeg"]},
    });
    let table = [
        ("return client:get(id).status", "success"),
        ("return client:get(id).params.prompt", "A heron"),
        ("return client:get(id).params.stylization", "300"),
        ("return client:get(id).result_urls[1]", "https://a.example/0.jpeg"),
        ("return #client:get(id).result_urls", "1"),
        ("return client:get(id).create_time", "1760576696.5"),
        ("return client:get(id).complete_time", "nil"),
        ("return client:get(id).error_message == nil", "true"),
        ("return tostring(client:get(id))", "task 0f1e2d3c4b5a69788796a5b4c3d2e1f0: success (A heron)"),
    ];
    for (script, expected) in table {
        assert_eq!(run(task(data.clone()), script).as_deref(), Ok(expected), "{script}");
    }
}

#[test]
fn what_the_api_answers_does_not_raise() {
    let fields = "local task, err = client:get(id) return task, err.kind, err.code, err.http_status, err.retryable, err.attempts, err.id == id";
    assert_eq!(run(code(402, "no credits"), fields).as_deref(), Ok("nil credits 402 200 false 1 true"));
    let text = "local task, err = client:get(id, { retries = 0 }) return tostring(err)";
    assert_eq!(run(html(502), text).as_deref(), Ok("the server failed (the server said HTTP 502)"));
    let ended = "local task, err = client:wait(id) return task, err.kind, err.task.status";
    assert_eq!(run(failed(), ended).as_deref(), Ok("nil task_failed failed"));
    assert_eq!(run(success(), "local task, err = client:get('') return err.kind").as_deref(), Ok("usage"));
}

#[test]
fn misuse_raises_and_names_the_argument() {
    let table = [
        ("client:get(7)", "client:get: the id has to be a string, not integer"),
        ("client:get()", "the id has to be a string, not nil"),
        ("client:get(id, 5)", "options have to be a table, not integer"),
        ("client:get(id, { tiemout = 5 })", "there is no option \"tiemout\"; did you mean \"timeout\"?"),
        ("client:get(id, { timeout = 'long' })", "timeout has to be a number, not string"),
        ("client:get(id, { timeout = -1 })", "timeout has to be a number of seconds"),
        ("client:get(id, { retries = 1.5 })", "retries has to be a whole number from 0 on"),
        ("client:wait(id, { on_update = 5 })", "on_update has to be a function, not integer"),
        ("client:wait_all(id)", "the ids have to be a list, not string"),
        ("client:wait_all({ 1 })", "the id has to be a string, not integer"),
        ("midapi.client({ key = 'x' })", "midapi.client: there is no option \"key\"; did you mean \"api_key\"?"),
    ];
    for (script, expected) in table {
        let error = run(success(), script).expect_err(script);
        assert!(error.contains(expected), "{script}: {error}");
    }
}

#[test]
fn a_wait_tells_each_change_and_its_callback_may_call_the_client() {
    let script = "local seen = {}
        local task = client:wait(id, { interval = 1, on_update = function(t)
            seen[#seen + 1] = t.status .. (client:get('nobody') == nil and '!' or '?')
        end })
        return table.concat(seen, ' '), task.status";
    assert_eq!(run(generating().times(2).then(success()), script).as_deref(), Ok("generating! success! success"));
}

#[test]
fn a_callback_that_raises_ends_its_wait_with_that_error() {
    let script = "local ok, err = pcall(client.wait, client, id, { on_update = function() error('enough') end }) return ok, tostring(err)";
    let shown = run(generating(), script).unwrap();
    assert!(shown.starts_with("false ") && shown.contains("enough"), "{shown}");
}

#[test]
fn many_are_handed_over_one_by_one_and_leaving_the_loop_is_fine() {
    let all = "local seen = {}
        for id, task, err in client:get_all({ id, 'nobody', '' }) do seen[#seen + 1] = task and task.status or err.kind end
        table.sort(seen) return table.concat(seen, ' ')";
    assert_eq!(run(success(), all).as_deref(), Ok("not_found success usage"));
    let broken_off =
        "for id in client:wait_all({ id, 'nobody' }, { max_in_flight = 1, interval = 1 }) do return 'left' end";
    assert_eq!(run(success(), broken_off).as_deref(), Ok("left"));
}

#[test]
fn calls_work_in_coroutines_sort_and_gsub() {
    let table = [
        "return coroutine.wrap(function() coroutine.yield(client:get(id).status) end)()",
        "return (('x'):gsub('x', function() return client:get(id).status end))",
        "local status local t = { 2, 1 } table.sort(t, function(a, b) status = client:get(id).status return a < b end) return status",
        "return select(2, pcall(function() return client:get(id).status end))",
    ];
    for script in table {
        assert_eq!(run(success(), script).as_deref(), Ok("success"), "{script}");
    }
}

#[test]
fn a_client_that_cannot_be_built_is_nil_and_an_error() {
    let script = "local none, err = midapi.client({ api_key = 'a b' }) return none, err.kind";
    assert_eq!(run(success(), script).as_deref(), Ok("nil config"));
}
