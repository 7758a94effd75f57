//! Classification of responses by HTTP status and body code.
//!
//! The tables list the rules in order of precedence: the first matching rule decides. Only an envelope of the API
//! describes a task. An error page, a bot challenge or a redirect is a failure of the request.

use std::fmt;

use http::{HeaderMap, StatusCode, header};
use midapi_client::BodyCode;

use crate::error::kind::ErrorKind;
use crate::error::reason::Reason;
use crate::error::transience::Transience;
use crate::response::envelope::Head;

type IsStatus = fn(u16) -> bool;
type IsCode = fn(BodyCode) -> bool;

/// Rules that apply with and without an envelope, in order of precedence. A rule matches if the test of the HTTP status
/// or the test of the body code succeeds.
const BY_STATUS_OR_CODE: &[(IsStatus, IsCode, ErrorKind)] = &[
    (|status| status == 429, |code| code == BodyCode::RATE_LIMITED, ErrorKind::RateLimited),
    (|status| matches!(status, 503 | 455), |code| code == BodyCode::MAINTENANCE, ErrorKind::Unavailable),
    (is_server_status, is_server_code, ErrorKind::Server),
];

/// Rules that apply only if the body is an envelope, in order of precedence. A rule matches if it lists the HTTP status
/// or the body code. `NotFound` also matches body code 422 with a message that the record does not exist.
const BY_ENVELOPE: &[(&[u16], &[BodyCode], ErrorKind)] = &[
    (&[401, 403], &[BodyCode::UNAUTHORIZED, BodyCode(403)], ErrorKind::Auth),
    (&[402], &[BodyCode::INSUFFICIENT_CREDITS], ErrorKind::Credits),
    (&[], &[BodyCode::NOT_FOUND], ErrorKind::NotFound),
    (&[400, 422], &[BodyCode::INVALID_REQUEST, BodyCode::VALIDATION_ERROR], ErrorKind::InvalidRequest),
    (&[501], &[BodyCode::GENERATION_FAILED], ErrorKind::GenerationFailed),
    (&[505], &[BodyCode::FEATURE_DISABLED], ErrorKind::Disabled),
];

/// The body of a response, or the reason why it could not be read.
pub(crate) type Body = Result<bytes::Bytes, BodyError>;

/// The reason why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// The body is larger than this limit, in bytes.
    TooLarge(usize),
    /// The body is truncated, or its encoding cannot be decoded. Contains a description.
    Unreadable(String),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "larger than {limit} bytes"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

/// The classification of a response that is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Classification {
    pub(crate) kind: ErrorKind,
    pub(crate) transience: Transience,
    pub(crate) reason: Option<Reason>,
}

impl Classification {
    fn of(kind: ErrorKind) -> Self {
        let transience = if kind.is_retryable() { Transience::Transient } else { Transience::Permanent };
        Self { kind, transience, reason: None }
    }

    /// The classification of a 2xx response whose body has an unexpected structure, such as the page of a captive
    /// portal or a proxy.
    pub(crate) const fn not_the_envelope() -> Self {
        Self { kind: ErrorKind::Decode, transience: Transience::PollAgain, reason: Some(Reason::NotFromApi) }
    }

    /// The classification of a lookup response that reports success but contains no task.
    pub(crate) fn unknown_task() -> Self {
        Self::of(ErrorKind::NotFound)
    }

    /// The classification of a response that the spec does not describe.
    pub(crate) fn unexpected() -> Self {
        Self::of(ErrorKind::Unexpected)
    }

    /// Whether only the body is wrong: the HTTP status is 2xx, but the body is empty, unreadable or not an envelope.
    pub(crate) const fn is_about_body(self) -> bool {
        matches!(self.kind, ErrorKind::Transport | ErrorKind::Decode)
    }
}

/// Classifies a response. Returns `None` if the API reports success. The field `data` of the envelope is not checked
/// here, because its type depends on the operation.
///
/// `head` is the head of the envelope, or the reason why the body is not an envelope.
pub(crate) fn classify_response(
    status: StatusCode,
    headers: &HeaderMap,
    body: &Body,
    head: Result<&Head, &str>,
) -> Option<Classification> {
    let is_broken = match body {
        Ok(bytes) => bytes.is_empty(),
        Err(error) => matches!(error, BodyError::Unreadable(_)),
    };
    if status.is_success() && is_broken {
        return Some(Classification::of(ErrorKind::Transport));
    }
    let head = head.ok();
    let code = head.map(|head| BodyCode(head.code));
    let http = status.as_u16();
    let by_both = BY_STATUS_OR_CODE.iter().find(|(by_status, by_code, _)| by_status(http) || code.is_some_and(by_code));
    if let Some((_, _, kind)) = by_both {
        return Some(Classification::of(*kind));
    }
    if status.is_redirection() {
        return Some(not_from_api());
    }
    if let Some(head) = head {
        return classify_envelope(status, head);
    }
    match http {
        401 if headers.contains_key(header::WWW_AUTHENTICATE) => Some(Classification::of(ErrorKind::Auth)),
        401 | 403 => Some(Classification {
            kind: ErrorKind::Unavailable,
            transience: Transience::RetryOnce,
            reason: Some(Reason::BlockedByGateway),
        }),
        _ if status.is_success() => Some(Classification::not_the_envelope()),
        _ => Some(not_from_api()),
    }
}

fn classify_envelope(status: StatusCode, head: &Head) -> Option<Classification> {
    let code = BodyCode(head.code);
    let http = status.as_u16();
    let row = BY_ENVELOPE.iter().find(|(statuses, codes, kind)| {
        statuses.contains(&http) || codes.contains(&code) || (*kind == ErrorKind::NotFound && is_unknown_record(head))
    });
    if let Some((_, _, kind)) = row {
        return Some(Classification::of(*kind));
    }
    (code != BodyCode::SUCCESS || !status.is_success()).then(|| Classification::of(ErrorKind::Unexpected))
}

/// Whether the message of the API means that the record does not exist. The recorded message is "The record does not
/// exist"; other routes of the API return "record is null" in several spellings.
fn is_unknown_record(head: &Head) -> bool {
    if BodyCode(head.code) != BodyCode::VALIDATION_ERROR {
        return false;
    }
    let msg = head.msg.as_deref().unwrap_or_default().to_lowercase();
    msg.contains("record") && (msg.contains("not exist") || msg.contains("is null"))
}

/// The classification of a redirect, or of an error status without an envelope. The response comes from a gateway or a
/// wrong path, not from the API.
fn not_from_api() -> Classification {
    Classification { kind: ErrorKind::Unexpected, transience: Transience::PollAgain, reason: Some(Reason::NotFromApi) }
}

/// The error kind of a transient HTTP status, such as 408, 429 or 503, which has the same meaning from any server. None
/// for other statuses.
pub(crate) fn kind_of_status(status: u16) -> Option<ErrorKind> {
    BY_STATUS_OR_CODE.iter().find(|(by_status, ..)| by_status(status)).map(|(_, _, kind)| *kind)
}

/// Whether a status is a transient 4xx status, or a 5xx status other than 501 and 505. The API uses 501 and 505 with
/// other meanings.
fn is_server_status(status: u16) -> bool {
    matches!(status, 408 | 409 | 421 | 423 | 425 | 499 | 500..=599) && !matches!(status, 501 | 505)
}

fn is_server_code(code: BodyCode) -> bool {
    (500..=599).contains(&code.0) && code != BodyCode::GENERATION_FAILED && code != BodyCode::FEATURE_DISABLED
}
