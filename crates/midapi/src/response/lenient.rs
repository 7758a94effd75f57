//! Lenient decoding: reads the valid fields and returns the others separately.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An entry of an object whose value has the wrong type.
pub(crate) struct Unreadable {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) message: String,
}

/// Decodes an object as `T`. Returns the entries of the wrong type separately. Fails only if an entry that `T` requires
/// is missing or has the wrong type.
pub(crate) fn decode<T: DeserializeOwned>(mut object: Map<String, Value>) -> Result<(T, Vec<Unreadable>), String> {
    let mut set_aside = Vec::new();
    loop {
        // One copy and one pass for each invalid entry. The cost is acceptable because only malformed responses are
        // decoded here.
        let error = match serde_path_to_error::deserialize(Value::Object(object.clone())) {
            Ok(decoded) => return Ok((decoded, set_aside)),
            Err(error) => error,
        };
        let key = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        let Some(value) = object.remove(&key) else { return Err(error.to_string()) };
        set_aside.push(Unreadable { key, value, message: error.into_inner().to_string() });
    }
}

/// Reads a whole number in any spelling: `200`, `200.0` or `"200"`.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

/// Converts a float to an integer. None if the float has a fraction or is too large to be exact.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked: all integers up to 2^53 are exact")]
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn integers_in_every_spelling() {
        let table = [
            ("a number", json!(200), Some(200)),
            ("negative", json!(-1), Some(-1)),
            ("a float", json!(200.0), Some(200)),
            ("text", json!("200"), Some(200)),
            ("text with blanks", json!(" 200 "), Some(200)),
            ("text of a float", json!("200.0"), Some(200)),
            ("a fraction", json!(200.5), None),
            ("too large", json!(1e300), None),
            ("infinite", json!("inf"), None),
            ("empty", json!(""), None),
            ("a boolean", json!(true), None),
        ];
        for (why, value, expected) in table {
            assert_eq!(integer(&value), expected, "{why}");
        }
    }
}
