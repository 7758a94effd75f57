//! What an answer means: the one judgement, whoever asked.

use std::ops::RangeInclusive;

use bytes::Bytes;
use midapi_client::BodyCode;
use midapi_client::types::{RecordInfoResponse, TaskRecord};
use reqwest::StatusCode;
use serde_json::{Map, Value};

use crate::error::ErrorKind;
use crate::response::{lenient, repair as mend};
use crate::task::results;
use crate::task::{self, DecodeWarning};

/// HTTP statuses that mean something whatever the body says: a gateway in front of the server may have written it.
const HTTP_STATUSES: &[(RangeInclusive<u16>, ErrorKind)] = &[
    (429..=429, ErrorKind::RateLimited),
    (503..=503, ErrorKind::Unavailable),
    (455..=455, ErrorKind::Unavailable),
    (408..=408, ErrorKind::Server),
    (425..=425, ErrorKind::Server),
    (500..=500, ErrorKind::Server),
    (502..=502, ErrorKind::Server),
    (504..=504, ErrorKind::Server),
    (520..=527, ErrorKind::Server),
    (530..=530, ErrorKind::Server),
    (401..=401, ErrorKind::Auth),
    (403..=403, ErrorKind::Auth),
    (402..=402, ErrorKind::Credits),
    (404..=404, ErrorKind::NotFound),
    (400..=400, ErrorKind::InvalidRequest),
    (422..=422, ErrorKind::InvalidRequest),
    (501..=501, ErrorKind::GenerationFailed),
    (505..=505, ErrorKind::Disabled),
];

/// Codes of the body, which also come with HTTP 200 (spec/README.md).
const BODY_CODES: &[(BodyCode, ErrorKind)] = &[
    (BodyCode::INVALID_REQUEST, ErrorKind::InvalidRequest),
    (BodyCode::UNAUTHORIZED, ErrorKind::Auth),
    (BodyCode::INSUFFICIENT_CREDITS, ErrorKind::Credits),
    (BodyCode::NOT_FOUND, ErrorKind::NotFound),
    (BodyCode::VALIDATION_ERROR, ErrorKind::InvalidRequest),
    (BodyCode::RATE_LIMITED, ErrorKind::RateLimited),
    (BodyCode::MAINTENANCE, ErrorKind::Unavailable),
    (BodyCode::SERVER_ERROR, ErrorKind::Server),
    (BodyCode::GENERATION_FAILED, ErrorKind::GenerationFailed),
    (BodyCode::FEATURE_DISABLED, ErrorKind::Disabled),
];

/// The body of an answer, or why there is none to read.
pub(crate) type Body = Result<Bytes, String>;

/// What an answer means.
#[allow(clippy::large_enum_variant, reason = "it lives for a moment, and nearly always is a task")]
pub(crate) enum Judgement {
    /// There is a task; its flag says the rest.
    Task(TaskRecord, Vec<DecodeWarning>),
    /// There is none.
    Refusal(Refusal),
}

/// Why there is no task.
pub(crate) struct Refusal {
    pub(crate) kind: ErrorKind,
    pub(crate) code: Option<BodyCode>,
    pub(crate) server_message: Option<String>,
    /// What could not be read, for [`ErrorKind::Decode`].
    pub(crate) detail: Option<String>,
}

/// Judges an answer by its HTTP status, then by the body's `code`, then by whether there is a task in it.
pub(crate) fn judge(status: StatusCode, body: &Body) -> Judgement {
    if let Some(refusal) = by_http(status, body) {
        return Judgement::Refusal(refusal);
    }
    match body {
        // serde would also read a list as the envelope, by the order of its fields.
        Ok(bytes) if bytes.trim_ascii_start().starts_with(b"{") => match serde_json::from_slice(bytes) {
            Ok(envelope) => within(envelope),
            Err(_) => within_odd(bytes),
        },
        Ok(bytes) => within_odd(bytes),
        Err(why) => unreadable(why.clone()),
    }
}

/// Judges the answer of any operation: by its HTTP status, then by the `code` of its body, if that is an envelope. None if the call
/// succeeded; what it brought is for the operation's type to say.
pub(crate) fn refused(status: StatusCode, body: &Body) -> Option<Refusal> {
    if let Some(refusal) = by_http(status, body) {
        return Some(refusal);
    }
    let bytes = match body {
        Ok(bytes) => bytes,
        Err(why) => {
            return Some(Refusal {
                kind: ErrorKind::Decode,
                code: None,
                server_message: None,
                detail: Some(why.clone()),
            });
        }
    };
    let head = Head::read(bytes);
    match head.code {
        None | Some(BodyCode::SUCCESS) => None,
        Some(code) => {
            let kind = by_code(code, head.msg.as_deref()).unwrap_or(ErrorKind::Unexpected);
            Some(Refusal { kind, code: head.code, server_message: head.msg, detail: None })
        }
    }
}

