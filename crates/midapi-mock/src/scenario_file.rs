//! Scenarios in JSON, for tests in other languages. The format is told in the crate's documentation.

use crate::answers::{
    code, failed, flag, generating, generation_failed, gzip_bomb, html, huge, nested, not_found, null_data, raw,
    redirect, reset, status, success, task,
};
use crate::{Scenario, Step};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

/// What a file says.
pub(crate) struct ScenarioFile {
    pub(crate) tasks: HashMap<String, Scenario>,
    pub(crate) fallback: Option<Scenario>,
}

/// The steps stay values here, so that what is wrong with one can name its id and place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    #[serde(default)]
    tasks: BTreeMap<String, Vec<Value>>,
    unknown_ids: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    // What is answered: exactly one of these.
    state: Option<State>,
    flag: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    code: Option<i64>,
    status: Option<u16>,
    html: Option<u16>,
    redirect: Option<String>,
    raw: Option<String>,
    reset: Option<bool>,
    huge: Option<u64>,
    gzip_bomb: Option<u64>,
    nested: Option<usize>,
    // And in what manner.
    msg: Option<String>,
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
#[serde(untagged, expecting = "a text or a number")]
enum TextOrNumber {
    Text(String),
    Number(Number),
}

/// A member that is null is there: `"data": null` is a step.
fn present<'de, D: Deserializer<'de>>(member: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(member).map(Some)
}

pub(crate) fn read(path: &Path) -> io::Result<ScenarioFile> {
    let name = path.display();
    let text = fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    parse(&text).map_err(|message| io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {message}")))
}

fn parse(text: &[u8]) -> Result<ScenarioFile, String> {
    let outline: Outline = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let tasks =
        outline.tasks.into_iter().map(|(id, steps)| Ok((id.clone(), scenario(&format!("task {id:?}"), steps)?)));
    Ok(ScenarioFile {
        tasks: tasks.collect::<Result<_, String>>()?,
        fallback: outline.unknown_ids.map(|steps| scenario("unknown_ids", steps)).transpose()?,
    })
}

fn scenario(whose: &str, steps: Vec<Value>) -> Result<Scenario, String> {
    let steps = steps.into_iter().zip(1..).map(|(value, n)| {
        let step = serde_json::from_value::<FileStep>(value).map_err(|error| error.to_string()).and_then(step);
        step.and_then(|step| step.problem().map_or(Ok(step), Err))
            .map_err(|error| format!("{whose}, step {n}: {error}"))
    });
    let steps = steps.collect::<Result<Vec<Step>, String>>()?;
    Scenario::from_steps(steps).ok_or_else(|| format!("{whose}: there is no step"))
}

fn step(file: FileStep) -> Result<Step, String> {
    let mut step = answer(&file)?;
    match (file.times, file.for_duration_ms) {
        (Some(_), Some(_)) => {
            return Err("`times` and `for_duration_ms` are two ways to say when the step is used up; give one".into());
        }
        (Some(looks), None) => step = step.times(looks),
        (None, Some(time)) => step = step.for_duration(Duration::from_millis(time)),
        (None, None) => {}
    }
    step.http_status = file.http_status.or(step.http_status);
    step.headers.extend(file.headers);
    step.delay = Duration::from_millis(file.delay_ms.unwrap_or(0));
    step.byte_interval = file.byte_interval_ms.map(Duration::from_millis);
    step.content_encoding = file.content_encoding;
    if let Some(bytes) = file.truncate_after {
        step = step.truncate_after(bytes);
    }
    Ok(match file.retry_after {
        Some(TextOrNumber::Text(text)) => step.retry_after(text),
        Some(TextOrNumber::Number(number)) => step.retry_after(number.to_string()),
        None => step,
    })
}

fn answer(file: &FileStep) -> Result<Step, String> {
    if file.msg.is_some() && file.code.is_none() {
        return Err("`msg` belongs to `code`, which is not there".into());
    }
    if file.reset == Some(false) {
        return Err("`reset` can only be true; leave it out otherwise".into());
    }
    let kinds: [(&str, Option<Step>); 12] = [
        ("state", file.state.map(in_state)),
        ("flag", file.flag.map(flag)),
        ("data", file.data.clone().map(task)),
        ("code", file.code.map(|number| code(number, file.msg.clone().unwrap_or_default()))),
        ("status", file.status.map(status)),
        ("html", file.html.map(html)),
        ("redirect", file.redirect.as_ref().map(redirect)),
        ("raw", file.raw.as_deref().map(raw)),
        ("reset", file.reset.map(|_| reset())),
        ("huge", file.huge.map(huge)),
        ("gzip_bomb", file.gzip_bomb.map(gzip_bomb)),
        ("nested", file.nested.map(nested)),
    ];
    let names = kinds.each_ref().map(|(name, _)| format!("`{name}`"));
    let mut given = kinds.into_iter().filter_map(|(name, step)| Some((name, step?)));
    match (given.next(), given.next()) {
        (Some((_, step)), None) => Ok(step),
        (Some((one, _)), Some((other, _))) => Err(format!(
            "`{one}` and `{other}` both say what is answered; give one (`http_status` sets the status of any step)"
        )),
        (None, _) => Err(format!("nothing says what is answered; give one of {}", names.join(", "))),
    }
}

fn in_state(state: State) -> Step {
    match state {
        State::Generating => generating(),
        State::Success => success(),
        State::Failed => failed(),
        State::GenerationFailed => generation_failed(),
        State::NotFound => not_found(),
        State::NullData => null_data(),
    }
}
