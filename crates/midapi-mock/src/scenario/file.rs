//! Scenario files: scenarios in JSON, for tests in other languages. The crate's documentation describes the format.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use crate::media::FileKind;
use crate::scenario::Scenario;
use crate::scenario::constructors::{
    code, failed, file_variant, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found,
    null_data, raw, redirect, reset, status, success, task,
};
use crate::scenario::step::Step;

/// The content of a scenario file.
pub(crate) struct ScenarioFile {
    pub(crate) tasks: HashMap<String, Scenario>,
    pub(crate) fallback: Option<Scenario>,
    /// The scenarios of result files by path.
    pub(crate) files: Vec<(String, Scenario)>,
    pub(crate) file_size: Option<usize>,
}

/// The members of a scenario file. The steps are parsed later, so that an error can name the id and the number of the
/// invalid step.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMembers {
    #[serde(default)]
    tasks: BTreeMap<String, Vec<Value>>,
    unknown_ids: Option<Vec<Value>>,
    #[serde(default)]
    files: BTreeMap<String, Vec<Value>>,
    file_size: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepMembers {
    // The content: exactly one of these.
    state: Option<State>,
    flag: Option<i64>,
    #[serde(default, deserialize_with = "read_present")]
    data: Option<Value>,
    code: Option<i64>,
    status: Option<u16>,
    html: Option<u16>,
    redirect: Option<String>,
    raw: Option<String>,
    file: Option<String>,
    reset: Option<bool>,
    huge: Option<u64>,
    gzip_bomb: Option<u64>,
    nested: Option<usize>,
    // The options.
    msg: Option<String>,
    size: Option<usize>,
    variant: Option<u32>,
    params: Option<Value>,
    result_urls: Option<Vec<String>>,
    times: Option<usize>,
    for_duration_ms: Option<u64>,
    delay_ms: Option<u64>,
    byte_interval_ms: Option<u64>,
    http_status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    retry_after: Option<TextOrNumber>,
    truncate_after: Option<usize>,
    content_encoding: Option<String>,
    #[serde(default)]
    gzip: bool,
    end_after: Option<usize>,
    #[serde(default)]
    remove_headers: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Generating,
    Success,
    Failed,
    GenerationFailed,
    NotFound,
    NullData,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string or a number")]
enum TextOrNumber {
    Text(String),
    Number(Number),
}

/// Reads a member that is present. Returns `Some` even for null, because `"data": null` is different from a missing
/// `data`.
fn read_present<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(member).map(Some)
}

pub(crate) fn read_scenario_file(path: &Path) -> io::Result<ScenarioFile> {
    let name = path.display();
    let text = fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    parse_file(&text).map_err(|message| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {message}")))
}

fn parse_file(text: &[u8]) -> Result<ScenarioFile, String> {
    let file: FileMembers = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let parse_all = |kind: &'static str, scenarios: BTreeMap<String, Vec<Value>>| {
        scenarios.into_iter().map(move |(name, steps)| {
            let scenario = parse_scenario(steps).map_err(|error| format!("{kind} {name:?}: {error}"))?;
            Ok((name, scenario))
        })
    };
    let fallback = file.unknown_ids.map(parse_scenario).transpose();
    Ok(ScenarioFile {
        tasks: parse_all("task", file.tasks).collect::<Result<_, String>>()?,
        fallback: fallback.map_err(|error| format!("unknown_ids: {error}"))?,
        files: parse_all("file", file.files).collect::<Result<_, String>>()?,
        file_size: file.file_size,
    })
}

fn parse_scenario(steps: Vec<Value>) -> Result<Scenario, String> {
    let steps = steps.into_iter().zip(1..).map(|(value, n)| {
        let members = serde_json::from_value::<StepMembers>(value).map_err(|error| error.to_string());
        members.and_then(build_step).map_err(|error| format!("step {n}: {error}"))
    });
    let scenario = Scenario::from_steps(steps.collect::<Result<Vec<Step>, String>>()?).ok_or("no steps")?;
    scenario.validate()?;
    Ok(scenario)
}