/// What an HTTP status says whatever the body is; none for a success.
fn by_http(status: StatusCode, body: &Body) -> Option<Refusal> {
    let refusal = |kind, head: Head| Some(Refusal { kind, code: head.code, server_message: head.msg, detail: None });
    let by_status = HTTP_STATUSES.iter().find(|(range, _)| range.contains(&status.as_u16()));
    if let Some((_, kind)) = by_status {
        let head = body.as_deref().map(Head::read).unwrap_or_default();
        let told = head.code.filter(|code| code.0 == i64::from(status.as_u16()));
        // The same number twice is no disagreement: the body's words may still tell an unknown task.
        let kind = told.and_then(|code| by_code(code, head.msg.as_deref())).unwrap_or(*kind);
        return refusal(kind, head);
    }
    if !status.is_success() {
        let head = body.as_deref().map(Head::read).unwrap_or_default();
        let by_code =
            head.code.filter(|_| !status.is_redirection()).and_then(|code| by_code(code, head.msg.as_deref()));
        return refusal(by_code.unwrap_or(ErrorKind::Unexpected), head);
    }
    None
}

/// The meaning of an error code; None for one that nobody has documented.
fn by_code(code: BodyCode, msg: Option<&str>) -> Option<ErrorKind> {
    if code == BodyCode::VALIDATION_ERROR && msg.is_some_and(says_no_record) {
        return Some(ErrorKind::NotFound);
    }
    BODY_CODES.iter().find(|(known, _)| *known == code).map(|(_, kind)| *kind)
}

/// "The record does not exist" was recorded; the sibling routes say "record is null" in several spellings.
fn says_no_record(msg: &str) -> bool {
    let msg = msg.to_lowercase();
    msg.contains("record") && (msg.contains("not exist") || msg.contains("is null"))
}

fn within(envelope: RecordInfoResponse) -> Judgement {
    match (envelope.code, envelope.data) {
        (BodyCode::SUCCESS, Some(record)) => Judgement::Task(record, Vec::new()),
        (code, _) => no_task(code, envelope.msg),
    }
}

fn no_task(code: BodyCode, msg: Option<String>) -> Judgement {
    let kind = match code {
        BodyCode::SUCCESS => ErrorKind::NotFound,
        code => by_code(code, msg.as_deref()).unwrap_or(ErrorKind::Unexpected),
    };
    refusal(kind, Head { code: Some(code), msg })
}

/// Reads an answer that is not quite the envelope, as far as it can be.
fn within_odd(bytes: &Bytes) -> Judgement {
    let mut warnings = Vec::new();
    let mut read = serde_json::from_slice(bytes);
    if let (Err(error), Some(text)) = (&read, mend::mended(bytes)) {
        warnings
            .push(DecodeWarning::new("raw", format!("is not quite JSON ({error}); what it cannot hold was replaced")));
        read = serde_json::from_str(&text);
    }
    let mut envelope = match read {
        Ok(Value::Object(envelope)) => envelope,
        Ok(_) => return unreadable("the answer is JSON, but no object"),
        Err(error) => return unreadable(format!("the answer is not JSON ({error})")),
    };
    let head = Head::of(&envelope);
    let Some(code) = head.code else {
        let is = if envelope.contains_key("code") { "no whole number" } else { "missing" };
        return unreadable(format!("code: is {is}"));
    };
    match envelope.get_mut("data").map(Value::take) {
        Some(Value::Object(mut data)) if code == BodyCode::SUCCESS => {
            data.get_mut("resultInfoJson").map(results::without_odd_items);
            match lenient::read(data) {
                Ok((record, unreadable)) => {
                    warnings.extend(
                        unreadable.into_iter().map(|odd| DecodeWarning::new(task::field_name(&odd.key), odd.message)),
                    );
                    Judgement::Task(record, warnings)
                }
                Err(message) => unreadable(format!("data: {message}")),
            }
        }
        None | Some(Value::Null) => no_task(code, head.msg),
        Some(_) if code == BodyCode::SUCCESS => unreadable("data: is no object"),
        Some(_) => no_task(code, head.msg),
    }
}

fn refusal(kind: ErrorKind, head: Head) -> Judgement {
    Judgement::Refusal(Refusal { kind, code: head.code, server_message: head.msg, detail: None })
}

fn unreadable(detail: impl Into<String>) -> Judgement {
    let detail = Some(detail.into());
    Judgement::Refusal(Refusal { kind: ErrorKind::Decode, code: None, server_message: None, detail })
}

/// What a body that need not be an envelope says of the outcome.
#[derive(Default)]
struct Head {
    code: Option<BodyCode>,
    msg: Option<String>,
}

impl Head {
    fn read(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(Value::Object(envelope)) => Self::of(&envelope),
            _ => Self::default(),
        }
    }

    fn of(envelope: &Map<String, Value>) -> Self {
        Self {
            code: envelope.get("code").and_then(Value::as_i64).map(BodyCode),
            msg: envelope.get("msg").and_then(Value::as_str).map(str::to_owned),
        }
    }
}
