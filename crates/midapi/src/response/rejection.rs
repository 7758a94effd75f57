//! Errors for rejected responses.

use std::time::Duration;

use crate::client::api_key::ApiKey;
use crate::error::Error;
use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;
use crate::response::classify::Classification;
use crate::response::envelope::Head;
use crate::task::Task;
use crate::task::warning::shorten;
use crate::transport::raw_response::RawResponse;

/// A response that is an error.
pub(crate) struct Rejection<'a> {
    pub(crate) classification: Classification,
    /// The head of the envelope, or the reason why the body is not a valid envelope.
    pub(crate) head: Result<&'a Head, &'a str>,
    /// The task in the body, if there is one. The error contains the task, and its message says why the task failed.
    pub(crate) task: Option<Task>,
    pub(crate) retry_after: Option<Duration>,
}

impl Rejection<'_> {
    /// Builds the error. The server may have echoed the API key. The key is removed before texts are shortened, because
    /// a part of the key would not be recognized.
    pub(crate) fn into_error(self, raw: RawResponse, key: &ApiKey) -> Error {
        let Classification { kind, transience, reason } = self.classification;
        let clean = |text: &str| shorten(&key.redact(text));
        let server_message = self.head.ok().and_then(|head| head.msg.as_deref()).map(clean);
        let code = self.head.ok().map(|head| head.code);
        let status = raw.http_status();
        let summary = match (kind, reason) {
            (_, Some(Reason::BlockedByGateway)) => "blocked by a gateway".to_owned(),
            (ErrorKind::RateLimited, _) => "rate limited".to_owned(),
            (ErrorKind::Unavailable, _) => "service unavailable".to_owned(),
            (ErrorKind::Server, _) => "server error".to_owned(),
            (ErrorKind::Auth, _) => "API key rejected".to_owned(),
            (ErrorKind::Credits, _) => "insufficient credits".to_owned(),
            (ErrorKind::NotFound, _) => "task not found".to_owned(),
            (ErrorKind::InvalidRequest, _) => "request rejected".to_owned(),
            (ErrorKind::GenerationFailed, _) => "generation failed".to_owned(),
            (ErrorKind::Disabled, _) => "feature disabled".to_owned(),
            (ErrorKind::Transport, _) => format!("response body is {}", self.head.err().unwrap_or("unreadable")),
            (ErrorKind::Decode, _) => {
                format!("unexpected response body: {}", clean(self.head.err().unwrap_or_default()))
            }
            (_, Some(Reason::NotFromApi)) if (300..400).contains(&status) => "unexpected redirect".to_owned(),
            _ => match code {
                Some(code) => format!("unexpected response code {code}"),
                None => "unexpected response that is not from the API".to_owned(),
            },
        };
        let mut detail = format!("HTTP {status}");
        if let Some(code) = code.filter(|code| *code != i64::from(status)) {
            detail = format!("{detail}, code {code}");
        }
        if let Some(message) = &server_message {
            detail = format!("{detail}: {message}");
        } else if kind == ErrorKind::Decode && !raw.body().is_empty() {
            let body = key.redact(&String::from_utf8_lossy(raw.body()));
            let start: String = body.chars().take(60).collect();
            detail = format!("{detail}, body starts with {start:?}");
        }
        let mut message = format!("{summary} ({detail})");
        if let Some(reason) = self.task.as_ref().and_then(Task::failure_reason) {
            message = format!("{message}; {}", clean(&reason));
        }
        let mut error = Error::new(kind, message)
            .with_transience(transience)
            .with_envelope(code, server_message)
            .with_retry_after(self.retry_after)
            .with_task(self.task)
            .with_raw(raw);
        if let Some(reason) = reason {
            error = error.with_reason(reason);
        }
        error
    }
}
