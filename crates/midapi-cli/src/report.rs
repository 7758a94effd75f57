//! What a person reads of a task or an error.

use std::error::Error as _;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use midapi::{Error, ErrorKind, Params, Status, Task, format_duration};

use crate::ledger::resume_command;
use crate::print::Plain;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();

/// Results that expire sooner than this are warned of, in seconds.
const EXPIRES_SOON: i64 = 3 * 24 * 3600;

/// A task as a small table.
pub(crate) fn task(task: &Task, now: Timestamp) -> String {
    let style = match task.status() {
        Status::Success => GREEN,
        Status::Failed | Status::GenerationFailed => RED,
        _ => YELLOW,
    };
    let mut text = format!("{BOLD}{}{BOLD:#}  {style}{}{style:#}", Plain(task.id()), task.status());
    let mut row = |name: &str, value: &dyn std::fmt::Display| {
        let _ = write!(text, "\n  {DIM}{name:<9}{DIM:#} {value}");
    };
    if let Status::Unknown(flag) = task.status() {
        row("flag", &flag.map_or_else(|| "none".to_owned(), |flag| flag.to_string()));
    }
    if let Some(kind) = task.task_type() {
        row("type", &Plain(kind));
    }
    if let Ok(params) = task.params() {
        if let Some(prompt) = params.prompt.as_deref() {
            row("prompt", &Plain(prompt));
        }
        let rest = settings(params);
        if !rest.is_empty() {
            row("settings", &rest);
        }
    }
    if let Some(created) = task.create_time() {
        row("created", &time(created));
    }
    match (task.create_time(), task.complete_time()) {
        (Some(created), Some(completed)) if created <= completed => {
            let took = std::time::Duration::try_from(completed.duration_since(created)).unwrap_or_default();
            row("ended", &format!("{}, after {}", time(completed), format_duration(took)));
        }
        (_, Some(completed)) => row("ended", &time(completed)),
        _ => {}
    }
    if task.error_code().is_some() || task.error_message().is_some() {
        let code = task.error_code().map(|code| format!(" (code {code})")).unwrap_or_default();
        row("error", &format!("{}{}", Plain(task.error_message().unwrap_or("no reason given")), Plain(&code)));
    }
    for (index, url) in task.result_urls().iter().enumerate() {
        row(if index == 0 { "results" } else { "" }, &Plain(url));
    }
    if let Some(expires) = task.results_expire_time() {
        row("kept", &format!("until {}", time(expires)));
    }
    for problem in task.warnings() {
        row("unread", &format!("{}: {}", Plain(&problem.field), Plain(&problem.message)));
    }
    if let Some(warning) = expiry(task, now) {
        row("", &format!("{YELLOW}{warning}{YELLOW:#}"));
    }
    text
}

/// A warning if the results of a task expire within three days, or may have expired.
pub(crate) fn expiry(task: &Task, now: Timestamp) -> Option<String> {
    let left = task.results_expire_time()?.duration_since(now).as_secs();
    if left > EXPIRES_SOON {
        None
    } else if left <= 0 {
        Some("the results may be deleted by now".to_owned())
    } else if left < 3600 {
        Some("the results expire within the hour: fetch them now".to_owned())
    } else if left < 48 * 3600 {
        Some(format!("the results expire in {} h: fetch them now", left / 3600))
    } else {
        Some(format!("the results expire in {} days: fetch them soon", left / 86400))
    }
}

/// An error: what happened, why, and what to do.
pub(crate) fn error(error: &Error, base_url: Option<&str>, command: &str) -> String {
    let mut text = format!("{RED}error{RED:#}: {}", Plain(error.message()));
    let mut cause = error.source();
    while let Some(source) = cause {
        // A look's failure that ended a wait is in the message already.
        if source.downcast_ref::<Error>().is_none() {
            let _ = write!(text, "\n  because: {}", Plain(&source.to_string()));
        }
        cause = source.source();
    }
    if let (Some(base), attempts @ 1..) = (base_url, error.attempts()) {
        let _ = match (attempts, error.elapsed()) {
            (2.., Some(time)) => {
                write!(text, "\n  asked {} {attempts} times in {}", Plain(base), format_duration(time))
            }
            _ => write!(text, "\n  asked {} once", Plain(base)),
        };
    }
    if let Some(hint) = hint(error, command) {
        let _ = write!(text, "\n  {hint}");
    }
    text
}

fn hint(error: &Error, command: &str) -> Option<String> {
    Some(match error.kind() {
        ErrorKind::NotFound if says_404(error) => {
            "check the base URL: it may have a path too much or too little".into()
        }
        ErrorKind::NotFound => "check the id, and that the key is of the account that submitted the task".into(),
        ErrorKind::Auth => "check the key: MIDAPI_API_KEY, or the file of --api-key-file".into(),
        ErrorKind::Credits => "the account's credits are used up".into(),
        ErrorKind::Deadline => {
            let command = resume_command(command, &[error.task_id().unwrap_or("ID").to_owned()]);
            format!("the task may still finish; go on with: {}", Plain(&command))
        }
        ErrorKind::RateLimited | ErrorKind::Unavailable => match error.retry_after() {
            Some(time) => format!("the server asks to wait {}", format_duration(time)),
            None => "try again later".into(),
        },
        ErrorKind::Transport if error.message().contains("not trusted") => {
            "if your network has a CA of its own: --ca-file FILE, or MIDAPI_CA_FILE".into()
        }
        ErrorKind::Transport | ErrorKind::Server => "the task is not harmed; try again later".into(),
        ErrorKind::Config if error.message().contains("key") => {
            "without a key you can try: midapi --mock get demo".into()
        }
        ErrorKind::Unexpected | ErrorKind::Decode => {
            "the API may have changed, or the base URL is of something else; see midapi check".into()
        }
        _ => return None,
    })
}

/// Whether it is the endpoint that is not there, rather than the task.
pub(crate) fn says_404(error: &Error) -> bool {
    error.http_status() == Some(404) || error.body_code() == Some(404)
}

fn settings(params: &Params) -> String {
    let texts = [("aspect", &params.aspect_ratio), ("speed", &params.speed), ("version", &params.version)];
    let numbers = [
        ("stylization", params.stylization),
        ("weirdness", params.weirdness),
        ("variety", params.variety),
        ("ow", params.ow),
    ];
    let texts = texts.iter().filter_map(|(name, value)| Some(format!("{name} {}", Plain(value.as_deref()?))));
    let numbers = numbers.iter().filter_map(|(name, value)| Some(format!("{name} {}", (*value)?)));
    texts.chain(numbers).collect::<Vec<_>>().join(", ")
}

fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
