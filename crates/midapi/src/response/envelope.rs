//! The API's envelope: `{"code":…,"msg":…,"data":…}`.

use bytes::Bytes;
use midapi_client::types::{RecordInfoResponse, TaskRecord};
use serde_json::{Map, Value};

use crate::response::lenient::{self, integer};
use crate::response::repair::repair;
use crate::task::field_name;
use crate::task::results::clear_invalid_items;
use crate::task::warning::DecodeWarning;

/// The parts of an envelope that classification needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) code: i64,
    pub(crate) msg: Option<String>,
    pub(crate) has_data: bool,
}

/// A decoded response body of a lookup.
pub(crate) struct Envelope {
    pub(crate) head: Head,
    /// The record, or the reason why `data` is not a record. None if `data` is absent or null.
    pub(crate) record: Option<Result<TaskRecord, String>>,
    pub(crate) warnings: Vec<DecodeWarning>,
}

impl Head {
    /// Reads the head of the envelope from the response body of any operation.
    ///
    /// # Errors
    /// The reason why the body is not an envelope.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        Self::of(&parse_object(body)?.0)
    }

    fn of(envelope: &Map<String, Value>) -> Result<Self, String> {
        let code = envelope.get("code").ok_or("code is missing")?;
        Ok(Self {
            code: integer(code).ok_or("code is not a whole number")?,
            msg: envelope.get("msg").and_then(Value::as_str).map(str::to_owned),
            has_data: envelope.get("data").is_some_and(|data| !data.is_null()),
        })
    }
}

impl Envelope {
    /// Wraps a body that the generated client decoded.
    pub(crate) fn from_typed(response: RecordInfoResponse) -> Self {
        let head = Head { code: response.code.0, msg: response.msg, has_data: response.data.is_some() };
        Self { head, record: response.data.map(Ok), warnings: Vec::new() }
    }

    /// Decodes the valid fields of a body that the generated client cannot decode.
    ///
    /// # Errors
    /// The reason why the body is not an envelope.
    pub(crate) fn read_lenient(body: &Bytes) -> Result<Self, String> {
        let (mut object, warning) = parse_object(body)?;
        let head = Head::of(&object)?;
        let mut warnings: Vec<_> = warning.into_iter().collect();
        let record = match object.get_mut("data").map(Value::take) {
            None | Some(Value::Null) => None,
            Some(Value::Object(data)) => Some(decode_record(data, &mut warnings)),
            Some(_) => Some(Err("data is not an object".to_owned())),
        };
        Ok(Self { head, record, warnings })
    }
}

fn decode_record(mut data: Map<String, Value>, warnings: &mut Vec<DecodeWarning>) -> Result<TaskRecord, String> {
    data.get_mut("resultInfoJson").map(clear_invalid_items);
    if let Some(flag) = data.get_mut("successFlag")
        && let Some(number) = integer(flag)
    {
        *flag = number.into();
    }
    for field in ["createTime", "completeTime", "errorCode"] {
        if let Some(value) = data.get_mut(field).filter(|value| value.is_f64())
            && let Some(number) = integer(value)
        {
            *value = number.into();
        }
    }
    let (record, unreadable) = lenient::decode(data).map_err(|message| format!("data: {message}"))?;
    warnings.extend(unreadable.into_iter().map(|entry| DecodeWarning::new(field_name(&entry.key), entry.message)));
    Ok(record)
}

/// Parses a JSON object. Repairs invalid JSON if possible. The warning is None if the JSON was not repaired.
fn parse_object(body: &[u8]) -> Result<(Map<String, Value>, Option<DecodeWarning>), String> {
    let mut parsed = serde_json::from_slice(body);
    let mut warning = None;
    if let (Err(error), Some(text)) = (&parsed, repair(body)) {
        warning = Some(DecodeWarning::new("raw", format!("the body is not valid JSON ({error}) and was repaired")));
        parsed = serde_json::from_str(&text);
    }
    match parsed {
        Ok(Value::Object(object)) => Ok((object, warning)),
        Ok(_) => Err("the body is not a JSON object".to_owned()),
        Err(error) => Err(format!("the body is not JSON ({error})")),
    }
}
