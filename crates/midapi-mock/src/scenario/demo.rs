//! The demo ids: scenarios that every server has by default.

use std::time::Duration;

use serde_json::{Value, json};

use crate::response::task_data::{RenderContext, TaskData, TaskEdit};
use crate::scenario::Scenario;
use crate::scenario::constructors::{
    code, failed, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found, null_data, raw,
    redirect, reset, status, success,
};
use crate::scenario::step::{Step, StepContent};

/// An id with a built-in scenario. Served unless [`MockBuilder::demos`](crate::MockBuilder::demos) is off.
///
/// ```
/// let demo = midapi_mock::demos().iter().find(|demo| demo.id == "demo-failed").expect("a listed id");
/// let server = midapi_mock::MockServer::builder().task("mine", demo.scenario()).start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Demo {
    /// The task id.
    pub id: &'static str,
    /// A description in one line.
    pub description: &'static str,
    scenario: fn() -> Scenario,
}

impl Demo {
    /// Returns the scenario of this demo id.
    pub fn scenario(&self) -> Scenario {
        (self.scenario)()
    }
}

/// Returns all demo ids, common ones first.
pub fn demos() -> &'static [Demo] {
    DEMOS
}

const fn demo(id: &'static str, description: &'static str, scenario: fn() -> Scenario) -> Demo {
    Demo { id, description, scenario }
}

const DEMOS: &[Demo] = &[
    demo("demo", "generating for 4 s from the first request, then success with four result files", || {
        generating().for_duration(Duration::from_secs(4)).then(success())
    }),
    demo(
        "4edb3c5XXXXX75e3f0aa5cc",
        "the example of the API documentation: success, with times as RFC 3339 strings",
        || edited_success(use_documented_values),
    ),
    demo("demo-failed", "failed (flag 2)", || failed().into()),
    demo("demo-generation-failed", "failed while generating (flag 3, error code 500)", || generation_failed().into()),
    demo("demo-forever", "generating without end", || generating().into()),
    demo("demo-flaky", "connection reset, HTTP 502 with an HTML page, generating once, then success", || {
        reset().then(html(502)).then(generating()).then(success())
    }),
    demo("demo-rate-limited", "HTTP 429 twice with Retry-After: 1, then success", || {
        status(429).retry_after("1").times(2).then(success())
    }),
    demo("demo-maintenance", "code 455 once with Retry-After: 1, then success", || {
        code(455, "The service is under maintenance").retry_after("1").then(success())
    }),
    demo("demo-slow", "success, with a delay of 3 s before each response", || {
        success().delay(Duration::from_secs(3)).into()
    }),
    demo("demo-server-error", "HTTP 500", || status(500).into()),
    demo("demo-bad-gateway", "HTTP 502 with an HTML page", || html(502).into()),
    demo("demo-unauthorized", "HTTP 401: the key is rejected", || status(401).into()),
    demo("demo-no-credits", "code 402: insufficient credits", || code(402, "Insufficient credits").into()),
    demo("demo-not-found", "code 422: the record does not exist (also the response for any unknown id)", || {
        not_found().into()
    }),
    demo(
        "demo-null-data",
        "code 200 with null data: how a similar operation of the API reports an unknown task",
        || null_data().into(),
    ),
    demo("demo-invalid-request", "code 422: invalid request", || code(422, "taskId has the wrong format").into()),
    demo("demo-disabled", "code 505: the feature is disabled", || code(505, "This feature is disabled").into()),
    demo("demo-generation-failed-code", "code 501: the generation failed; the response has no task data", || {
        code(501, "Generation failed").into()
    }),
    demo("demo-unknown-code", "code 299, which is undocumented", || code(299, "Something new").into()),
    demo("demo-unknown-flag", "flag 7, which is undocumented, for two requests, then success", || {
        flag(7).times(2).then(success())
    }),
    demo("demo-unknown-fields", "success, with undocumented fields and values", || edited_success(add_unknown_fields)),
    demo("demo-bad-params", "success, with a paramJson that is not JSON", || edited_success(break_params)),
    demo(
        "demo-odd-results",
        "success, with results that are an object, a string, a number and an empty object",
        || edited_success(use_odd_results),
    ),
    demo("demo-text-results", "success, with resultInfoJson as a JSON string", || edited_success(use_text_results)),
    demo("demo-expiring", "success twelve days ago: the results expire soon", || edited_success(age_by_twelve_days)),
    demo("demo-redirect", "HTTP 302 to another host, which must not receive the key", || {
        redirect("https://example.com/elsewhere").into()
    }),
    demo("demo-reset", "connection reset", || reset().into()),
    demo("demo-truncated", "a body that ends after 100 bytes, fewer than its content-length", || {
        success().truncate_after(100).into()
    }),
    demo("demo-slow-body", "success, sent at one byte per 5 ms", || {
        success().byte_interval(Duration::from_millis(5)).into()
    }),
    demo("demo-huge", "a body of 50 MB", || huge(50_000_000).into()),
    demo("demo-gzip-bomb", "a small gzipped body that expands to 50 MB", || gzip_bomb(50_000_000).into()),
    demo("demo-nested", "10,000 nested arrays", || nested(10_000).into()),
    demo("demo-not-json", "HTTP 200 with a body that is not JSON", || raw("This is not JSON.\n").into()),
];

fn edited_success(edit: TaskEdit) -> Scenario {
    Step::new(StepContent::Task { flag: 1, edit: Some(edit) }).into()
}

fn use_documented_values(task: &mut TaskData, _: &RenderContext<'_>) {
    task.create_time = "2024-03-20T10:30:00Z".into();
    task.complete_time = "2024-03-20T10:30:00Z".into();
    task.param_json = r#"{"aspectRatio":"16:9","callBackUrl":"https://example.com/callback","fileUrl":"","prompt":"A sailing boat between two icebergs under the midnight sun, wide shot","speed":"Relax","stylization":1,"taskType":"mj_txt2img","version":"7","waterMark":"","weirdness":1}"#.into();
}

fn add_unknown_fields(task: &mut TaskData, _: &RenderContext<'_>) {
    task.task_type = "mj_hologram".into();
    task.param_json = r#"{"aspectRatio":"7:3","lens":{"mm":35},"prompt":"A glass greenhouse in the rain","speed":"overnight","taskType":"mj_hologram","version":"99"}"#.into();
    task.unknown_fields.insert("queuePosition".into(), 0.into());
    task.unknown_fields.insert("costs".into(), json!({ "credits": 4.5, "refunded": false }));
}

fn break_params(task: &mut TaskData, _: &RenderContext<'_>) {
    task.param_json = r#"{"prompt":"A heron in the reeds","speed":"#.into();
}

fn use_odd_results(task: &mut TaskData, context: &RenderContext<'_>) {
    task.result_info_json =
        json!({ "resultUrls": [{ "resultUrl": context.result_url(0) }, context.result_url(1), 3, {}] });
}

fn use_text_results(task: &mut TaskData, _: &RenderContext<'_>) {
    task.result_info_json = Value::String(task.result_info_json.to_string());
}

fn age_by_twelve_days(task: &mut TaskData, context: &RenderContext<'_>) {
    let days = 12 * 24 * 3600 * 1000;
    task.create_time = (context.created - days).into();
    task.complete_time = (context.completed - days).into();
}
