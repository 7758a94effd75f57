//! Errors on standard error: the cause, the number of attempts, and a hint.

use std::error::Error as _;
use std::fmt::Write as _;

use midapi::{Error, ErrorKind, Reason};

use crate::output::human::{RED, format_duration};
use crate::output::sanitized::Sanitized;
use crate::output::summary::resume_command;
use crate::output::terminal::print_stderr;

/// The maximum number of equal errors that are printed as they occur. Further equal errors are only counted.
const SHOWN_PER_GROUP: usize = 3;

/// The context of an error, on which its details and hints depend.
#[derive(Debug, Clone, Default)]
pub(crate) struct ErrorContext {
    /// The base URL, if there is a client.
    pub(crate) base_url: Option<String>,
    /// The start of a command line with the global options of this command, such as `midapi --mock`. Used in hints.
    pub(crate) command: String,
    /// Whether the chain of sources is printed.
    pub(crate) is_verbose: bool,
    /// Whether a closing summary shows the command with which the user can continue. If true, error hints do
    /// not show this command.
    pub(crate) has_summary: bool,
}

/// Formats an error with its details.
pub(crate) fn format_error(error: &Error, context: &ErrorContext) -> String {
    let mut text = format_cause(error);
    if context.is_verbose {
        let mut source = error.source();
        while let Some(cause) = source {
            let _ = write!(text, "\n  caused by: {}", Sanitized(&cause.to_string()));
            source = cause.source();
        }
    }
    if let (Some(base), attempts @ 1..) = (&context.base_url, error.attempts()) {
        let _ = match (attempts, error.elapsed()) {
            (2.., Some(time)) => {
                write!(text, "\n  tried {} {attempts} times in {}", Sanitized(base), format_duration(time))
            }
            _ => write!(text, "\n  tried {} once", Sanitized(base)),
        };
    }
    if let Some(hint) = find_hint(error, context) {
        let _ = write!(text, "\n  hint: {hint}");
    }
    text
}

/// Formats the first line of an error: `error: <id>: <cause>`.
fn format_cause(error: &Error) -> String {
    match error.task_id() {
        Some(id) => format!("{RED}error{RED:#}: {}: {}", Sanitized(id), Sanitized(error.message())),
        None => format!("{RED}error{RED:#}: {}", Sanitized(error.message())),
    }
}

fn find_hint(error: &Error, context: &ErrorContext) -> Option<String> {
    let by_reason = error.reason().and_then(|reason| match reason {
        Reason::MissingApiKey => {
            Some("set MIDAPI_API_KEY, or use --api-key-file FILE; without a key, try: midapi --mock get demo")
        }
        Reason::Timeout => Some("check the network and the proxy, or set a longer --timeout"),
        Reason::UnknownHost => Some("check the host name in the base URL and the proxy"),
        Reason::UntrustedCertificate => {
            Some("if the network has a private CA, add its certificate with --ca-file FILE or MIDAPI_CA_FILE")
        }
        Reason::ProxyRejected => Some("check the proxy: --proxy, or HTTPS_PROXY"),
        Reason::BlockedByGateway => Some("a gateway or firewall blocks the request; try another network"),
        Reason::NotFromApi => Some("check the base URL: --base-url, or MIDAPI_BASE_URL"),
        _ => None,
    });
    if let Some(hint) = by_reason {
        return Some(hint.to_owned());
    }
    Some(match error.kind() {
        ErrorKind::NotFound => {
            "a task is visible only to the account that created it; records are kept for two months".into()
        }
        ErrorKind::Auth => "check the API key: MIDAPI_API_KEY, or the file of --api-key-file".into(),
        ErrorKind::Credits => "add credits to the account".into(),
        ErrorKind::Deadline if !context.has_summary => {
            let id = error.task_id().unwrap_or("ID").to_owned();
            Sanitized(&resume_command(&context.command, "wait", &[id])).to_string()
        }
        ErrorKind::NotFinished => "wait for the task with --wait".into(),
        ErrorKind::Expired => "results are deleted 14 days after the task has finished".into(),
        ErrorKind::InvalidContent => "the file host did not send a whole picture or video; try again later".into(),
        ErrorKind::RateLimited | ErrorKind::Unavailable => match error.retry_after() {
            Some(time) => format!("wait at least {}, as the server requested", format_duration(time)),
            None => "try again later".into(),
        },
        ErrorKind::Transport => "check the network, the base URL and the proxy".into(),
        ErrorKind::Server => "the task is not affected; try again later".into(),
        ErrorKind::Unexpected | ErrorKind::Decode => "the API may have changed; run midapi check to test it".into(),
        _ => return None,
    })
}

/// A printer of errors. Of equal errors, it prints the first three as they occur and counts the others.
#[derive(Debug)]
pub(crate) struct ErrorReporter {
    context: ErrorContext,
    groups: Vec<Group>,
}

/// A group of errors that differ only in ids and numbers.
#[derive(Debug)]
struct Group {
    key: GroupKey,
    count: usize,
    /// The first line of the first error that was not printed.
    hidden: Option<String>,
}

type GroupKey = (ErrorKind, Option<u16>, Option<i64>, String);

impl ErrorReporter {
    pub(crate) fn new(context: ErrorContext) -> Self {
        Self { context, groups: Vec::new() }
    }

    /// Prints an error. If three equal errors have already been printed, only counts the error.
    pub(crate) fn report(&mut self, error: &Error) {
        let key = group_key(error);
        let index = self.groups.iter().position(|group| group.key == key).unwrap_or_else(|| {
            self.groups.push(Group { key, count: 0, hidden: None });
            self.groups.len() - 1
        });
        let group = &mut self.groups[index];
        group.count += 1;
        match group.count {
            1 => print_stderr(format_error(error, &self.context)),
            2..=SHOWN_PER_GROUP => print_stderr(format_cause(error)),
            _ => {
                group.hidden.get_or_insert_with(|| format_cause(error));
            }
        }
    }

    /// For each group of equal errors, prints one of the errors that were only counted, and the number of the others.
    pub(crate) fn finish(&mut self) {
        for group in self.groups.drain(..) {
            let Some(cause) = group.hidden else { continue };
            match group.count - SHOWN_PER_GROUP - 1 {
                0 => print_stderr(cause),
                more => print_stderr(format_args!("{cause} (and {} more)", super::summary::format_count(more))),
            }
        }
    }
}

/// Returns the key of an error. Equal errors have equal keys: the id is removed and each number is replaced by `0`,
/// because elapsed times and counts differ between ids.
fn group_key(error: &Error) -> GroupKey {
    let mut message = error.message().to_owned();
    if let Some(id) = error.task_id().filter(|id| !id.is_empty()) {
        message = message.replace(id, "ID");
    }
    let mut digits = false;
    let message = message.chars().filter_map(|character| {
        let repeats = digits && character.is_ascii_digit();
        digits = character.is_ascii_digit();
        (!repeats).then_some(if digits { '0' } else { character })
    });
    (error.kind(), error.http_status(), error.body_code(), message.collect())
}