fn build_step(members: StepMembers) -> Result<Step, String> {
    let mut step = build_content(&members)?;
    match (members.times, members.for_duration_ms) {
        (Some(_), Some(_)) => return Err("`times` and `for_duration_ms` cannot be combined".into()),
        (Some(count), None) => step = step.times(count),
        (None, Some(millis)) => step = step.for_duration(Duration::from_millis(millis)),
        (None, None) => {}
    }
    step.http_status = members.http_status.or(step.http_status);
    step.headers.extend(members.headers);
    step.delay = Duration::from_millis(members.delay_ms.unwrap_or(0));
    step.byte_interval = members.byte_interval_ms.map(Duration::from_millis);
    step.content_encoding = members.content_encoding;
    step.gzip = members.gzip;
    step.removed_headers = members.remove_headers;
    step.params = members.params;
    step.result_urls = members.result_urls;
    if let Some(bytes) = members.end_after {
        step = step.end_after(bytes);
    }
    if let Some(bytes) = members.truncate_after {
        step = step.truncate_after(bytes);
    }
    Ok(match members.retry_after {
        Some(TextOrNumber::Text(text)) => step.retry_after(text),
        Some(TextOrNumber::Number(number)) => step.retry_after(number.to_string()),
        None => step,
    })
}

fn build_content(members: &StepMembers) -> Result<Step, String> {
    if members.msg.is_some() && members.code.is_none() {
        return Err("`msg` requires `code`".into());
    }
    if members.file.is_none() && (members.size.is_some() || members.variant.is_some()) {
        return Err("`size` and `variant` require `file`".into());
    }
    if members.reset == Some(false) {
        return Err("`reset` must be true".into());
    }
    let contents: [(&str, Option<Step>); 13] = [
        ("state", members.state.map(build_state)),
        ("flag", members.flag.map(flag)),
        ("data", members.data.clone().map(task)),
        ("code", members.code.map(|number| code(number, members.msg.clone().unwrap_or_default()))),
        ("status", members.status.map(status)),
        ("html", members.html.map(html)),
        ("redirect", members.redirect.as_ref().map(redirect)),
        ("raw", members.raw.as_deref().map(raw)),
        ("file", build_file(members)?),
        ("reset", members.reset.map(|_| reset())),
        ("huge", members.huge.map(huge)),
        ("gzip_bomb", members.gzip_bomb.map(gzip_bomb)),
        ("nested", members.nested.map(nested)),
    ];
    let names = contents.each_ref().map(|(name, _)| format!("`{name}`"));
    let mut given = contents.into_iter().filter_map(|(name, step)| Some((name, step?)));
    match (given.next(), given.next()) {
        (Some((_, step)), None) => Ok(step),
        (Some((first, _)), Some((second, _))) => Err(format!(
            "`{first}` and `{second}` cannot be combined; to set the HTTP status of a step, use `http_status`"
        )),
        (None, _) => Err(format!("missing content: expected one of {}", names.join(", "))),
    }
}

fn build_file(members: &StepMembers) -> Result<Option<Step>, String> {
    let Some(name) = &members.file else { return Ok(None) };
    let kind = FileKind::ALL.into_iter().find(|kind| kind.extension() == name);
    let kind = kind.ok_or_else(|| {
        format!("unknown file kind {name:?} (expected one of {})", FileKind::ALL.map(FileKind::extension).join(", "))
    })?;
    Ok(Some(file_variant(kind, members.size.unwrap_or(0), members.variant.unwrap_or(0))))
}

fn build_state(state: State) -> Step {
    match state {
        State::Generating => generating(),
        State::Success => success(),
        State::Failed => failed(),
        State::GenerationFailed => generation_failed(),
        State::NotFound => not_found(),
        State::NullData => null_data(),
    }
}
