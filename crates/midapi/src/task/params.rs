//! What was asked for: the JSON text in `paramJson`.

pub use midapi_client::types::TaskParams as Params;
use serde_json::Value;

use crate::response::lenient;
use crate::task::DecodeWarning;

/// A `paramJson`, read as far as it can be.
#[derive(Debug, Clone)]
pub(crate) struct ReadParams {
    /// Its typed reading. What does not fit its type is among the unknown keys.
    pub(crate) typed: Result<Params, DecodeWarning>,
    /// What the typed reading had no type for.
    pub(crate) warnings: Vec<DecodeWarning>,
}

/// The parsed text; null if there is none or it does not parse.
pub(crate) fn value(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

/// Reads a `paramJson`. An absent one reads as one without keys.
pub(crate) fn read(text: Option<&str>) -> ReadParams {
    // Nearly every text fits at once; what does not is read again, key by key.
    match text.map(serde_json::from_str) {
        Some(Ok(params)) => ReadParams { typed: Ok(params), warnings: Vec::new() },
        _ => read_by_key(text),
    }
}

fn read_by_key(text: Option<&str>) -> ReadParams {
    let unreadable = |message: String| {
        let problem = DecodeWarning::new("param_json", message);
        ReadParams { typed: Err(problem.clone()), warnings: vec![problem] }
    };
    let object = match text.map(serde_json::from_str) {
        Some(Ok(Value::Object(object))) => object,
        // "null" asks for nothing, as an absent text does.
        None | Some(Ok(Value::Null)) => serde_json::Map::new(),
        Some(Ok(_)) => return unreadable("is JSON, but no object".into()),
        Some(Err(error)) => return unreadable(format!("is not JSON: {error}")),
    };
    match lenient::read::<Params>(object) {
        Ok((mut params, set_aside)) => {
            let mut warnings = Vec::new();
            for odd in set_aside {
                warnings.push(DecodeWarning::new(format!("params.{}", odd.key), odd.message));
                params.extra.insert(odd.key, odd.value);
            }
            ReadParams { typed: Ok(params), warnings }
        }
        Err(message) => unreadable(message),
    }
}
