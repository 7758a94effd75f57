//! The ids that are always there, for trying things out.

use crate::answers::{
    code, failed, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found, null_data, raw,
    redirect, reset, status, success,
};
use crate::step::Answer;
use crate::task::{RenderContext, Shape, TaskData};
use crate::{Scenario, Step};
use serde_json::{Value, json};
use std::time::Duration;

/// An id that every server knows, unless [`MockBuilder::demos`](crate::MockBuilder::demos) is off.
///
/// ```
/// let demo = midapi_mock::demos().iter().find(|demo| demo.id == "demo-failed").expect("it is listed");
/// let server = midapi_mock::MockServer::builder().task("mine", demo.scenario()).start()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Demo {
    /// The id to ask for.
    pub id: &'static str,
    /// What it is for, in one line.
    pub description: &'static str,
    scenario: fn() -> Scenario,
}

impl Demo {
    /// What it is answered.
    pub fn scenario(&self) -> Scenario {
        (self.scenario)()
    }
}

/// Every demo id, in the order in which they are worth trying.
pub fn demos() -> &'static [Demo] {
    DEMOS
}

const fn demo(id: &'static str, description: &'static str, scenario: fn() -> Scenario) -> Demo {
    Demo { id, description, scenario }
}

const DEMOS: &[Demo] = &[
    demo("demo", "generating for four seconds from the first look, then four pictures", || {
        generating().for_duration(Duration::from_secs(4)).then(success())
    }),
    demo(
        "4edb3c5XXXXX75e3f0aa5cc",
        "the id of the documented example: finished, with the documentation's times as text",
        || shaped(1, as_documented),
    ),
    demo("demo-failed", "failed before it began (flag 2)", || failed().into()),
    demo("demo-generation-failed", "failed while generating (flag 3, error code 500)", || generation_failed().into()),
    demo("demo-forever", "generating for ever: for deadlines", || generating().into()),
    demo("demo-flaky", "a reset, a gateway's page, generating once, then success: for retries", || {
        reset().then(html(502)).then(generating()).then(success())
    }),
    demo("demo-rate-limited", "HTTP 429 twice with Retry-After: 1, then success", || {
        status(429).retry_after("1").times(2).then(success())
    }),
    demo("demo-maintenance", "code 455 once with Retry-After: 1, then success", || {
        code(455, "The service is under maintenance").retry_after("1").then(success())
    }),
    demo("demo-slow", "success, three seconds after each question", || success().delay(Duration::from_secs(3)).into()),
    demo("demo-server-error", "HTTP 500, always", || status(500).into()),
    demo("demo-bad-gateway", "HTTP 502 with a page of HTML, always", || html(502).into()),
    demo("demo-unauthorized", "HTTP 401: the key is refused", || status(401).into()),
    demo("demo-no-credits", "code 402: the account is empty", || code(402, "The credits are used up").into()),
    demo("demo-not-found", "code 422, the record does not exist; so is every id without a scenario", || {
        not_found().into()
    }),
    demo("demo-null-data", "code 200 with data null, as a sibling route says that there is no such task", || {
        null_data().into()
    }),
    demo("demo-invalid-request", "code 422 with another message", || code(422, "taskId has the wrong format").into()),
    demo("demo-disabled", "code 505: the feature is switched off", || code(505, "This feature is switched off").into()),
    demo("demo-generation-failed-code", "code 501: the generation failed, without a task", || {
        code(501, "Generation failed").into()
    }),
    demo("demo-unknown-code", "code 299, which nobody documented", || code(299, "Something new").into()),
    demo("demo-unknown-flag", "flag 7, which nobody documented, for two looks, then success", || {
        flag(7).times(2).then(success())
    }),
    demo("demo-unknown-fields", "finished, with members and values that nobody documented", || {
        shaped(1, with_unknown_fields)
    }),
    demo("demo-bad-params", "finished, with a paramJson that is not JSON", || shaped(1, with_bad_params)),
    demo("demo-odd-results", "finished, with results that are an object, a text, a number and an empty object", || {
        shaped(1, with_odd_results)
    }),
    demo("demo-text-results", "finished, with resultInfoJson as a JSON text", || shaped(1, with_text_results)),
    demo("demo-expiring", "finished twelve days ago: its results are about to be deleted", || {
        shaped(1, twelve_days_ago)
    }),
    demo("demo-redirect", "HTTP 302 to another host, which must not get the key", || {
        redirect("https://example.com/elsewhere").into()
    }),
    demo("demo-reset", "the connection is reset, always", || reset().into()),
    demo("demo-truncated", "the connection ends in the middle of the body", || success().truncate_after(100).into()),
    demo("demo-slow-body", "success, one byte every five milliseconds", || {
        success().byte_interval(Duration::from_millis(5)).into()
    }),
    demo("demo-huge", "a body of 50 MB", || huge(50_000_000).into()),
    demo("demo-gzip-bomb", "a small body that expands to 50 MB", || gzip_bomb(50_000_000).into()),
    demo("demo-nested", "10,000 arrays, one in the other", || nested(10_000).into()),
    demo("demo-not-json", "HTTP 200 with a body that is not JSON", || raw("This is not JSON.\n").into()),
];

fn shaped(flag: i64, shape: Shape) -> Scenario {
    Step::new(Answer::Task { flag, shape: Some(shape) }).into()
}

fn as_documented(task: &mut TaskData, _: &RenderContext<'_>) {
    task.create_time = "2024-03-20T10:30:00Z".into();
    task.complete_time = "2024-03-20T10:30:00Z".into();
    task.param_json = r#"{"aspectRatio":"16:9","callBackUrl":"https://example.com/callback","fileUrl":"","prompt":"A sailing boat between two icebergs under the midnight sun, wide shot","speed":"Relax","stylization":1,"taskType":"mj_txt2img","version":"7","waterMark":"","weirdness":1}"#.into();
}

fn with_unknown_fields(task: &mut TaskData, _: &RenderContext<'_>) {
    task.task_type = "mj_hologram".into();
    task.param_json = r#"{"aspectRatio":"7:3","lens":{"mm":35},"prompt":"A glass greenhouse in the rain","speed":"overnight","taskType":"mj_hologram","version":"99"}"#.into();
    task.more.insert("queuePosition".into(), 0.into());
    task.more.insert("costs".into(), json!({ "credits": 4.5, "refunded": false }));
}

fn with_bad_params(task: &mut TaskData, _: &RenderContext<'_>) {
    task.param_json = r#"{"prompt":"A heron in the reeds","speed":"#.into();
}

fn with_odd_results(task: &mut TaskData, at: &RenderContext<'_>) {
    task.result_info_json = json!({ "resultUrls": [{ "resultUrl": at.picture_url(0) }, at.picture_url(1), 3, {}] });
}

fn with_text_results(task: &mut TaskData, _: &RenderContext<'_>) {
    task.result_info_json = Value::String(task.result_info_json.to_string());
}

fn twelve_days_ago(task: &mut TaskData, at: &RenderContext<'_>) {
    let days = 12 * 24 * 3600 * 1000;
    task.create_time = (at.created - days).into();
    task.complete_time = (at.completed - days).into();
}
