//! Task parameters: the JSON text in `paramJson`.

pub use midapi_client::types::TaskParams as Params;
use serde_json::Value;

use crate::response::lenient;
use crate::task::warning::DecodeWarning;

/// A decoded `paramJson`.
#[derive(Debug, Clone)]
pub(crate) struct DecodedParams {
    /// The typed parameters, or the warning that `paramJson` cannot be decoded. A value of the wrong type is in
    /// `extra`.
    pub(crate) typed: Result<Params, DecodeWarning>,
    /// The warnings about values of the wrong type, or about the whole `paramJson`.
    pub(crate) warnings: Vec<DecodeWarning>,
}

/// Parses a `paramJson` as a JSON value of any type. Returns null if the text is absent or is not valid JSON.
pub(crate) fn parse_value(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Decodes a `paramJson`. If the text is absent, returns parameters without values.
pub(crate) fn decode(text: Option<&str>) -> DecodedParams {
    // Nearly every text is valid. Others are decoded again, key by key.
    match text.map(serde_json::from_str) {
        Some(Ok(params)) => DecodedParams { typed: Ok(params), warnings: Vec::new() },
        _ => decode_by_key(text),
    }
}

fn decode_by_key(text: Option<&str>) -> DecodedParams {
    let unreadable = |message: String| {
        let warning = DecodeWarning::new("param_json", message);
        DecodedParams { typed: Err(warning.clone()), warnings: vec![warning] }
    };
    let object = match text.map(serde_json::from_str) {
        Some(Ok(Value::Object(object))) => object,
        None | Some(Ok(Value::Null)) => serde_json::Map::new(),
        Some(Ok(_)) => return unreadable("is not a JSON object".into()),
        Some(Err(error)) => return unreadable(format!("is not JSON: {error}")),
    };
    match lenient::decode::<Params>(object) {
        Ok((mut params, unreadable)) => {
            let mut warnings = Vec::new();
            for entry in unreadable {
                warnings.push(DecodeWarning::new(format!("params.{}", entry.key), entry.message));
                params.extra.insert(entry.key, entry.value);
            }
            DecodedParams { typed: Ok(params), warnings }
        }
        Err(message) => unreadable(message),
    }
}
