//! Reading what can be read of an object, and keeping what cannot.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// An entry of an object that its type has no reading for.
pub(crate) struct Unreadable {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) message: String,
}

/// Reads an object as `T`; an entry that does not fit is set aside, and the rest is read without it.
///
/// Fails only if `T` cannot do without the entry.
pub(crate) fn read<T: DeserializeOwned>(mut object: Map<String, Value>) -> Result<(T, Vec<Unreadable>), String> {
    let mut set_aside = Vec::new();
    loop {
        // A copy a round, and a round for each bad entry: this way is taken for odd answers only.
        let error = match serde_path_to_error::deserialize(Value::Object(object.clone())) {
            Ok(read) => return Ok((read, set_aside)),
            Err(error) => error,
        };
        let key = error.path().iter().next().map(ToString::to_string).unwrap_or_default();
        let Some(value) = object.remove(&key) else { return Err(error.to_string()) };
        set_aside.push(Unreadable { key, value, message: error.into_inner().to_string() });
    }
}
