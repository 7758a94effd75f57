//! What was asked for: the JSON text in `paramJson`.

pub use midapi_client::types::TaskParams as Params;
use serde_json::Value;

use crate::lenient;
use crate::task::Problem;

/// A `paramJson`, read as far as it can be.
#[derive(Debug, Clone)]
pub(crate) struct ReadParams {
    /// The parsed text; null if there is none or it does not parse.
    pub(crate) value: Value,
    /// Its typed reading. What does not fit its type is among the unknown keys.
    pub(crate) typed: Result<Params, Problem>,
    /// What the typed reading had no type for.
    pub(crate) problems: Vec<Problem>,
}

/// Reads a `paramJson`. An absent one reads as one without keys.
pub(crate) fn read(text: Option<&str>) -> ReadParams {
    let whole = |message: String| Problem::new("param_json", message);
    let value = match text.map(serde_json::from_str) {
        None => Value::Null,
        Some(Ok(value)) => value,
        Some(Err(error)) => {
            let problem = whole(format!("is not JSON: {error}"));
            return ReadParams { value: Value::Null, typed: Err(problem.clone()), problems: vec![problem] };
        }
    };
    let object = match &value {
        Value::Object(object) => object.clone(),
        // "null" asks for nothing, as an absent text does.
        Value::Null => serde_json::Map::new(),
        _ => {
            let problem = whole("is JSON, but no object".into());
            return ReadParams { value, typed: Err(problem.clone()), problems: vec![problem] };
        }
    };
    match lenient::read::<Params>(object) {
        Ok((mut params, set_aside)) => {
            let mut problems = Vec::new();
            for odd in set_aside {
                problems.push(Problem::new(format!("params.{}", odd.key), odd.message));
                params.extra.insert(odd.key, odd.value);
            }
            ReadParams { value, typed: Ok(params), problems }
        }
        Err(message) => {
            let problem = whole(message);
            ReadParams { value, typed: Err(problem.clone()), problems: vec![problem] }
        }
    }
}
